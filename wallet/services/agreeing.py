"""On which terms an organization debits bank accounts: what its next agreements say."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from accounts.services import trail
from smartrec.errors import Refused
from wallet import rules

SCHEDULES = ("interval", "sporadic", "combined")
MOST_NOTICE_DAYS = 30


def set_debit_terms(*, organization: Organization, schedule: str, notice_days: int, by: User, now: dt.datetime) -> bool:
    """Choose when bank accounts may be debited and the days of notice (0: waived). Agreements given before keep theirs.

    False when these already were the terms.
    """
    least = rules.rule("acss_debit", "notice", now.date()).days
    _check(schedule, notice_days, least)
    with transaction.atomic():
        mine = Organization.objects.select_for_update().get(pk=organization.pk)
        if (mine.debit_schedule, mine.debit_notice_days) == (schedule, notice_days):
            return False
        mine.debit_schedule, mine.debit_notice_days = schedule, notice_days
        mine.save(update_fields=["debit_schedule", "debit_notice_days"])
        trail.record(
            organization=mine,
            verb="debit_terms_changed",
            by=by,
            now=now,
            facts={"schedule": schedule, "days": notice_days},
        )
    organization.debit_schedule, organization.debit_notice_days = schedule, notice_days
    return True


def _check(schedule: str, notice_days: int, least: int) -> None:
    if schedule not in SCHEDULES:
        raise Refused(_("Choose when bank accounts may be debited."))
    if schedule == "sporadic" and notice_days < least:
        raise Refused(
            _("The notice of debits at no fixed date cannot be waived: choose %(days)s days.") % {"days": least}
        )
    if notice_days and not least <= notice_days <= MOST_NOTICE_DAYS:
        raise Refused(
            _("Choose a notice of %(least)s to %(most)s days, or none.") % {"least": least, "most": MOST_NOTICE_DAYS}
        )
