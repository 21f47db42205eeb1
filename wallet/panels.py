"""What the wallet shows on the first page of a client's file."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Client
from smartrec.templatetags import smartrec as draw
from wallet import tables
from wallet.models import Authorization


def of_client(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The methods we may charge, in a few lines."""
    granted = Authorization.objects.chargeable().filter(client=client).select_related("method")
    rows = list(granted.order_by("-method__is_default", "-method__kind", "granted_at"))
    on = request.organization.local_day(timezone.now())  # type: ignore[attr-defined]
    since = max((row.granted_at for row in rows if row.granted_at), default=None)
    return {"rows": [_line(row, on) for row in rows], "since": since}


def _line(row: Authorization, on: dt.date) -> dict[str, Any]:
    trouble = row.method.is_expired(on) or not row.method.is_default
    badge = tables.state_badge(row.method, on) if trouble else draw.badge("method", "default")
    return {"method": row.method, "expiry": tables.expiry(row.method), "badge": badge}
