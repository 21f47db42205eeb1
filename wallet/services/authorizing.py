"""Giving one organization permission to charge one saved method, and taking it back."""

import datetime as dt
import logging

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Client, Organization, User
from smartrec.errors import Refused
from wallet.consents import Consent, consent, schedule
from wallet.models import Authorization, PaymentMethod
from wallet.processor import Agreement, Clone, Processor, ProcessorUnavailable
from wallet.processor.registry import get_processor
from wallet.services import telling
from wallet.services.customers import customer_for

log = logging.getLogger("wallet.authorizing")
GIVE_UP_AFTER = dt.timedelta(days=1)


def authorize(
    *,
    method: PaymentMethod,
    organization: Organization,
    channel: str,
    by: User | None,
    now: dt.datetime,
    language: str,
    ip: str | None = None,
    user_agent: str = "",
) -> Authorization:
    """Let an organization charge a saved method. It stays *requested* until the processor has its clone."""
    agreed = consent(rail=method.rail, organization=organization, language=language, on=organization.local_day(now))
    asked = request(
        method=method,
        organization=organization,
        agreed=agreed,
        channel=channel,
        by=by,
        now=now,
        ip=ip,
        user_agent=user_agent,
    )
    return grant(authorization=asked, now=now)


def request(
    *,
    method: PaymentMethod,
    organization: Organization,
    agreed: Consent,
    channel: str,
    by: User | None,
    now: dt.datetime,
    ip: str | None = None,
    user_agent: str = "",
) -> Authorization:
    """Write down what the holder agreed to; asking twice gives the same permission."""
    client = Client.objects.for_organization(organization).active().filter(account_id=method.account_id).first()
    _check(method, organization, client)
    row = Authorization(
        method=method,
        organization=organization,
        client=client,
        channel=channel,
        consent_version=agreed.version,
        consent_language=agreed.language,
        consent_text=agreed.text,
        debit_schedule=agreed.debit_schedule,
        notice_days=agreed.notice_days,
        ip=ip,
        user_agent=user_agent[:300],
        requested_at=now,
        granted_by=by,
        processor_account=organization.processor_account,
    )
    try:
        with transaction.atomic():
            _hold(method)
            row.save(force_insert=True)
    except IntegrityError:
        return Authorization.objects.exclude(state="revoked").get(method=method, organization=organization)
    return row


def _check(method: PaymentMethod, organization: Organization, client: Client | None) -> None:
    if client is None:
        raise Refused(_("You are not a client of %(organization)s.") % {"organization": organization})
    if method.kind == "bank" and method.rail != organization.bank_rail:
        raise Refused(
            _("This bank account cannot pay in the currency of %(organization)s.") % {"organization": organization}
        )


def _hold(method: PaymentMethod) -> None:
    """Whoever takes it out of the wallet at this moment waits, and then finds the permission that ends with it."""
    living = PaymentMethod.objects.active().filter(pk=method.pk).select_for_update(no_key=True)
    if not living.values_list("pk").first():
        raise Refused(_("This payment method is no longer in the wallet."))


def grant(*, authorization: Authorization, now: dt.datetime) -> Authorization:
    """Have the processor clone the method into the organization's account; from then on it may be charged."""
    if authorization.state == "requested":
        processor = get_processor()
        try:
            clone = clone_into(authorization, processor, processor_account=authorization.processor_account)
        except ProcessorUnavailable as problem:
            log.warning("clone_failed", extra={"authorization": authorization.pk, "problem": str(problem)})
        else:
            _keep(authorization, clone, now)
    authorization.refresh_from_db()
    if authorization.state == "revoked":
        let_go(authorization=authorization, now=now)
    return authorization


def clone_into(authorization: Authorization, processor: Processor, *, processor_account: str, moves: int = 0) -> Clone:
    """The method as that account may charge it; `moves` is how often the permission has changed accounts before."""
    method, account = authorization.method, authorization.method.account
    own = customer_for(account=account, processor_account="", processor=processor)
    key = f"au:{authorization.pk}:{authorization.requested_at:%Y%m%d%H%M%S}" + (f":{moves}" if moves else "")
    agreement = Agreement(
        rail=method.rail,
        currency=authorization.organization.currency,
        schedule=schedule(authorization.consent_language),
        debits=authorization.debit_schedule or "combined",
        at=authorization.requested_at,
        ip=authorization.ip or "",
        user_agent=authorization.user_agent,
    )
    if not processor_account:
        # A centre that is paid on the platform's own account charges the method itself.
        mandate = _mandate(method, own, agreement, key, processor)
        return Clone(customer=own, method=method.processor_method, mandate=mandate)
    theirs = customer_for(account=account, processor_account=processor_account, processor=processor)
    return processor.clone_method(
        key=key,
        method=method.processor_method,
        customer=own,
        agreement=agreement,
        processor_account=processor_account,
        to_customer=theirs,
    )


def _mandate(method: PaymentMethod, customer: str, agreement: Agreement, key: str, processor: Processor) -> str:
    """The mandate made when the account was saved; a new one when a debit that came back has ended it."""
    known = method.processor_mandate
    if not known or processor.is_agreed(mandate=known, processor_account=""):
        return known
    return processor.agree(
        key=key, method=method.processor_method, customer=customer, agreement=agreement, processor_account=""
    )


@transaction.atomic
def _keep(authorization: Authorization, clone: Clone, now: dt.datetime) -> None:
    facts = {
        "processor_customer": clone.customer,
        "processor_method": clone.method,
        "processor_mandate": clone.mandate,
    }
    mine = Authorization.objects.filter(pk=authorization.pk)
    if mine.move("granted", granted_at=now, **facts):
        telling.granted(authorization, now)
    else:
        # Taken back while the clone was being made: keep its id, so that it is let go.
        mine.filter(state="revoked", processor_method="").update(**facts)


def revoke(*, authorization: Authorization, by: User | None, now: dt.datetime) -> bool:
    """Take the permission back, with effect at once; False when it was already gone."""
    with transaction.atomic():
        withdrawn = withdraw(authorization=authorization, by=by, now=now)
    if withdrawn:
        let_go(authorization=authorization, now=now)
    return withdrawn


def withdraw(*, authorization: Authorization, by: User | None, now: dt.datetime) -> bool:
    """The part of taking a permission back that is ours: no charge can be claimed any more."""
    moved = Authorization.objects.filter(pk=authorization.pk).move("revoked", revoked_at=now, revoked_by=by)
    if moved:
        telling.revoked(authorization, by, now)
    return bool(moved)


def let_go(*, authorization: Authorization, now: dt.datetime) -> None:
    """Detach the clone of a revoked authorization; what fails is tried again by the sweep."""
    current = Authorization.objects.get(pk=authorization.pk)
    if current.state != "revoked" or current.detached_at or not current.processor_method:
        return
    if current.processor_account:
        try:
            get_processor().detach_method(method=current.processor_method, processor_account=current.processor_account)
        except ProcessorUnavailable as problem:
            log.warning("clone_not_detached", extra={"authorization": current.pk, "problem": str(problem)})
            return
    Authorization.objects.filter(pk=current.pk).update(detached_at=now)
