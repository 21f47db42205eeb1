"""The import screen: bring a file, see what it would do, say yes once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Client, Person
from registration.models import Upload
from registration.services import uploads
from tests.builders import NOW, an_organization, staff
from tests.smartrec.pages import shows

pytestmark = pytest.mark.django_db
GOOD = "Foyer;Rôle;Prénom;Nom;Courriel\nF-1;titulaire;Ève;Roy;eve@mail.example\nF-1;membre;Léa;Roy;\n"
BAD = GOOD + "F-2;titulaire;Ian;Kelly;nonsense\n"


@pytest.fixture
def organization():
    return an_organization("erables")


@pytest.fixture
def finance(client, organization):
    client.force_login(staff("finance", organization))
    return client


def url(name, *args):
    return reverse(name, args=["erables", *args])


def bring(client, text, name="clients.csv"):
    response = client.post(url("client-import"), {"file": SimpleUploadedFile(name, text.encode())})
    return response, Upload.objects.order_by("pk").last()


def test_bringing_a_file_changes_nothing_and_leads_to_its_review(finance):
    response, upload = bring(finance, GOOD)
    assert response.headers["Location"] == url("client-import-review", upload.pk)
    page = finance.get(response.headers["Location"]).content.decode()
    assert "Roy, Léa" in page
    assert "Import 2 rows" in page
    assert Client.objects.count() == 0


def test_saying_yes_imports_and_saying_it_again_does_not(finance, organization):
    _response, upload = bring(finance, GOOD)
    confirm = url("client-import-confirm", upload.pk)
    first = finance.post(confirm, follow=True).content.decode()
    assert "2 rows imported." in first
    assert Person.objects.count() == 2
    again = finance.post(confirm, follow=True).content.decode()
    assert "imported already" in again
    assert Person.objects.count() == 2


def test_bad_rows_are_shown_and_the_good_ones_can_be_imported(finance):
    _response, upload = bring(finance, BAD)
    page = finance.get(url("client-import-review", upload.pk)).content.decode()
    assert "“nonsense” is not an e-mail address." in page
    finance.post(url("client-import-confirm", upload.pk), {"skip_bad": "on"})
    assert list(Client.objects.values_list("external_id", flat=True)) == ["F-1"]


def test_with_bad_rows_a_plain_yes_is_refused_and_can_be_said_again(finance):
    _response, upload = bring(finance, BAD)
    page = finance.post(url("client-import-confirm", upload.pk), follow=True).content.decode()
    assert "nothing was imported" in page
    assert Client.objects.count() == 0
    upload.refresh_from_db()
    assert upload.state == "open"


def test_the_refused_rows_can_be_fetched_with_their_reasons(finance):
    _response, upload = bring(finance, BAD)
    text = finance.get(url("client-import-bad-rows", upload.pk)).content.decode("utf-8-sig")
    assert text.splitlines()[1].startswith("F-2,titulaire,Ian,Kelly,nonsense,")
    assert "not an e-mail address" in text


def test_the_words_are_in_the_readers_language(finance, organization):
    _response, upload = bring(finance, BAD)
    finance.force_login(reader := staff("owner", organization, language="fr"))
    Upload.objects.update(created_by=reader)
    page = finance.get(url("client-import-review", upload.pk)).content.decode()
    assert "Courriel" in page


def test_no_card_number_is_kept(finance):
    _response, upload = bring(finance, BAD.replace("nonsense", "4242 4242 4242 4242"))
    assert "4242" not in str(uploads.sheet_of(upload))
    page = finance.get(url("client-import-review", upload.pk)).content.decode()
    assert "card number" in page
    assert not shows(page, "4242")


@pytest.mark.parametrize("text", ["", "Ville;Pays\nGranby;CA\n"])
def test_a_file_that_is_none_is_refused_in_the_form(finance, text):
    response, upload = bring(finance, text)
    assert response.status_code == 422
    assert upload is None


def test_another_persons_file_does_not_exist(finance, organization):
    _response, upload = bring(finance, BAD)
    finance.force_login(staff("owner", organization))
    for name in ("client-import-review", "client-import-bad-rows"):
        assert finance.get(url(name, upload.pk)).status_code == 404
    assert finance.post(url("client-import-confirm", upload.pk)).status_code == 404


def test_the_front_desk_may_not_import(client, organization):
    client.force_login(staff("front_desk", organization))
    assert client.get(url("client-import")).status_code == 403


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_example_imports_as_it_is(finance, organization, language):
    finance.force_login(staff("owner", organization, language=language))
    example = finance.get(url("client-import-example")).content.decode("utf-8-sig")
    _response, upload = bring(finance, example)
    finance.post(url("client-import-confirm", upload.pk))
    assert Client.objects.get().balance == 125_50
    assert Person.objects.count() == 2


def test_files_are_forgotten_after_a_week(finance, organization):
    _response, old = bring(finance, GOOD)
    Upload.objects.update(created_at=NOW - uploads.KEPT)
    bring(finance, GOOD)
    assert not Upload.objects.filter(pk=old.pk).exists()
