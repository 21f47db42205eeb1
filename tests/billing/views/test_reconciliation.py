"""The screens of the reconciliation: what is unreconciled, what is proposed, one account, one payment, many at once."""

import uuid

import pytest

from accounts.models import Selection, Trail
from billing.models import Allocation, MatchRun
from billing.services import matching, sources
from billing.tasks import match_accounts
from tests.billing.desk import received
from tests.billing.linked import a_credit, an_excess, links_of
from tests.billing.views.ways import at, cost, signed_in
from tests.billing.ways import an_invoice
from tests.builders import an_account, an_organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(centre):
    return an_account(centre)


def look(desk, centre, name, *args, query="", status=200) -> str:
    response = desk.get(at(centre, name, *args, query=query))
    assert response.status_code == status
    return b"".join(response).decode()


def send(desk, centre, name, *args, query="", status=303, **data) -> str:
    response = desk.post(at(centre, name, *args, query=query), data)
    assert response.status_code == status
    return response.content.decode() if status != 303 else desk.get(response["Location"]).content.decode()


def test_rc_7_what_is_left_is_listed_with_its_day_and_its_number_leads_to_it(centre, desk, payer):
    payment, credit = an_excess(payer, 500), a_credit(payer, 700)
    page = look(desk, centre, "reconciliation")
    assert at(centre, "payment", payment.pk) in page
    assert credit.display_number in page
    assert "2 payments and credits · $12.00 left to link" in page
    assert "2026" in page


def test_s35_a_receipt_left_unreconciled_is_listed(centre, desk, payer):
    invoice = an_invoice(payer, 2_000)
    payment = received(payer, invoice, reconcile=False)
    page = look(desk, centre, "reconciliation")
    assert payment.display_number in page
    assert "Unreconciled" in page
    assert invoice.display_number in look(desk, centre, "unpaid-items")


def test_rc_7_what_is_linked_in_full_is_not_listed(centre, desk, payer):
    payment = received(payer, an_invoice(payer, 2_000))
    assert payment.display_number not in look(desk, centre, "reconciliation")
    assert "Every payment and credit is reconciled." in look(desk, centre, "reconciliation")
    assert "Every invoice item is paid." in look(desk, centre, "unpaid-items")


def test_rc_7_a_credit_is_found_by_its_number_and_not_by_that_of_an_account(centre, desk, payer):
    credit = a_credit(payer, 700)
    assert credit.display_number == "NC-00001"
    for query, shown in (("q=NC-00001", True), ("q=nc1", True), ("q=C-00001", False)):
        assert (credit.display_number in look(desk, centre, "reconciliation", query=query)) is shown, query


def test_rc_7_filters_search_sort_and_the_file(centre, desk, payer):
    other = an_account(centre, "Luc Côté")
    mine, theirs = an_excess(payer, 500), an_excess(other, 900)
    an_invoice(other, 5_000)
    for query, shown, hidden in [
        ("q=cote", theirs, mine),
        (f"q={mine.display_number}", mine, theirs),
        ("other_side=yes", theirs, mine),
        ("other_side=no", mine, theirs),
        ("rest_min=6", theirs, mine),
        ("kind=payment&rest_max=5", mine, theirs),
    ]:
        page = look(desk, centre, "reconciliation", query=query)
        assert (shown.display_number in page, hidden.display_number in page) == (True, False), query
    page = look(desk, centre, "reconciliation", query="sort=-rest")
    assert page.index(theirs.display_number) < page.index(mine.display_number)
    rows = look(desk, centre, "reconciliation", query="export=csv&sort=rest").splitlines()
    assert [line.split(",")[1] for line in rows[1:]] == [mine.display_number, theirs.display_number]
    assert "5.00" in rows[1]


@pytest.mark.parametrize("name", ["reconciliation", "unpaid-items", "suggestions"])
def test_a_list_costs_the_same_however_long(centre, desk, name):
    def more():
        for n in range(3):
            client = an_account(centre, f"Foyer {n}")
            an_excess(client, 500)
            a_credit(client, 100)
            an_invoice(client, 5_000)

    more()
    url = at(centre, name)
    before = cost(desk, url)
    more()
    assert cost(desk, url) == before


