"""Closed periods: what is dated on a closed day is refused in words before the database refuses it."""

import datetime as dt

from django.utils.translation import gettext as _

from accounts.models import Organization
from smartrec.errors import Refused
from smartrec.formats import long_date


def check_open(*, organization: Organization, on: dt.date) -> None:
    """Raise `Refused` when the books are closed on that day."""
    closed = organization.books_closed_on
    if closed and on <= closed:
        raise Refused(_("The books are closed until %(day)s. Choose a later date.") % {"day": long_date(closed)})
