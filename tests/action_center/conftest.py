import pytest

from tests.builders import staff


@pytest.fixture
def by(centre, client):
    """Who minds the centre's money, signed in."""
    user = staff("finance", centre)
    client.force_login(user)
    return user
