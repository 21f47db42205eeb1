"""Closing the books: what is still open, and what was done."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STILL_OPEN: dict[str, str | Promise] = {
    "on_their_way": _("Payments still on their way"),
    "refunds": _("Refunds still on their way"),
    "disputes": _("Disputes that go on"),
    "unlinked": _("Payments not reconciled in full"),
    "not_earned": _("Invoice lines with revenue of this period not earned yet"),
}
HISTORY: dict[str, str | Promise] = {
    "books_closed": _("Books closed up to %(day)s"),
    "books_reopened": _("Books opened again after %(day)s (they were closed up to %(before)s)"),
    "books_all_open": _("Books opened again (they were closed up to %(before)s)"),
    "revenue_deferred": _("Revenue is earned over the period of what is sold, from now on"),
    "revenue_at_sale": _("Revenue is earned at the sale, from now on"),
    "revenue_earned": _("Revenue of %(month)s earned: %(amount)s"),
    "account_codes_changed": _("Account codes changed"),
}
