"""Which of the processor's news is the wallet's, and what hears it."""

import logging

from django.utils import timezone

from wallet.processor import ProcessorUnavailable
from wallet.services import accounts, hearing

log = logging.getLogger("wallet.events")
ACCOUNT_NEWS = ("account.updated", "account.application.deauthorized", "capability.updated")
METHOD_NEWS = ("payment_method.updated", "payment_method.automatically_updated", "payment_method.detached")


def handle(*, type: str, object_id: str, account: str) -> bool:
    """Act on news about a saved method; False when it should be told again later."""
    try:
        return _handle(type, object_id, account)
    except ProcessorUnavailable as problem:
        log.warning("heard_later", extra={"type": type, "object": object_id, "problem": str(problem)})
        return False


def _handle(type: str, object_id: str, account: str) -> bool:
    now = timezone.now()
    if type.startswith("checkout.session."):
        # News may come before the id of the page we opened is committed.
        return hearing.page_changed(session=object_id, now=now)
    if type in ACCOUNT_NEWS:
        return accounts.hear(processor_account=account or object_id, now=now)
    if type == "mandate.updated":
        hearing.mandate_changed(mandate=object_id, processor_account=account, now=now)
    elif type in METHOD_NEWS:
        hearing.method_changed(method=object_id, processor_account=account, now=now)
    return True
