import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from django.urls import path
from django.views import View

from smartrec import checks
from smartrec.views import PlainPage
from tests.smartrec import a_room


class Open(View):
    pass


class OpenOnPurpose(View):
    """A pay link: whoever holds it may pay."""

    is_public = True


class Forgotten(PlainPage):
    template_name = "back_office.html"


def a_function(request):
    raise AssertionError


def complaints(settings, monkeypatch, *added) -> list[str]:
    monkeypatch.setattr(a_room, "urlpatterns", [*a_room.urlpatterns, *added])
    settings.ROOT_URLCONF = "tests.smartrec.a_room"
    return [error.msg for error in checks.every_page_is_guarded(None)]


def test_a_guarded_room_has_nothing_to_complain_of(settings, monkeypatch):
    assert complaints(settings, monkeypatch) == []


@pytest.mark.parametrize("view", [Open.as_view(), Forgotten.as_view(), a_function])
def test_a_page_without_a_permission_is_found(settings, monkeypatch, view):
    (found,) = complaints(settings, monkeypatch, path("open/", view))

    assert "/open/" in found
    assert checks.dotted_name(view) in found


def test_a_page_open_on_purpose_is_not(settings, monkeypatch):
    assert complaints(settings, monkeypatch, path("pay/", OpenOnPurpose.as_view())) == []


def test_a_misspelt_permission_does_not_import():
    with pytest.raises(LookupError):
        type("Misspelt", (PlainPage,), {"permission_required": "clients.veiw"})


def test_even_unchecked_a_page_without_a_permission_opens_to_nobody(django_user_model):
    request = RequestFactory().get("/")
    request.user = django_user_model(email="a@example.com")

    with pytest.raises(ImproperlyConfigured):
        Forgotten.as_view()(request, org="les-erables")
