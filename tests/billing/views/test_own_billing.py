"""A household's invoices, payments, credits and statements in its portal: its own, in plain words."""

import re

import pytest
from django.urls import reverse

from billing.models import Invoice
from billing.services import voiding
from billing.services.parts import Notes, Part
from tests.billing.credits import a_memo, cancelled
from tests.billing.desk import received
from tests.billing.handed_back import handed_back
from tests.billing.own import Holder
from tests.billing.papers import a_line, invoiced
from tests.billing.views.ways import a_finished_charge
from tests.billing.ways import an_invoice
from tests.builders import NOW, TODAY, a_client, a_person, an_account, an_organization, staff
from wallet.processor import Verdict

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]
STAFF_WORDS = re.compile(r"\b(transaction|reconcil|ledger|unreconciled)", re.IGNORECASE)


@pytest.fixture
def centre():
    return an_organization("erables", name="Les Érables")


@pytest.fixture
def payer(centre):
    return an_account(centre, email="marie@example.com")


@pytest.fixture
def holder(payer):
    return Holder(payer)


def shown(text: str) -> str:
    """What stands on the page itself, without its menus, as a reader sees it."""
    inside = re.search(r"<main.*?</main>", text, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside[0] if inside else text))


def listed(holder: Holder, **query: str) -> list[str]:
    return re.findall(r"(F-\d{5})", shown(holder.read("my-invoices", **query)))


def test_what_is_to_pay_comes_first_and_the_filters_tell_the_rest_apart(holder, payer):
    late, paid, soon = (an_invoice(payer, 1_000, days_ago=days) for days in (40, 30, 0))
    received(payer, paid)
    numbers = {name: one.display_number for name, one in (("late", late), ("paid", paid), ("soon", soon))}
    assert listed(holder) == [numbers["late"], numbers["soon"], numbers["paid"]]
    assert listed(holder, show="due") == [numbers["late"], numbers["soon"]]
    assert listed(holder, show="paid") == [numbers["paid"]]


@pytest.mark.parametrize("typed", ["F-{number:05d}", "{number}", "natation", "Zoé"])
def test_an_invoice_is_found_by_its_number_its_lines_or_its_person(holder, payer, centre, typed):
    an_invoice(payer, 1_000)
    wanted = invoiced(payer, a_line(centre, "Natation 1", taxes=()))
    Invoice.objects.filter(pk=wanted.pk).update(person=a_person(payer.account, "Zoé Tremblay"))
    assert listed(holder, q=typed.format(number=wanted.number)) == [wanted.display_number]
    assert listed(holder, q="rien du tout") == []


def test_an_invoice_says_what_it_is_for_what_was_paid_and_what_is_left(holder, payer, centre):
    invoice = invoiced(payer, a_line(centre, "Camp de jour", 10_000, taxes=()), note="Bienvenue!")
    Invoice.objects.filter(pk=invoice.pk).update(internal_note="Mauvais payeur")
    part = Part(invoice_id=invoice.pk, amount=4_000, seen=10_000)
    payment = received(payer, parts=[part])
    page = holder.read("my-invoice", invoice.pk)
    assert all(word in shown(page) for word in ("Camp de jour", "Bienvenue!", "Partly paid", "$60.00"))
    assert "Mauvais payeur" not in page
    assert reverse("my-payment", args=[payment.pk]) in page
    assert f"{reverse('my-pay-to', args=[payer.pk])}?invoice={invoice.pk}" in page
    assert holder.get("my-invoice-file", invoice.pk)["Content-Type"] == "application/pdf"


def test_an_invoice_void_is_cancelled_and_nothing_is_owed(holder, payer, centre):
    invoice = an_invoice(payer)
    owner = staff("owner", centre)
    voiding.void(organization=centre, invoice_ids=[invoice.pk], by=owner, on=TODAY, now=NOW)
    page = holder.read("my-invoice", invoice.pk)
    assert "Cancelled, nothing is owed." in page
    assert reverse("my-pay-to", args=[payer.pk]) not in page
    assert listed(holder, show="due") == []


def test_an_invoice_cancelled_by_a_credit_is_cancelled_and_nothing_is_owed(holder, payer):
    invoice = an_invoice(payer, 4_500)
    credit = cancelled(invoice)
    page = holder.read("my-invoice", invoice.pk)
    assert "Cancelled, nothing is owed." in page
    assert credit.display_number in page
    assert (listed(holder, show="due"), listed(holder, show="paid")) == ([], [])
    assert listed(holder) == [invoice.display_number]


def test_credit_is_told_with_where_it_comes_from_and_never_with_staff_s_comments(holder, payer):
    a_memo(payer, 4_500, description="Camp annulé", note="Désolés!", internal_note="Parent difficile")
    received(payer, an_invoice(payer, 1_000), amount=1_500, credit_name="Trop payé")
    page = holder.read("my-credits")
    assert all(word in shown(page) for word in ("owes you", "$50.00", "Camp annulé", "$45.00", "Trop payé", "Désolés!"))
    assert "Parent difficile" not in page
    assert "$50.00" in shown(holder.read("my-home"))


