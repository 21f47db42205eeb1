"""Where sequences begin: with a life behind them, so that short ones too come to where money goes back."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.billing.machine.allowing import Allowing
from tests.billing.machine.answering import words
from tests.billing.machine.at_the_desk import AtTheDesk
from tests.billing.machine.closing import Closing
from tests.billing.machine.crediting import Crediting
from tests.billing.machine.going_back import GoingBack
from tests.billing.machine.ground import share
from tests.billing.machine.linking import Linking
from tests.billing.machine.setting_aside import SettingAside

LIVES = [
    *("owed", "charged", "charged", "refunded", "refunded", "disputed"),
    *("cancelled", "cancelled", "handed back", "granted", "granted", "set aside", "earned"),
]


class Billing(AtTheDesk, SettingAside, Crediting, Linking, Closing, GoingBack, Allowing):
    """Everything that can happen to money here."""

    @initialize(cents=st.integers(100, 5_000), life=st.sampled_from(LIVES), say=words, part=share)
    def a_life_before(self, cents: int, life: str, say: list[str], part: int) -> None:
        if life == "earned":
            self.choose_when_revenue_is_earned(defers=True)
        lasts = 20 if life == "earned" else None
        self.issue(who=[0, 1, 2], prices=[cents], taxed=life == "cancelled", days_ago=3, lasts=lasts)
        if life in ("charged", "refunded", "disputed", "cancelled"):
            self.a_charge_of_everybody(say=say if life == "charged" else ["yes", "yes", *say])
        if life in ("handed back", "granted"):
            self.receive(who=0, part=100, kind="cash", above=0, credit=False)
        self.the_books_hold()
        self._then(life, part)

    def _then(self, life: str, part: int) -> None:
        if life == "refunded":
            self.a_refund(n=0, part=part, word="yes")
        elif life == "disputed":
            self.a_bank_takes_it_back(n=0, part=part, what="opened")
        elif life == "cancelled":
            self.cancel(n=0, part=part, fee=1, taxed=True, back=50)
        elif life == "handed back":
            self.hand_back(n=0, part=part, kind="cash", held=False, reason="given")
        elif life == "granted":
            self.a_gesture(who=0, cents=90, treatment="added", use="keep")
        elif life == "set aside":
            self.a_deposit(who=0, cents=700, kind="cheque")
