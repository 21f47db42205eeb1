"""A handful of random sequences against the sandbox itself; `python -m bench machine` asks for more and longer ones."""

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.machine.over_http import OverHttp
from tests.builders import an_organization, staff

pytestmark = pytest.mark.django_db
SEQUENCES = int(os.environ.get("SEQUENCES_OVER_HTTP", "4"))
STEPS = int(os.environ.get("SEQUENCES_OVER_HTTP_STEPS", "8"))
SEED = int(os.environ.get("SEQUENCES_SEED", "0"))
PROFILE = settings(
    max_examples=SEQUENCES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def test_what_the_sandbox_moved_is_what_the_books_say(sandbox):
    centre = an_organization(processor_account="")
    about = {"sandbox": sandbox, "centre": centre, "by": staff("finance", centre)}
    run_state_machine_as_test(seed(SEED)(type("OverHttp", (OverHttp,), about)), settings=PROFILE)
