"""The first organization of an installation, opened from the command line."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Organization, StaffMembership, Trail, User
from messaging.models import Message
from tests.builders import a_user, an_organization, staff

pytestmark = pytest.mark.django_db
ASKED = {"name": "Les Érables", "slug": "erables", "owner_email": "Sylvie@erables.example"}


def begin(**options: str) -> str:
    out = io.StringIO()
    call_command("open_organization", stdout=out, **{**ASKED, **options})
    return out.getvalue()


def test_an_organization_its_owner_and_a_link_to_sign_in():
    told = begin(owner_name="Sylvie Paquette")
    organization, owner = Organization.objects.get(), User.objects.get()
    assert (organization.name, organization.currency, organization.processor_account) == ("Les Érables", "CAD", "")
    assert (owner.email, owner.name, owner.has_usable_password()) == (
        "sylvie@erables.example",
        "Sylvie Paquette",
        False,
    )
    assert owner.membership_for("erables").role == "owner"
    assert list(Message.objects.values_list("kind", "to")) == [("sign_in_link", "sylvie@erables.example")]
    assert "/o/erables/" in told
    assert Trail.objects.get().verb == "organization_opened"


def test_done_twice_there_is_one_of_each():
    begin()
    begin()
    assert (Organization.objects.count(), User.objects.count(), StaffMembership.objects.count()) == (1, 1, 1)
    assert Trail.objects.count() == 1


def test_somebody_who_signs_in_already_keeps_their_login():
    known = a_user("sylvie@erables.example")
    begin()
    known.refresh_from_db()
    assert (User.objects.get(), known.has_usable_password()) == (known, True)


def test_an_american_organization():
    begin(currency="USD", language="en")
    assert list(Organization.objects.values_list("country", "default_language")) == [("US", "en")]


@pytest.mark.parametrize("asked", [{"slug": "not a slug"}, {"owner_email": "nobody"}, {"name": ""}])
def test_what_cannot_be_is_refused_and_nothing_is_opened(asked):
    with pytest.raises(CommandError):
        begin(**asked)
    assert (Organization.objects.count(), User.objects.count(), Message.objects.count()) == (0, 0, 0)


def test_an_address_that_is_taken_is_refused():
    an_organization("erables", name="Autre centre")
    with pytest.raises(CommandError):
        begin()
    assert StaffMembership.objects.count() == 0


def test_a_clerk_does_not_become_the_owner_by_the_way():
    organization = an_organization("erables", name="Les Érables")
    clerk = staff("front_desk", organization, email="sylvie@erables.example")
    with pytest.raises(CommandError):
        begin()
    assert clerk.membership_for("erables").role == "front_desk"


def test_the_usual_taxes_of_its_province_are_added_once():
    for _twice in range(2):
        begin(province="QC")
    taxes = Organization.objects.get().taxes.order_by("position")
    assert [(tax.code, tax.rates.get().rate) for tax in taxes] == [("GST", 50_000), ("QST", 99_750)]
