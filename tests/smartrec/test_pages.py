import pytest
from django.urls import reverse

from accounts.models import Account
from tests.builders import a_user, an_account, an_organization, staff
from tests.smartrec.pages import browser_of, soup

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.smartrec.a_room")]
PAY = "/o/les-erables/pay/"
PICK = "/o/les-erables/pick/"
FRAGMENT = {"HX-Request": "true", "HX-Current-URL": "http://testserver/o/les-erables/people/?page=2"}


@pytest.fixture
def centre():
    return an_organization("les-erables", name="Les Érables")


@pytest.fixture
def desk(centre):
    return browser_of(staff("front_desk", centre))


# --- who may come in --------------------------------------------------------------------------------
def test_someone_unknown_signs_in_and_comes_back(client, centre):
    response = client.get("/o/les-erables/people/?page=2")

    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/o/les-erables/people/%3Fpage%3D2"


def test_a_fragment_of_an_expired_session_sends_the_window_to_sign_in(client, centre):
    response = client.get("/o/les-erables/people/?page=2", headers=FRAGMENT)

    assert response.status_code == 204
    assert response["HX-Redirect"] == "/sign-in/?next=/o/les-erables/people/%3Fpage%3D2"


def test_another_organization_does_not_exist(desk):
    an_organization("ailleurs")

    assert desk.get("/o/ailleurs/people/").status_code == 404
    assert desk.get("/o/nulle-part/people/").status_code == 404


def test_a_disabled_administrator_is_nobody(centre):
    user = staff("owner", centre)
    user.staff_memberships.update(is_active=False)

    assert browser_of(user).get("/o/les-erables/people/").status_code == 404


def test_a_role_without_the_permission_is_told_which_one_has_it(desk):
    response = desk.get("/o/les-erables/settings/")

    assert response.status_code == 403
    assert "It needs the role “Owner”." in soup(response).text
    assert soup(response).find("nav", "side")


def test_a_thing_of_another_organization_does_not_exist(centre, desk):
    here, elsewhere = an_account(centre), an_account(an_organization())

    assert desk.get(reverse("account", args=["les-erables", here.pk])).status_code == 200
    assert desk.get(reverse("account", args=["les-erables", elsewhere.pk])).status_code == 404


def test_pages_of_the_back_office_are_not_kept_by_the_browser(desk):
    response = desk.get("/o/les-erables/people/")

    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


def test_the_portal_is_for_account_holders(centre, desk):
    user = a_user()
    Account.objects.create(user=user)

    assert browser_of(user).get("/my/").status_code == 200
    assert desk.get("/my/").status_code == 404


# --- forms ------------------------------------------------------------------------------------------
def test_a_form_that_is_right_leads_to_its_result_with_a_banner(desk):
    response = desk.post(PAY, {"amount": "62,00"})

    assert response.status_code == 303
    assert response["Location"] == "/o/les-erables/people/"
    assert soup(desk.get(response["Location"])).find("div", id="banners").text == "Took 6200."


def test_a_form_that_is_wrong_says_so_first_and_in_the_title(desk):
    response = desk.post(PAY, {"amount": "1"})
    page = soup(response)

    assert response.status_code == 422
    assert page.find("title").text.startswith("Error: ")
    assert page.find("div", "errors").find("a")["href"] == "#id_amount"
    assert page.find("input", name="amount")["aria-invalid"] == "true"


def test_a_fragment_of_a_wrong_form_is_the_form_alone(desk):
    response = desk.post(PAY, {"amount": "1"}, headers={"HX-Request": "true"})

    assert response.status_code == 422
    assert response.content.decode().startswith("<form")


def test_a_fragment_of_a_right_form_moves_the_window(desk):
    response = desk.post(PAY, {"amount": "62,00"}, headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert response["HX-Redirect"] == "/o/les-erables/people/"


def test_a_refusal_is_shown_above_the_form_and_keeps_what_was_typed(desk):
    page = soup(desk.post(PAY, {"amount": "6,66"}))

    assert "This card is expired." in page.find("div", "errors").text
    assert page.find("input", name="amount")["value"] == "6,66"


def test_a_crash_after_the_money_may_have_moved_says_not_to_pay_again(desk):
    response = desk.post(PAY, {"amount": "9,99"})

    assert response.status_code == 500
    assert "Do not pay again." in soup(response).text
    assert soup(response).find("p", "ref").text.startswith("Reference ")


# --- commands ---------------------------------------------------------------------------------------
def test_a_command_is_never_a_link(desk):
    assert desk.get(PICK).status_code == 405


def test_a_command_done_goes_to_its_result(desk):
    response = desk.post(PICK, {"row": "1"})

    assert (response.status_code, response["Location"]) == (303, "/o/les-erables/people/")


def test_a_command_refused_goes_back_with_the_reason(desk):
    response = desk.post(PICK, {"row": "0"}, headers={"Referer": "http://testserver/o/les-erables/?x=1"})

    assert response["Location"] == "http://testserver/o/les-erables/?x=1"
    assert soup(desk.get("/o/les-erables/")).find("div", id="alerts").text == "No such row."


def test_a_command_never_goes_back_to_another_site(desk):
    response = desk.post(PICK, {"row": "0", "next": "https://elsewhere.example/"})

    assert response["Location"] == "/o/les-erables/people/"


def test_a_conflict_shows_the_way_to_the_new_version(desk):
    response = desk.post(PICK, {"row": "409"})

    assert response.status_code == 409
    assert soup(response).find("main").find("a")["href"] == "/new"


# --- oneself ----------------------------------------------------------------------------------------
def test_preferences_are_remembered(centre):
    user = staff("auditor", centre)
    browser = browser_of(user)

    response = browser.post("/me/", {"language": "fr", "theme": "dark", "page_size": "100"})
    user.refresh_from_db()

    assert response.status_code == 303
    assert (user.language, user.theme, user.page_size) == ("fr", "dark", 100)
    page = soup(browser.get("/o/les-erables/"))
    assert page.find("html")["data-bs-theme"] == "dark"
    assert page.find("body")["data-shortcuts"] == "off"
