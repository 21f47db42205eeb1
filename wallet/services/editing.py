"""What the holder may change of a saved method without typing its number again: the billing address, a name."""

import datetime as dt
import logging
from dataclasses import asdict

from django.utils.translation import gettext as _

from smartrec.errors import Refused
from wallet.models import Authorization, PaymentMethod
from wallet.processor import BillingAddress, ProcessorUnavailable
from wallet.processor.registry import get_processor

log = logging.getLogger("wallet.editing")


def edit_method(*, method: PaymentMethod, address: BillingAddress, nickname: str, now: dt.datetime) -> PaymentMethod:
    """Keep the new billing address here, at the processor and in every organization's account, or nowhere."""
    if not address.line1 or not address.postal_code:
        raise Refused(_("A saved method needs its billing address and postal code."))
    try:
        _send(method, address, now)
    except ProcessorUnavailable as problem:
        log.warning("address_not_saved", extra={"method": method.pk, "problem": str(problem)})
        raise Refused(
            _("The payment processor does not answer. Nothing was changed; try again in a minute.")
        ) from problem
    facts = {f"address_{name}": value for name, value in asdict(address).items()}
    kept = PaymentMethod.objects.filter(pk=method.pk).exclude(status="removed")
    if not kept.update(nickname=nickname if method.kind == "bank" else method.nickname, **facts):
        raise Refused(_("This payment method is no longer in the wallet."))
    method.refresh_from_db()
    return method


def _send(method: PaymentMethod, address: BillingAddress, now: dt.datetime) -> None:
    clones = Authorization.objects.granted().filter(method=method).exclude(processor_account="")
    copies = [(method.processor_method, ""), *clones.values_list("processor_method", "processor_account")]
    for copy, account in copies:
        try:
            # An address may be corrected twice in a day: each time is a request of its own.
            get_processor().save_address(
                key=f"ad:{copy}:{now:%Y%m%d%H%M%S%f}", method=copy, address=address, processor_account=account
            )
        except ProcessorUnavailable as problem:
            if problem.code != "resource_missing":
                raise
            # What is gone there cannot be charged; the news of it says what to do.
            log.warning("copy_gone", extra={"method": copy, "problem": str(problem)})
