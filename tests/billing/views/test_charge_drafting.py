"""From a selection to the draft of a mass charge: a GET never writes, and what was selected is frozen."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Selection
from billing.models import MassRun, Payment
from tests.billing.views.ways import a_payer, a_selection, at, payers, run_at, signed_in
from tests.builders import an_account, an_organization

pytestmark = pytest.mark.django_db
CHOICES = {"per": "person", "which": "balance", "order": "default", "note": "Solde", "reconcile": "on"}


def draft_from(desk, centre, selection, **choices):
    return desk.post(at(centre, "mass-charge-new"), {"selection": selection.pk, **CHOICES, **choices})


def test_opening_the_page_drafts_nothing(centre, desk):
    people = [client.account.owner for client in payers(centre, 2)]
    selection = a_selection(centre, desk.user, people)
    page = desk.get(at(centre, "mass-charge-new", query=f"selection={selection.pk}"))
    assert (page.status_code, MassRun.objects.count()) == (200, 0)
    assert "For 2 people" in page.content.decode()


def test_mc_p4_w2_the_post_freezes_the_selection_and_leads_to_the_review(centre, desk):
    people = [client.account.owner for client in payers(centre, 2)]
    answer = draft_from(desk, centre, a_selection(centre, desk.user, people))
    run = MassRun.objects.get()
    assert (answer.status_code, answer.url) == (303, run_at(run))
    assert (run.state, run.lines.count(), run.note) == ("draft", 2, "Solde")
    assert sorted(run.selection.frozen_ids) == sorted(person.pk for person in people)
    assert run.options["email_receipt"] is False
    assert Payment.objects.count() == 0


def test_per_account_can_be_chosen_for_people(centre, desk):
    client = a_payer(centre)
    child = an_account(centre, "Paul Roy").account.owner
    draft_from(desk, centre, a_selection(centre, desk.user, [client.account.owner, child]), per="account")
    run = MassRun.objects.get()
    assert (run.per, run.lines.filter(person=None).count()) == ("account", 2)
    assert run.options["counts"] == {"person": 1, "account": 1}


def test_from_accounts_there_is_nothing_to_choose_between(centre, desk):
    selection = a_selection(centre, desk.user, [client.account for client in payers(centre, 2)], "accounts")
    page = desk.get(at(centre, "mass-charge-new", query=f"selection={selection.pk}")).content.decode()
    assert "For 2 accounts" in page
    assert 'name="per"' not in page
    draft_from(desk, centre, selection)
    assert MassRun.objects.get().per == "account"


def test_a_selection_of_someone_else_or_of_another_organization_is_not_there(centre, desk):
    person = a_payer(centre).account.owner
    colleague = signed_in("finance", centre).user
    elsewhere = an_organization()
    for selection in (a_selection(centre, colleague, [person]), a_selection(elsewhere, desk.user, [person])):
        answer = draft_from(desk, centre, selection)
        assert (answer.status_code, answer.url) == (303, at(centre, "people"))
    assert MassRun.objects.count() == 0


def test_a_selection_a_day_old_is_gone(centre, desk):
    selection = a_selection(centre, desk.user, [a_payer(centre).account.owner])
    Selection.objects.filter(pk=selection.pk).update(changed_at=timezone.now() - dt.timedelta(hours=25))
    answer = draft_from(desk, centre, selection)
    assert answer.url == at(centre, "people")
    assert "Nothing is selected any more" in desk.get(answer.url).content.decode()


def test_a_wrong_amount_is_told_and_nothing_drafted(centre, desk):
    selection = a_selection(centre, desk.user, [a_payer(centre).account.owner])
    answer = draft_from(desk, centre, selection, at_most="1,234")
    assert answer.status_code == 422
    assert "Write the cents" in answer.content.decode()
    assert MassRun.objects.count() == 0


@pytest.mark.parametrize("role", ["front_desk", "coordinator", "auditor"])
def test_only_finance_and_owners_may_draft(centre, role):
    desk = signed_in(role, centre)
    selection = a_selection(centre, desk.user, [a_payer(centre).account.owner])
    assert desk.get(at(centre, "mass-charge-new", query=f"selection={selection.pk}")).status_code == 403
    assert draft_from(desk, centre, selection).status_code == 403
    assert MassRun.objects.count() == 0


def test_mc_2_the_actions_stand_over_both_lists(centre, desk):
    selection = a_selection(centre, desk.user, [a_payer(centre).account.owner])
    people = desk.get(at(centre, "people")).content.decode()
    assert at(centre, "mass-charge-new", query=f"selection={selection.pk}") in people
    assert at(centre, "bulk-invoice-new", query=f"selection={selection.pk}") in people
