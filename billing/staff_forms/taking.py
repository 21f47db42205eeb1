"""What was typed when a payment is made: what it comes to, and what is wrong with it."""

import uuid
from collections.abc import Iterator
from typing import Any, cast

from django.http import QueryDict
from django.utils.translation import gettext as _

from billing import words
from billing.services import receiving
from billing.services.parts import Notes, Order, Part
from billing.services.receiving import Received
from billing.staff_forms.fields import Row, TakeFields
from smartrec.money import format_money
from wallet.models import Authorization


class TakeForm(TakeFields):
    """A payment taken by staff. Nothing is taken before the total that results was on the screen."""

    # What was typed, or what is proposed before anything is.

    def value(self, name: str) -> Any:
        if self.is_bound:
            return getattr(self, "cleaned_data", {}).get(name)
        return self.get_initial_for_field(self.fields[name], name) if name in self.fields else None

    @property
    def ticked(self) -> list[str]:
        """The invoices ticked; where a wrong one was, those that still stand."""
        if not self.is_bound:
            return list(self.value("row"))
        return [pk for pk in cast(QueryDict, self.data).getlist("row") if pk in self.invoices]

    def rows(self) -> Iterator[Row]:
        ticked = set(self.ticked)
        for one in self.listed:
            pk = str(one.invoice.pk)
            yield Row(one, pk in ticked, self[f"pay_{pk}"] if pk in self.invoices else None)

    @property
    def parts(self) -> list[Part]:
        found = [(pk, self.value(f"pay_{pk}")) for pk in self.ticked]
        return [
            Part(invoice_id=int(pk), amount=amount, seen=self._seen(pk)) for pk, amount in found if amount is not None
        ]

    def _seen(self, pk: str) -> int:
        seen = self.value(f"seen_{pk}")
        return int(self.invoices[pk].due if seen is None else seen)

    @property
    def chosen(self) -> int:
        return sum(part.amount for part in self.parts)

    @property
    def credit_used(self) -> int:
        return min(self.credit, self.chosen) if self._uses_credit else 0

    @property
    def _uses_credit(self) -> bool:
        return bool(self.credit) and bool(self.value("use_credit") if self.is_bound else True)

    @property
    def total(self) -> int:
        return self.chosen - self.credit_used

    @property
    def is_received(self) -> bool:
        return self.value("method") in words.RECEIVED

    @property
    def received(self) -> int:
        """What came in: the total, unless another amount was typed. Nothing when a processor takes it."""
        return (self.value("amount_received") or self.total) if self.is_received else 0

    @property
    def excess(self) -> int:
        return max(self.received - self.total, 0)

    @property
    def takes_money(self) -> bool:
        """Credit alone may pay for everything."""
        return bool(self.received if self.is_received else self.total)

    @property
    def label(self) -> str:
        amount = format_money(self.received if self.is_received else self.total, self.currency)
        if not self.takes_money:
            return _("Use the credit") if self.credit_used else _("Confirm")
        return (_("Record %(amount)s") if self.is_received else _("Charge %(amount)s")) % {"amount": amount}

    @property
    def new_key(self) -> uuid.UUID:
        """One form, one payment, however often it is sent."""
        return uuid.uuid4()

    @property
    def keep_label(self) -> str:
        return _("Keep %(amount)s as a credit") % {"amount": format_money(self.excess, self.currency)}

    # What may be wrong with it.

    def clean(self) -> dict[str, Any]:
        super().clean()
        ticked = set(self.ticked)
        for pk in self.invoices:
            name = f"pay_{pk}"
            if pk not in ticked:
                self.errors.pop(name, None)
            elif self.cleaned_data.get(name) is None and name not in self.errors:
                self.add_error(name, _("Enter an amount."))
        if not ticked and "row" not in self.errors:
            self.add_error("row", _("Tick at least one invoice."))
        if not self.is_received:
            for name in ("received_on", "reference", "amount_received"):
                self.errors.pop(name, None)
        if self.takes_money and not self.errors:
            self._check_method()
        if self.is_received and not self.errors:
            self._check_received()
        if not self.errors and not self.totalling and self.cleaned_data.get("shown") != self.total:
            amount = format_money(self.total, self.currency)
            self.add_error(None, _("The total is %(amount)s. Look at it, then confirm.") % {"amount": amount})
        return self.cleaned_data

    def _check_method(self) -> None:
        if self.authorization and self.authorization.method.is_expired(self.today):
            self.add_error("method", _("This card has expired: update it in the wallet, or choose another method."))
        if self.value("method") == "cheque" and not self.value("reference"):
            self.add_error("reference", _("Enter the cheque number."))

    def _check_received(self) -> None:
        typed = self.value("amount_received")
        if typed is not None and typed < self.total:
            self.add_error("amount_received", _("Less was received than the amounts chosen: lower them first."))
        if not self.excess:
            return
        self.fields["credit_name"].required = True
        if not self.value("keep_excess") or self.value("asked") != self.excess:
            self.add_error("keep_excess", receiving.too_much(self.excess, self.currency))
        elif not self.value("credit_name"):
            self.add_error("credit_name", _("Enter a name for this credit."))

    # What it comes to.

    @property
    def authorization(self) -> Authorization | None:
        return self.authorizations.get(self.value("method") or "")

    @property
    def order(self) -> Order:
        kept = self.cleaned_data
        return Order(
            total=self.total,
            parts=self.parts,
            use_credit=self._uses_credit,
            reconcile=kept["reconcile"],
            email_receipt=kept.get("email_receipt", False),
            notes=Notes(details=kept["details"], note=kept["note"], internal_note=kept["internal_note"]),
            key=kept["key"] or uuid.uuid4(),
        )

    @property
    def money(self) -> Received:
        kept = self.cleaned_data
        return Received(
            kind=kept["method"],
            amount=self.received,
            on=kept["received_on"],
            reference=kept["reference"],
            credit_name=kept["credit_name"] if self.excess else "",
        )
