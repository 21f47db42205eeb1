"""From the review of a mass charge: whoever may not be charged any more is left out at once."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.services import withdrawn
from billing.views.runs import OfCharge
from billing.views.steering import RunCommand
from smartrec import formats


class LeaveOutWithdrawn(OfCharge, RunCommand):
    """Take out of a draft the payments whose authorization ended since. Charges nothing."""

    permission_required = "charges.mass"

    def act(self) -> str:
        n = withdrawn.leave_out(run=self.run_row, by=self.by, now=self.now)
        if not n:
            return _("Every payment of this list is authorized: nothing was left out.")
        text = ngettext(
            "%(n)s payment was left out: see it under Excluded.",
            "%(n)s payments were left out: see them under Excluded.",
            n,
        )
        return text % {"n": formats.count(n)}

    def where(self) -> str:
        return self.run_url()
