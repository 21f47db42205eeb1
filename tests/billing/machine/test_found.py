"""Sequences that once went wrong, kept as they were found."""

import pytest

from billing.models import Attempt
from tests.billing.machine.ground import a_ground
from tests.billing.machine.lives import Billing
from wallet.processor import registry

pytestmark = pytest.mark.django_db


def test_a_lost_debit_that_fell_back_after_its_permission_was_taken_back_comes_to_an_end(monkeypatch):
    monkeypatch.setattr(registry, "_adapter", registry._adapter)
    state = type("Found", (Billing,), {"ground": a_ground()})()
    try:
        state.a_life_before(cents=100, life="refunded", say=["lost yes"], part=100)
        assert Attempt.objects.filter(state="sent").exists()
        state.a_debit_falls_back(code="no", n=0)
        state.take_a_permission_back(n=3)
        state.everything_is_told()
        state.the_books_hold()
    finally:
        state.teardown()
