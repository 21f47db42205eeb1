"""Whether the processor is there, asked seldom."""

import pytest
from django.core.cache import cache

from tests.wallet.processor.scripted import Answer, refusal, scripted_server
from wallet.contributing import check_processor
from wallet.processor import ProcessorUnavailable, stripe_adapter

pytestmark = pytest.mark.django_db


@pytest.fixture
def script(settings, monkeypatch):
    # A busy machine may take its time.
    monkeypatch.setattr(stripe_adapter, "BRIEFLY", (60.0, 60.0))
    cache.clear()
    with scripted_server() as server:
        settings.STRIPE_API_BASE = server.base
        yield server
    cache.clear()


def test_good_answer_holds_for_a_while(script):
    script.says(Answer(200, {"object": "account"}))
    check_processor()
    check_processor()
    assert len(script.asked) == 1


def test_bad_answer_is_told_and_asked_again(script):
    script.says(refusal(401), refusal(401))
    for _again in range(2):
        with pytest.raises(ProcessorUnavailable):
            check_processor()
    assert len(script.asked) == 2
