"""The limiter: so many requests a second, counted as Stripe counts them."""

from types import SimpleNamespace

from smartrec.devstack.sandbox import limiting
from smartrec.devstack.sandbox.errors import ApiError
from tests.smartrec.sandbox import sandboxing as build

ENOUGH = 50


class Seconds:
    """A limiter, and a clock that stands still until it is moved."""

    def __init__(self, monkeypatch, per_second):
        self.now, self.limiter = 0.0, limiting.Limiter()
        self.limiter.limit(per_second)
        monkeypatch.setattr(limiting, "time", SimpleNamespace(monotonic=lambda: self.now))

    def burst(self, count, account=build.A, operation="customers"):
        return [self._passes(SimpleNamespace(account=account, operation=operation)) for _ in range(count)]

    def _passes(self, call):
        try:
            self.limiter.check(call)
        except ApiError:
            return False
        return True


def test_what_comes_too_fast_is_refused_and_a_second_later_it_goes_on(monkeypatch):
    seconds = Seconds(monkeypatch, 5)
    assert seconds.burst(8) == [True] * 5 + [False] * 3
    seconds.now = 0.9
    assert (seconds.burst(1), seconds.limiter.refused) == ([False], 4)
    seconds.now = 1.1
    assert seconds.burst(6) == [True] * 5 + [False]


def test_each_operation_of_each_account_counts_by_itself(monkeypatch):
    seconds = Seconds(monkeypatch, 2)
    others = [{}, {"account": build.B}, {"operation": "setup_intents"}]
    assert [seconds.burst(2, **other) for other in others] == [[True, True]] * 3
    assert seconds.burst(1) == [False]


def refused(box):
    """Sends until the limiter refuses; it is asked for one request a second, and two follow each other faster."""
    answers = (build.post(box, "/v1/customers") for _ in range(ENOUGH))
    return next(answer for answer in answers if answer.status_code == 429)


def test_a_refusal_names_the_limit(box):
    box.limit(1)
    assert refused(box).headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert box.state()["limit"] == {"per_second": 1, "refused": 1}


def test_a_refused_request_keeps_its_key_free(box):
    box.limit(1)
    answers = (build.post(box, "/v1/customers", key=f"k{n}") for n in range(ENOUGH))
    key = next(f"k{n}" for n, answer in enumerate(answers) if answer.status_code == 429)
    box.limit(0)
    assert "Idempotent-Replayed" not in build.post(box, "/v1/customers", key=key).headers


def test_without_a_limit_nothing_is_refused(box):
    assert [build.post(box, "/v1/customers").status_code for _ in range(40)] == [200] * 40
