"""The hosted page: what a payer types there, and what the merchant learns."""

import re

import pytest
import requests
import stripe

from smartrec.devstack.sandbox.hosted import outcomes, typed
from smartrec.devstack.sandbox.hosted.texts import FRENCH, money
from smartrec.devstack.sandbox.instruments import BANKS, CARDS
from tests.smartrec.sandbox import sandboxing as build

URLS = {"success_url": "https://centre.test/ok?s={CHECKOUT_SESSION_ID}", "cancel_url": "https://centre.test/no"}


def setup_session(api, types=("card", "acss_debit"), **more):
    customer = api.customers.create({}, build.IN_A)
    wanted = {"mode": "setup", "customer": customer.id, "allowed_payment_method_types": list(types), **URLS, **more}
    return api.checkout.sessions.create(wanted | {"payment_method_options": build.PAD}, build.IN_A)


def payment_session(api, amount=12345, currency="cad", **more):
    item = {
        "price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": "Camp"}},
        "quantity": 1,
    }
    return api.checkout.sessions.create({"mode": "payment", "line_items": [item], **URLS, **more}, build.IN_A)


def submit(session, values):
    return requests.post(session.url, values, allow_redirects=False, timeout=120)


def again(api, session, *expand):
    return api.checkout.sessions.retrieve(session.id, {"expand": list(expand)}, build.IN_A)


def alert(answer):
    return re.findall('role="alert">([^<]*)', answer.text)


def test_a_card_is_saved_for_the_customer(box, api):
    session = setup_session(api, setup_intent_data={"metadata": {"wallet": "9"}})
    answer = submit(session, build.CARD)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"https://centre.test/ok?s={session.id}")
    done = again(api, session, "setup_intent.payment_method")
    method = done.setup_intent.payment_method
    assert (done.status, done.setup_intent.status, done.setup_intent.metadata.wallet) == ("complete", "succeeded", "9")
    assert (method.customer, method.card.last4, method.card.exp_year) == (session.customer, "4242", 2034)
    assert method.billing_details.address.postal_code == "H2X 1Y4"
    assert box.movements() == []


def test_a_bank_account_is_saved_with_its_mandate(api):
    session = setup_session(api)
    submit(session, build.PAD_ACCOUNT)
    setup = again(api, session, "setup_intent.mandate").setup_intent
    assert (setup.mandate.status, setup.mandate.customer_acceptance.type) == ("active", "online")


@pytest.mark.parametrize(
    ("base", "change", "complaint"),
    [
        (build.CARD, {"number": "4111111111111111"}, "Use one of the test numbers"),
        (build.CARD, {"number": ""}, "Required"),
        (build.CARD, {"expiry": "01/20"}, "in the future"),
        (build.CARD, {"expiry": "13/34"}, "in the future"),
        (build.CARD, {"cvc": "12"}, "3 or 4 digits"),
        (build.CARD, {"postal_code": ""}, "Required"),
        (build.PAD_ACCOUNT, {"agree": ""}, "Agree to continue"),
        (build.PAD_ACCOUNT, {"transit": "1"}, "transit 11000"),
        (build.PAD_ACCOUNT, {"account": "1"}, "Use one of the test numbers"),
    ],
)
def test_a_mistake_is_told_beside_its_box_and_saves_nothing(api, base, change, complaint):
    session = setup_session(api)
    answer = submit(session, base | change)
    assert answer.status_code == 422
    assert complaint in " ".join(re.findall('class="error"[^>]*>([^<]*)', answer.text))
    assert again(api, session).status == "open"
    assert api.payment_methods.list({"customer": session.customer}, build.IN_A).data == []


def test_a_payment_is_made_once_however_often_it_is_clicked(box, api):
    session = payment_session(api, payment_intent_data={"metadata": {"attempt": "5"}})
    answers = [submit(session, build.CARD) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303] * 3
    done = again(api, session)
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert box.counts(done.payment_intent) == {"net": 12345, "metadata": {"attempt": "5"}, "charge_succeeded": 1}


def test_a_declined_card_may_be_followed_by_a_good_one(box, api):
    session = payment_session(api)
    answer = submit(session, build.CARD | {"number": "4000000000009995"})
    assert (answer.status_code, alert(answer)) == (422, ["Your card has insufficient funds."])
    submit(session, build.CARD)
    counts = box.counts(again(api, session).payment_intent)
    assert (counts["charge_failed"], counts["charge_succeeded"]) == (1, 1)


@pytest.mark.parametrize(("answered", "status"), [("yes", "complete"), ("no", "open")])
def test_a_bank_may_ask_its_client(box, api, answered, status):
    session = payment_session(api)
    question = submit(session, build.CARD | {"number": "4000002760003184"}).headers["Location"]
    assert question.startswith("/pay/authenticate/pi_")
    requests.post(box.base_url + question, {"answer": answered}, allow_redirects=False, timeout=120)
    requests.get(f"{box.base_url}/pay/{session.id}/done", allow_redirects=False, timeout=120)
    assert again(api, session).status == status
    assert len(box.movements(kind="charge_succeeded")) == (status == "complete")


def test_a_debit_is_paid_when_it_settles(box, api):
    session = payment_session(api)
    submit(session, build.PAD_ACCOUNT)
    done = again(api, session)
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    box.advance(3601)
    assert again(api, session).payment_status == "paid"
    told = api.events.list({"type": "checkout.session.async_payment_succeeded"}, build.IN_A).data
    assert told[0].data.object.id == session.id


