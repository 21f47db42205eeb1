"""The accounts an organization is paid in at the processor: opened, told about itself, chosen, closed."""

import datetime as dt
import logging
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from accounts.services import trail
from smartrec.errors import Refused
from wallet.models import Authorization, FormerClone, ProcessorAccount
from wallet.processor import AccountState, ProcessorUnavailable
from wallet.processor.registry import get_processor

log = logging.getLogger("wallet.accounts")
# Within 20 hours the same request under the same key is answered with what happened the first time.
SAME_KEY_FOR = dt.timedelta(hours=20)
AN_HOUR = dt.timedelta(hours=1)
A_MINUTE = dt.timedelta(minutes=1)
COUNTRY = {"CAD": "CA", "USD": "US"}
AT_ONCE = 100


def open_account(*, organization: Organization, by: User | None, now: dt.datetime, after: int = 0) -> ProcessorAccount:
    """Open an account at the processor for an organization that is to be paid in its own.

    `after` is the newest account that was shown: a second click, or a colleague's, finds the one just opened. While one
    is not set up, no other is begun.
    """
    account = _write_down(organization, by, now, after)
    return _complete(account, now)


@transaction.atomic
def _write_down(organization: Organization, by: User | None, now: dt.datetime, after: int) -> ProcessorAccount:
    """The row before the call: its key makes the call one that can be repeated."""
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    living = ProcessorAccount.objects.for_organization(organization).open()
    begun = living.filter(Q(pk__gt=after) | Q(details_submitted=False)).order_by("-pk").first()
    if begun is not None:
        return begun
    others = ProcessorAccount.objects.for_organization(organization).count()
    account = ProcessorAccount.objects.create(
        organization=organization,
        label=organization.name[:50] + (f" {others + 1}" if others else ""),
        country=COUNTRY[organization.currency],
        currency=organization.currency,
        created_by=by,
        created_at=now,
    )
    _record(account, "processor_account_opened", by, now)
    return account


def _complete(account: ProcessorAccount, now: dt.datetime) -> ProcessorAccount:
    """Have the processor open it, unless it did; the same key gives the same account."""
    if not account.processor_id:
        organization = account.organization
        try:
            processor_id = get_processor().open_account(
                key=f"ac:{account.pk}:{account.created_at:%Y%m%d%H%M%S}",
                name=organization.legal_name or organization.name,
                email=organization.email or (account.created_by.email if account.created_by else ""),
                country=account.country,
                metadata={"organization": str(organization.pk), "account": str(account.pk)},
            )
        except ProcessorUnavailable as problem:
            log.warning("account_not_opened", extra={"account": account.pk, "problem": str(problem)})
            ProcessorAccount.objects.filter(pk=account.pk, processor_id="").update(problem=str(problem)[:300])
        else:
            _keep(account, processor_id)
        account.refresh_from_db()
    return refresh(account=account, now=now) if account.processor_id else account


@transaction.atomic
def _keep(account: ProcessorAccount, processor_id: str) -> None:
    """The first account of an organization that nobody has authorized yet is the one it is paid in."""
    organization = Organization.objects.select_for_update(no_key=True).get(pk=account.organization_id)
    opened = ProcessorAccount.objects.filter(pk=account.pk, processor_id="")
    opened.update(processor_id=processor_id, problem="")
    others = ProcessorAccount.objects.for_organization(organization).exclude(pk=account.pk)
    is_new = not organization.processor_account and not others.exists()
    if is_new and not Authorization.objects.for_organization(organization).exclude(state="revoked").exists():
        Organization.objects.filter(pk=organization.pk).update(processor_account=processor_id)


def refresh(*, account: ProcessorAccount, now: dt.datetime) -> ProcessorAccount:
    """Ask the processor how the account stands, and keep what it says; an older answer never replaces a newer one."""
    mine = ProcessorAccount.objects.filter(Q(checked_at=None) | Q(checked_at__lte=now), pk=account.pk)
    try:
        state = get_processor().read_account(processor_account=account.processor_id)
    except ProcessorUnavailable as problem:
        log.warning("account_not_read", extra={"account": account.pk, "problem": str(problem)})
        if problem.code == "account_invalid":
            # The organization has cut its account off from us.
            mine.update(charges_enabled=False, payouts_enabled=False, disabled_reason=problem.code, checked_at=now)
    else:
        mine.update(**_facts(account, state), checked_at=now)
    account.refresh_from_db()
    return account


def _facts(account: ProcessorAccount, state: AccountState) -> dict[str, Any]:
    """What we keep of an answer. An account in a currency that we do not serve takes no payment."""
    currency = state.currency.upper()
    served = currency in COUNTRY
    return {
        "country": state.country.upper() or account.country,
        "currency": currency if served else account.currency,
        "charges_enabled": state.charges_enabled and served,
        "payouts_enabled": state.payouts_enabled,
        "details_submitted": state.details_submitted,
        "due": [asked[:120] for asked in state.due],
        "disabled_reason": state.disabled_reason[:120] if served else "currency",
    }


