"""What staff type to invoice: the lines, for one client or for everyone selected, and what the invoices share."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization, Person
from billing.forms import PER
from billing.models import LedgerCode, MassRun, Tax
from billing.services.invoicing import FURTHEST
from smartrec.forms import DateField, Form, MoneyField, Segments

DAYS_TO_PAY = 30
MOST_LINES = 20
ADDED, INCLUDED, EXEMPT = "added", "included", "exempt"
TREATMENTS = [
    (ADDED, gettext_lazy("Taxes added")),
    (INCLUDED, gettext_lazy("Taxes included")),
    (EXEMPT, gettext_lazy("Exempt")),
]


class TreatmentField(forms.ChoiceField):
    """How a line is taxed: the taxes are added, unless it is said otherwise."""

    def clean(self, value: Any) -> Any:
        return super().clean(value or ADDED)


class InvoiceLineForm(Form):
    """One line of an invoice."""

    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=150,
        error_messages={"required": gettext_lazy("Enter what is invoiced.")},
    )
    person = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=Person.objects.none(),
        required=False,
        empty_label=gettext_lazy("The whole account"),
    )
    quantity = forms.IntegerField(
        label=gettext_lazy("Quantity"),
        min_value=1,
        max_value=999,
        initial=1,
        error_messages={"required": gettext_lazy("Enter a quantity.")},
    )
    unit_price = MoneyField(label=gettext_lazy("Price"), max_value=9_999_999)
    ledger_code = forms.ModelChoiceField(
        label=gettext_lazy("Ledger code"),
        queryset=LedgerCode.objects.none(),
        error_messages={"required": gettext_lazy("Choose a ledger code.")},
    )
    treatment = TreatmentField(label=gettext_lazy("Tax treatment"), choices=TREATMENTS, initial=ADDED)
    taxes = forms.MultipleChoiceField(
        label=gettext_lazy("Taxes"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    service_from = DateField(label=gettext_lazy("Period from"), required=False)
    service_to = DateField(label=gettext_lazy("Period to"), required=False)
    rebate = forms.BooleanField(label=gettext_lazy("Rebate: taken off the invoice"), required=False)

    def __init__(
        self,
        *args: Any,
        taxes: list[Tax],
        codes: QuerySet[LedgerCode],
        people: QuerySet[Person] | None = None,
        may_rebate: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not may_rebate:
            del self.fields["rebate"]
        cast(forms.MultipleChoiceField, self.fields["taxes"]).choices = [(str(tax.pk), tax.name) for tax in taxes]
        if not taxes:
            del self.fields["taxes"], self.fields["treatment"]
        cast(forms.ModelChoiceField, self.fields["ledger_code"]).queryset = codes
        if people is None:
            del self.fields["person"]
        else:
            cast(forms.ModelChoiceField, self.fields["person"]).queryset = people

    def clean(self) -> dict[str, Any]:
        super().clean()
        typed = self.cleaned_data
        if typed.get("treatment") == INCLUDED and "taxes" in typed and not typed["taxes"]:
            self.add_error("taxes", _("Tick the taxes that the price includes."))
        since, until = typed.get("service_from"), typed.get("service_to")
        if since and not until and "service_to" in typed:
            self.add_error("service_to", _("Enter the last day of the period as well."))
        if until and not since and "service_from" in typed:
            self.add_error("service_from", _("Enter the first day of the period as well."))
        if since and until and until < since:
            self.add_error("service_to", _("Enter a last day on or after the first."))
        return typed


class BaseLines(forms.BaseFormSet):
    """At least one line and, unless the invoice may be for nothing, something to pay."""

    def __init__(self, *args: Any, may_be_free: bool = False, **kwargs: Any) -> None:
        self.may_be_free = may_be_free
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        if self.may_be_free or any(form.errors for form in self.kept):
            return
        if not any(line["quantity"] * line["unit_price"] for line in self.lines()):
            raise ValidationError(_("Enter at least one price."))

    @property
    def kept(self) -> list[InvoiceLineForm]:
        return [form for form in self.forms if not getattr(form, "cleaned_data", {}).get("DELETE")]

    def lines(self) -> list[dict[str, Any]]:
        """The lines as the services take them, the removed ones left out."""
        return [kept_line(form.cleaned_data) for form in self.kept]


def kept_line(typed: dict[str, Any]) -> dict[str, Any]:
    """A line as a run or a draft keeps it: keys and plain text; what is not typed yet is left empty."""
    treatment = typed.get("treatment") or ADDED
    taxes = sorted(int(tax) for tax in typed.get("taxes", ())) if treatment != EXEMPT else []
    line = {
        "description": typed.get("description", ""),
        "quantity": typed.get("quantity") or 1,
        "unit_price": typed.get("unit_price") or 0,
        "ledger_code": _key(typed.get("ledger_code")) or 0,
        "taxes": taxes,
    }
    if treatment == INCLUDED and taxes:
        line["included"] = True
    if typed.get("rebate"):
        line["rebate"] = True
    if typed.get("person"):
        line["person"] = _key(typed["person"])
    if typed.get("service_from") and typed.get("service_to"):
        line |= {"service_from": str(typed["service_from"]), "service_to": str(typed["service_to"])}
    return line


def _key(chosen: Any) -> Any:
    return getattr(chosen, "pk", chosen)


def typed_line(kept: dict[str, Any]) -> dict[str, Any]:
    """A kept line as the form shows it."""
    treatment = INCLUDED if kept.get("included") else ADDED if kept["taxes"] else EXEMPT
    return {**kept, "treatment": treatment, "taxes": [str(tax) for tax in kept["taxes"]]}


LinesFormSet = formset_factory(
    InvoiceLineForm,
    formset=BaseLines,
    extra=0,
    min_num=1,
    max_num=MOST_LINES,
    validate_min=True,
    validate_max=True,
    can_delete=True,
)
TOO_FEW_OR_MANY = {
    "too_few_forms": gettext_lazy("An invoice has at least 1 line."),
    "too_many_forms": gettext_lazy("An invoice has at most 20 lines. Put the others on a second invoice."),
}


def lines_formset(
    organization: Organization, *, people: QuerySet[Person] | None = None, may_rebate: bool = False, **kwargs: Any
) -> Any:
    """The lines of an invoice with the taxes and ledger codes of the organization.

    `people`: whom a line may be for; `may_rebate`: whether a line may take something off.
    """
    taxes = list(Tax.objects.for_organization(organization).filter(is_active=True).order_by("position", "pk"))
    codes = LedgerCode.objects.for_organization(organization).filter(is_active=True).order_by("code")
    offered = {"taxes": taxes, "codes": codes, "people": people, "may_rebate": may_rebate}
    return LinesFormSet(form_kwargs=offered, prefix="line", error_messages=cast(Any, TOO_FEW_OR_MANY), **kwargs)


class InvoiceForm(Form):
    """What an invoice says besides its lines."""

    issued_on = DateField(label=gettext_lazy("Invoice date"))
    due_on = DateField(label=gettext_lazy("Due date"))
    note = forms.CharField(
        label=gettext_lazy("Note to the client"), widget=forms.Textarea({"rows": 2}), required=False, max_length=500
    )
    internal_note = forms.CharField(
        label=gettext_lazy("Internal note"), widget=forms.Textarea({"rows": 2}), required=False, max_length=500
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(DateField, self.fields["issued_on"]).latest = today + FURTHEST

    def clean(self) -> dict[str, Any]:
        super().clean()
        issued, due = self.cleaned_data.get("issued_on"), self.cleaned_data.get("due_on")
        if issued and due and due < issued:
            self.add_error("due_on", _("Enter a due date on or after the invoice date."))
        return self.cleaned_data


class BulkInvoiceForm(InvoiceForm):
    """What every invoice of a run shares."""

    email = forms.BooleanField(label=gettext_lazy("Email each invoice"), required=False)
    per = forms.ChoiceField(label=gettext_lazy("One invoice per"), choices=PER, widget=Segments)

    def __init__(self, *args: Any, noun: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if noun == "accounts":
            del self.fields["per"]

    def options(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """What the run keeps: dates as text, lines as they were typed."""
        kept = self.cleaned_data
        return {
            "lines": lines,
            "issued_on": kept["issued_on"].isoformat(),
            "due_on": kept["due_on"].isoformat(),
            "internal_note": kept["internal_note"],
            "email": kept["email"],
        }


class SingleInvoiceForm(InvoiceForm):
    """What the invoice of one client says besides its lines, and whether it is e-mailed."""

    email = forms.BooleanField(required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)
    shown = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if address:
            self.fields["email"].label = _("Email the invoice to %(email)s") % {"email": address}
        else:
            del self.fields["email"]


def first_dates(today: dt.date) -> dict[str, dt.date]:
    return {"issued_on": today, "due_on": today + dt.timedelta(days=DAYS_TO_PAY)}


def initial_of(run: MassRun) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A draft as the form showed it: what is shared, and its lines."""
    options = run.options
    shared = {name: options.get(name) for name in ("issued_on", "due_on", "internal_note", "email")}
    return {**shared, "note": run.note, "per": run.per}, [typed_line(line) for line in options["lines"]]
