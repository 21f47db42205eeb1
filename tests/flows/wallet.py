"""What a household does with its wallet, by the pages it opens and the processor's page it is sent to."""

import datetime as dt

from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Client, Organization, User
from billing.models import MassRun
from billing.services import runs
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import staff
from tests.wallet.steps import BANK, CARD, type_on_page
from wallet.models import Authorization, PaymentMethod

MASTERCARD = {"number": "5555555555554444", "expiry": "12/33"}
ADDRESS = {
    "address_line1": "1245, rue des Érables",
    "address_city": "Saint-Aubin",
    "address_province": "QC",
    "address_postal_code": "J4K 2B1",
    "address_country": "CA",
}


class Holder:
    """An account holder at their telephone, without scripts."""

    def __init__(self, user: User) -> None:
        self.user, self.browser = user, Browser(HTTP_ACCEPT_LANGUAGE="en", HTTP_USER_AGENT="Safari")
        self.browser.force_login(user)

    def read(self, name: str, *args: object, **query: str) -> str:
        answer = self.browser.get(reverse(name, args=args), {**query, "lang": "en"}, follow=True)
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    def send(self, name: str, *args: object, **typed: object):
        return self.browser.post(reverse(name, args=args), typed)

    def add(self, kind: str = "card", *organizations: Organization, nickname: str = "", **typed: str) -> PaymentMethod:
        """Fill in the page, tick these organizations, type the number at the processor, come back."""
        ticked = {f"authorize_{one.pk}": "on" for one in organizations}
        leave = self.send(f"my-{kind}-new", **ADDRESS, **ticked, nickname=nickname)
        return self._type(leave, kind, typed)

    def replace(self, method: PaymentMethod, **typed: str) -> PaymentMethod:
        """The same, in the place of another; what it was allowed is agreed to anew."""
        return self._type(self.leave_to_replace(method), method.kind, typed)

    def leave_to_replace(self, method: PaymentMethod):
        return self.send("my-method-replace", method.pk, **ADDRESS, agree="on")

    def _type(self, leave, kind: str, typed: dict[str, str]) -> PaymentMethod:
        assert leave.status_code == 303, leave.content.decode()
        back = type_on_page(leave.url, **{**(CARD if kind == "card" else BANK), **typed})
        self.browser.get(back.headers["Location"].removeprefix("http://testserver"))
        return PaymentMethod.objects.filter(account__user=self.user).latest("pk")


def living(method: PaymentMethod) -> dict[str, str]:
    """Who may charge it: the organizations' addresses and how far each permission is."""
    rows = Authorization.objects.filter(method=method).exclude(state="revoked")
    return dict(rows.values_list("organization__slug", "state"))


def a_planned_charge(client: Client, cents: int = 6_200, *, paused: bool = True) -> MassRun:
    """An organization has confirmed a charge of what this client owes; nothing was sent yet."""
    an_invoice(client, cents, person=client.account.owner)
    by = staff("finance", client.organization)
    run = confirmed(a_charge_draft(client.organization, [client.account.owner], by), by)
    if paused:
        runs.pause(run=run, by=by, now=dt.datetime.now(dt.UTC))
    return run
