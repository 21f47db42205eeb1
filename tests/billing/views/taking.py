"""The form that makes a payment, filled and sent as at the keyboard."""

from tests.billing.views.ways import HTMX, at


def page_of(client) -> str:
    return at(client.organization, "payment-new", client.pk) + "?lang=en"


def typed(desk, client, *, pick=None, pay=None, **fields) -> dict:
    """The form as it was shown, with what is typed in it."""
    form = desk.get(page_of(client)).context["form"]
    invoices = [one.invoice.pk for one in form.listed if one.due]
    pay = pay or {}
    values = {
        "key": str(form.new_key),
        "row": [str(pk) for pk in (invoices if pick is None else pick)],
        "method": "cash",
        "received_on": form.initial["received_on"].isoformat(),
        "reconcile": "on",
        "email_receipt": "on",
    }
    for one in form.listed:
        values |= {f"seen_{one.invoice.pk}": one.due, f"pay_{one.invoice.pk}": pay.get(one.invoice.pk, one.due / 100)}
    if form.credit:
        values["use_credit"] = "on"
    values |= fields
    if "shown" not in fields:
        values["shown"] = shown(desk, client, values)
    return {name: value for name, value in values.items() if value is not None}


def shown(desk, client, values: dict) -> int:
    """The total that the page answers with."""
    data = {name: value for name, value in values.items() if value is not None}
    answer = desk.post(page_of(client), {**data, "do": "total"}, headers={**HTMX, "HX-Target": "total"})
    return answer.context["form"].total


def sent(desk, client, **fields):
    return desk.post(page_of(client), typed(desk, client, **fields))


def balances(client) -> list[int]:
    return [invoice.balance for invoice in client.invoices.order_by("pk")]
