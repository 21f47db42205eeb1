"""The control page: a person makes everything happen that a test can."""

import re
from pathlib import Path

import pytest
import requests

from smartrec.devstack.sandbox import commands, control
from tests.smartrec.sandbox import sandboxing as build

HANDLE = Path(commands.__file__).with_name("testing.py")


def page(box, query=""):
    return requests.get(f"{box.base_url}/_sandbox/{query}", timeout=120).text


def press(box, command, **values):
    return requests.post(f"{box.base_url}/_sandbox/{command}", values, allow_redirects=False, timeout=120)


@pytest.fixture
def busy(box, api):
    """One of everything."""
    customer, card = build.customer_with(api)
    paid = [build.confirm(api, build.payment(api, customer), card) for _ in range(2)]
    api.refunds.create({"payment_intent": paid[0].id, "amount": 100}, build.IN_A)
    box.dispute(paid[1].id)
    settled, _ = build.debited(api)
    box.settle(settled.id)
    api.refunds.create({"payment_intent": settled.id, "amount": 100}, build.IN_A)
    build.debited(api, "pm_usBankAccount_success", "usd")
    box.pay_out(build.A)
    box.restrict(build.B)
    box.webhooks(paused=True)
    build.post(box, "/v1/customers", {"colour": "<b>red</b>"})
    return box


def test_every_command_can_be_given_from_the_page(busy):
    given = set(re.findall(r'action="/_sandbox/([a-z/]+)"', page(busy)))
    wanted = {name.removeprefix("POST ") for name in control.COMMANDS if name.startswith("POST")}
    # An agreement ends with its account, which has a button.
    assert wanted - given == {"mandates/end"}


def test_a_command_leads_back_to_its_section(box, api):
    intent, _ = build.debited(api)
    back = press(box, "settle", payment_intent=intent.id, _at="debits")
    assert (back.status_code, back.headers["Location"]) == (303, "/_sandbox/?done=settle#debits")
    assert "Done: settle." in page(box, "?done=settle")
    assert api.payment_intents.retrieve(intent.id, {}, build.IN_A).status == "succeeded"


@pytest.mark.parametrize(
    ("command", "values"),
    [("settle", {"payment_intent": "pi_none"}), ("advance", {"seconds": "soon"}), ("balance", {"dollars": "x"})],
)
def test_a_command_that_makes_no_sense_is_told_on_the_page(box, command, values):
    assert press(box, command, **values).headers["Location"].startswith("/_sandbox/?refused=")


def test_a_person_types_dollars(box):
    press(box, "balance", account=build.A, currency="cad", dollars="12.34")
    assert box.balance(build.A)["cad"]["available"] == 1_234


def test_what_was_sent_is_escaped(busy):
    assert "<b>red" not in page(busy)
    assert "&lt;script" in page(busy, "?refused=<script>")


def test_looking_changes_nothing(busy):
    before = busy.state() | {"now": 0}
    page(busy)
    assert busy.state() | {"now": 0} == before


def test_the_tests_handle_has_every_command(box):
    told = {name.split(" ")[1] for name in commands.COMMANDS}
    assert told <= set(re.findall(r'"([a-z]+(?:/[a-z]+)?)"', HANDLE.read_text()))
