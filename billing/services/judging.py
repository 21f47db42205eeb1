"""Do the processor and the books say the same of one thing? Both sides in, the kind of disagreement out, or nothing."""

from wallet.processor import ListedPayment, ListedRefund, Verdict

MONEY = (Verdict.SUCCEEDED, Verdict.PENDING)
TAKEN = ("succeeded", "returned")
COLLECTED = ("succeeded", "pending")
GIVEN_BACK = ("succeeded", "pending")


def states_agree(verdict: Verdict, state: str) -> bool:
    """Whether what became of a payment there is what we believe of its last try.

    A debit that its bank returned stays *succeeded* there; a try on its way says nothing yet.
    """
    if verdict is Verdict.SUCCEEDED:
        return state in TAKEN
    if verdict is Verdict.PENDING:
        return state == "pending"
    return state not in COLLECTED


def of_payment(theirs: ListedPayment, *, state: str, amount: int, currency: str) -> str:
    """The kind of discrepancy between a payment there and ours; empty when they agree."""
    if not states_agree(theirs.outcome.verdict, state):
        return "other_state"
    differs = (theirs.amount, theirs.currency) != (amount, currency)
    return "other_amount" if differs and theirs.outcome.verdict in MONEY else ""


def refund_states_agree(verdict: Verdict, state: str) -> bool:
    if verdict is Verdict.SUCCEEDED:
        return state == "succeeded"
    if verdict is Verdict.PENDING:
        return state == "pending"
    return state not in GIVEN_BACK


def of_refund(theirs: ListedRefund, *, state: str, amount: int) -> str:
    """The kind of discrepancy between a refund there and ours; empty when they agree."""
    agree = refund_states_agree(theirs.outcome.verdict, state) and theirs.amount == amount
    return "" if agree else "other_refund"


def still_there(theirs: ListedPayment | None) -> int:
    """What the processor holds of a charge, or is about to: nothing when it failed, or all went back."""
    if theirs is None or theirs.outcome.verdict not in MONEY:
        return 0
    return max(theirs.amount - theirs.refunded, 0)
