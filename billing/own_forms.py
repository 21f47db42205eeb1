"""What a household chooses when it pays: which invoices, whether its credit is used first, how much, and how."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from billing.forms import PayForm
from billing.planning import up_to
from billing.services.parts import OpenInvoice, Order, Part
from smartrec.forms import MoneyField
from smartrec.money import format_money, plain_money

MEANWHILE = gettext_lazy("An invoice was paid, cancelled or is being paid meanwhile: see the list.")


@dataclass(frozen=True)
class Row:
    """An invoice in the list, and whether it is ticked."""

    one: OpenInvoice
    ticked: bool

    @property
    def what(self) -> str:
        return words.items_of(self.one.invoice)


class OwnPayForm(PayForm):
    """Nothing is taken, and no credit is used, before both amounts stood on the screen."""

    invoice = forms.MultipleChoiceField(
        label=gettext_lazy("Invoices"),
        error_messages={
            "required": gettext_lazy("Choose at least one invoice."),
            "invalid_choice": MEANWHILE,
        },
    )
    use_credit = forms.BooleanField(label=gettext_lazy("Use my credit first"), required=False, initial=True)
    said = forms.IntegerField(required=False)

    def __init__(
        self,
        *args: Any,
        invoices: Sequence[OpenInvoice],
        credit: int,
        payable: int,
        currency: str,
        only: int | None = None,
        totalling: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.listed, self.credit, self.payable, self.currency = invoices, credit, payable, currency
        self.open = {str(one.invoice.pk): one for one in invoices if one.due}
        self.totalling, self.first = totalling, self._first(only)
        row = cast(forms.MultipleChoiceField, self.fields["invoice"])
        row.choices = [(pk, one.invoice.display_number) for pk, one in self.open.items()]
        cast(MoneyField, self.fields["amount"]).currency = currency
        if not credit:
            del self.fields["use_credit"]
        if totalling:
            self._write(invoice=self.ticked, amount=plain_money(self.rest))
        self.fields["amount"].required = self.fields["method"].required = self.takes_money
        self.initial["amount"] = self.rest

    def _first(self, only: int | None) -> list[str]:
        """What is ticked at first: the invoice one came from, else what is overdue, else everything."""
        if str(only) in self.open:
            return [str(only)]
        return [pk for pk, one in self.open.items() if one.overdue] or list(self.open)

    def _write(self, **values: Any) -> None:
        data = cast(QueryDict, self.data).copy()
        for name, value in values.items():
            data.setlist(name, value if isinstance(value, list) else [value])
        self.data = data

    # What was ticked, or what is proposed before anything is; what it comes to.

    @property
    def ticked(self) -> list[str]:
        if not self.is_bound:
            return self.first
        return [pk for pk in cast(QueryDict, self.data).getlist("invoice") if pk in self.open]

    def rows(self) -> Iterator[Row]:
        ticked = set(self.ticked)
        for one in self.listed:
            yield Row(one, str(one.invoice.pk) in ticked)

    @property
    def chosen(self) -> int:
        """All that is due on what is ticked, in cents."""
        return sum(self.open[pk].due for pk in self.ticked)

    @property
    def uses_credit(self) -> bool:
        return bool(self.credit) and (not self.is_bound or bool(self.data.get("use_credit")))

    @property
    def credit_used(self) -> int:
        return min(self.credit, self.chosen) if self.uses_credit else 0

    @property
    def rest(self) -> int:
        """The most that can be taken now, once the credit is used."""
        return min(self.chosen - self.credit_used, self.payable)

    @property
    def is_capped(self) -> bool:
        """Whether less can be taken now than is ticked: the rest is being paid, or credit covers it."""
        return self.rest < self.chosen - self.credit_used

    @property
    def said_credit(self) -> str:
        return format_money(self.credit_used, self.currency)

    def full_clean(self) -> None:
        super().full_clean()
        if self.totalling:
            self._errors = ErrorDict()

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or self.cleaned_data
        if "invoice" in self.errors:
            self._write(amount=plain_money(self.rest))
        elif (kept.get("said") or 0) != self.credit_used:
            self._write(amount=plain_money(self.rest))
            self.add_error(None, self._look_again())
        elif self.takes_money and kept.get("amount", 0) > self.rest:
            most = format_money(self.rest, self.currency)
            self.add_error("amount", _("No more than %(amount)s can be paid now.") % {"amount": most})
        return kept

    def _look_again(self) -> str:
        told = {"credit": self.said_credit, "amount": format_money(self.rest, self.currency)}
        if self.credit_used:
            return _("Your credit of %(credit)s will be used, %(amount)s is left to pay. Look, then confirm.") % told
        return _("No credit is used, %(amount)s is left to pay. Look, then confirm.") % told

    # What is ordered.

    @property
    def takes_money(self) -> bool:
        return self.rest > 0

    @property
    def order(self) -> Order:
        """So much of each invoice, oldest first: the credit, then the money."""
        money = self.cleaned_data["amount"] if self.takes_money else 0
        due = [(int(pk), self.open[pk].due) for pk in self.open if pk in set(self.ticked)]
        wanted = up_to(due, self.credit_used + money)
        seen = dict(due)
        chosen = [Part(invoice_id=pk, amount=cents, seen=seen[pk]) for pk, cents in wanted]
        key = {"key": self.cleaned_data["key"]} if self.cleaned_data["key"] else {}
        return Order(total=money, parts=chosen, use_credit=self.credit_used > 0, **key)
