"""What staff type when they cancel items of an invoice: which, how much of each, a fee, what goes back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.models import InvoiceItem, LedgerCode, Payment
from billing.services import writing_credits
from billing.services.cancel_plans import Cancellation, Fee, Part
from billing.staff_forms.crediting import WithCode
from billing.words import crediting
from smartrec.forms import MoneyField
from smartrec.money import multiply_rate


@dataclass(frozen=True)
class Row:
    """A line of the invoice: what can still be cancelled of it, whether it is ticked, the box for an amount."""

    item: InvoiceItem
    room: int
    paid: int
    ticked: bool
    busy: bool
    box: BoundField


class PercentField(forms.DecimalField):
    """A percentage as it is typed in either language."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value).replace("%", "").replace(",", ".").strip() if value else value)


class CancelForm(WithCode):
    """Items to take back."""

    code_field, taxes_field = "fee_code", "fee_taxes"

    row = forms.MultipleChoiceField(
        label=gettext_lazy("Items"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Tick items of this invoice.")},
    )
    how = forms.ChoiceField(
        label=gettext_lazy("How much of these items"),
        choices=list(crediting.HOW.items()),
        widget=forms.RadioSelect,
        initial="full",
    )
    percent = PercentField(
        label=gettext_lazy("Percentage of each item"), min_value=Decimal("0.01"), max_value=100, decimal_places=2,
        required=False, widget=forms.TextInput({"inputmode": "decimal", "class": "num"}),
    )  # fmt: skip
    fee = MoneyField(
        label=gettext_lazy("Administrative fee"),
        help_text=gettext_lazy("It keeps the credit lower. Leave it empty when there is none."),
        required=False,
        max_value=writing_credits.MOST,
    )
    fee_code = forms.ModelChoiceField(
        label=gettext_lazy("Ledger code of the fee"), queryset=LedgerCode.objects.none(), required=False
    )
    fee_treatment = forms.ChoiceField(
        label=gettext_lazy("Taxes on the fee"),
        choices=list(crediting.TREATMENTS.items()),
        widget=forms.RadioSelect,
        initial="exempt",
    )
    fee_taxes = forms.MultipleChoiceField(
        label=gettext_lazy("Which taxes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    money = forms.ChoiceField(
        label=gettext_lazy("What was paid on these items"),
        choices=list(crediting.MONEY.items()),
        widget=forms.RadioSelect,
        initial="keep",
    )
    given_as = forms.ChoiceField(label=gettext_lazy("Desk money goes back by"), required=False)
    reference = forms.CharField(
        label=gettext_lazy("Cheque number, or reference"), max_length=60, required=False, strip=True
    )

    def __init__(
        self,
        *args: Any,
        items: Sequence[InvoiceItem],
        busy: set[int],
        payments: Mapping[int, Payment],
        only: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items, self.busy, self.payments = {str(item.pk): item for item in items}, busy, payments
        cast(forms.MultipleChoiceField, self.fields["row"]).choices = [
            (pk, item.description) for pk, item in self.items.items()
        ]
        if only is not None and str(only) in self.items:
            self.initial["row"] = [str(only)]
        self._offer_amounts()
        self._offer_money()

    def _offer_amounts(self) -> None:
        for pk, item in self.items.items():
            room = item.total - item.credited
            box = MoneyField(min_value=1, max_value=item.total, currency=self.currency, initial=room, required=False)
            box.widget.attrs["aria-label"] = _("Cancel, %(item)s") % {"item": item.description}
            self.fields[f"amount_{pk}"] = box
            self.fields[f"seen_{pk}"] = forms.IntegerField(required=False)

    def _offer_money(self) -> None:
        """What can go back where; nothing to choose where nothing was paid."""
        for pk, payment in self.payments.items():
            box = MoneyField(max_value=payment.amount, currency=self.currency, required=False)
            box.widget.attrs["aria-label"] = _("Give back, payment %(number)s") % {"number": payment.display_number}
            self.fields[f"refund_{pk}"] = box
        if not self.payments:
            del self.fields["money"]
        cast(forms.ChoiceField, self.fields["given_as"]).choices = list(words.RECEIVED.items())
        if not self.at_the_desk:
            del self.fields["given_as"], self.fields["reference"]

    @property
    def at_the_desk(self) -> bool:
        return any(payment.received_on for payment in self.payments.values())

    def rows(self) -> Iterator[Row]:
        ticked = set(self["row"].value() or [])
        for pk, item in self.items.items():
            paid = sum(link.amount for link in item.allocations.all() if link.payment_id)
            room = item.total - item.credited
            yield Row(item, room, paid, pk in ticked, item.pk in self.busy, self[f"amount_{pk}"])

    def refunds(self) -> Iterator[tuple[Payment, BoundField]]:
        return ((payment, self[f"refund_{pk}"]) for pk, payment in self.payments.items())

    # What may be wrong with it.

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or {}
        self._forgive()
        ticked = kept.get("row") or []
        if not ticked and "row" not in self.errors:
            self.add_error("row", _("Tick at least one item."))
        if kept.get("how") == "percent" and kept.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Enter a percentage."))
        for pk in ticked:
            name = f"amount_{pk}"
            if kept.get("how") == "amounts" and kept.get(name) is None and name not in self.errors:
                self.add_error(name, _("Enter an amount."))
        if kept.get("fee") and not kept.get("fee_code") and "fee_code" not in self.errors:
            self.add_error("fee_code", _("Choose a ledger code."))
        if kept.get("fee") and kept.get("fee_treatment") != "exempt" and not kept.get("fee_taxes"):
            self.add_error("fee_taxes", _("Choose at least one tax, or no tax at all."))
        return kept

    def _forgive(self) -> None:
        """What is wrong in a box that is not used."""
        kept = self.cleaned_data
        for pk in self.items:
            if kept.get("how") != "amounts" or pk not in (kept.get("row") or []):
                self.errors.pop(f"amount_{pk}", None)
        if kept.get("how") != "percent":
            self.errors.pop("percent", None)
        if kept.get("money") != "amounts":
            for payment in self.payments:
                self.errors.pop(f"refund_{payment}", None)

    # What it comes to.

    def parts(self) -> list[Part]:
        kept = self.cleaned_data
        return [
            Part(item_id=int(pk), amount=self._amount(pk), seen=kept.get(f"seen_{pk}")) for pk in self.items
            if pk in kept["row"]
        ]  # fmt: skip

    def _amount(self, pk: str) -> int:
        item, kept = self.items[pk], self.cleaned_data
        room = item.total - item.credited
        if kept["how"] == "amounts":
            return int(kept[f"amount_{pk}"])
        if kept["how"] == "percent":
            return min(multiply_rate(item.total, int(kept["percent"] * 10_000)), room)
        seen = kept.get(f"seen_{pk}")
        return room if seen is None else int(seen)

    def _fee(self, description: str) -> Fee | None:
        kept = self.cleaned_data
        if not kept.get("fee"):
            return None
        return Fee(
            amount=kept["fee"],
            ledger_code=kept["fee_code"],
            description=description,
            treatment=kept["fee_treatment"],
            taxes=self.chosen_taxes if kept["fee_treatment"] != "exempt" else (),
        )

    def _refunds(self) -> dict[int, int] | None:
        kept = self.cleaned_data
        if kept.get("money") == "back":
            return None
        if kept.get("money") == "amounts":
            return {pk: kept.get(f"refund_{pk}") or 0 for pk in self.payments}
        return {}

    def cancellation(self, *, description: str, fee: str) -> Cancellation:
        """`description` and `fee` are what the credit note calls the credit and the fee."""
        kept = self.cleaned_data
        return Cancellation(
            terms=self.terms(description),
            parts=self.parts(),
            fee=self._fee(fee),
            refunds=self._refunds(),
            given_as=kept.get("given_as") or "",
            reference=kept.get("reference") or "",
        )
