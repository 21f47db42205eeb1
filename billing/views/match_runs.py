"""Many accounts reconciled at once: asked first, then done here or by the workers, with its progress and its result."""

import uuid
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView

from accounts.models import Client
from accounts.services import selections
from billing import tasks
from billing.models import MatchRun
from billing.services import matching
from billing.views.drafting import FromSelection
from billing.views.unreconciled import Reconciliation
from billing.views.waking import wake
from smartrec import formats
from smartrec.money import format_money
from smartrec.views import SeeOther
from smartrec.views.keys import key_of


class ReconcileAccounts(FromSelection, Reconciliation, TemplateView):
    """Reconcile the selected accounts, or every account, oldest to newest: how many, how much, then one click."""

    permission_required = "payments.reconcile"
    template_name = "billing/reconcile_accounts.html"
    title = gettext_lazy("Reconcile accounts")
    nav = "reconciliation"

    @property
    def has_selection(self) -> bool:
        return "selection" in self.request.GET or "selection" in self.request.POST

    def wanted(self) -> QuerySet[Client]:
        every = matching.reconcilable(self.organization)
        if not self.has_selection:
            return every
        rows = selections.resolve(selection=self.selection)
        chosen = selections.accounts_of(rows=rows, organization=self.organization)
        return every.filter(pk__in=chosen.order_by().values("pk"))

    @cached_property
    def client_ids(self) -> list[int]:
        return list(self.wanted().order_by("pk").values_list("pk", flat=True))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sides = matching.both_sides_of(self.client_ids)
        n = len(self.client_ids)
        return super().get_context_data(
            whom=self.whom() if self.has_selection else _("Every account"),
            n=n,
            kpis=self.kpis(n, list(sides.values())),
            selection=self.selection if self.has_selection else None,
            key=uuid.uuid4(),
            label=ngettext("Reconcile %(n)s account", "Reconcile %(n)s accounts", n) % {"n": formats.count(n)},
            back=self.back_to_list() if self.has_selection else self.org_url("reconciliation"),
            **kwargs,
        )

    def kpis(self, n: int, sides: list[tuple[int, int]]) -> list[dict[str, Any]]:
        def money(cents: int) -> str:
            return format_money(cents, self.organization.currency)

        return [
            {"label": _("Accounts to reconcile"), "value": formats.count(n)},
            {"label": _("Available"), "value": money(sum(free for free, _owed in sides))},
            {"label": _("To pay"), "value": money(sum(owed for _free, owed in sides))},
            {"label": _("Would be linked"), "value": money(sum(min(side) for side in sides))},
        ]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        run = matching.start(
            organization=self.organization,
            client_ids=self.client_ids,
            key=key_of(self.request) or uuid.uuid4(),
            by=self.by,
            now=self.now,
        )
        if len(run.client_ids) <= matching.AT_ONCE:
            while matching.go_on(run=run, now=timezone.now()):
                pass
        else:
            wake(tasks.match_accounts)
        return SeeOther(self.org_url("match-run", matching=run.pk))


class MatchRunPage(Reconciliation, TemplateView):
    """How far a run is; once it is over, what came of it."""

    template_name = "billing/match_run.html"

    @cached_property
    def run(self) -> MatchRun:
        runs = MatchRun.objects.for_organization(self.organization).select_related("created_by")
        return get_object_or_404(runs, pk=self.kwargs["matching"])

    def get_template_names(self) -> list[str]:
        return ["billing/match_progress.html" if self.is_fragment else self.template_name]

    def get_title(self) -> str:
        n = len(self.run.client_ids)
        return ngettext("Reconciliation of %(n)s account", "Reconciliation of %(n)s accounts", n) % {
            "n": formats.count(n)
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        run = self.run
        whole = len(run.client_ids)
        facts = {"done": formats.count(run.done), "total": formats.count(whole)}
        return super().get_context_data(
            run=run,
            whole=whole,
            headline=_("%(done)s of %(total)s accounts gone through") % facts,
            parts=[
                {"tone": "ok", "label": _("Gone through"), "n": run.done},
                {"tone": "rest", "label": _("Remaining"), "n": whole - run.done},
            ],
            kpis=[
                {"label": _("Accounts reconciled"), "value": formats.count(run.accounts)},
                {"label": _("Links made"), "value": formats.count(run.links)},
                {"label": _("Linked"), "value": format_money(run.amount, self.organization.currency)},
            ],
            **kwargs,
        )
