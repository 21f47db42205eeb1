"""The selection bar's words in both languages, state by state."""

import pytest
from django.utils import translation

from accounts.models import Client, Person, Selection
from accounts.views.bar import SelectionBar
from tests.builders import an_account, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def everyone(centre):
    """Thirty people in thirty accounts."""
    return [an_account(centre, f"P{number:02} Roy") for number in range(30)]


@pytest.fixture
def a_bar(centre, everyone):
    """A bar over the first 25 of 30 rows; `ids` ticked, or everything less `out`."""
    clerk = staff("finance", centre)

    def of(noun, *, ids=(), out=None, matching=30):
        rows = {"people": Person.objects.with_client(centre), "accounts": Client.objects.for_organization(centre)}[noun]
        key = {"people": "pk", "accounts": "account_id"}[noun]
        keys = [c.account_id if noun == "accounts" else c.account.owner.pk for c in everyone]
        selection = Selection.objects.create(
            organization=centre,
            created_by=clerk,
            noun=noun,
            mode="ids" if out is None else "query",
            ids=keys[slice(*ids)] if ids else [],
            excluded_ids=keys[: out or 0],
        )
        bar = SelectionBar(selection, matching=rows.filter(**{f"{key}__in": keys[-matching:]}), key=key)
        bar.beside(keys[-matching:][:25], "30", has_more=True)
        return bar

    return of


STATES = {
    "some": ({"ids": (0, 3)}, "3 selected", "", "3 sélectionnées", ""),
    "one": ({"ids": (0, 1)}, "1 selected", "", "1 sélectionnée", ""),
    "page": (
        {"ids": (0, 25)},
        "25 selected",
        "All on this page. [Select all 30 matching the filters]",
        "25 sélectionnées",
        "Toutes sur cette page. [Sélectionner les 30 qui correspondent aux filtres]",
    ),
    "all": (
        {"out": 0},
        "30 selected",
        "All pages. 30 accounts. [This page only (25)]",
        "30 sélectionnées",
        "Toutes les pages. 30 comptes. [Seulement cette page (25)]",
    ),
    "all but two": (
        {"out": 2},
        "28 selected",
        "All pages, 2 excluded. 28 accounts. [This page only (23)]",
        "28 sélectionnées",
        "Toutes les pages, 2 exclues. 28 comptes. [Seulement cette page (23)]",
    ),
    "elsewhere": (
        {"ids": (0, 12), "matching": 21},
        "12 selected",
        "9 are not in this list. [Show the 12]",
        "12 sélectionnées",
        "9 ne sont pas dans cette liste. [Voir les 12]",
    ),
}


def said(bar) -> tuple[str, str]:
    *choices, last = bar.choices
    assert last[0] == "clear"
    return bar.text, " ".join(filter(None, [bar.note, *(f"[{label}]" for _do, label in choices)]))


@pytest.mark.parametrize("state", STATES)
def test_people_in_both_languages(a_bar, state):
    chosen, text_en, note_en, text_fr, note_fr = STATES[state]
    bar = a_bar("people", **chosen)

    with translation.override("en"):
        assert said(bar) == (text_en, note_en)
    with translation.override("fr"):
        assert said(bar) == (text_fr, note_fr)


def test_accounts_are_masculine_in_french(a_bar):
    bar = a_bar("accounts", out=2)

    with translation.override("fr"):
        assert said(bar) == (
            "28 sélectionnés",
            "Toutes les pages, 2 exclus. Un paiement par compte. [Seulement cette page (23)]",
        )
        assert bar.heading == "Pour 28 comptes"


def test_the_menu_repeats_the_number(a_bar):
    bar = a_bar("people", out=0)

    with translation.override("en"):
        assert (bar.heading, dict(bar.choices)["clear"]) == ("For 30 people", "Clear selection")
    with translation.override("fr"):
        assert (bar.heading, dict(bar.choices)["clear"]) == ("Pour 30 personnes", "Tout désélectionner")
