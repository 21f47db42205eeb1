"""Whatever is asked, answered and heard, in whichever order: the books say what was charged and what moved."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.machine.allowing import Allowing
from tests.billing.machine.answering import Answering
from tests.billing.machine.at_the_desk import AtTheDesk
from tests.billing.machine.going_back import GoingBack
from tests.billing.machine.ground import a_ground
from wallet.processor import registry

pytestmark = pytest.mark.django_db
SEQUENCES = int(os.environ.get("MACHINE_SEQUENCES", "100"))
STEPS = int(os.environ.get("MACHINE_STEPS", "10"))
SEED = int(os.environ.get("MACHINE_SEED", "1"))
PROFILE = settings(
    max_examples=SEQUENCES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


class Billing(Answering, AtTheDesk, GoingBack, Allowing):
    """Everything that can happen to money here."""


@pytest.fixture
def _own_processor(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_adapter", registry._adapter)
    return


@pytest.mark.usefixtures("_own_processor")
@pytest.mark.parametrize("half", [0, 1])
def test_the_books_hold_whatever_happens(half):
    machine = seed(2 * SEED + half)(type("Billing", (Billing,), {"ground": a_ground()}))
    run_state_machine_as_test(machine, settings=PROFILE)
