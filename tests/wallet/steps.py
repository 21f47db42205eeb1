"""The gestures of the wallet's tests: a centre with its own account at the processor, and a visit to its page."""

import datetime as dt

import requests
from django.utils import timezone

from accounts.models import Account, Client, Organization, User
from tests.builders import a_user, an_account, an_organization
from wallet.models import Authorization, PaymentMethod, SetupSession
from wallet.processor import BillingAddress
from wallet.services.finishing import finish_setup
from wallet.services.planned import PlannedPayment
from wallet.services.setups import Started, start_setup

ADDRESS = BillingAddress(
    line1="1245, rue des Érables", city="Saint-Aubin", province="QC", postal_code="J4K 2B1", country="CA"
)
CARD = {"number": "4242424242424242", "expiry": "08/30", "cvc": "123"}
BANK = {"institution": "000", "transit": "11000", "account": "000123456789", "agree": "yes"}
US_BANK = {"routing": "110000000", "account": "000123456789", "agree": "yes"}


def a_centre(sandbox, slug: str = "centre", **fields: object) -> Organization:
    """An organization paid on its own account at the processor."""
    answer = requests.post(
        f"{sandbox.base_url}/v1/accounts", data={"country": "CA"}, auth=("sk_test_sandbox", ""), timeout=120
    )
    return an_organization(slug, **{"processor_account": answer.json()["id"], **fields})


def a_holder(organization: Organization, owner: str = "Marie-Ève Tremblay", **fields: object) -> Client:
    """A client whose account owner signs in."""
    email = f"{owner.split(maxsplit=1)[0].lower()}@example.com"
    return an_account(organization, owner, **{"user": a_user(email, language="en"), "email": email, **fields})


def begin(
    account: Account, kind: str = "card", *, organization: Organization | None = None, by: User | None = None, **more
) -> Started:
    """Leave for the processor's page; `organization` is one whose words were agreed to, `consents` are several."""
    return start_setup(
        account=account,
        kind=kind,
        consents=more.pop("consents", [organization] if organization else []),
        address=ADDRESS,
        by=by or account.user,
        now=dt.datetime.now(dt.UTC),
        language="fr",
        return_url=lambda pk: f"http://testserver/my/wallet/return/{pk}/",
        cancel_url="http://testserver/my/wallet/",
        ip="203.0.113.7",
        user_agent="Firefox",
        **more,
    )


def type_on_page(url: str, **typed: str) -> requests.Response:
    """What the person types on the processor's page; gives the way back."""
    who = {"name": "Marie-Ève Tremblay", "line1": "1, rue", "city": "Laval", "state": "QC", "postal_code": "J4K 2B1"}
    return requests.post(url, data={**who, "country": "CA", **typed}, allow_redirects=False, timeout=120)


def save(
    account: Account, kind: str = "card", /, *, organization: Organization | None = None, **typed: str
) -> SetupSession:
    """The whole visit: leave, type, come back."""
    started = begin(account, kind, organization=organization)
    back = type_on_page(started.url, **{**(CARD if kind == "card" else BANK), **typed})
    assert back.status_code == 303, back.text
    return finish_setup(session_pk=started.setup.pk, now=dt.datetime.now(dt.UTC))


def the_method(account: Account) -> PaymentMethod:
    return PaymentMethod.objects.active().get(account=account)


def the_authorization(organization: Organization) -> Authorization:
    return Authorization.objects.select_related("method__account", "organization", "client").get(
        organization=organization
    )


def at_processor(sandbox, path: str, account: str = "") -> dict:
    """An object as the processor has it."""
    headers = {"Stripe-Account": account} if account else {}
    url = f"{sandbox.base_url}/v1/{path}"
    return requests.get(url, auth=("sk_test_sandbox", ""), headers=headers, timeout=120).json()


class Plans:
    """A room above that has planned one payment with every method it is asked about, and moves it when told."""

    def __init__(self, organization: Organization) -> None:
        self.payment = PlannedPayment(
            what="Installment 2 of 3, swimming",
            organization=organization,
            amount=6_200,
            currency="CAD",
            on=dt.date(2026, 12, 2),
        )
        self.moved: list[tuple[int, int]] = []

    def planned(self, method: PaymentMethod, organization: Organization | None = None) -> list[PlannedPayment]:
        return [self.payment]

    def move(self, *, method: PaymentMethod, to: PaymentMethod, by: User | None, now: dt.datetime) -> None:
        self.moved.append((method.pk, to.pk))


# What staff type before they leave for the processor's page on a client's behalf, beside how the client agreed.
TYPED_BY_STAFF = {
    "address_line1": "12, rue des Érables",
    "address_postal_code": "J4B 5K2",
    "address_country": "CA",
    "agree": "on",
}


def who_has_signed_in(client: Client) -> Client:
    """The same client, once its holder has been in the portal."""
    client.account.user.last_login = timezone.now()
    client.account.user.save()
    return client
