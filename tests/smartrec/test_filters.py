from types import SimpleNamespace

import django_filters
import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import translation

from accounts.models import Client
from smartrec import chips, filters
from tests.builders import an_account, an_opening_balance, an_organization
from tests.smartrec.a_room import HouseholdFilters


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setattr(filters, "_extensions", {})
    filters._filterset_class.cache_clear()
    with translation.override("en"):
        yield


def asked(query: str, base=HouseholdFilters, rows=None) -> filters.FilterSet:
    request = RequestFactory().get(f"/?{query}")
    return base(data=request.GET, queryset=Client.objects.none() if rows is None else rows, request=request)


def chips_of(query: str) -> list[chips.Chip]:
    filterset = asked(query)
    return chips.chips(filterset, filterset.request)


def test_a_list_without_filters_has_no_chip():
    assert chips_of("q=tremblay&sort=-balance&page=3") == []


def test_each_active_filter_is_a_chip_in_words():
    shown = [(chip.label, chip.value) for chip in chips_of("card=yes&balance_min=0,50&balance_max=10")]

    assert shown == [("Saved card", "Yes"), ("Balance", "$0.50 to $10.00")]


def test_one_bound_is_said_as_such():
    assert [chip.value for chip in chips_of("balance_min=5")] == ["$5.00 or more"]
    assert [chip.value for chip in chips_of("joined_max=2026-11-21")] == ["2026‑11‑21 or less"]


def test_removing_a_chip_keeps_the_rest_and_goes_back_to_the_first_page():
    (card, balance) = chips_of("q=a&card=yes&balance_min=5&balance_max=9&page=4&sort=owner")

    assert QueryDict(card.remove_url[1:]).dict() == {"q": "a", "balance_min": "5", "balance_max": "9", "sort": "owner"}
    assert QueryDict(balance.remove_url[1:]).dict() == {"q": "a", "card": "yes", "sort": "owner"}


def test_clearing_all_keeps_only_the_sort():
    filterset = asked("q=a&card=yes&balance_min=5&page=4&sort=owner&view=3")

    assert chips.clear_url(filterset, filterset.request) == "?sort=owner"


def test_an_answer_that_makes_no_sense_is_no_chip_but_stays_in_the_form():
    filterset = asked("balance_min=lots&card=yes")
    shown = chips.chips(filterset, filterset.request)

    assert [chip.name for chip in shown] == ["card"]
    left = {field.name: field for field in chips.remaining(filterset, shown)}
    assert left["balance"].errors


def test_more_than_three_choices_are_counted():
    class Sizes(filters.FilterSet):
        size = django_filters.MultipleChoiceFilter(choices=[(n, f"Size {n}") for n in "abcde"], label="Size")

    few, many = asked("size=a&size=b", Sizes), asked("size=a&size=b&size=c&size=d", Sizes)

    assert chips.chips(few, few.request)[0].value == "Size a, Size b"
    assert chips.chips(many, many.request)[0].value == "4 selected"


@pytest.mark.django_db
def test_filters_narrow_the_rows():
    centre = an_organization()
    owing, quiet = an_account(centre, "Léa Roy"), an_account(centre, "Zoé Caron")
    an_opening_balance(owing, 5_000)
    rows = Client.objects.for_organization(centre)

    assert list(asked("balance_min=50", rows=rows).qs) == [owing]
    assert list(asked("balance_max=49,99", rows=rows).qs) == [quiet]
    assert list(asked("q=zoe", rows=rows).qs) == [quiet]
    assert set(asked("card=yes", rows=rows).qs) == set()
    assert set(asked("card=no", rows=rows).qs) == {owing, quiet}


# --- what rooms above add ---------------------------------------------------------------------------
def staff_may(*permissions: str):
    return lambda name: name in permissions


def extend_people() -> None:
    filters.extend(
        "people",
        filters={"owing": filters.YesNoFilter(field_name="owing", label="Owes")},
        annotate=lambda rows, organization: [*rows, organization],
        actions=[
            filters.Action("Tag", "tag", "tag", "clients.edit", order=90),
            filters.Action("Charge", "charge", "credit-card-pay", "charges.mass", order=10, prominent=True),
        ],
        permission="invoices.view",
    )


def test_an_extension_adds_filters_for_those_who_may():
    extend_people()

    allowed = filters.filterset_for("people", HouseholdFilters, staff_may("invoices.view"))
    refused = filters.filterset_for("people", HouseholdFilters, staff_may("clients.view"))

    assert "owing" in allowed.base_filters
    assert "owing" not in refused.base_filters
    assert "owing" not in HouseholdFilters.base_filters


def test_actions_come_in_order_and_only_those_the_role_has():
    extend_people()

    every = filters.actions_for("people", staff_may("invoices.view", "clients.edit", "charges.mass"))
    some = filters.actions_for("people", staff_may("invoices.view", "clients.edit"))

    assert [str(action.label) for action in every] == ["Charge", "Tag"]
    assert [str(action.label) for action in some] == ["Tag"]
    assert filters.actions_for("people", staff_may("clients.edit")) == []


@pytest.mark.django_db
def test_a_question_is_asked_over_annotated_rows():
    centre = an_organization()
    filters.extend("people", annotate=lambda rows, organization: rows.filter(organization=organization))
    here, _elsewhere = an_account(centre), an_account(an_organization())
    request = SimpleNamespace(GET=QueryDict(""), organization=centre)

    assert list(filters.ask("people", filters.FilterSet, Client.objects.all(), request, can=staff_may()).qs) == [here]
    assert filters.ask("other", filters.FilterSet, Client.objects.all(), request, can=staff_may()).qs.count() == 2


def test_a_misspelt_permission_does_not_start():
    with pytest.raises(LookupError):
        filters.extend("people", permission="invoices.veiw")
    with pytest.raises(LookupError):
        filters.Action("Tag", "tag", "tag", "clients.edti")