def onboarding_page(*, account: ProcessorAccount, return_url: str, refresh_url: str) -> str:
    """Where the organization answers the processor's questions; the address works once."""
    if account.closed_at or not account.processor_id:
        raise Refused(_("This account is not open at the processor."))
    try:
        return get_processor().onboarding_page(
            processor_account=account.processor_id, return_url=return_url, refresh_url=refresh_url
        )
    except ProcessorUnavailable as problem:
        log.warning("onboarding_not_opened", extra={"account": account.pk, "problem": str(problem)})
        raise Refused(_("The payment processor does not answer. Try again in a minute.")) from problem


@transaction.atomic
def make_primary(*, account: ProcessorAccount, organization: Organization, by: User | None, now: dt.datetime) -> bool:
    """From now on the organization is paid in this account; False when it already was."""
    served = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    account = ProcessorAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.organization_id != served.pk:
        raise Refused(_("This account belongs to another organization."))
    if account.closed_at or not account.processor_id:
        raise Refused(_("This account is not open at the processor."))
    if account.currency != served.currency:
        raise Refused(_("This account is not in the currency of the organization."))
    if not account.charges_enabled:
        raise Refused(_("The processor does not let this account take payments yet."))
    if served.processor_account == account.processor_id:
        return False
    Organization.objects.filter(pk=served.pk).update(processor_account=account.processor_id)
    organization.processor_account = account.processor_id
    _record(account, "processor_account_chosen", by, now)
    return True


@transaction.atomic
def close(*, account: ProcessorAccount, by: User | None, now: dt.datetime) -> bool:
    """Use an account no more; what it took stays refundable. False when it was closed already."""
    served = Organization.objects.select_for_update(no_key=True).get(pk=account.organization_id)
    account = ProcessorAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.closed_at:
        return False
    if account.processor_id and served.processor_account == account.processor_id:
        raise Refused(_("Payments arrive in this account. Make another one the primary first."))
    if account.processor_id and _holds_clones(account):
        raise Refused(_("Saved methods are still being moved out of this account. Try again later."))
    ProcessorAccount.objects.filter(pk=account.pk).update(closed_at=now)
    _record(account, "processor_account_closed", by, now)
    return True


def _holds_clones(account: ProcessorAccount) -> bool:
    here = {"processor_account": account.processor_id}
    living = Authorization.objects.filter(**here).filter(~Q(state="revoked") | Q(detached_at=None))
    return living.exists() or FormerClone.objects.filter(detached_at=None, **here).exists()


def hear(*, processor_account: str, now: dt.datetime) -> bool:
    """News of an account: look how it stands now."""
    account = ProcessorAccount.objects.filter(processor_id=processor_account).exclude(processor_id="").first()
    if account is not None:
        refresh(account=account, now=now)
    return True


def why_not_charging(organization: Organization) -> str:
    """Why the organization cannot take payments, in words, when its account says so."""
    if not organization.processor_account:
        return ""
    account = ProcessorAccount.objects.filter(processor_id=organization.processor_account).first()
    if account is None:
        return ""
    if account.currency != organization.currency:
        return _("This account is not in the currency of the organization.")
    if account.charges_enabled and not account.closed_at:
        return ""
    return _("Payments are not active yet: the organization has to finish its account at the processor.")


def hold(*, organization: Organization) -> None:
    """Until the transaction ends the organization changes no account. Held before any client of it."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def hold_for_charging(*, organization: Organization) -> None:
    """Inside the transaction that writes a charge: until it ends the organization changes no account.

    Raises `Refused` when its account takes no payments.
    """
    hold(organization=organization)
    held = Organization.objects.get(pk=organization.pk)
    if why := why_not_charging(held):
        raise Refused(why)


def refresh_unready(*, now: dt.datetime) -> int:
    """Accounts the processor has not opened yet, or of which it still asks something."""
    due = ProcessorAccount.objects.unready().filter(created_at__lt=now - A_MINUTE)
    due = due.exclude(checked_at__gt=now - AN_HOUR).select_related("organization", "created_by")
    accounts = list(due.order_by("checked_at", "pk")[:AT_ONCE])
    for account in accounts:
        if not account.processor_id and now - account.created_at > SAME_KEY_FOR:
            # The key may be forgotten by now: asking again would open a second one.
            close(account=account, by=None, now=now)
        else:
            _complete(account, now)
    return len(accounts)


def _record(account: ProcessorAccount, verb: str, by: User | None, now: dt.datetime) -> None:
    facts = {"account": str(account)}
    trail.record(organization=account.organization, verb=verb, by=by, now=now, facts=facts)
