"""Selecting across pages: the server keeps it, and says what it means at any moment."""

import datetime as dt

import pytest
from django.utils import translation

from accounts.models import Selection
from accounts.services import selections
from smartrec.errors import Refused
from tests.builders import NOW, a_person, an_account, an_opening_balance, an_organization, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(centre):
    return staff("finance", centre)


@pytest.fixture
def people(centre):
    """Five households of one, by name: A, B, C, D, E; the first three owe."""
    clients = [an_account(centre, f"{letter} Roy") for letter in "ABCDE"]
    for client in clients[:3]:
        an_opening_balance(client, 1_000)
    return [client.account.owner.pk for client in clients]


def whose(centre, clerk, query="", noun="people", now=None):
    return {"organization": centre, "by": clerk, "noun": noun, "query": query, "now": now or dt.datetime.now(dt.UTC)}


def members(selection) -> list[int]:
    return sorted(selections.resolve(selection=selection).values_list("pk", flat=True))


def test_ticked_rows_are_selected_and_unticked_ones_are_not(centre, clerk, people):
    a, b, c, *_ = people

    selections.set_page(**whose(centre, clerk), page_ids=[a, b, c], ticked_ids=[a, c])
    chosen = selections.set_page(**whose(centre, clerk), page_ids=[a, b, c], ticked_ids=[b, c])

    assert members(chosen) == [b, c]
    assert Selection.objects.count() == 1


def test_the_pages_one_does_not_see_keep_theirs(centre, clerk, people):
    a, b, c, d = people[:4]

    selections.set_page(**whose(centre, clerk), page_ids=[a, b], ticked_ids=[a])
    chosen = selections.set_page(**whose(centre, clerk), page_ids=[c, d], ticked_ids=[d])

    assert members(chosen) == [a, d]


def test_select_all_means_every_row_the_filters_match_today(centre, clerk, people):
    chosen = selections.select_all(**whose(centre, clerk, "balance=owes"))
    assert members(chosen) == people[:3]

    late = an_account(centre, "Z Roy")
    an_opening_balance(late, 500)

    assert members(chosen) == [*people[:3], late.account.owner.pk]


def test_unticking_under_select_all_excludes_and_ticking_takes_back(centre, clerk, people):
    a, b, c, *_ = people
    selections.select_all(**whose(centre, clerk, "balance=owes"))

    without = selections.set_page(**whose(centre, clerk, "balance=owes"), page_ids=[a, b, c], ticked_ids=[a])
    assert (members(without), without.excluded_ids) == ([a], [b, c])

    back = selections.set_page(**whose(centre, clerk, "balance=owes"), page_ids=[a, b, c], ticked_ids=[a, b])
    assert members(back) == [a, b]


def test_this_page_only_keeps_the_page_less_what_was_excluded(centre, clerk, people):
    a, b = people[:2]
    selections.select_all(**whose(centre, clerk, "balance=owes"))
    selections.set_page(**whose(centre, clerk, "balance=owes"), page_ids=[a, b], ticked_ids=[b])

    chosen = selections.keep_page(**whose(centre, clerk, "balance=owes"), page_ids=[a, b])

    assert (chosen.mode, members(chosen)) == ("ids", [b])


def test_a_tick_under_other_filters_starts_over_after_select_all(centre, clerk, people):
    selections.select_all(**whose(centre, clerk, "balance=owes"))

    chosen = selections.set_page(**whose(centre, clerk, "balance=zero"), page_ids=people[3:], ticked_ids=people[3:4])

    assert (chosen.mode, members(chosen)) == ("ids", people[3:4])


def test_frozen_members_never_change_and_newcomers_are_counted(centre, clerk, people):
    live = selections.select_all(**whose(centre, clerk, "balance=owes"))
    frozen = selections.freeze(selection=live)
    for name in ("Y Roy", "Z Roy"):
        an_opening_balance(an_account(centre, name), 500)

    assert members(frozen) == frozen.frozen_ids == people[:3]
    assert selections.joined_since(selection=frozen) == 2
    assert selections.size(selection=live) == 5


