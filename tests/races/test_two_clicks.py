"""Two quick clicks are two requests: both ticks must count, whichever is answered first."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Selection
from accounts.services import selections
from tests.builders import an_account, an_organization, staff
from tests.races.racing import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def click():
    """Ticks one row, the only one of its page; begins with a selection of nothing."""
    centre = an_organization()
    clerk = staff("finance", centre)
    people = [an_account(centre, name).account.owner.pk for name in ("Léa Roy", "Zoé Caron")]
    Selection.objects.create(organization=centre, created_by=clerk, noun="people")

    def tick(index: int) -> None:
        whose = {"organization": centre, "by": clerk, "noun": "people", "query": "", "now": timezone.now()}
        try:
            selections.set_page(**whose, page_ids=[people[index]], ticked_ids=[people[index]])
        finally:
            connection.close()

    return tick


def both_at_once(click, monkeypatch, patience: float) -> list[int]:
    """Two clicks that read the selection at the same moment, if anything lets them."""
    together, read = threading.Barrier(2), selections.live

    def read_together(**asked):
        found = read(**asked)
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(patience)
        return found

    monkeypatch.setattr(selections, "live", read_together)
    with ThreadPoolExecutor(2) as clicks:
        list(clicks.map(click, range(2)))
    return Selection.objects.get().ids


def test_control_without_turns_one_click_is_lost(click, monkeypatch):
    monkeypatch.setattr(selections, "_take_turn", lambda organization, by: None)

    assert len(both_at_once(click, monkeypatch, patience=PATIENCE)) == 1


def test_in_turns_both_clicks_count(click, monkeypatch):
    assert len(both_at_once(click, monkeypatch, patience=1)) == 2
