"""The way back from the processor's page: what was saved there is kept, once, however often the news comes."""

import datetime as dt
import logging
from dataclasses import asdict, dataclass, fields

from django.db import transaction

from accounts.models import Account
from smartrec.errors import Refused
from wallet.consents import Consent
from wallet.models import Authorization, PaymentMethod, SetupConsent, SetupSession
from wallet.processor import BillingAddress, Processor, ProcessorUnavailable, SavedMethod
from wallet.processor.registry import get_processor
from wallet.services import authorizing, methods, renewing, replacing, telling

log = logging.getLogger("wallet.finishing")
ABANDONED_AFTER = dt.timedelta(days=2)


@dataclass(frozen=True)
class Kept:
    """What the processor still has to hear of a visit that ended: permissions to grant, a method that left."""

    asked: tuple[Authorization, ...] = ()
    left: replacing.Left | None = None


class Meanwhile(Exception):
    """The same card or account came into the wallet, or left it, while this visit was ending."""


def finish_setup(*, session_pk: int, now: dt.datetime) -> SetupSession:
    """Keep what was saved on the processor's page. The way back, its news and the sweep all end here, in any order."""
    setup = SetupSession.objects.select_related("account__user", "created_by", "replaces").get(pk=session_pk)
    if setup.state == "open" and setup.processor_session:
        processor = get_processor()
        result = processor.read_setup_page(session=setup.processor_session)
        if result.state == "expired":
            SetupSession.objects.filter(pk=setup.pk).move("closed")
        elif result.method is not None:
            _receive(setup, result.method, processor, now)
    elif setup.state == "open" and now - setup.created_at > ABANDONED_AFTER:
        SetupSession.objects.filter(pk=setup.pk).move("closed")
    setup.refresh_from_db()
    return setup


def _receive(setup: SetupSession, saved: SavedMethod, processor: Processor, now: dt.datetime) -> None:
    known = _known(setup, saved)
    try:
        if known is not None:
            kept = _renew(known, setup, saved, processor, now)
        else:
            processor.save_address(key=f"ad:{saved.method}", method=saved.method, address=_address(setup))
            kept = _keep(setup, saved, now)
    except Meanwhile:
        _receive(setup, saved, processor, now)
        return
    except methods.LimitReached:
        _turn_away(setup, saved, processor)
        return
    for asked in kept.asked:
        authorizing.grant(authorization=asked, now=now)
    if kept.left is not None:
        replacing.let_go(left=kept.left, now=now)


def _known(setup: SetupSession, saved: SavedMethod) -> PaymentMethod | None:
    """The same card or bank account, when it is in the wallet already."""
    if not saved.fingerprint:
        return None
    same = PaymentMethod.objects.active().filter(account=setup.account_id, kind=saved.kind)
    return same.filter(fingerprint=saved.fingerprint).first()


@transaction.atomic
def _keep(setup: SetupSession, saved: SavedMethod, now: dt.datetime) -> Kept:
    """One transaction, one winner: the method, the end of the visit, the permissions that were agreed to, and what
    the method it replaces leaves behind."""
    _hold_wallet(setup)
    if not SetupSession.objects.filter(pk=setup.pk).move("done"):
        return Kept()
    if _known(setup, saved):
        raise Meanwhile
    _retire_invalid(setup, saved, now)
    place = replacing.free_place(method=setup.replaces) if setup.replaces else None
    method = methods.add_method(
        account=setup.account,
        kind=saved.kind,
        rail=saved.rail,
        brand=saved.brand[:40],
        last4=saved.last4,
        exp_month=saved.exp_month,
        exp_year=saved.exp_year,
        holder=(saved.holder or str(setup.account))[:120],
        nickname=setup.nickname,
        fingerprint=saved.fingerprint,
        processor_method=saved.method,
        processor_mandate=saved.mandate,
        **{f"address_{name}": value for name, value in asdict(_address(setup)).items()},
    )
    SetupSession.objects.filter(pk=setup.pk).update(method=method)
    asked = _ask_permissions(setup, method, now)
    if place is None:
        telling.saved(setup, method)
        return Kept(asked)
    return Kept(asked, replacing.take_place(place=place, new=method, asked=asked, setup=setup, now=now))


def _hold_wallet(setup: SetupSession) -> None:
    """Two visits that end at once with the same card find one another."""
    Account.objects.select_for_update(no_key=True).get(pk=setup.account_id)


