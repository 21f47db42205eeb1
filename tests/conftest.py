"""What every test gets: after each one that touched the database, the books must still hold."""

import gc
import os

import hypothesis
import pytest
from django.utils import timezone, translation

from billing.services.checking import RULES, Disagreement
from smartrec.devstack.sandbox import testing as sandbox_testing
from tests.billing.views.ways import signed_in
from tests.builders import NOW, an_organization, staff
from tests.databases import rests_on_the_database
from tests.prepared import rows

# How long an example takes says something of the machine, nothing of the product. The examples are the same each time;
# HYPOTHESIS_PROFILE=searching looks for others.
ALWAYS = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("the same", derandomize=True, **ALWAYS)
hypothesis.settings.register_profile("searching", **ALWAYS)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "the same"))


def pytest_collection_modifyitems(items):
    """Say of each test whether it is run on every version of the database."""
    for item in items:
        if rests_on_the_database(item.path):
            item.add_marker("database")


def pytest_collection_finish():
    """What is loaded by now stays to the end: a third of the time went into looking through it for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(autouse=True)
def _nobody_has_spoken():
    """A request leaves its language and its time zone behind: no test may depend on who came before it."""
    translation.activate("en")
    timezone.deactivate()


@pytest.fixture
def centre():
    """A centre of which nothing is known yet."""
    return an_organization()


@pytest.fixture
def by(centre):
    """Who minds its money."""
    return staff("finance", centre)


@pytest.fixture
def desk(centre):
    """Their browser, signed in."""
    return signed_in("finance", centre)


@pytest.fixture
def on_the_day(monkeypatch):
    """It is the day of the builders' rows: for what asks the clock itself which day it is."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@pytest.fixture(autouse=True)
def books_hold(request):
    """No test may leave a figure that its facts do not add up to."""
    marked = request.node.get_closest_marker("django_db") is not None
    if marked:
        request.getfixturevalue("transactional_db" if _commits(request.node) else "db")
    yield
    if marked:
        assert [str(Disagreement(rule, *row)) for rule, sql in RULES.items() for row in rows(sql)] == []


def _commits(item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])))


@pytest.fixture(scope="session")
def _sandbox_server():
    with sandbox_testing.running(settle_after=3600) as server:
        yield server


@pytest.fixture
def sandbox(_sandbox_server, settings):
    """The processor's sandbox over HTTP, empty, with the settings pointing at it.

    Every request a test makes must follow the processor's published description, also where the answer is an error.
    """
    _sandbox_server.reset()
    _sandbox_server.clear_faults()
    _sandbox_server.latency(0)
    settings.STRIPE_API_BASE = _sandbox_server.base_url
    settings.STRIPE_SECRET_KEY = sandbox_testing.PLATFORM_KEY
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"
    yield _sandbox_server
    _sandbox_server.check_conforming()
