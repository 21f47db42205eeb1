"""What a page answers when it cannot answer: refusals in words, and the error pages of the shell."""

import logging
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from smartrec.roles import ROLE_NAMES, known, roles_with

log = logging.getLogger("smartrec.errors")


class Refused(Exception):
    """A service says no, in words the person at the screen can act on; nothing was changed."""


class Conflict(Exception):
    """Someone else changed the same thing first; `url` shows the new version."""

    def __init__(self, message: str, url: str = "") -> None:
        super().__init__(message)
        self.url = url


class Expired(Exception):
    """A link that was good once; `again` is where a new one can be asked for."""

    def __init__(self, again: str = "") -> None:
        super().__init__("expired")
        self.again = again


class TooMany(Exception):
    """Too many tries in a short time."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"wait {minutes} minutes")
        self.minutes = minutes


class RoleNeeded(PermissionDenied):
    """The person's role lacks a permission; the page says which role has it."""

    def __init__(self, permission: str) -> None:
        self.permission = known(permission)
        super().__init__(permission)

    @property
    def role_name(self) -> str:
        roles = roles_with(self.permission)
        return str(ROLE_NAMES[roles[0]]) if roles else ""


def _layout(request: HttpRequest, status: int) -> str:
    # When our side is broken, nothing that needs the database may be on the page.
    if status < 500 and getattr(request, "organization", None):
        return "back_office.html"
    if status < 500 and getattr(request, "account", None):
        return "portal.html"
    return "plain.html"


def _page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    context = {"status": status, "layout": _layout(request, status), **context}
    response = render(request, f"{status}.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, role_name=getattr(exception, "role_name", ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404)


def conflict(request: HttpRequest, problem: Conflict) -> HttpResponse:
    return _page(request, 409, message=str(problem), url=problem.url)


def gone(request: HttpRequest, problem: Expired) -> HttpResponse:
    return _page(request, 410, again=problem.again)


def too_many(request: HttpRequest, problem: TooMany) -> HttpResponse:
    response = _page(request, 429, minutes=problem.minutes)
    response["Retry-After"] = str(problem.minutes * 60)
    return response


def unavailable(request: HttpRequest, back_at: Any = None) -> HttpResponse:
    return _page(request, 503, back_at=back_at)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long or came from elsewhere: nothing was done, send it again."""
    log.warning("csrf_failure", extra={"reason": reason, "path": request.path})
    return _page(request, 403, csrf=True, title=_("This form has expired."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke. Says what is known about the money, and a reference that is also in the log."""
    reference = uuid.uuid4().hex[:10]
    log.error("server_error", exc_info=True, extra={"reference": reference, "path": request.path})
    outcome = getattr(request, "payment_outcome", "")
    return _page(request, 500, reference=reference, payment_outcome=outcome)
