"""A method that can no longer be charged: nobody tries it again, and its holder is told what to do."""

import datetime as dt

from django.db import transaction

from wallet.models import Authorization, PaymentMethod
from wallet.services import warning


@transaction.atomic
def disable(*, method: PaymentMethod, reason: str, now: dt.datetime) -> bool:
    """Its bank, or the processor, let go of it for good; False when that was known."""
    if not PaymentMethod.objects.active().filter(pk=method.pk).update(status="invalid", invalid_reason=reason[:60]):
        return False
    method.refresh_from_db()
    allowed = Authorization.objects.granted().filter(method=method).select_related("organization", "client")
    warning.disabled(method, list(allowed.order_by("pk")), now)
    return True
