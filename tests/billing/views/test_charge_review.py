"""The review: what would be taken from whom, who is left out and why; everything can still be changed."""

import pytest

from accounts.services import selections
from billing.models import Payment
from tests.billing.views.ways import HTMX, a_draft, a_payer, a_selection, at, cost, payers, run_at, signed_in
from tests.billing.ways import a_charge_draft, an_invoice, an_invoice_run
from tests.builders import NOW, a_person, an_account, an_organization
from wallet.services import authorizing

pytestmark = pytest.mark.django_db
CHOSEN = {"per": "person", "which": "balance", "order": "default", "email_receipt": "on", "reconcile": "on"}


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_the_figures_of_the_draft(centre, desk):
    clients = [*payers(centre, 2), a_payer(centre, "Banque Roy", cents=4_500, kind="bank")]
    nobody = an_account(centre, "Rien Dû")
    page = text(desk.get(run_at(a_draft(centre, desk.user, [*clients, nobody]))))
    for figure in (
        "<dd>3<small>on 3 accounts",
        "$85.00<small>Balance due on 3 invoices",
        "<dd>4<small>people selected",
    ):
        assert figure in page
    assert "Charge $85.00…" in page
    assert "Cards: less than a minute. E-checks: 3 to 5 business days." in page
    assert "Nothing is charged until you confirm." in page


def test_mc_p3_w3_the_excluded_are_listed_with_their_reason(centre, desk):
    owes, nobody = an_account(centre, "Sans Carte"), an_account(centre, "Rien Dû")
    an_invoice(owes, person=owes.account.owner)
    page = text(desk.get(run_at(a_draft(centre, desk.user, [owes, nobody]), query="show=excluded")))
    assert "No authorized payment method" in page
    assert "Nothing due" in page
    assert "No payment can be taken from this list." in page


def test_a_draft_says_whose_permission_ended_since(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 3))
    assert "left out now" not in text(desk.get(run_at(run)))
    authorizing.withdraw(authorization=run.lines.first().authorization, by=desk.user, now=NOW)
    assert "1 payment of this list would be left out now" in text(desk.get(run_at(run)))


def test_lines_to_check_say_why(centre, desk):
    run = a_draft(centre, desk.user, [*payers(centre, 3), a_payer(centre, "Gros Montant", cents=60_000)])
    page = text(desk.get(run_at(run, query="show=flagged")))
    assert "Unusually high amount" in page
    assert "Montant, Gros" in page
    assert "N001" not in page


def test_a_line_is_removed_and_put_back(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 2))
    line = run.lines.first()
    desk.post(run_at(run, "line", line.pk), {"do": "remove"})
    line.refresh_from_db()
    assert (line.state, line.reason) == ("excluded", "removed")
    assert "Removed by you" in text(desk.get(run_at(run, query="show=excluded")))
    desk.post(run_at(run, "line", line.pk), {"do": "put_back"})
    line.refresh_from_db()
    assert line.state == "included"


def test_one_payment_per_account_instead_of_per_person(centre, desk):
    client = a_payer(centre)
    child = a_person(client.account, "Léa Roy")
    an_invoice(client, 1_500, person=child)
    run = a_charge_draft(centre, [client.account.owner, child], desk.user)
    answer = desk.post(run_at(run, "choices"), {**CHOSEN, "per": "account"})
    assert (answer.status_code, answer.url) == (303, run_at(run))
    page = text(desk.get(run_at(run)))
    assert "Charge $35.00…" in page
    assert "Person <small>2</small>" in page
    assert "Account <small>1</small>" in page


