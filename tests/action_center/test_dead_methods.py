"""A failed payment whose method died since then says why that method can no longer be charged."""

import pytest
from django.utils import timezone

from tests.action_center.failures import a_failure
from tests.billing.views.ways import at, signed_in
from tests.builders import an_organization
from wallet.services import disabling

pytestmark = pytest.mark.django_db


def test_the_list_says_why_the_method_is_of_no_use_any_more():
    centre = an_organization("centre")
    desk, now = signed_in("finance", centre), timezone.now()
    failed = a_failure(centre, desk.user, kind="bank", now=now)
    disabling.disable(method=failed.method, reason="account_closed", now=now)
    page = desk.get(at(centre, "action-center")).content.decode()
    assert "The bank account is closed." in page
    assert "Change method" in page
