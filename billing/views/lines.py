"""Writing the lines of an invoice, one by one, with or without scripts: what is typed stays, the totals follow."""

import re
from typing import Any

from django.http import QueryDict

from accounts.models import Organization
from billing.models import Tax
from billing.services.invoicing import Line
from billing.staff_forms.invoicing import kept_line
from billing.views.reviews import tax_totals
from smartrec.numbers import number

TOTAL = "line-TOTAL_FORMS"
REMOVE = "remove-"
OF_A_LINE = re.compile(r"line-([0-9]{1,3})-(.+)")


def edited(data: QueryDict, organization: Organization) -> QueryDict:
    """What was sent, with the line more or less that its button asked for."""
    do = data.get("do", "")
    if do == "add":
        return _one_more(data, organization)
    return _one_less(data, do.removeprefix(REMOVE)) if do.startswith(REMOVE) else data


def usual_taxes(organization: Organization) -> list[str]:
    """The taxes a new line begins with, by key."""
    taxes = Tax.objects.for_organization(organization).filter(is_active=True)
    return [str(pk) for pk in taxes.order_by("position", "pk").values_list("pk", flat=True)]


def _how_many(data: QueryDict) -> int:
    return min(number(data.get(TOTAL, "")) or 0, 100)


def _one_more(data: QueryDict, organization: Organization) -> QueryDict:
    more, n = data.copy(), _how_many(data)
    more[TOTAL] = str(n + 1)
    more[f"line-{n}-quantity"] = "1"
    more.setlist(f"line-{n}-taxes", usual_taxes(organization))
    return more


def _one_less(data: QueryDict, which: str) -> QueryDict:
    """The same without one line, the later ones moved up; the last one that is left stays."""
    less, total = data.copy(), _how_many(data)
    gone = number(which)
    if gone is None or not gone < total or total == 1:
        return less
    sent = [found for name in data if (found := OF_A_LINE.fullmatch(name))]
    for found in sent:
        del less[found[0]]
    for found in sent:
        line = int(found[1])
        if line != gone:
            less.setlist(f"line-{line - (line > gone)}-{found[2]}", data.getlist(found[0]))
    less[TOTAL] = str(total - 1)
    return less


def typed_so_far(lines: Any) -> list[dict[str, Any]]:
    """The lines as far as they make sense already, as the services take them."""
    if lines.is_bound:
        lines.is_valid()
        found = [getattr(form, "cleaned_data", {}) for form in lines.forms]
    else:
        found = lines.initial or []
    return [kept_line(line) for line in found if line.get("unit_price") is not None and not line.get("DELETE")]


def figures(organization: Organization, lines: list[Line]) -> dict[str, Any]:
    """What such lines come to: the price, each tax, and all of it, rebates taken off."""
    taxes = tax_totals(organization, lines)
    subtotal = sum(line.sign * line.subtotal for line in lines)
    return {"subtotal": subtotal, "taxes": taxes, "each": subtotal + sum(amount for _name, amount in taxes)}


def say_nothing_yet(form: Any, lines: Any) -> None:
    """A form that is only being filled in is not told off."""
    lines.non_form_errors().clear()
    for one in (form, *lines.forms):
        one.errors.clear()
