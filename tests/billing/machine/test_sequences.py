"""Whatever is asked, answered and heard, in whichever order: the books say what was charged and what moved."""

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.machine.ground import a_ground
from tests.billing.machine.lives import Billing
from wallet.processor import registry

pytestmark = pytest.mark.django_db
# `python -m bench machine` asks for more and longer ones, of another seed.
PARTS = int(os.environ.get("SEQUENCES_PARTS", "2"))
OF_EACH = int(os.environ.get("SEQUENCES_OF_EACH", "100"))
STEPS = int(os.environ.get("SEQUENCES_STEPS", "8"))
SEED = int(os.environ.get("SEQUENCES_SEED", "0"))
PROFILE = settings(
    max_examples=OF_EACH,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("part", range(PARTS))
def test_the_books_hold_whatever_happens(part, monkeypatch):
    monkeypatch.setattr(registry, "_adapter", registry._adapter)
    machine = seed(SEED + part)(type("Billing", (Billing,), {"ground": a_ground()}))
    run_state_machine_as_test(machine, settings=PROFILE)
