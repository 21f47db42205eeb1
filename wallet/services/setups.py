"""Saving a card or a bank account: a visit to the processor's page, where the numbers are typed."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Client, Organization, User
from smartrec.errors import Refused
from wallet.consents import Consent, consent, schedule
from wallet.models import PaymentMethod, SetupConsent, SetupSession
from wallet.processor import BillingAddress
from wallet.processor.registry import get_processor
from wallet.services import methods
from wallet.services.customers import customer_for


@dataclass(frozen=True)
class Started:
    """A visit that was opened, and the page to send the person to."""

    setup: SetupSession
    url: str


def start_setup(
    *,
    account: Account,
    kind: str,
    consents: Sequence[Organization] = (),
    organization: Organization | None = None,
    replaces: PaymentMethod | None = None,
    address: BillingAddress,
    by: User,
    now: dt.datetime,
    language: str,
    return_url: Callable[[int], str],
    cancel_url: str,
    nickname: str = "",
    channel: str = "wallet",
    ip: str | None = None,
    user_agent: str = "",
) -> Started:
    """Open the page where the number is typed.

    `consents` are the organizations whose words the holder agreed to; `organization` the one whose staff opens the
    page. With `replaces`, what comes back takes the place of that method.
    """
    _check_holder(account, by)
    _check_place(account, kind, replaces)
    paid = organization or next(iter(consents), None) or _any_organization(account)
    rail = paid.bank_rail if kind == "bank" else "card"
    agreed = {one: _agreed(account, one, rail, language, now) for one in consents}
    visit = {"account": account, "organization": organization, "kind": kind, "channel": channel, "replaces": replaces}
    seen = {"nickname": nickname, "created_by": by, "ip": ip, "user_agent": user_agent[:300]}
    lived = {f"address_{name}": value for name, value in asdict(address).items()}
    setup = _open(SetupSession(**visit, **seen, **lived), agreed)
    page = _open_page(setup, rail, paid.currency, language, return_url(setup.pk), cancel_url)
    return Started(setup, page)


def _check_holder(account: Account, by: User) -> None:
    """Staff may save a method only for someone who has signed in before, and so can see and remove it."""
    holder = account.user
    if holder is not None and holder.pk == by.pk:
        return
    if holder is None or holder.last_login is None:
        raise Refused(_("This client has never signed in: take a single payment instead."))


def _check_place(account: Account, kind: str, replaces: PaymentMethod | None) -> None:
    """A new method needs a free place; a replacement takes that of the method it replaces."""
    if replaces is None:
        methods.check_room(account=account, kind=kind)
    elif replaces.account_id != account.pk or replaces.kind != kind or replaces.status == "removed":
        raise Refused(_("This payment method is no longer in the wallet."))


def _any_organization(account: Account) -> Organization:
    client = Client.objects.active().filter(account=account).select_related("organization").order_by("pk").first()
    if client is None:
        raise Refused(_("No organization serves this account."))
    return client.organization


def _agreed(account: Account, organization: Organization, rail: str, language: str, now: dt.datetime) -> Consent:
    said = {"organization": organization}
    if not Client.objects.for_organization(organization).active().filter(account=account).exists():
        raise Refused(_("You are not a client of %(organization)s.") % said)
    if rail not in ("card", organization.bank_rail):
        raise Refused(_("This bank account cannot pay in the currency of %(organization)s.") % said)
    return consent(rail=rail, organization=organization, language=language, on=organization.local_day(now))


@transaction.atomic
def _open(setup: SetupSession, agreed: dict[Organization, Consent]) -> SetupSession:
    """The visit and the words agreed to before it, together."""
    setup.save(force_insert=True)
    for organization, words in agreed.items():
        SetupConsent.objects.create(setup=setup, organization=organization, **asdict(words))
    return setup


def _open_page(setup: SetupSession, rail: str, currency: str, language: str, return_url: str, cancel_url: str) -> str:
    processor = get_processor()
    page = processor.open_setup_page(
        key=f"ss:{setup.pk}:{setup.created_at:%Y%m%d%H%M%S}",
        customer=customer_for(account=setup.account, processor_account="", processor=processor),
        rail=rail,
        currency=currency,
        language=language,
        schedule=schedule(language),
        debits=_debits(setup),
        return_url=return_url,
        cancel_url=cancel_url,
    )
    setup.processor_session = page.session
    setup.save(update_fields=["processor_session"])
    return page.url


def _debits(setup: SetupSession) -> str:
    """The kind of debits the processor's page agrees on: the one that was agreed to here; where several, or none yet,
    the kind that holds both others."""
    kinds = set(setup.consents.values_list("debit_schedule", flat=True))
    return kinds.pop() or "combined" if len(kinds) == 1 else "combined"
