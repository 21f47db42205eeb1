import pytest

from smartrec.devstack.sandbox.testing import running
from tests.smartrec.sandbox import sandboxing


@pytest.fixture(scope="session")
def _box():
    with running(settle_after=3600, accounts=(sandboxing.A, sandboxing.B)) as box:
        yield box


@pytest.fixture
def box(_box):
    """A sandbox with two accounts and no past."""
    _box.reset()
    return _box


@pytest.fixture
def api(box):
    return sandboxing.client(box)
