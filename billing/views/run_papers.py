"""What became of a mass run as a document to keep."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import refund_figures, results
from billing.documents import runs
from billing.documents.run_reports import Came
from billing.models import Attempt, MassRun
from billing.models.run import ENDED
from billing.results import Progress
from billing.services import late_fees, message_runs
from billing.services.refund_lines import SINCE_REVIEW
from billing.views.of_messages import OfMessages
from billing.views.papers import as_download
from billing.views.refund_runs import OfRefunds
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from smartrec.views import SeeOther

GROUPS = ("succeeded", "processing", "checking", "failed", "left_out", "not_taken", "remaining")


def came_of(run: MassRun, now: dt.datetime) -> Came:
    """What a run came to, for its report."""
    return CAME[run.kind](run, now)


def _figures(progress: Progress) -> dict[str, tuple[int, int]]:
    return {group: (figure.n, figure.cents) for group in GROUPS for figure in [progress.figure(group)]}


def _charged(run: MassRun, now: dt.datetime) -> Came:
    progress = results.progress_of(run, now)
    return Came(
        figures=_figures(progress),
        failed=results.in_group(run, "failed", now),
        checking=results.in_group(run, "checking", now),
        # Refunded before its invoice was written, a payment was taken all the same.
        excluded=run.lines.filter(state="excluded", payment=None),
        left_out=progress.why_left_out,
    )


def _invoiced(run: MassRun, now: dt.datetime) -> Came:
    since = run.lines.filter(state="excluded", flags__contains=[SINCE_REVIEW])
    left_out = since.aggregate(n=Count("pk"), cents=Sum("amount", default=0))
    return Came(
        figures=_figures(results.written_of(run)) | {"left_out": (left_out["n"], left_out["cents"])},
        failed=Attempt.objects.none(),
        checking=Attempt.objects.none(),
        excluded=run.lines.filter(state="excluded").exclude(flags__contains=[SINCE_REVIEW]),
        left_out=Counter(since.values_list("reason", flat=True)),
        lowered=late_fees.lowered_of(run)[1],
    )


def _refunded(run: MassRun, now: dt.datetime) -> Came:
    progress = refund_figures.progress_of(run, now)
    return Came(
        figures=_figures(progress),
        failed=refund_figures.in_group(run, "failed", now),
        checking=refund_figures.in_group(run, "checking", now),
        excluded=refund_figures.left_out_at_the_start(run),
        left_out=progress.why_left_out,
    )


def _written(run: MassRun, now: dt.datetime) -> Came:
    left_out = Counter(run.lines.filter(message_runs.LEFT_OUT).values_list("reason", flat=True))
    return Came(
        figures={group: (n, 0) for group, n in message_runs.figures_of(run).items()}
        | {"left_out": (left_out.total(), 0)},
        failed=run.lines.filter(message_runs.FAILED),
        checking=run.lines.none(),
        excluded=run.lines.filter(state="excluded").exclude(message_runs.LEFT_OUT),
        left_out=left_out,
    )


CAME: dict[str, Callable[[MassRun, dt.datetime], Came]] = {
    "charge": _charged,
    "invoice": _invoiced,
    "refund": _refunded,
    "message": _written,
}


class RunPaper(RunPage):
    """Only an ended run has a report; until then its page says where it stands."""

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        run = self.run_row
        if run.state not in ENDED or run.confirmed_at is None:
            messages.info(request, _("The report is there once the run has ended."))
            return SeeOther(self.run_url())
        came = came_of(run, self.now)
        language = get_language() or self.organization.default_language
        paper = runs.run_pdf(run, came=came, asked=self.asked, language=language, now=self.now)
        return as_download(runs.run_name(run), paper)


class ChargePaper(OfCharge, RunPaper):
    permission_required = "payments.view"


class InvoicingPaper(OfInvoicing, RunPaper):
    permission_required = "invoices.view"


class RefundPaper(OfRefunds, RunPaper):
    permission_required = "payments.view"


class MessagePaper(OfMessages, RunPaper):
    permission_required = "messages.view"
