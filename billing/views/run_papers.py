"""What became of a mass run as a document to keep."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import results
from billing.documents import runs
from billing.documents.runs import Came
from billing.models import MassRun
from billing.models.run import ENDED
from billing.views.papers import as_download
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from smartrec.views import SeeOther

GROUPS = ("succeeded", "processing", "checking", "failed", "left_out", "not_taken", "remaining")


def came_of(run: MassRun, now: dt.datetime) -> Came:
    """What a run came to, for its report."""
    progress = results.written_of(run) if run.kind == "invoice" else results.progress_of(run, now)
    return Came(
        figures={group: (figure.n, figure.cents) for group in GROUPS for figure in [progress.figure(group)]},
        failed=results.in_group(run, "failed", now),
        checking=results.in_group(run, "checking", now),
    )


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