def test_a_credit_note_and_a_refund_at_the_desk_are_downloaded_by_their_household_alone(holder, payer, centre):
    credit = a_memo(payer)
    given = handed_back(payer, (credit, 1_000))
    assert reverse("my-credit-file", args=[credit.pk]) in holder.read("my-credits")
    stranger = Holder(an_account(centre, "Luc Roy"))
    for name, thing in (("my-credit-file", credit), ("my-refund-file", given)):
        assert holder.get(name, thing.pk)["Content-Type"] == "application/pdf"
        assert stranger.get(name, thing.pk).status_code == 404


def test_without_credit_the_page_says_so(holder):
    assert "You have no credit." in holder.read("my-credits")


def test_payments_say_what_became_of_them_and_what_they_paid(holder, payer, centre):
    invoice = an_invoice(payer, 1_000)
    payment = received(payer, invoice, kind="cheque", notes=Notes(details="Enveloppe", internal_note="À surveiller"))
    assert all(word in shown(holder.read("my-payments")) for word in ("Cheque 204", "Paid", "$10.00"))
    page = holder.read("my-payment", payment.pk)
    assert f"Invoice {invoice.display_number}" in shown(page)
    assert [word for word in ("Enveloppe", "À surveiller") if word in page] == []


def test_a_payment_refused_is_refused_and_nothing_was_taken(holder, payer, centre):
    run = a_finished_charge(centre, staff("owner", centre), [(Verdict.DECLINED, "lost_or_stolen")])
    theirs = Holder(run.payments.get().client)
    assert "Refused" in shown(theirs.read("my-payments"))
    assert "stolen" not in theirs.read("my-payment", run.payments.get().pk)


def test_a_statement_is_downloaded_for_its_days(holder, payer):
    an_invoice(payer)
    sent = holder.send("my-statements", **{"from": "2026-11-01", "to": "2026-11-30"})
    assert sent.status_code == 303
    answer = holder.browser.get(sent["Location"])
    name = f"statement-{payer.display_number}-2026-11-01-2026-11-30.pdf"
    assert (answer.status_code, answer["Content-Disposition"]) == (200, f'attachment; filename="{name}"')
    assert holder.send("my-statements", **{"from": "2026-11-30", "to": "2026-11-01"}).status_code == 422
    assert holder.get("my-statement-file", payer.pk).status_code == 303


def test_the_organization_is_chosen_only_where_several_serve_the_household(holder, payer):
    assert "All organizations" not in holder.read("my-invoices")
    club = a_client(an_organization("club", name="Club Saint-Aubin"), payer.account)
    here, there = an_invoice(payer), an_invoice(club)
    assert sorted(listed(holder)) == sorted([here.display_number, there.display_number])
    assert "Club Saint-Aubin" in holder.read("my-invoices")
    only = holder.read("my-invoices", organization="club")
    assert (reverse("my-invoice", args=[there.pk]) in only, reverse("my-invoice", args=[here.pk]) in only) == (
        True,
        False,
    )
    sent = holder.send("my-statements", **{"organization": "club", "from": "2026-11-01", "to": "2026-11-30"})
    assert reverse("my-statement-file", args=[club.pk]) in sent["Location"]


def test_another_household_s_papers_do_not_exist(holder, centre):
    stranger = an_account(centre, "Luc Roy")
    invoice = an_invoice(stranger, 9_999)
    payment = received(stranger, invoice)
    named = [("my-invoice", invoice), ("my-invoice-file", invoice), ("my-payment", payment), ("my-pay-to", stranger)]
    for name, thing in [*named, ("my-statement-file", stranger)]:
        assert holder.get(name, thing.pk, **{"from": "2026-11-01", "to": "2026-11-30"}).status_code == 404, name
    for name in ("my-invoices", "my-payments", "my-credits", "my-statements", "my-home"):
        assert "99.99" not in holder.read(name)
    assert holder.read("my-invoices").count("F-0") == 0


def test_what_belonged_to_an_archived_client_is_gone_from_the_portal(holder, payer):
    invoice = an_invoice(payer)
    type(payer).objects.filter(pk=payer.pk).update(archived_at=NOW)
    assert holder.get("my-invoice", invoice.pk).status_code == 404
    assert listed(holder) == []
    assert "No organization serves your family yet." in holder.read("my-statements")


def test_the_words_of_the_office_stay_in_the_office(holder, payer):
    invoice = an_invoice(payer, 2_000)
    payment = received(payer, invoice, amount=2_500, credit_name="Trop payé")
    a_memo(payer)
    names = [("my-home",), ("my-invoices",), ("my-invoice", invoice.pk), ("my-payments",), ("my-payment", payment.pk)]
    for name, *keys in [*names, ("my-credits",), ("my-statements",)]:
        assert STAFF_WORDS.findall(shown(holder.read(name, *keys))) == [], name
