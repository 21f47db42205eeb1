import logging

import pytest
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import translation

from smartrec import errors
from tests.builders import an_organization, staff
from tests.smartrec.pages import browser_of, soup

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.smartrec.a_room")]


def answered(view, **attributes):
    """An error page, for a request on which only so much is known."""
    request = RequestFactory().get("/x")
    request.META["CSRF_COOKIE"] = "x" * 32
    for name, value in attributes.items():
        setattr(request, name, value)
    with translation.override("en"):
        return view(request)


def test_a_page_that_does_not_exist_says_where_to_go(client):
    response = client.get("/nowhere", headers={"Accept-Language": "en"})

    assert response.status_code == 404
    assert soup(response).find("h1").text == "This page does not exist or was moved."
    assert soup(response).find("main").find("a")["href"] == "/"


def test_in_french_too(client):
    assert soup(client.get("/nowhere")).find("html")["lang"] == "fr-CA"


def test_inside_an_organization_the_menu_stays():
    centre = an_organization("les-erables")
    response = browser_of(staff("coordinator", centre)).get("/o/les-erables/accounts/999/")

    assert response.status_code == 404
    assert soup(response).find("nav", "side")


def test_a_broken_page_asks_nothing_of_the_database(django_assert_num_queries, caplog):
    with django_assert_num_queries(0), caplog.at_level(logging.ERROR):
        response = answered(errors.server_error)

    reference = soup(response).find("p", "ref").text.split()[-1]
    assert response.status_code == 500
    assert [record.reference for record in caplog.records if record.message == "server_error"] == [reference]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("none", "No payment was taken."), ("unknown", "Do not pay again."), ("", "Try again in a moment.")],
)
def test_a_broken_page_says_what_is_known_of_the_money(outcome, said):
    page = soup(answered(errors.server_error, payment_outcome=outcome))

    assert [
        words in page.text for words in ("No payment was taken.", "Do not pay again.", "Try again in a moment.")
    ].count(True) == 1
    assert said in page.text


def test_a_form_from_nowhere_is_refused_in_words():
    browser = Browser(enforce_csrf_checks=True)
    response = browser.post("/i18n/", {"language": "en"}, headers={"Accept-Language": "en"})

    assert response.status_code == 403
    assert soup(response).find("h1").text == "This form has expired. Nothing was sent."


def test_too_many_tries_say_how_long_to_wait():
    response = answered(lambda request: errors.too_many(request, errors.TooMany(2)))

    assert response.status_code == 429
    assert response["Retry-After"] == "120"
    assert "Wait 2 minutes." in soup(response).text


def test_an_expired_link_offers_another():
    response = answered(lambda request: errors.gone(request, errors.Expired("/again")))

    assert response.status_code == 410
    assert soup(response).find("main").find("a", "btn-primary")["href"] == "/again"


@pytest.mark.parametrize("view", [errors.bad_request, errors.unavailable])
def test_the_other_pages_have_one_heading(view):
    assert len(soup(answered(view)).find_all("h1")) == 1


def test_a_missing_permission_knows_who_has_it():
    with translation.override("en"):
        assert errors.RoleNeeded("charges.mass").role_name == "Finance administrator"
    with pytest.raises(LookupError):
        errors.RoleNeeded("charges.msas")
