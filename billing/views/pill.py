"""The pill in the top bar: a mass run follows its administrator from page to page."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from accounts.models import Organization
from billing import results
from billing.models import MassRun
from billing.views.of_messages import OfMessages
from billing.views.refund_runs import OfRefunds
from billing.views.runs import OfCharge, OfInvoicing
from billing.words.runs import KINDS
from smartrec.contributions import ToDo
from smartrec.roles import allows

PAGES = {page.kind: page for page in (OfCharge, OfInvoicing, OfRefunds, OfMessages)}

MANY = 100


def running_job(request: HttpRequest) -> SafeString | str:
    """The latest run under way that this role may see, else how many wait for this very person's approval."""
    organization = getattr(request, "organization", None)
    if organization is None:
        return ""
    role = getattr(request, "membership").role  # noqa: B009
    kinds = _kinds(role)
    seen = MassRun.objects.for_organization(organization).filter(state__in=["running", "paused", "waiting"])
    # What a run was told may name a hundred thousand people: every page asks this.
    seen = seen.filter(kind__in=kinds).defer("options", "note").order_by("-confirmed_at")
    runs = list(seen[:MANY]) if kinds else []
    live = next((run for run in runs if run.state != "waiting"), None)
    if live is not None:
        return _under_way(live, organization)
    mine = [run for run in runs if run.confirmed_by_id != request.user.pk]
    return _to_approve(mine, organization) if mine and allows(role, "runs.approve") else ""


def waiting_for_approval(request: Any) -> list[ToDo]:
    """`Runs to approve: 2`, on the home page of whoever did not confirm them."""
    waiting = MassRun.objects.for_organization(request.organization).filter(state="waiting")
    runs = waiting.filter(kind__in=_kinds(request.membership.role)).exclude(confirmed_by=request.user)
    pages = [(PAGES[kind].page, pk) for kind, pk in runs.order_by("confirmed_at").values_list("kind", "pk")[:MANY]]
    if not pages:
        return []
    slug, [(page, first), *others] = request.organization.slug, pages
    url = reverse("scheduled-runs", args=[slug]) if others else reverse(page, args=[slug, first])
    label = ngettext("Run to approve", "Runs to approve", len(pages))
    return [ToDo(label, url, count=len(pages), icon="users", tone="warn")]


def _kinds(role: str) -> list[str]:
    return [kind for kind, page in PAGES.items() if allows(role, page.acts_with)]


def _under_way(run: MassRun, organization: Organization) -> SafeString:
    facts = {
        "url": reverse(PAGES[run.kind].page, args=[organization.slug, run.pk]),
        "label": KINDS[run.kind],
        "done": run.shown_count - results.remaining_count(run),
        "total": run.shown_count,
    }
    return render_to_string("smartrec/jobpill.html", facts)


def _to_approve(runs: list[MassRun], organization: Organization) -> SafeString:
    page = reverse(PAGES[runs[0].kind].page, args=[organization.slug, runs[0].pk])
    if len(runs) > 1:
        page = reverse("scheduled-runs", args=[organization.slug])
    return render_to_string("billing/to_approve.html", {"url": page, "n": len(runs)})
