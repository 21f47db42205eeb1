"""What every page of a mass run shares: whose run it is, what it is called, where its other pages are."""

import datetime as dt
from functools import cached_property
from typing import Any, cast

from celery import Task
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.models import Organization, User
from billing import tasks
from billing.models import MassRun
from billing.views.waking import wake
from billing.words import runs as told
from smartrec import formats
from smartrec import selection as lists
from smartrec.views import OrganizationMixin, SeeOther


class OfCharge:
    """A page of a mass charge."""

    kind = "charge"
    page, history, nav = "mass-charge", "mass-charges", "mass-charges"
    pause_page, resume_page, stop_page = "mass-charge-pause", "mass-charge-resume", "mass-charge-stop"
    joined_page = "mass-charge-joined"
    acts_with = "charges.mass"
    sweep: Task = tasks.dispatch
    steps = [gettext_lazy("Choose"), gettext_lazy("Review"), pgettext_lazy("step", "Charge"), gettext_lazy("Result")]
    history_title: str | Promise = gettext_lazy("Mass charges")
    already: str | Promise = gettext_lazy("This mass charge has already started.")
    differs: str | Promise = gettext_lazy(
        "The list has changed since you opened it. Review it again: nothing was charged."
    )


class OfInvoicing:
    """A page of a mass invoice."""

    kind = "invoice"
    page, history, nav = "bulk-invoice", "bulk-invoices", "bulk-invoices"
    pause_page, resume_page, stop_page = "bulk-invoice-pause", "bulk-invoice-resume", "bulk-invoice-stop"
    joined_page = "bulk-invoice-joined"
    acts_with = "invoices.mass"
    sweep: Task = tasks.write_invoices
    steps = [gettext_lazy("Choose"), gettext_lazy("Review"), pgettext_lazy("step", "Create"), gettext_lazy("Result")]
    history_title: str | Promise = gettext_lazy("Bulk invoices")
    already: str | Promise = gettext_lazy("This bulk invoice has already started.")
    differs: str | Promise = gettext_lazy(
        "The list has changed since you opened it. Review it again: no invoice was created."
    )


class RunPage(OrganizationMixin):
    """Any page below a run: its address holds `run`. Another organization's run is not found."""

    kind = page = history = acts_with = ""
    already: str | Promise = ""
    differs: str | Promise = ""
    sweep: Task

    @cached_property
    def run_row(self) -> MassRun:
        related = ("organization", "created_by", "confirmed_by", "approved_by", "ended_by", "source", "selection")
        runs = MassRun.objects.for_organization(self.organization).filter(kind=self.kind).select_related(*related)
        return get_object_or_404(runs.defer("source__options"), pk=self.kwargs["run"])

    @cached_property
    def now(self) -> dt.datetime:
        return timezone.now()

    @cached_property
    def asked(self) -> list[str]:
        """The filters a run's people were selected by, in words, as far as this person may ask them."""
        kept = self.run_row.selection
        if kept is None or kept.mode != "query":
            return []
        return lists.in_words(kept.noun, kept.query, organization=self.organization, can=self.can)

    @property
    def whom_words(self) -> str:
        return told.whom(self.run_row)

    @property
    def by(self) -> User:
        """Whoever is at the keyboard."""
        return cast(User, self.request.user)

    @property
    def today(self) -> dt.date:
        return self.organization.local_day(self.now)

    def run_url(self, part: str = "", **kwargs: Any) -> str:
        """The run's own page, or one below it."""
        return self.org_url(f"{self.page}-{part}" if part else self.page, run=self.run_row.pk, **kwargs)

    def nudge(self) -> None:
        """Wake the workers that carry out this kind of run."""
        wake(self.sweep)

    def see_progress(self) -> HttpResponse:
        """It was started before: a double click, a page gone back to, a second window."""
        text = format_html('{} <a href="{}">{}</a>', self.already, self.run_url(), _("See progress"))
        messages.warning(self.request, text)
        return SeeOther(self.run_url())

    def answer(self, *, quietly: bool = False) -> HttpResponse:
        """What was chosen beside the lines of a draft is kept: its review anew, unless that still stands."""
        if not self.is_fragment:
            return SeeOther(self.run_url())
        return HttpResponse(status=204, headers={} if quietly else {"HX-Refresh": "true"})

    def review_again(self) -> HttpResponse:
        messages.error(self.request, str(self.differs))
        return SeeOther(self.run_url())


class Shown:
    """What the page of a run shows while the run is in one of its states."""

    template = ""

    def __init__(self, view: RunPage) -> None:
        self.view, self.run = view, view.run_row

    @property
    def currency(self) -> str:
        return self.view.organization.currency

    @cached_property
    def may_act(self) -> bool:
        return self.view.can(self.view.acts_with)


def story_of(run: MassRun) -> str:
    """`FM-0118 · Started by Sylvie Paquette on November 21, 2026 at 10:42 a.m., finished at 10:46 a.m.`"""
    began = run.confirmed_at or run.created_at
    facts = {"number": run.display_number, "name": run.confirmed_by, "when": formats.long_moment(began)}
    going, stopped, finished = _stories(run)
    if run.ended_at is None:
        return going % facts
    same_day = timezone.localdate(run.ended_at) == timezone.localdate(began)
    moment = formats.clock(run.ended_at) if same_day else formats.long_moment(run.ended_at)
    facts["end"] = (_("at %(moment)s") if same_day else _("on %(moment)s")) % {"moment": moment}
    return (stopped if run.state == "stopped" else finished) % facts


def _stories(run: MassRun) -> tuple[str, str, str]:
    """A refund and an email are masculine in French, a charge and a creation of invoices are not."""
    if run.kind in ("refund", "message"):
        return (
            pgettext("refund or email", "%(number)s · Started by %(name)s on %(when)s"),
            pgettext("refund or email", "%(number)s · Started by %(name)s on %(when)s, stopped %(end)s"),
            pgettext("refund or email", "%(number)s · Started by %(name)s on %(when)s, finished %(end)s"),
        )
    return (
        _("%(number)s · Started by %(name)s on %(when)s"),
        _("%(number)s · Started by %(name)s on %(when)s, stopped %(end)s"),
        _("%(number)s · Started by %(name)s on %(when)s, finished %(end)s"),
    )


def address(organization: Organization, name: str) -> str:
    """A page of a room above, if there is one."""
    try:
        return reverse(name, args=[organization.slug])
    except NoReverseMatch:
        return ""
