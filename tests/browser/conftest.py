"""A running product for the tests in a browser, and visitors to it; of two processes each has a product of its own."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect
from xdist.scheduler import LoadScopeScheduling

from tests.browser.running import Stack, Started
from tests.browser.visits import Visits

CHROMIUMS = [os.environ.get("CHROMIUM"), "/usr/bin/chromium-headless-shell", "/usr/bin/chromium"]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
ARGUMENTS += ["--disable-sync"]
MAKE = "from tests.browser import examples; examples.show()"
expect.set_options(timeout=60_000)
# Their tests have nothing to do with each other; those of another file tell one story, on one product.
ONE_BY_ONE = {"test_screens.py", "test_opened.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder needs the running product and a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


class ByStory(LoadScopeScheduling):
    """A file's tests stay on one product; what is looked at one by one goes wherever there is time."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if Path(file).name in ONE_BY_ONE else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByStory:
    """Asked by the process that gives the tests out."""
    return ByStory(config, log)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product, running. SMARTREC_BROWSER_STACK=<data folder> uses one that runs already, while writing tests."""
    if running := os.environ.get("SMARTREC_BROWSER_STACK"):
        yield Stack(Path(running))
        return
    started = Started(tmp_path_factory.mktemp("stack"))
    try:
        ready = started.wait_until_ready()
        yield ready
        ready.sandbox.check_conforming()
    finally:
        started.stop()


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The machine's Chromium, best the one without windows: the same engine for a third of the processor's time."""
    found = [path for path in CHROMIUMS if path and Path(path).exists()]
    assert found, "no Chromium: install chromium-headless-shell or chromium, or say where it is with CHROMIUM="
    launched = playwright.chromium.launch(executable_path=found[0], args=ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def _visits(browser: Browser, stack: Stack) -> Visits:
    return Visits(browser, stack)


@pytest.fixture
def visits(_visits: Visits) -> Iterator[Visits]:
    """Visitors for one test; a word in the console of any of their pages fails it."""
    yield _visits
    _visits.end()


@pytest.fixture
def signed_in(visits: Visits) -> Callable[..., Page]:
    """`signed_in("finance", "en", width=390)`: a page of somebody of the demo who has signed in."""
    return visits.signed_in


@pytest.fixture
def anonymous(visits: Visits) -> Callable[..., Page]:
    """A page of somebody who has not signed in."""
    return visits.anonymous


@pytest.fixture(scope="session")
def made(stack: Stack) -> dict[str, Any]:
    """The keys of one of everything, made by `examples.py` on the running product."""
    return json.loads(stack.manage("shell", "-v", "0", "-c", MAKE).splitlines()[-1])
