"""Saved methods of the made-up households, made at the sandbox the way the product makes them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection

from accounts.models import Account, Client, Organization
from messaging.models import Message
from registration.demo import tokens
from registration.demo.numbers import draw
from registration.demo.sizes import Size
from wallet.consents import schedule
from wallet.models import PaymentMethod
from wallet.processor import Agreement, BillingAddress, Processor, SavedMethod
from wallet.processor.registry import get_processor
from wallet.services import authorizing, methods
from wallet.services.customers import customer_for

THREADS = 8
EXPIRED, EXPIRING = 5, 7
NOT_AUTHORIZED = 4


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A method to save for a household, and the centres that may charge it."""

    account: Account
    kind: str
    token: str
    organizations: tuple[Organization, ...]
    expires: tuple[int, int] | None = None


def create(size: Size, organizations: Sequence[Organization], *, on: dt.date, now: dt.datetime) -> int:
    """Save and authorize every method that is still missing; the answer is how many there were."""
    wishes = list(_wishes(size, organizations, on))
    with ThreadPoolExecutor(THREADS) as pool:
        for _done in pool.map(lambda wish: _save_in_thread(wish, now), wishes):
            pass
    # Nobody lives at these addresses: what would be sent counts as sent.
    Message.objects.filter(state="queued", kind="authorization_granted").update(state="sent", sent_at=now)
    return len(wishes)


def _wishes(size: Size, organizations: Sequence[Organization], on: dt.date) -> Iterator[Wish]:
    """Who has what: a household known to two centres lets only the first charge, with few exceptions."""
    by_account: dict[int, list[Client]] = {}
    with_address = Client.objects.filter(organization__in=organizations).exclude(account__address_line1="")
    clients = with_address.select_related("account__owner", "organization")
    for client in clients.order_by("account_id", "pk"):
        by_account.setdefault(client.account_id, []).append(client)
    saved = set(PaymentMethod.objects.filter(account__in=by_account).values_list("account_id", "kind"))
    first = min(by_account, default=0)
    for account_id, served in by_account.items():
        key = account_id - first
        for kind, share in (("card", size.cards), ("bank", size.banks)):
            if draw(key, f"has {kind}", 100) < share and (account_id, kind) not in saved:
                yield _wish(key, kind, served, on)


def _wish(key: int, kind: str, served: Sequence[Client], on: dt.date) -> Wish:
    allowed = served if draw(key, "both", 100) < 15 else served[:1]
    if draw(key, f"unauthorized {kind}", 100) < NOT_AUTHORIZED:
        allowed = []
    return Wish(
        account=served[0].account,
        kind=kind,
        token=tokens.token_at(kind, draw(key, f"token {kind}", 100)),
        organizations=tuple(client.organization for client in allowed),
        expires=_expiry(key, on) if kind == "card" else None,
    )


def _expiry(key: int, on: dt.date) -> tuple[int, int]:
    """A month some time ahead; for some cards this one or the next, for a few one that is past."""
    place = draw(key, "expiry", 100)
    if place < EXPIRED:
        months = -1 - place
    elif place < EXPIRED + EXPIRING:
        months = place % 2
    else:
        months = 3 + draw(key, "months", 44)
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return year, month + 1


def _save_in_thread(wish: Wish, now: dt.datetime) -> None:
    try:
        _save(wish, now, get_processor())
    finally:
        connection.close()


def _save(wish: Wish, now: dt.datetime, processor: Processor) -> None:
    account = wish.account
    agreed_at = now - dt.timedelta(days=20 + draw(account.pk, "agreed", 300))
    saved = _at_processor(wish, agreed_at, processor)
    exp_year, exp_month = wish.expires or (None, None)
    method = methods.add_method(
        account=account,
        kind=saved.kind,
        rail=saved.rail,
        brand=saved.brand,
        last4=saved.last4,
        exp_month=saved.exp_month and exp_month,
        exp_year=saved.exp_year and exp_year,
        holder=str(account.owner),
        fingerprint=saved.fingerprint,
        processor_method=saved.method,
        processor_mandate=saved.mandate,
        **{f"address_{name}": value for name, value in vars(_address(account)).items()},
    )
    for organization in wish.organizations:
        authorizing.authorize(
            method=method,
            organization=organization,
            channel="wallet",
            by=account.user,
            now=agreed_at,
            language=account.language,
        )


def _at_processor(wish: Wish, agreed_at: dt.datetime, processor: Processor) -> SavedMethod:
    account = wish.account
    key = f"demo:{account.pk}:{wish.kind}:{account.created_at:%Y%m%d%H%M%S}"
    saved = processor.save_token(
        key=key,
        token=wish.token,
        customer=customer_for(account=account, processor_account="", processor=processor),
        agreement=Agreement(
            rail=tokens.RAILS[wish.kind], currency="CAD", schedule=schedule(account.language), at=agreed_at
        ),
        address=_address(account),
    )
    if wish.expires:
        year, month = wish.expires
        processor.renew_expiry(key=f"{key}:expiry", method=saved.method, month=month, year=year, processor_account="")
    return saved


def _address(account: Account) -> BillingAddress:
    return BillingAddress(
        line1=account.address_line1,
        city=account.address_city,
        province=account.address_province,
        postal_code=account.address_postal_code,
        country="CA",
    )
