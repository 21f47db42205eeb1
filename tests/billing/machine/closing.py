"""The bookkeeper's own verbs: a period closed and opened again, revenue deferred and earned, the processor's fees."""

import datetime as dt
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.services import closing, earning, processor_fees
from smartrec.errors import Refused
from tests.billing.machine.ground import OnGround, some, when


class Closing(OnGround):
    @when("invoices")
    @rule(days_ago=st.integers(0, 12))
    def close_a_period(self, days_ago: int) -> None:
        through = self.today - dt.timedelta(days=days_ago)
        with suppress(Refused):
            closing.close(organization=self.centre, through=through, by=self.ground.by, now=self.now)

    @when("closed")
    @rule(days_ago=st.one_of(st.none(), some))
    def open_it_again(self, days_ago: int | None) -> None:
        through = None if days_ago is None else self.today - dt.timedelta(days=days_ago + 2)
        with suppress(Refused):
            closing.reopen(organization=self.centre, through=through, by=self.ground.by, now=self.now)

    @rule(defers=st.booleans())
    def choose_when_revenue_is_earned(self, defers: bool) -> None:
        closing.defer_revenue(organization=self.centre, defers=defers, by=self.ground.by, now=self.now)

    @when("deferred")
    @rule()
    def a_month_goes_by(self) -> None:
        """What last month brought is earned once, however often it is asked for."""
        self.now += dt.timedelta(days=31)
        through = earning.last_month(self.centre, now=self.now)
        about = {"organization": self.centre, "through": through, "by": self.ground.by, "now": self.now}
        earning.earn(**about)
        assert earning.earn(**about) == 0

    @when("at the processor succeeded")
    @rule()
    def the_fees_are_read(self) -> None:
        processor_fees.book_new(processor=self.heard, now=self.now)
        assert processor_fees.book_new(processor=self.heard, now=self.now) == 0