def _retire_invalid(setup: SetupSession, saved: SavedMethod, now: dt.datetime) -> None:
    """A method that had stopped working makes place for the same one, typed and verified anew."""
    if not saved.fingerprint:
        return
    dead = PaymentMethod.objects.filter(account=setup.account_id, fingerprint=saved.fingerprint, status="invalid")
    for method in dead:
        if method.pk == setup.replaces_id:
            continue
        methods.retire(method=method, by=setup.created_by, now=now)


def _ask_permissions(setup: SetupSession, method: PaymentMethod, now: dt.datetime) -> tuple[Authorization, ...]:
    """The permissions that were agreed to before leaving for the page, in the words that were shown then."""
    agreed = setup.consents.select_related("organization").order_by("pk")
    asked = (_ask_permission(setup, method, words, now) for words in agreed)
    return tuple(permission for permission in asked if permission is not None)


def _ask_permission(
    setup: SetupSession, method: PaymentMethod, words: SetupConsent, now: dt.datetime
) -> Authorization | None:
    try:
        return authorizing.request(
            method=method,
            organization=words.organization,
            agreed=Consent(**{part.name: getattr(words, part.name) for part in fields(Consent)}),
            channel=setup.channel,
            by=setup.created_by,
            now=now,
            ip=setup.ip,
            user_agent=setup.user_agent,
        )
    except Refused as refusal:
        # The method is saved all the same; its holder sees in the wallet who may not charge it.
        log.warning("permission_not_given", extra={"setup": setup.pk, "why": str(refusal)})
        return None


def _renew(
    known: PaymentMethod, setup: SetupSession, saved: SavedMethod, processor: Processor, now: dt.datetime
) -> Kept:
    """The same card or account again: bring the one we have up to date; it stays the one that is charged."""
    key = f"ad:{saved.method}:{known.pk}"
    processor.save_address(key=key, method=known.processor_method, address=_address(setup))
    _renew_expiry(known, saved, processor, now)
    with transaction.atomic():
        _hold_wallet(setup)
        if not SetupSession.objects.filter(pk=setup.pk).move("done"):
            return Kept()
        facts = {f"address_{name}": value for name, value in asdict(_address(setup)).items()}
        facts |= {"exp_month": saved.exp_month, "exp_year": saved.exp_year}
        facts |= {"nickname": setup.nickname} if setup.nickname else {}
        if not PaymentMethod.objects.active().filter(pk=known.pk).update(**facts):
            raise Meanwhile
        asked = _ask_permissions(setup, known, now)
        telling.refreshed(setup, known)
        kept = Kept(asked, _replaced_by_known(known, setup, asked, now))
    _forget(saved, processor)
    return kept


def _replaced_by_known(
    known: PaymentMethod, setup: SetupSession, asked: tuple[Authorization, ...], now: dt.datetime
) -> replacing.Left | None:
    """What was typed in the place of a method turned out to be another one of the same wallet."""
    if setup.replaces is None or setup.replaces_id == known.pk:
        return None
    place = replacing.free_place(method=setup.replaces)
    if place is None:
        return None
    return replacing.take_place(place=place, new=known, asked=asked, setup=setup, now=now)


def _renew_expiry(known: PaymentMethod, saved: SavedMethod, processor: Processor, now: dt.datetime) -> None:
    """A card's new expiry goes to the card itself and to its clone in each organization's account."""
    month, year = saved.exp_month, saved.exp_year
    if month and year and (month, year) != (known.exp_month, known.exp_year):
        renewing.spread(method=known, month=month, year=year, processor=processor, now=now)


def _turn_away(setup: SetupSession, saved: SavedMethod, processor: Processor) -> None:
    """The wallet filled up meanwhile: the eleventh is not kept, here or at the processor."""
    SetupSession.objects.filter(pk=setup.pk).move("closed")
    _forget(saved, processor)


def _forget(saved: SavedMethod, processor: Processor) -> None:
    """Nobody may charge it and nobody sees it: should the processor keep it, nothing comes of it."""
    try:
        processor.detach_method(method=saved.method, processor_account="")
    except ProcessorUnavailable as problem:
        log.warning("method_not_forgotten", extra={"method": saved.method, "problem": str(problem)})


def _address(setup: SetupSession) -> BillingAddress:
    """The billing address that was typed before leaving for the page."""
    return BillingAddress(
        line1=setup.address_line1,
        city=setup.address_city,
        province=setup.address_province,
        postal_code=setup.address_postal_code,
        country=setup.address_country,
    )
