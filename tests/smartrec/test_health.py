import pytest
from kombu.exceptions import OperationalError

from smartrec import health

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.smartrec.a_room")]


@pytest.fixture(autouse=True)
def parts(monkeypatch):
    found = {"database": health._database}
    monkeypatch.setattr(health, "_checks", found)
    return found


def test_alive_is_open_to_anyone_and_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


def test_ready_when_every_part_answers(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"database": True})


def test_not_ready_when_one_part_does_not_and_it_says_which_and_no_more(client, settings, parts):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    parts["broker"] = health._broker

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"database": True, "broker": False}


def test_the_broker_is_really_asked(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    with pytest.raises((OperationalError, OSError)):
        health._broker()


def test_a_room_adds_what_it_needs(client):
    def processor():
        raise ConnectionError("no answer")

    health.register_readiness("processor", processor)

    assert client.get("/readyz").json()["processor"] is False