def test_suggestions_say_why_and_are_asked_about_before_they_are_made(centre, desk, payer):
    invoice = an_invoice(payer, 2_000)
    payment = received(payer, invoice, reconcile=False)
    page = look(desk, centre, "suggestions")
    assert "Taken for this invoice" in page
    key = f"p{payment.pk}-{invoice.pk}-2000-taken_for"
    asked = send(desk, centre, "suggestions-accept", status=200, one=key)
    assert "$20.00" in asked
    assert links_of(invoice) == []
    page = send(desk, centre, "suggestions-accept", rows=key, sure="1")
    assert "1 link made: $20.00." in page
    assert links_of(invoice) == [(payment.pk, None, invoice.pk, 2_000)]
    assert "changed meanwhile" in send(desk, centre, "suggestions-accept", rows=key, sure="1")
    assert Allocation.objects.count() == 1


def test_journey_12_what_is_left_is_reconciled_by_accepting_every_suggestion(centre, desk):
    for n in range(5):
        client = an_account(centre, f"Foyer {n}")
        an_excess(client, 500)
        an_invoice(client, 700)
    asked = send(desk, centre, "suggestions-accept", status=200, do="all")
    keys = asked.split('name="rows" value="')[1].split('"')[0]
    assert len(keys.split()) == 5
    assert "5 links made: $25.00." in send(desk, centre, "suggestions-accept", rows=keys, sure="1")
    assert "Every payment and credit is reconciled." in look(desk, centre, "reconciliation")


@pytest.mark.parametrize("data", [{}, {"one": "nonsense"}, {"rows": "p1-2-3-x' OR 1", "sure": "1"}])
def test_nothing_ticked_or_nonsense_links_nothing(centre, desk, payer, data):
    an_excess(payer, 500)
    an_invoice(payer, 700)
    assert "Tick the suggestions" in send(desk, centre, "suggestions-accept", **data)
    assert sources.available(payer) == 500


def test_rc_5_one_account_shows_what_one_click_will_link_then_links_it(centre, desk, payer):
    an_excess(payer, 500)
    invoice = an_invoice(payer, 2_000)
    page = look(desk, centre, "client-reconciliation", payer.pk)
    assert 'name="seen" value="500"' in page
    assert "changed meanwhile" in send(desk, centre, "client-reconciliation", payer.pk, seen="400")
    assert "$5.00 linked, oldest first." in send(desk, centre, "client-reconciliation", payer.pk, seen="500")
    assert "Nothing is left to link" in send(desk, centre, "client-reconciliation", payer.pk, seen="500")
    assert len(links_of(invoice)) == 1


def test_rc_6_a_payment_spread_over_items_then_unlinked(centre, desk, payer):
    payment = an_excess(payer, 2_500)
    first, second = an_invoice(payer, 2_000), an_invoice(payer, 2_000)
    shown = look(desk, centre, "payment-links", payment.pk)
    assert 'value="20.00"' in shown
    typed = {f"item_{first.items.get().pk}": "3", f"item_{second.items.get().pk}": "20.00"}
    data = {**typed, "key": str(uuid.uuid4()), "seen": "2500"}
    assert f"$23.00 of {payment.display_number} linked." in send(desk, centre, "payment-links", payment.pk, **data)
    assert "made already" in send(desk, centre, "payment-links", payment.pk, **data)
    assert sum(link[3] for link in links_of(first, second)) == 2_300
    link = Allocation.objects.get(item__invoice=first)
    assert "$3.00" in look(desk, centre, "payment-unlink", payment.pk, query=f"link={link.pk}")
    assert "$3.00 unlinked." in send(desk, centre, "payment-unlink", payment.pk, query=f"link={link.pk}")
    assert "already undone" in send(desk, centre, "payment-unlink", payment.pk, query=f"link={link.pk}")
    send(desk, centre, "payment-unlink", payment.pk)
    assert links_of(first, second) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "above zero"),
        ("0", "above zero"),
        ("-1", "between $0.00 and $20.00"),
        ("21", "between $0.00 and $20.00"),
        ("6", "only $5.00 is left"),
        ("1.234", "1.234"),
        ("abc", "abc"),
        ("99999999999999999999", "between"),
    ],
)
def test_amounts_that_cannot_be_are_refused_in_words(centre, desk, payer, typed, said):
    payment, invoice = an_excess(payer, 500), an_invoice(payer, 2_000)
    data = {f"item_{invoice.items.get().pk}": typed, "key": str(uuid.uuid4()), "seen": "500"}
    page = send(desk, centre, "payment-links", payment.pk, status=422, **data)
    assert said in page
    assert links_of(invoice) == []


