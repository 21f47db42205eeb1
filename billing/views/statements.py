"""Staff e-mail statements: of one client, from the file; of a selection of accounts, once they have seen how many."""

import uuid
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Client, User
from accounts.services import selections
from billing.services import mailing_statements
from billing.services.mailing_statements import Reach
from billing.staff_forms.statements import StatementForm, StatementsForm
from billing.views.drafting import FromSelection
from billing.views.papers import AsksForStatement, this_year
from smartrec import formats
from smartrec.errors import Refused
from smartrec.views import FormPage


class EmailStatement(AsksForStatement):
    """The statement leaves for the account's address, with a button to pay."""

    permission_required = "invoices.create"
    form_class = StatementForm
    title = gettext_lazy("Email statement")
    template_name = "billing/statement_email.html"
    submit_label = gettext_lazy("Email the statement")

    def run(self, form: StatementForm) -> str:
        by, now = cast(User, self.request.user), timezone.now()
        return mailing_statements.email_statement(client=self.client, asked=form.asked, by=by, now=now)

    def get_success_message(self, result: str) -> str:
        return _("The statement is on its way to %(email)s.") % {"email": result}

    def get_success_url(self, result: Any = None) -> str:
        return self.get_cancel_url()


class EmailStatements(FromSelection, FormPage):
    """For the selected accounts: the days first, then how many leave, then the letters."""

    permission_required = "invoices.mass"
    nav = "accounts"
    form_class = StatementsForm
    title = gettext_lazy("Email statements")
    template_name = fragment_template_name = "billing/statements_email.html"
    submit_label = gettext_lazy("Review")

    def get_initial(self) -> dict[str, Any]:
        return {**this_year(self.today), "only_owing": True}

    @property
    def selected(self) -> QuerySet[Client]:
        rows = selections.resolve(selection=self.selection)
        return selections.accounts_of(rows=rows, organization=self.organization)

    def reach(self, form: StatementsForm) -> Reach:
        return mailing_statements.reach(clients=self.selected, only_owing=form.cleaned_data["only_owing"])

    def form_valid(self, form: StatementsForm) -> HttpResponse:
        if not form.is_confirmed:
            return self.ask(form)
        try:
            return self.succeed(self.run(form))
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.ask(form, status=422)

    def ask(self, form: StatementsForm, status: int = 200) -> HttpResponse:
        """How many would leave, with a button that says so."""
        reach = self.reach(form)
        question = {"text": _told(reach), "label": _label(reach.emailed), "reach": reach, "key": uuid.uuid4()}
        return self.render_to_response(self.get_context_data(form=form, question=question), status=status)

    def run(self, form: StatementsForm) -> int:
        return mailing_statements.email_statements(
            organization=self.organization,
            clients=self.selected,
            only_owing=form.cleaned_data["only_owing"],
            shown=form.cleaned_data["shown"],
            asked=form.asked,
            by=self.by,
            now=self.now,
        )

    def get_success_message(self, result: int) -> str:
        n = {"n": formats.count(result)}
        if not result:
            return _("These statements were sent already.")
        return ngettext("%(n)s statement is on its way.", "%(n)s statements are on their way.", result) % n

    def get_success_url(self, result: Any = None) -> str:
        return self.back_to_list()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{"selection": self.selection, "whom": self.whom(), "back": self.back_to_list(), **kwargs}
        )


def _label(n: int) -> str:
    return ngettext("Email %(n)s statement", "Email %(n)s statements", n) % {"n": formats.count(n)}


def _told(reach: Reach) -> list[str]:
    """Who is left out, and why."""
    told = []
    if reach.left_out:
        words = ngettext("%(n)s account owes nothing.", "%(n)s accounts owe nothing.", reach.left_out)
        told.append(words % {"n": formats.count(reach.left_out)})
    if reach.without_address:
        words = ngettext(
            "%(n)s account has no email address.", "%(n)s accounts have no email address.", reach.without_address
        )
        told.append(words % {"n": formats.count(reach.without_address)})
    return told
