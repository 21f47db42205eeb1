"""The process: where it may run, what it remembers, what it starts with. Its pace is measured: `make bench`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import stripe

from smartrec.devstack.sandbox import measure
from smartrec.devstack.sandbox.testing import running
from tests.smartrec.sandbox import sandboxing as build

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("environment", "starts"),
    [
        ({}, False),
        ({"DJANGO_SETTINGS_MODULE": "smartrec.settings.prod"}, False),
        ({"SMARTREC_DEVELOPMENT": "0"}, False),
        ({"DJANGO_SETTINGS_MODULE": "smartrec.settings.dev"}, True),
        ({"SMARTREC_DEVELOPMENT": "1"}, True),
    ],
)
def test_it_refuses_to_start_outside_development(environment, starts):
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(("DJANGO_", "SMARTREC_"))}
    command = [sys.executable, "-m", "smartrec.devstack.sandbox", "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=kept | environment, cwd=ROOT, **pipes)
    line = process.stdout.readline()
    process.terminate()
    _, complaint = process.communicate(timeout=60)
    assert line.startswith("sandbox: http") is starts
    assert ("refuses to start outside development" in complaint) is not starts


def test_a_killed_sandbox_has_forgotten_nothing(tmp_path):
    with running(data=tmp_path, accounts=(build.A,)) as box:
        api = build.client(box)
        customer, card = build.customer_with(api)
        intent = build.payment(api, customer)
        paid = build.confirm(api, intent, card, build.IN_A | {"idempotency_key": "cf"})
        pending, _ = build.debited(api)
        box.kill()
        box.restart()
        again = build.confirm(api, intent, card, build.IN_A | {"idempotency_key": "cf"})
        assert again.to_dict() == paid.to_dict()
        with pytest.raises(stripe.InvalidRequestError, match="succeeded"):
            build.confirm(api, intent, card)
        box.advance(21)
        assert box.counts(pending.id)["charge_succeeded"] == 1
        assert len(box.movements(payment_intent=intent.id)) == 1


def test_every_answered_payment_survives_a_kill(tmp_path):
    with running(data=tmp_path, accounts=("acct_measured",)) as box:
        caller = measure.Caller(box.port, "one")
        answered = 100
        for number in range(answered):
            caller.pay(number)
        box.kill()
        box.restart()
        assert box.summary() == {
            "totals": {"charge_succeeded": {"count": answered, "amount": sum(1000 + n for n in range(answered))}},
            "charged_twice": [],
        }


def test_one_data_folder_has_one_sandbox(tmp_path):
    with running(data=tmp_path), pytest.raises(RuntimeError, match="did not start"):
        running(data=tmp_path).__enter__()


def test_it_starts_and_answers():
    with running() as box:
        assert requests.get(f"{box.base_url}/healthz", timeout=60).json() == {"ok": True}


@pytest.mark.parametrize("heavy", ["django", "stripe", "celery", "psycopg", "requests"])
def test_it_starts_at_once_because_it_loads_nothing_heavy(heavy):
    """How many seconds that is, depends on the machine; what is loaded does not."""
    loaded = f"import smartrec.devstack.sandbox.__main__, sys; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, check=False).returncode == 0


def test_reset_forgets_all_but_the_given_accounts(box, api):
    account = api.accounts.create({"country": "CA"})
    api.customers.create({}, build.IN_A)
    box.latency(5)
    box.reset()
    assert api.customers.list({}, build.IN_A).data == []
    assert account.id not in box.state()["accounts"]
    assert build.A in box.state()["accounts"]
    assert box.state()["latency_ms"] == 0


def test_the_control_page_shows_the_money(box, api):
    customer, card = build.customer_with(api)
    intent = build.confirm(api, build.payment(api, customer), card)
    text = requests.get(f"{box.base_url}/_sandbox/", timeout=120).text
    assert intent.id in text
    back = requests.post(f"{box.base_url}/_sandbox/latency", {"ms": "7"}, allow_redirects=False, timeout=120)
    assert (back.status_code, back.headers["Location"]) == (303, "/_sandbox/?done=latency#")
    assert box.state()["latency_ms"] == 7
