"""Settings › Taxes: which taxes apply, in which order, at which rate from which day on."""

from functools import cached_property
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import Tax, TaxRate
from billing.services import taxing
from billing.services.usual_taxes import BY_PROVINCE
from billing.staff_forms.settings import PROVINCES, NewTaxForm, RateForm, TaxForm, UsualTaxesForm, initial_of
from billing.views.settings_pages import ChangesSettings, SettingsForm
from smartrec.formats import percent
from smartrec.views import Command, FormPage, PlainPage


def rated(taxes: QuerySet[Tax]) -> QuerySet[Tax]:
    """The same taxes in their order, each with its rates, the latest first."""
    rates = Prefetch("rates", TaxRate.objects.order_by("-starts_on"))
    return taxes.order_by("-is_active", "position", "pk").prefetch_related(rates)


class TaxSettings(PlainPage):
    """The taxes of the organization, each with its rate of today and those to come."""

    permission_required = "settings.view"
    nav = "settings-taxes"
    title = gettext_lazy("Taxes")
    template_name = "billing/settings_taxes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = self.organization.local_day(timezone.now())
        taxes = rated(Tax.objects.for_organization(self.organization))
        return super().get_context_data(rows=[_shown(tax, today) for tax in taxes], **kwargs)


def _shown(tax: Tax, today: Any) -> dict[str, Any]:
    rates = list(tax.rates.all())
    now = next((rate for rate in rates if rate.starts_on <= today), None)
    coming = [rate for rate in rates if rate.starts_on > today]
    return {"tax": tax, "now": now, "next": coming[-1] if coming else None}


class Editing(ChangesSettings):
    """What changes the taxes, and leads back to them."""

    nav = "settings-taxes"
    above_label = gettext_lazy("Taxes")


class AddTax(Editing, SettingsForm):
    """A tax of one's own, with its first rate."""

    title = gettext_lazy("Add a tax")
    form_class = NewTaxForm
    success_message = gettext_lazy("The tax is added. It applies to what is invoiced from now on.")

    def get_initial(self) -> dict[str, Any]:
        return {"position": self.organization.taxes.count() + 1}

    def run(self, form: Any) -> Tax:
        typed = form.cleaned_data
        rate = {"rate": typed["rate"], "starts_on": typed["starts_on"]}
        return taxing.add_tax(organization=self.organization, details=form.details, **rate, **self.whose)


class OfTax(Editing):
    """About one tax of the organization."""

    def enter(self, request: HttpRequest, **kwargs: Any) -> None:
        super().enter(request, **kwargs)
        mine = rated(Tax.objects.for_organization(self.organization)).select_related("organization")
        self.tax = get_object_or_404(mine, pk=kwargs["tax"])

    def get_success_url(self, result: Any = None) -> str:
        return self.org_url("settings-tax", tax=self.tax.pk)


class ChangeTax(OfTax, FormPage):
    """One tax: its names, number and place, and its rates day by day."""

    form_class = TaxForm
    template_name = "billing/settings_tax.html"
    success_message = gettext_lazy("Saved. Invoices already issued keep their taxes.")

    def get_title(self) -> str:
        return str(self.tax)

    def get_initial(self) -> dict[str, Any]:
        return initial_of(self.tax, TaxForm)

    def run(self, form: Any) -> Tax:
        return taxing.change_tax(tax=self.tax, details=form.details, **self.whose)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = self.organization.local_day(timezone.now())
        rates = [
            {"rate": rate, "coming": rate.starts_on > today, "removable": not taxing.is_borne(rate)}
            for rate in self.tax.rates.all()
        ]
        return super().get_context_data(tax=self.tax, rates=rates, only=len(rates) == 1, **kwargs)


class AddRate(OfTax, SettingsForm):
    """Another rate of a tax, from a day on."""

    form_class = RateForm
    submit_label = gettext_lazy("Add the rate")

    def get_title(self) -> str:
        return _("New rate of %(tax)s") % {"tax": self.tax}

    def run(self, form: Any) -> TaxRate:
        return taxing.add_rate(tax=self.tax, **form.cleaned_data, **self.whose)

    def get_success_message(self, result: TaxRate) -> str:
        told = {"rate": percent(result.rate), "day": result.starts_on}
        return _("%(rate)s from %(day)s. Invoices dated before keep the earlier rate.") % told

    def get_cancel_url(self) -> str:
        return self.get_success_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**{"above_label": str(self.tax), **kwargs})


class RemoveRate(OfTax, Command):
    """Take back a rate that no invoice bears."""

    success_message = gettext_lazy("The rate is removed.")

    def run(self, data: dict[str, Any]) -> None:
        mine = self.tax.rates.select_related("tax__organization")
        taxing.remove_rate(rate=get_object_or_404(mine, pk=self.kwargs["rate"]), **self.whose)


class UsualTaxes(Editing, FormPage):
    """The usual taxes of a province, added in one go; those the organization has already stay as they are."""

    title = gettext_lazy("Add the usual taxes of a province")
    form_class = UsualTaxesForm
    template_name = "billing/settings_usual.html"
    submit_label = gettext_lazy("Add these taxes")

    def run(self, form: Any) -> list[Tax]:
        return taxing.add_usual(organization=self.organization, province=form.cleaned_data["province"], **self.whose)

    def get_success_message(self, result: list[Tax]) -> str:
        if not result:
            return _("The organization has these taxes already: nothing was added.")
        names = ", ".join(str(tax) for tax in result)
        return ngettext("%(names)s added.", "%(names)s added.", len(result)) % {"names": names}

    @cached_property
    def offered(self) -> list[dict[str, Any]]:
        return [{"name": PROVINCES[key], "taxes": [_usual(tax) for tax in taxes]} for key, taxes in BY_PROVINCE.items()]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(offered=self.offered, **kwargs)


def _usual(tax: Any) -> dict[str, Any]:
    from_day, rate = tax.rates[-1]
    return {"tax": Tax(name_fr=tax.name_fr, name_en=tax.name_en), "rate": rate, "since": from_day, "url": tax.authority}
