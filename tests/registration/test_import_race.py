"""The same file imported by two people at the same moment comes in once."""

import contextlib
import threading

import pytest
from django.db import IntegrityError

from accounts.models import Client, Person
from registration.services import importing
from tests.builders import NOW, TODAY, an_organization
from tests.races.racing import PATIENCE, race
from tests.registration.files import a_file, child, owner

pytestmark = pytest.mark.django_db(transaction=True)


def both_at_once(monkeypatch, patience: float) -> list:
    """Two imports that compare the file with the same state of things, if anything lets them."""
    organization, sheet = an_organization(), a_file(owner(balance="10,00"), child())
    together, look = threading.Barrier(2), importing.preview

    def look_together(**asked):
        seen = look(**asked)
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(patience)
        return seen

    monkeypatch.setattr(importing, "preview", look_together)
    facts = {"name": "clients.csv", "skip_bad": False, "by": None, "on": TODAY, "now": NOW}
    return race(lambda: importing.import_clients(organization=organization, sheet=sheet, **facts), contenders=2)


def test_control_without_turns_the_second_runs_into_the_first(monkeypatch):
    monkeypatch.setattr(importing, "_take_turn", lambda organization: None)
    results = both_at_once(monkeypatch, patience=PATIENCE)
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]


def test_in_turns_the_second_finds_everything_there(monkeypatch):
    results = both_at_once(monkeypatch, patience=1)
    assert sorted(result.count("unchanged") for result in results) == [0, 2]
    assert (Client.objects.count(), Person.objects.count(), Client.objects.get().balance) == (1, 2, 10_00)