def test_an_expired_session_takes_nothing(box, api):
    session = payment_session(api)
    api.checkout.sessions.expire(session.id, {}, build.IN_A)
    assert submit(session, build.CARD).status_code == 410
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        api.checkout.sessions.expire(session.id, {}, build.IN_A)
    assert box.movements() == []


def test_a_session_expires_after_a_day(box, api):
    session = payment_session(api)
    box.advance(24 * 3600 + 1)
    assert again(api, session).status == "expired"


def test_the_page_speaks_the_visitors_language(api):
    url = setup_session(api, locale="fr-CA").url
    french = requests.get(url, timeout=120)
    assert '<html lang="fr">' in french.text
    assert "Bac à sable\N{NO-BREAK SPACE}: aucune vraie carte" in french.text
    english = requests.get(f"{url}?lang=en", timeout=120)
    assert "Sandbox: no real card" in english.text


def test_the_page_lists_every_test_number(api):
    session = setup_session(api)
    cards, accounts = (requests.get(f"{session.url}?type={kind}", timeout=120).text for kind in ("card", "acss_debit"))
    assert all(card.number in cards.replace(" ", "") for card in CARDS)
    assert all(bank.number in accounts for bank in BANKS if bank.type == "acss_debit")


def test_every_word_of_the_page_is_known_in_french():
    told = {text for kind in typed.FIELDS for _, texts in outcomes.of_kind(kind) for text in texts}
    labels = {box.label for boxes in (*typed.FIELDS.values(), typed.ADDRESS) for box in boxes}
    assert told | labels | set(typed.TABS.values()) <= set(FRENCH)
    assert money("fr", 123456, "cad") == "1\N{NO-BREAK SPACE}234,56\N{NO-BREAK SPACE}$ CAD"


def test_what_is_typed_is_escaped(api):
    session = setup_session(api)
    answer = submit(session, build.CARD | {"name": '"><script>alert(1)</script>', "cvc": ""})
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_setup_needs_a_currency_or_types(api):
    with pytest.raises(stripe.InvalidRequestError, match="required"):
        api.checkout.sessions.create({"mode": "setup", **URLS}, build.IN_A)


def test_a_payment_tells_what_it_was_for(box, api):
    data = {"description": "Camp, week 2", "metadata": {"payment": "9", "attempt": "5"}}
    session = payment_session(api, payment_intent_data=data, metadata={"page": "3"})
    assert "Camp" in requests.get(session.url, timeout=120).text
    submit(session, build.CARD)
    done = again(api, session, "payment_intent.latest_charge", "payment_intent.payment_method")
    intent = done.payment_intent
    assert (intent.status, intent.amount_received, intent.description) == ("succeeded", 12345, "Camp, week 2")
    assert intent.metadata.to_dict() == {"payment": "9", "attempt": "5"}
    assert (intent.latest_charge.paid, intent.latest_charge.payment_method_details.card.last4) == (True, "4242")
    assert intent.payment_method.card.brand == "visa"
    assert done.metadata.to_dict() == {"page": "3"}
    [line] = api.checkout.sessions.line_items.list(session.id, {}, build.IN_A).data
    assert (line.description, line.amount_total) == ("Camp", 12345)


def test_a_card_typed_to_pay_is_kept_by_nobody(api):
    customer = api.customers.create({}, build.IN_A)
    session = payment_session(api, customer=customer.id)
    submit(session, build.CARD)
    assert again(api, session).status == "complete"
    assert api.payment_methods.list({"customer": customer.id}, build.IN_A).data == []


@pytest.mark.parametrize(
    ("values", "after", "told"),
    [
        (build.CARD, 0, ["session.completed"]),
        (build.PAD_ACCOUNT, 3601, ["session.completed", "session.async_payment_succeeded"]),
        (
            build.PAD_ACCOUNT | {"account": "000222222227"},
            3601,
            ["session.completed", "session.async_payment_failed"],
        ),
    ],
)
def test_the_merchant_hears_how_a_visit_ended(box, api, values, after, told):
    session = payment_session(api)
    submit(session, values)
    box.advance(after)
    events = api.events.list({"limit": 30}, build.IN_A).data
    heard = [one for one in reversed(events) if one.type.startswith("checkout.")]
    assert [one.type.removeprefix("checkout.") for one in heard] == told
    assert {one.data.object.id for one in heard} == {session.id}


def test_a_visit_ends_when_the_merchant_says(box, api):
    session = payment_session(api, expires_at=int(box.state()["now"]) + 31 * 60)
    box.advance(32 * 60)
    assert again(api, session).status == "expired"
    told = api.events.list({"type": "checkout.session.expired"}, build.IN_A).data
    assert [one.data.object.id for one in told] == [session.id]
    with pytest.raises(stripe.InvalidRequestError, match="30 minutes"):
        payment_session(api, expires_at=int(box.state()["now"]) + 60)


def test_an_attempt_left_at_the_bank_is_called_off_with_the_visit(box, api):
    session = payment_session(api)
    question = submit(session, build.CARD | {"number": "4000002760003184"}).headers["Location"]
    intent = again(api, session).payment_intent
    api.checkout.sessions.expire(session.id, {}, build.IN_A)
    requests.post(box.base_url + question, {"answer": "yes"}, allow_redirects=False, timeout=120)
    assert api.payment_intents.retrieve(intent, {}, build.IN_A).status == "canceled"
    assert box.movements(kind="charge_succeeded") == []