def test_the_note_is_kept_without_redrawing_the_page(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 1))
    answer = desk.post(run_at(run, "choices"), {**CHOSEN, "note": "Session d’automne"}, headers=HTMX)
    assert (answer.status_code, "HX-Refresh" in answer.headers) == (204, False)
    run.refresh_from_db()
    assert (run.note, run.options["reconcile"]) == ("Session d’automne", True)
    answer = desk.post(run_at(run, "choices"), {**CHOSEN, "which": "overdue"}, headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("asked", ["Tremblay", "tremb", "F-{number}"])
def test_lines_are_found_by_name_and_by_invoice(centre, desk, asked):
    wanted, other = a_payer(centre, "Zoé Tremblay"), a_payer(centre, "Paul Côté")
    run = a_draft(centre, desk.user, [wanted, other])
    query = asked.format(number=f"{wanted.invoices.get().number:05d}")
    page = text(desk.get(run_at(run, query=f"q={query}"), headers={**HTMX, "HX-Target": "list"}))
    assert "Tremblay, Zoé" in page
    assert "Côté, Paul" not in page
    assert "<html" not in page


def test_w18_a_page_costs_the_same_for_sixty_lines_as_for_one(centre, desk):
    one, many = a_draft(centre, desk.user, payers(centre, 1)), a_draft(centre, desk.user, payers(centre, 60))
    assert cost(desk, run_at(many)) == cost(desk, run_at(one)) <= 25


def test_mc_p4_w2_who_joined_the_filter_since_is_said(centre, desk):
    selection = a_selection(centre, desk.user, [])
    selection.mode, selection.query = "query", "balance=owes"
    selection.save()
    client = a_payer(centre)
    frozen = selections.freeze(selection=selection)
    run = a_draft(centre, desk.user, [client])
    type(run).objects.filter(pk=run.pk).update(selection=frozen)
    assert "joined" not in text(desk.get(run_at(run, "joined")))
    a_payer(centre, "Arrivé Après")
    assert "1 person joined this filter after you selected it." in text(desk.get(run_at(run, "joined")))


def test_another_organizations_run_is_not_there(centre, desk):
    elsewhere = an_organization()
    theirs = a_draft(elsewhere, signed_in("finance", elsewhere).user, payers(elsewhere, 1))
    line = theirs.lines.get()
    here = lambda part, *args: at(centre, f"mass-charge{part}", theirs.pk, *args)  # noqa: E731
    assert desk.get(here("")).status_code == 404
    assert desk.post(here("-line", line.pk), {"do": "remove"}).status_code == 404
    assert desk.post(here("-confirmation"), {"token": "1-2000"}).status_code == 404
    line.refresh_from_db()
    assert (line.state, Payment.objects.count()) == ("included", 0)


def test_a_draft_is_for_those_who_may_charge(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 1))
    assert signed_in("auditor", centre).get(run_at(run)).status_code == 403
    assert signed_in("front_desk", centre).post(run_at(run, "discard")).status_code == 403
    run.refresh_from_db()
    assert run.state == "draft"


def test_a_draft_thrown_away_is_no_longer_listed(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 1))
    answer = desk.post(run_at(run, "discard"))
    assert answer.url == at(centre, "mass-charges")
    assert run.display_number not in text(desk.get(answer.url))
    assert desk.get(run_at(run)).url == at(centre, "mass-charges")


def test_the_review_reads_in_french(centre):
    desk = signed_in("finance", centre, language="fr")
    page = text(desk.get(run_at(a_draft(centre, desk.user, payers(centre, 2)))))
    for words in (
        "Vérifier la facturation de masse",
        "À prélever",
        "Prélever 40,00\N{NO-BREAK SPACE}$…",
        "Un paiement par",
    ):
        assert words in page


def test_mc_p1_an_amount_left_blank_is_asked_for_and_the_draft_stays(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 2))
    for more in ({"which": "fixed"}, {"capped": "on"}):
        for headers, sign in ((HTMX, 'id="choices"'), ({}, "Review the mass charge")):
            answer = desk.post(run_at(run, "choices"), {**CHOSEN, **more}, headers=headers)
            assert (answer.status_code, sign in answer.content.decode()) == (422, True)
            assert "Enter an amount." in answer.content.decode()
    assert run.lines.filter(amount=2_000, state="included").count() == 2


def test_mc_p1_the_same_amount_for_each_is_shown_with_who_owes_less(centre, desk):
    run = a_draft(centre, desk.user, [*payers(centre, 2), a_payer(centre, "Petite Dette", cents=500)])
    desk.post(run_at(run, "choices"), {**CHOSEN, "which": "fixed", "amount": "15.00"})
    page = text(desk.get(run_at(run, query="show=excluded")))
    assert "$15.00 each, on 2 invoices" in page
    assert "Charge $30.00…" in page
    assert "Owes less than this amount" in page
    assert "Charge what is due instead of the same amount." in page


def test_mc_p1_the_invoices_of_a_bulk_invoice_are_chosen_on_the_review(centre, desk):
    client = a_payer(centre)
    source = an_invoice_run(centre, [client.account.owner], desk.user, cents=700)
    run = a_draft(centre, desk.user, [client])
    assert source.display_number in text(desk.get(run_at(run)))
    desk.post(run_at(run, "choices"), {**CHOSEN, "which": "run", "source": source.pk})
    assert f"1 invoice of {source.display_number}" in text(desk.get(run_at(run)))


def test_mc_3_s34_the_review_explains_people_and_accounts(centre, desk):
    client = a_payer(centre)
    child = a_person(client.account, "Léa Roy")
    an_invoice(client, 1_500, person=child)
    page = text(desk.get(run_at(a_charge_draft(centre, [client.account.owner, child], desk.user))))
    assert "1 account has several people in this list." in page
    assert "Per person: 2 payments, $35.00." in page
    assert "Per account: 1 payment, $35.00." in page


def test_announced_to_everyone_the_last_question_says_when(centre, desk):
    run = a_draft(centre, desk.user, payers(centre, 2), notice_days=7)
    for address in (run_at(run), run_at(run, "confirmation")):
        assert "2 payments are announced by email when you confirm, and taken on" in text(desk.get(address))
