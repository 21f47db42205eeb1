import pytest

from tests.builders import a_user
from tests.smartrec.pages import browser_of, soup

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.smartrec.a_room")]


def language_of(response) -> str:
    return soup(response).find("html")["lang"]


def test_french_when_nobody_says_otherwise(client):
    assert language_of(client.get("/sign-in/")) == "fr-CA"


@pytest.mark.parametrize(
    ("asked", "spoken"), [("en-GB,en;q=0.9", "en-CA"), ("de,en;q=0.5", "en-CA"), ("de", "fr-CA"), ("fr-FR", "fr-CA")]
)
def test_the_browser_is_listened_to(client, asked, spoken):
    response = client.get("/sign-in/", headers={"Accept-Language": asked})

    assert language_of(response) == spoken
    assert "Accept-Language" in response["Vary"]


def test_a_link_names_the_language_once_and_for_the_visits_after(client):
    english = client.get("/sign-in/?lang=en")

    assert language_of(english) == "en-CA"
    assert language_of(client.get("/sign-in/", headers={"Accept-Language": "fr"})) == "en-CA"
    assert language_of(client.get("/sign-in/?lang=xx")) == "en-CA"


def test_what_someone_chose_wins_over_their_browser_but_not_over_the_link():
    browser = browser_of(a_user(language="en"))

    assert language_of(browser.get("/me/", headers={"Accept-Language": "fr"})) == "en-CA"
    assert language_of(browser.get("/me/?lang=fr")) == "fr-CA"


def test_the_switch_remembers_and_comes_back_to_the_same_page():
    user = a_user(language="en")
    browser = browser_of(user)

    response = browser.post("/i18n/", {"language": "fr", "next": "/me/?tab=2"})
    user.refresh_from_db()

    assert (response.status_code, response["Location"]) == (303, "/me/?tab=2")
    assert user.language == "fr"
    assert language_of(browser.get("/me/")) == "fr-CA"


def test_the_switch_does_not_lead_elsewhere(client):
    assert client.post("/i18n/", {"language": "en", "next": "https://elsewhere.example/"})["Location"] == "/"


def test_the_switch_is_named_in_the_language_it_leads_to(client):
    button = soup(client.get("/sign-in/?lang=fr")).find("button", "lang")

    assert button["lang"] == "en"
    assert button.text.startswith("Switch to English")
