"""Is it alive, and can it work? For the machine that restarts us and the one that sends us traffic."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from kombu import Connection

log = logging.getLogger("smartrec.health")
_SECONDS = 2
_checks: dict[str, Callable[[], None]] = {}


def register_readiness(name: str, check: Callable[[], None]) -> None:
    """Add something we need to be ready; `check` raises when it is not there."""
    _checks[name] = check


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, timeout=_SECONDS)


register_readiness("database", _database)
register_readiness("broker", _broker)


def _works(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        log.exception("not_ready", extra={"part": name})
        return False
    return True


@method_decorator(login_not_required, name="dispatch")
class Alive(View):
    """The process answers."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok", content_type="text/plain")


@method_decorator(login_not_required, name="dispatch")
class Ready(View):
    """Everything a page needs answers too: which parts do not is said, why is in the log."""

    def get(self, request: HttpRequest) -> JsonResponse:
        state = {name: _works(name, check) for name, check in _checks.items()}
        return JsonResponse(state, status=200 if all(state.values()) else 503)
