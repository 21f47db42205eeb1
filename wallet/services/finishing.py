"""The way back from the processor's page: what was saved there is kept, once, however often the news comes."""

import datetime as dt
import logging
from dataclasses import asdict

from django.db import transaction

from smartrec.errors import Refused
from wallet.consents import Consent
from wallet.models import Authorization, PaymentMethod, SetupSession
from wallet.processor import BillingAddress, Processor, ProcessorUnavailable, SavedMethod
from wallet.processor.registry import get_processor
from wallet.services import authorizing, methods, telling

log = logging.getLogger("wallet.finishing")
ABANDONED_AFTER = dt.timedelta(days=2)


def finish_setup(*, session_pk: int, now: dt.datetime) -> SetupSession:
    """Keep what was saved on the processor's page. The way back, its news and the sweep all end here, in any order."""
    setup = SetupSession.objects.select_related("account__user", "organization", "created_by").get(pk=session_pk)
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
    if known is not None:
        asked = _renew(known, setup, saved, processor, now)
    else:
        processor.save_address(key=f"ad:{saved.method}", method=saved.method, address=_address(setup))
        try:
            asked = _keep(setup, saved, now)
        except methods.LimitReached:
            _turn_away(setup, saved, processor)
            return
    if asked is not None:
        authorizing.grant(authorization=asked, now=now)


def _known(setup: SetupSession, saved: SavedMethod) -> PaymentMethod | None:
    """The same card or bank account, when it is in the wallet already."""
    if not saved.fingerprint:
        return None
    same = PaymentMethod.objects.active().filter(account=setup.account_id, kind=saved.kind)
    return same.filter(fingerprint=saved.fingerprint).first()


@transaction.atomic
def _keep(setup: SetupSession, saved: SavedMethod, now: dt.datetime) -> Authorization | None:
    """One transaction, one winner: the method, the end of the visit, and the permission that was ticked."""
    if not SetupSession.objects.filter(pk=setup.pk).move("done"):
        return None
    _retire_invalid(setup, saved, now)
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
    telling.saved(setup, method)
    return _ask_permission(setup, method, now)


def _retire_invalid(setup: SetupSession, saved: SavedMethod, now: dt.datetime) -> None:
    """A method that had stopped working makes place for the same one, typed and verified anew."""
    if not saved.fingerprint:
        return
    dead = PaymentMethod.objects.filter(account=setup.account_id, fingerprint=saved.fingerprint, status="invalid")
    for method in dead:
        methods.retire(method=method, by=setup.created_by, now=now)


def _ask_permission(setup: SetupSession, method: PaymentMethod, now: dt.datetime) -> Authorization | None:
    """The permission that was ticked before leaving for the page, in the words that were shown then."""
    if setup.organization is None or not setup.consent_text:
        return None
    try:
        return authorizing.request(
            method=method,
            organization=setup.organization,
            agreed=Consent(setup.consent_version, setup.consent_language, setup.consent_text),
            channel=setup.channel,
            by=setup.created_by,
            now=now,
            ip=setup.ip,
            user_agent=setup.user_agent,
        )
    except Refused as refusal:
        # The method is saved all the same; its holder sees in the wallet that nobody may charge it.
        log.warning("permission_not_given", extra={"setup": setup.pk, "why": str(refusal)})
        return None


def _renew(
    known: PaymentMethod, setup: SetupSession, saved: SavedMethod, processor: Processor, now: dt.datetime
) -> Authorization | None:
    """The same card or account again: bring the one we have up to date; it stays the one that is charged."""
    processor.save_address(key=f"ad:{saved.method}", method=known.processor_method, address=_address(setup))
    _renew_expiry(known, saved, processor)
    with transaction.atomic():
        if not SetupSession.objects.filter(pk=setup.pk).move("done"):
            return None
        facts = {f"address_{name}": value for name, value in asdict(_address(setup)).items()}
        facts |= {"exp_month": saved.exp_month, "exp_year": saved.exp_year}
        facts |= {"nickname": setup.nickname} if setup.nickname else {}
        PaymentMethod.objects.filter(pk=known.pk).update(**facts)
        asked = _ask_permission(setup, known, now)
    _forget(saved, processor)
    return asked


def _renew_expiry(known: PaymentMethod, saved: SavedMethod, processor: Processor) -> None:
    """A card's new expiry goes to the card itself and to its clone in each organization's account."""
    if (
        not saved.exp_month
        or not saved.exp_year
        or (known.exp_month, known.exp_year) == (saved.exp_month, saved.exp_year)
    ):
        return
    clones = Authorization.objects.granted().filter(method=known).exclude(processor_account="")
    copies = [(known.processor_method, ""), *clones.values_list("processor_method", "processor_account")]
    for copy, account in copies:
        processor.renew_expiry(
            key=f"ex:{copy}:{saved.exp_year}{saved.exp_month:02d}",
            method=copy,
            month=saved.exp_month,
            year=saved.exp_year,
            processor_account=account,
        )


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