def test_freezing_leaves_the_live_selection_as_it_was(centre, clerk, people):
    live = selections.set_page(**whose(centre, clerk), page_ids=people, ticked_ids=people[:2])

    frozen = selections.freeze(selection=live)
    selections.set_page(**whose(centre, clerk), page_ids=people, ticked_ids=[])

    assert frozen.pk != live.pk
    assert members(frozen) == people[:2]
    assert members(Selection.objects.get(pk=live.pk)) == []


@pytest.mark.parametrize("every", [False, True], ids=["ticked", "all results"])
def test_what_was_done_for_a_selection_is_not_ticked_any_more(centre, clerk, people, every):
    mine = whose(centre, clerk)
    live = selections.select_all(**mine) if every else selections.set_page(**mine, page_ids=people, ticked_ids=people)
    frozen = selections.freeze(selection=live)
    selections.used(selection=frozen)
    assert members(frozen) == people
    assert not Selection.objects.filter(pk=live.pk).exists()


def test_ticks_changed_since_the_review_began_stay(centre, clerk, people):
    live = selections.set_page(**whose(centre, clerk), page_ids=people, ticked_ids=people[:2])
    frozen = selections.freeze(selection=live)
    selections.set_page(**whose(centre, clerk), page_ids=people, ticked_ids=people[2:])
    selections.used(selection=frozen)
    assert members(Selection.objects.get(pk=live.pk)) == people[2:]


def test_an_archived_client_leaves_every_selection(centre, clerk, people):
    live = selections.select_all(**whose(centre, clerk))
    frozen = selections.freeze(selection=live)
    centre.clients.filter(account__owner=people[0]).update(archived_at=NOW)

    assert members(live) == members(frozen) == people[1:]


def test_rows_of_another_organization_cannot_be_ticked(centre, clerk, people):
    stranger = an_account(an_organization(), "Zoé Caron").account.owner.pk

    ids = [people[0], stranger]
    chosen = selections.set_page(**whose(centre, clerk), page_ids=ids, ticked_ids=ids)

    assert chosen.ids == people[:1]


def test_a_selection_is_one_person_s_own(centre, clerk, people):
    selections.set_page(**whose(centre, clerk), page_ids=people, ticked_ids=people)
    colleague = staff("finance", centre)

    assert selections.live(organization=centre, by=colleague, noun="people", now=dt.datetime.now(dt.UTC)) is None


def test_a_selection_expires_after_a_day(centre, clerk, people):
    selections.set_page(**whose(centre, clerk), page_ids=people, ticked_ids=people)
    mine = {"organization": centre, "by": clerk, "noun": "people"}
    now = dt.datetime.now(dt.UTC)

    assert selections.live(**mine, now=now + dt.timedelta(hours=23)) is not None
    assert selections.live(**mine, now=now + dt.timedelta(hours=24, minutes=1)) is None


def test_accounts_are_kept_by_account_and_people_by_person(centre, clerk):
    client = an_account(centre, "Léa Roy")
    a_person(client.account, "Zoé Roy")
    people = selections.select_all(**whose(centre, clerk))
    accounts = selections.select_all(**whose(centre, clerk, noun="accounts"))

    assert selections.freeze(selection=accounts).frozen_ids == [client.account_id]
    assert selections.size(selection=people) == 2
    rows = selections.resolve(selection=people)
    assert list(selections.accounts_of(rows=rows, organization=centre)) == [client]


def test_too_many_is_refused_in_words_and_selects_nothing(centre, clerk, people, settings):
    settings.SELECTION_LIMIT = 4

    with (
        translation.override("en"),
        pytest.raises(Refused, match=r"You can select up to 4 people at a time\. Narrow the filters\."),
    ):
        selections.select_all(**whose(centre, clerk))

    assert not Selection.objects.exists()


def test_filters_that_make_no_sense_select_no_one(centre, clerk, people):
    chosen = selections.select_all(**whose(centre, clerk, "balance=owes&activity=not-a-number"))

    assert members(chosen) == []


def test_a_question_the_role_may_not_ask_any_more_selects_no_one(centre, people):
    """Leaving the question out would select more people than were meant."""
    clerk = staff("finance", centre)
    chosen = selections.select_all(**whose(centre, clerk, "balance=owes"))
    clerk.staff_memberships.update(role="auditor")
    chosen.query = "balance=owes&unknown=yes"

    assert members(chosen) == []
