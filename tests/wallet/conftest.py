import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _in_english():
    """Refusals are read in English here; pages choose their own language."""
    with translation.override("en"):
        yield
