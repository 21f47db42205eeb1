"""How much of a payment or credit goes to which item of which invoice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from billing.models import InvoiceItem
from billing.planning import Debt, up_to
from billing.services.linking import Wanted
from billing.services.parts import Items
from smartrec.forms import Form, MoneyField
from smartrec.money import format_money

# More boxes than anyone fills by hand; an invoice can always be chosen.
MOST = 100


@dataclass(frozen=True)
class Row:
    """A line of the form: an item, what is left to pay of it, the box for its link; none while it is being paid."""

    item: InvoiceItem
    left: int
    box: BoundField | None


class LinkForm(Form):
    """A box for each item, oldest first, with what is proposed for it; otherwise the oldest are proposed."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self,
        *args: Any,
        owed: Sequence[Debt],
        free: int,
        proposed: Items,
        currency: str,
        only: int | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        items = InvoiceItem.objects.select_related("invoice", "person").in_bulk([debt.item_id for debt in owed])
        self.free, self.currency = free, currency
        every = [(debt, items[debt.item_id]) for debt in owed]
        self.invoices = {item.invoice_id: item.invoice for _debt, item in every}
        self.only = only if only in self.invoices else None
        chosen = [pair for pair in every if self.only in (None, pair[1].invoice_id)]
        self.listed, self.hidden = chosen[:MOST], len(chosen[MOST:])
        self._offer(dict(proposed))

    def _offer(self, proposed: dict[int, int]) -> None:
        open_items = {debt.item_id: debt.amount for debt, _item in self.listed if not debt.busy}
        if not proposed.keys() & open_items.keys():
            proposed = dict(up_to(list(open_items.items()), self.free))
        items = {debt.item_id: item for debt, item in self.listed}
        for item_id, left in open_items.items():
            box = MoneyField(
                min_value=0, max_value=left, currency=self.currency, required=False, initial=proposed.get(item_id)
            )
            item = items[item_id]
            told = {"item": item.description, "number": item.invoice.display_number}
            box.label = _("Link to %(item)s, invoice %(number)s") % told
            box.widget.attrs["aria-label"] = box.label
            self.fields[f"item_{item_id}"] = box

    def rows(self) -> Iterator[Row]:
        for debt, item in self.listed:
            name = f"item_{debt.item_id}"
            yield Row(item, debt.amount, self[name] if name in self.fields else None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        asked = sum(cents for _item, cents in self._parts(cleaned))
        if not self.errors and not asked:
            raise forms.ValidationError(_("Enter an amount above zero for one item at least."))
        if asked > self.free:
            told = {"asked": format_money(asked, self.currency), "free": format_money(self.free, self.currency)}
            raise forms.ValidationError(_("These amounts come to %(asked)s: only %(free)s is left to link.") % told)
        return cleaned

    def _parts(self, cleaned: dict[str, Any]) -> list[tuple[int, int]]:
        boxes = ((name, cleaned.get(name)) for name in self.fields if name.startswith("item_"))
        return [(int(name.removeprefix("item_")), cents) for name, cents in boxes if cents]

    @property
    def wanted(self) -> Wanted:
        cleaned = self.cleaned_data
        return Wanted(parts=self._parts(cleaned), seen=cleaned["seen"], key=cleaned["key"])

    def show_again(self, refusal: str) -> None:
        """What was typed, over what is left now."""
        typed = cast(QueryDict, self.data).copy()
        typed["seen"] = str(self.free)
        self.data = typed
        self.full_clean()
        self.add_error(None, refusal)
