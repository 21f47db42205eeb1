"""MC-P11: crediting the unpaid invoices of a run is reviewed with its count and total, and done once."""

import re

import pytest

from billing.models import Credit, Invoice
from billing.services import crediting_together
from tests.billing.desk import received
from tests.billing.services.test_voiding_runs import a_part_of, a_run
from tests.billing.views.test_documents import text
from tests.billing.views.ways import at, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def run(centre):
    return a_run(centre)


@pytest.fixture
def where(centre, run):
    return at(centre, "bulk-invoice-credit", run.pk)


def asked(desk, where, **chosen) -> dict[str, str]:
    """The hidden boxes of the question, with the reason it proposes."""
    found = desk.post(where, chosen or {"which": "all"}).content.decode()
    boxes = [re.search(rf'name="{name}" value="([^"]*)"', found) for name in ("rows", "key", "description")]
    return dict(zip(("rows", "key", "description"), (box.group(1) for box in boxes if box), strict=True))


def test_mc_p11_the_page_lists_what_is_unpaid_and_why_others_stay(centre, run, where):
    desk = signed_in("finance", centre)
    paid = run.invoices.first()
    received(paid.client, paid)
    assert "2 invoices have something unpaid." in text(desk.get(where))
    stay = desk.get(f"{where}?show=stay").content.decode()
    assert ("Paid" in stay, at(centre, "invoice-cancel", paid.pk) in stay) == (True, True)


def test_mc_p11_nothing_is_credited_before_the_question_is_answered(centre, run, where):
    desk = signed_in("finance", centre)
    said = text(desk.post(where, {"which": "all"}))
    assert "3 invoices will be credited with what is unpaid of them: $60.00 will no longer be owed." in said
    assert f"Cancellation of {run.display_number}" in desk.post(where, {"which": "all"}).content.decode()
    assert not Credit.objects.exists()


def test_mc_p11_it_is_done_once_however_often_the_form_is_sent(centre, run, where):
    desk = signed_in("finance", centre)
    form = asked(desk, where)
    first = text(desk.post(where, form, follow=True))
    again = text(desk.post(where, form, follow=True))
    assert all("3 credits issued: $60.00." in said for said in (first, again))
    assert Credit.objects.count() == 3


def test_mc_p11_only_what_was_ticked_and_the_reason_typed(centre, run, where):
    desk, chosen = signed_in("finance", centre), run.invoices.first()
    form = asked(desk, where, which="ticked", row=[chosen.pk]) | {"description": "Tempête", "email": "on"}
    response = desk.post(where, form)
    assert (response.status_code, response.url) == (303, where)
    credit = Credit.objects.get()
    assert (credit.invoice, credit.description) == (chosen, "Tempête")


def test_mc_p11_without_a_reason_the_question_comes_back_with_what_was_typed(centre, run, where):
    desk = signed_in("finance", centre)
    form = asked(desk, where) | {"description": " "}
    response = desk.post(where, form)
    assert response.status_code == 422
    assert "Enter what the credit is for." in response.content.decode()
    assert f'value="{form["rows"]}"' in response.content.decode()
    assert not Credit.objects.exists()


@pytest.mark.parametrize("rows", ["", "x", "1:", "1", "1:2:3", ",".join(f"{n}:5" for n in range(1, 102))])
def test_mc_p11_a_form_that_was_tampered_with_credits_nothing(centre, run, where, rows):
    desk = signed_in("finance", centre)
    assert desk.post(where, asked(desk, where) | {"rows": rows}).status_code == 422
    assert not Credit.objects.exists()


def test_mc_p11_what_was_paid_meanwhile_is_named_with_its_link(centre, run, where):
    desk, form = signed_in("finance", centre), None
    form = asked(desk, where)
    paid = run.invoices.first()
    received(paid.client, paid, parts=a_part_of(paid))
    told = desk.post(where, form, follow=True).content.decode()
    assert "2 credits issued" in told
    assert "Paid, credited or voided since you opened the page." in told
    assert f'<a href="{at(centre, "invoice", paid.pk)}">{paid.display_number}</a>' in told


def test_mc_p11_so_many_at_a_time(centre, run, where, monkeypatch):
    monkeypatch.setattr("billing.views.crediting_together.MOST", 2)
    desk = signed_in("finance", centre)
    assert "2 are credited at a time." in text(desk.get(where))
    desk.post(where, asked(desk, where))
    assert [row.stays for row in left(run)] == ["credited_whole", "credited_whole", ""]


def left(run) -> list:
    return list(crediting_together.with_rest(Invoice.objects.filter(run=run)).order_by("number"))


def test_mc_p11_nobody_credits_without_the_permission(centre, run, where):
    desk = signed_in("coordinator", centre)
    assert desk.get(where).status_code == 403
    assert desk.post(where, {"which": "all"}).status_code == 403


def test_mc_p11_with_nothing_unpaid_it_says_so(centre, run, where):
    desk = signed_in("finance", centre)
    desk.post(where, asked(desk, where))
    assert "Nothing of these invoices is unpaid." in text(desk.get(where))
    assert "Select at least one invoice with something unpaid." in text(desk.post(where, {"which": "all"}, follow=True))


def test_mc_p11_the_result_tells_what_was_credited_from_what_was_paid(centre, run, where):
    desk, result = signed_in("finance", centre), at(centre, "bulk-invoice", run.pk)
    paid = run.invoices.first()
    received(paid.client, paid)
    assert "Charge these invoices" in text(desk.get(result))
    desk.post(where, asked(desk, where))
    ended = desk.get(result)
    figures = {str(one["label"]): str(one["value"]) for one in ended.context["kpis"]}
    assert (figures["Paid"], figures["Credited"]) == ("$20.00", "$40.00")
    assert "Charge these invoices" not in text(ended)
