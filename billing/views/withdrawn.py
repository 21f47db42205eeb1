"""From the review of a mass charge: whoever may not be charged any more is left out; an old list is made anew."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing import results
from billing.services import charge_runs, withdrawn
from billing.views.runs import OfCharge
from billing.views.steering import RunCommand
from smartrec import formats
from smartrec.money import format_money


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


class PrepareAgain(OfCharge, RunCommand):
    """Make the list of a draft anew, as things are now. Charges nothing."""

    permission_required = "charges.mass"

    def act(self) -> str:
        run = charge_runs.prepare_again(run=self.run_row, by=self.by, now=self.now, on=self.today)
        included = results.review_of(run).included
        text = ngettext(
            "The list was prepared again: %(n)s payment, %(amount)s.",
            "The list was prepared again: %(n)s payments, %(amount)s.",
            included.n,
        )
        return text % {
            "n": formats.count(included.n),
            "amount": format_money(included.cents, self.organization.currency),
        }

    def where(self) -> str:
        return self.run_url()
