"""A card with a new expiry: ours, the one the processor keeps and its clones all say the same."""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from smartrec.errors import Refused
from wallet.models import Authorization, PaymentMethod
from wallet.processor import Processor, ProcessorUnavailable, SavedMethod
from wallet.processor.registry import get_processor
from wallet.services import warning

log = logging.getLogger("wallet.renewing")
# No bank prints a card for longer than this.
MOST_YEARS = 20


def renew_expiry(*, authorization: Authorization, month: int, year: int, by: User, now: dt.datetime) -> PaymentMethod:
    """Staff of an organization that may charge a card enter the expiry its holder tells them; never a number."""
    current = Authorization.objects.chargeable().select_related("method__account", "organization", "client")
    found = current.filter(pk=authorization.pk, method__kind="card").first()
    if found is None:
        raise Refused(_("This card is no longer authorized."))
    _check(found, month, year, now)
    try:
        spread(method=found.method, month=month, year=year, processor=get_processor(), now=now)
    except ProcessorUnavailable as problem:
        log.warning("expiry_not_spread", extra={"method": found.method_id, "problem": str(problem)})
        raise Refused(
            _("The payment processor does not answer. The expiry was not changed; try again in a minute.")
        ) from problem
    with transaction.atomic():
        PaymentMethod.objects.active().filter(pk=found.method_id).update(exp_month=month, exp_year=year, renewed_at=now)
        found.method.refresh_from_db()
        warning.renewed(found, by, now)
    return found.method


def _check(authorization: Authorization, month: int, year: int, now: dt.datetime) -> None:
    today = authorization.organization.local_day(now)
    if not 1 <= month <= 12 or year > today.year + MOST_YEARS:
        raise Refused(_("Enter the expiry as it is on the card, like 08/29."))
    if (year, month) < (today.year, today.month):
        raise Refused(_("This expiry is past: ask the client for the one of the new card."))
    if (year, month) == (authorization.method.exp_year, authorization.method.exp_month):
        raise Refused(_("The card has this expiry already."))


def spread(
    *, method: PaymentMethod, month: int, year: int, processor: Processor, now: dt.datetime, known: str = ""
) -> None:
    """Give the processor's card and each organization's clone the new expiry, but the one it is `known` from."""
    clones = Authorization.objects.granted().filter(method=method).exclude(processor_account="")
    copies = [(method.processor_method, ""), *clones.values_list("processor_method", "processor_account")]
    for copy, account in copies:
        if copy == known:
            continue
        try:
            processor.renew_expiry(
                # An expiry may be corrected twice in a day: each time is a request of its own.
                key=f"ex:{copy}:{year}{month:02d}:{now:%Y%m%d%H%M%S}",
                method=copy,
                month=month,
                year=year,
                processor_account=account,
            )
        except ProcessorUnavailable as problem:
            if not account or problem.code != "resource_missing":
                raise
            # A clone that is gone cannot be charged; the news of it ends its permission.
            log.warning("clone_gone", extra={"method": copy, "problem": str(problem)})


def hear(*, method: PaymentMethod, found: SavedMethod, processor: Processor, now: dt.datetime) -> bool:
    """The bank renewed a card where one copy of it is kept: the others follow. Old news never sets an expiry back."""
    year, month = found.exp_year, found.exp_month
    if not year or not month or (year, month) <= (method.exp_year or 0, method.exp_month or 0):
        return False
    if found.last4 == method.last4:
        # With another number it is another card to the bank: the network renews each copy by itself.
        spread(method=method, month=month, year=year, processor=processor, now=now, known=found.method)
    facts = {"last4": found.last4, "exp_month": month, "exp_year": year, "renewed_at": now}
    if found.method == method.processor_method and found.fingerprint:
        # A new number is recognized by a new fingerprint, which other accounts see differently.
        facts["fingerprint"] = found.fingerprint
    # Asked of the row: a copy elsewhere may have told of a later one meanwhile.
    older = Q(exp_year=None) | Q(exp_year__lt=year) | Q(exp_year=year, exp_month__lt=month)
    return bool(PaymentMethod.objects.filter(older, pk=method.pk).update(**facts))
