"""Closed periods: what is dated on a closed day is refused in words before the database refuses it."""

import datetime as dt

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Organization
from smartrec.errors import Refused
from smartrec.formats import long_date

HOLD_OPEN = "SELECT pg_advisory_xact_lock_shared(hashtext('closing of the books'), %s)"


def hold_open(*, organization: Organization) -> None:
    """Nobody closes a period until this transaction ends: asked for before what closing asks for after it."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_OPEN, [organization.pk])


def check_open(*, organization: Organization, on: dt.date) -> None:
    """Raise `Refused` when the books are closed on that day."""
    closed = organization.books_closed_on
    if closed and on <= closed:
        raise Refused(_("The books are closed until %(day)s. Choose a later date.") % {"day": long_date(closed)})
