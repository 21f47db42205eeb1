"""What every test gets: after each one that touched the database, the books must still hold."""

import pytest

from billing.services.checking import check_books

DATABASE = {"db", "transactional_db", "django_db_setup"}


@pytest.fixture(autouse=True)
def books_hold(request):
    """No test may leave a figure that its facts do not add up to."""
    marked = request.node.get_closest_marker("django_db") is not None
    if marked:
        request.getfixturevalue("transactional_db" if _transactional(request) else "db")
    yield
    if marked:
        assert [str(found) for found in check_books()] == []


def _transactional(request) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool(marker.kwargs.get("transaction") or (marker.args and marker.args[0]))
