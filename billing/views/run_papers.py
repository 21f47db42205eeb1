"""What became of a mass run as a document to keep."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import results
from billing.documents import runs
from billing.models.run import ENDED
from billing.views.papers import as_download
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from smartrec.views import SeeOther


class RunPaper(RunPage):
    """Only an ended run has a report; until then its page says where it stands."""

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        run = self.run_row
        if run.state not in ENDED or run.confirmed_at is None:
            messages.info(request, _("The report is there once the run has ended."))
            return SeeOther(self.run_url())
        progress = results.written_of(run) if run.kind == "invoice" else results.progress_of(run, self.now)
        language = get_language() or self.organization.default_language
        paper = runs.run_pdf(run, progress=progress, asked=self.asked, language=language, now=self.now)
        return as_download(runs.run_name(run), paper)


class ChargePaper(OfCharge, RunPaper):
    permission_required = "payments.view"


class InvoicingPaper(OfInvoicing, RunPaper):
    permission_required = "invoices.view"
