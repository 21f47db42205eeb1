"""A household of two centres whose charges are answered at the same moment: nobody waits for the other in a circle."""

from threading import Barrier, BrokenBarrierError

import pytest
from django.utils import timezone

from billing.models import Attempt
from billing.services import leaving, returning, sending, settling
from tests.billing.views.ways import a_running_charge, payers
from tests.builders import a_saved_method, an_organization, staff
from tests.races.racing import PATIENCE, race
from wallet.models import PaymentMethod
from wallet.processor import Outcome, Verdict

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN, CLOSED = Outcome(verdict=Verdict.SUCCEEDED), Outcome(verdict=Verdict.DECLINED, code="account_closed")
# How long one hand waits for the other before it goes on alone.
A_MOMENT = 3


@pytest.fixture
def answers() -> list[dict[int, Outcome]]:
    """Two accounts of a household, debited by two centres: what one could take from, the other heard to be closed."""
    centres = [an_organization(), an_organization()]
    for centre in centres:
        a_running_charge(centre, staff("finance", centre), payers(centre, 2))
    for _centre in centres:
        lease, attempts = sending.claim(limit=2, now=timezone.now())
        assert len(leaving.mark_sent(attempts, lease, timezone.now())) == 2
    household = attempts[0].payment.client.account
    banks = [a_saved_method(household, "bank") for _ in range(2)]
    of_centre = [Attempt.objects.filter(organization=centre).order_by("pk") for centre in centres]
    for tries, methods in zip(of_centre, (banks, banks[::-1]), strict=True):
        for attempt, method in zip(tries, methods, strict=True):
            Attempt.objects.filter(pk=attempt.pk).update(method=method)
    return [dict(zip(tries.values_list("pk", flat=True), (TAKEN, CLOSED), strict=True)) for tries in of_centre]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_the_answers_of_two_centres_about_one_household_block_nobody(answers, monkeypatch, guarded):
    """Guard: `_hold_methods`."""
    if not guarded:
        monkeypatch.setattr(settling, "_hold_methods", lambda attempts: None)
    both, stop_using, left = Barrier(2), returning.stop_using, list(answers)

    def meet(attempts, *, now) -> None:
        try:
            both.wait(A_MOMENT if guarded else PATIENCE)
        except BrokenBarrierError:
            assert guarded
        stop_using(attempts, now=now)

    monkeypatch.setattr(returning, "stop_using", meet)
    results = race(lambda: settling.settle(left.pop(), now=timezone.now()), contenders=2)
    blocked = [str(r) for r in results if isinstance(r, Exception)]
    assert ["deadlock" in words for words in blocked] == ([] if guarded else [True])
    if guarded:
        assert set(PaymentMethod.objects.filter(kind="bank").values_list("status", flat=True)) == {"invalid"}