def test_what_changed_while_it_was_typed_is_said_and_what_was_typed_is_kept(centre, desk, payer):
    payment, invoice = an_excess(payer, 500), an_invoice(payer, 2_000)
    data = {f"item_{invoice.items.get().pk}": "4.00", "key": str(uuid.uuid4()), "seen": "600"}
    page = send(desk, centre, "payment-links", payment.pk, status=422, **data)
    assert "changed meanwhile" in page
    assert 'value="4.00"' in page
    assert 'name="seen" value="500"' in page


def test_a_credit_is_spread_the_same_way(centre, desk, payer):
    credit, invoice = a_credit(payer, 700), an_invoice(payer, 2_000)
    data = {f"item_{invoice.items.get().pk}": "7", "key": str(uuid.uuid4()), "seen": "700"}
    send(desk, centre, "credit-links", credit.pk, **data)
    assert links_of(invoice) == [(None, credit.pk, invoice.pk, 700)]
    send(desk, centre, "credit-unlink", credit.pk)
    assert links_of(invoice) == []


def selected(desk, centre, *clients) -> str:
    ids = [client.account_id for client in clients]
    kept = Selection.objects.create(organization=centre, created_by=desk.user, noun="accounts", ids=ids)
    return str(kept.pk)


def test_rc_5_the_accounts_ticked_in_the_list_are_reconciled(centre, desk, payer):
    other, third = an_account(centre, "Luc Côté"), an_account(centre, "Zoé Roy")
    for client in (payer, other, third):
        an_excess(client, 500)
        an_invoice(client, 2_000)
    chosen = selected(desk, centre, payer, other)
    page = look(desk, centre, "reconcile-accounts", query=f"selection={chosen}")
    assert "Reconcile 2 accounts" in page
    assert "$10.00" in page
    key = str(uuid.uuid4())
    for _click in range(2):
        page = send(desk, centre, "reconcile-accounts", selection=chosen, key=key)
        assert "$10.00" in page
    run = MatchRun.objects.get()
    assert (run.accounts, run.links, run.amount) == (2, 2, 1_000)
    assert sources.available(third) == 500
    assert Trail.objects.filter(verb="account_reconciled").count() == 2


def test_many_accounts_are_left_to_the_workers_and_the_page_shows_how_far_they_are(centre, desk, payer, monkeypatch):
    monkeypatch.setattr(matching, "AT_ONCE", 0)
    an_excess(payer, 500)
    an_invoice(payer, 2_000)
    page = send(desk, centre, "reconcile-accounts", key=str(uuid.uuid4()))
    assert "0 of 1 accounts gone through" in page
    assert 'hx-trigger="every 2s"' in page
    assert match_accounts() == 1
    page = look(desk, centre, "match-run", MatchRun.objects.get().pk)
    assert 'hx-trigger="every 2s"' not in page
    assert "$5.00" in page


def test_who_may_look_and_who_may_link(centre, payer):
    payment, invoice = an_excess(payer, 500), an_invoice(payer, 2_000)
    clerk = signed_in("front_desk", centre)
    for name, args in [("reconciliation", ()), ("suggestions", ()), ("client-reconciliation", (payer.pk,))]:
        page = look(clerk, centre, name, *args)
        assert not any(word in page for word in ('name="seen"', "Reconcile all accounts", ">Accept<"))
    assert "Link these amounts" not in look(clerk, centre, "payment-links", payment.pk)
    data = {f"item_{invoice.items.get().pk}": "4", "key": str(uuid.uuid4()), "seen": "500"}
    for name, args in [
        ("client-reconciliation", (payer.pk,)),
        ("payment-links", (payment.pk,)),
        ("payment-unlink", (payment.pk,)),
        ("reconcile-accounts", ()),
        ("suggestions-accept", ()),
    ]:
        send(clerk, centre, name, *args, status=403, **data)
    assert sources.available(payer) == 500
    coordinator = signed_in("coordinator", centre)
    look(coordinator, centre, "reconciliation", status=403)


def test_a_payment_of_another_organization_is_not_found(desk, centre):
    stranger = an_account(an_organization())
    payment, credit = an_excess(stranger, 500), a_credit(stranger, 500)
    for name, pk in [
        ("payment-links", payment.pk),
        ("credit-links", credit.pk),
        ("client-reconciliation", stranger.pk),
    ]:
        look(desk, centre, name, pk, status=404)
        send(desk, centre, name, pk, status=404)
