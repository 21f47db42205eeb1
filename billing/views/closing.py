"""Settings › Closing and accrual, and Settings › Account codes."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import AccountCode, BooksAlarm, InvoiceItem, Tax
from billing.services import closing, earning
from billing.staff_forms.closing import AccountCodesForm, AccrualForm, CloseForm, ReopenForm
from billing.views.settings_pages import ChangesSettings, SettingsForm
from billing.words.closing import STILL_OPEN
from smartrec.formats import long_date
from smartrec.money import format_money
from smartrec.views import Command, FormPage, PlainPage


class Closing(PlainPage):
    """Up to when the books are closed, when revenue is earned, and whether the books agree."""

    permission_required = "settings.view"
    nav = "settings-closing"
    title = gettext_lazy("Closing and accrual")
    template_name = "billing/closing.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        month = earning.last_month(self.organization, now=timezone.now())
        mine = InvoiceItem.objects.filter(invoice__organization=self.organization, deferred__gt=0)
        return super().get_context_data(
            alarm=BooksAlarm.objects.standing(self.organization).first(),
            month=date_format(month, "F Y"),
            waits=mine.filter(service_from__lte=month, invoice__issued_on__lte=month)
            .exclude(earned_through__gte=month)
            .exists(),
            **kwargs,
        )


class Deciding(ChangesSettings):
    """What only an owner decides about the books; it leads back to the page that says how they stand."""

    nav = "settings-closing"

    @property
    def whose(self) -> dict[str, Any]:
        return {"organization": self.organization, **super().whose}


class Close(Deciding, FormPage):
    """Close a period, after seeing what in it is still open."""

    title = gettext_lazy("Close the books")
    form_class = CloseForm
    template_name = "billing/closing_form.html"
    submit_label = gettext_lazy("Close the books")

    def get_initial(self) -> dict[str, Any]:
        day = earning.last_month(self.organization, now=timezone.now())
        return {"through": day, "seen": str(day)}

    def form_valid(self, form: Any) -> HttpResponse:
        through = form.cleaned_data["through"]
        if form.cleaned_data["seen"] == str(through) or not self._open(through):
            return super().form_valid(form)
        # Another day than the one whose list was shown: that list first, then the same button again.
        form.data = form.data.copy()
        form.data["seen"] = str(through)
        form.add_error(None, _("Look at what is still open in this period, then confirm again."))
        return self.form_invalid(form)

    def run(self, form: Any) -> dt.date:
        closing.close(through=form.cleaned_data["through"], **self.whose)
        return form.cleaned_data["through"]

    def get_success_message(self, result: dt.date) -> str:
        return _("The books are closed up to %(day)s.") % {"day": long_date(result)}

    def _open(self, through: dt.date) -> list[closing.StillOpen]:
        return closing.still_open(organization=self.organization, through=through, now=timezone.now())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        asked = form.cleaned_data.get("through") if form.is_bound and hasattr(form, "cleaned_data") else None
        through = asked or self.get_initial()["through"]
        rows = [(STILL_OPEN[one.what], one.count) for one in self._open(through)]
        return context | {"through": through, "still_open": rows, "closes": True}


class Reopen(Deciding, FormPage):
    """Open closed days again: figures already reported may change, so one says so first."""

    title = gettext_lazy("Open closed periods again")
    form_class = ReopenForm
    template_name = "billing/closing_form.html"
    submit_label = gettext_lazy("Open again")
    success_message = gettext_lazy("These days are open again.")

    def run(self, form: Any) -> bool:
        return closing.reopen(through=form.cleaned_data["through"], **self.whose)


class Accrual(Deciding, FormPage):
    """When revenue counts as earned, for invoices issued from now on."""

    title = gettext_lazy("When revenue is earned")
    form_class = AccrualForm
    template_name = "billing/closing_form.html"
    success_message = gettext_lazy("Saved. Invoices issued before stay as they are.")

    def get_initial(self) -> dict[str, Any]:
        return {"defers": "period" if self.organization.defers_revenue else "sale"}

    def run(self, form: Any) -> bool:
        return closing.defer_revenue(defers=form.cleaned_data["defers"], **self.whose)


class Earn(Deciding, Command):
    """Earn the revenue of last month now, instead of waiting for the night."""

    def run(self, data: Any) -> int:
        through = earning.last_month(self.organization, now=timezone.now())
        return earning.earn(through=through, **self.whose)

    def get_success_message(self, result: int) -> str:
        if not result:
            return _("Nothing was left to earn.")
        return _("%(amount)s earned.") % {"amount": format_money(result, self.organization.currency)}


class AccountCodes(PlainPage):
    """What the organization's own accounting calls the accounts that are kept by themselves."""

    permission_required = "settings.view"
    nav = "settings-account-codes"
    title = gettext_lazy("Account codes")
    template_name = "billing/account_codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = AccountCodesForm(taxes=Tax.objects.for_organization(self.organization).order_by("position", "pk"))
        known = codes_of(self.organization)
        rows = [(field.label, known.get(name, "")) for name, field in form.fields.items()]
        return super().get_context_data(rows=rows, **kwargs)


class ChangeAccountCodes(Deciding, SettingsForm):
    nav = "settings-account-codes"
    above_label = gettext_lazy("Account codes")
    title = gettext_lazy("Change the account codes")
    form_class = AccountCodesForm
    success_message = gettext_lazy("Saved. Exports use these codes from now on.")

    def get_initial(self) -> dict[str, Any]:
        return codes_of(self.organization)

    def get_form_kwargs(self) -> dict[str, Any]:
        taxes = Tax.objects.for_organization(self.organization).order_by("position", "pk")
        return {**super().get_form_kwargs(), "taxes": taxes}

    def run(self, form: Any) -> bool:
        return closing.set_account_codes(codes=form.codes, **self.whose)


def codes_of(organization: Any) -> dict[str, str]:
    """The codes by the names of their fields."""
    mine = AccountCode.objects.filter(organization=organization)
    return {f"tax-{row.tax_id}" if row.tax_id else row.kind: row.code for row in mine}
