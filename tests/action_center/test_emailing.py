"""Holders of failed payments are written to from the bar of the action center, reviewed like every mass email."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from accounts.models import Selection
from action_center.services.handling import dismiss
from billing.models import MassRun
from tests.action_center.failures import a_failure
from tests.action_center.test_pages import text, url
from tests.billing.ways import an_invoice
from tests.builders import an_organization, staff

pytestmark = pytest.mark.django_db


def opened(client, centre, *failures):
    return client.post(url(centre, "action-center-email"), {"pick": [row.pk for row in failures]})


def test_the_bar_offers_to_write_to_the_owners_of_what_is_ticked(client, centre, by):
    failure = a_failure(centre, by, now=timezone.now())
    page = client.get(url(centre, rows=[failure])).content.decode()
    assert f'action="{url(centre, "action-center-email")}"' in page
    assert f'<input type="hidden" name="pick" value="{failure.pk}">' in page
    assert "Email owners" not in text(client.get(url(centre)))


def test_the_email_opens_with_their_accounts_each_once(client, centre, by):
    now = timezone.now()
    first, other = a_failure(centre, by, now=now), a_failure(centre, by, "Paul Côté", code="lost_card", now=now)
    a_failure(centre, by, "Anne Roy", now=now)
    response = opened(client, centre, first, other)
    assert response.status_code == 303
    kept = Selection.objects.get(pk=parse_qs(urlsplit(response.url).query)["selection"][0])
    assert kept.frozen_ids == sorted(row.payment.client.account_id for row in (first, other))
    page = client.get(response.url)
    assert "For 2 accounts" in text(page)
    assert page.context["form"]["subject_en"].value() == "Your payment to {organization} was not accepted"
    assert page.context["back"] == url(centre)


def test_what_is_written_is_drafted_for_them_and_nothing_leaves(client, centre, by):
    failure = a_failure(centre, by, now=timezone.now())
    where = opened(client, centre, failure).url
    typed = {"subject_en": "About {organization}", "body_en": "Hello {name}", "subject_fr": "", "body_fr": ""}
    client.post(where, typed)
    run = MassRun.objects.get(kind="message")
    assert (run.state, run.lines.get().client, run.lines.get().message) == ("draft", failure.payment.client, None)


def test_a_household_with_two_failures_is_written_to_once(client, centre, by):
    first = a_failure(centre, by, now=timezone.now())
    an_invoice(first.payment.client, 1_000, person=first.payment.client.account.owner)
    second = a_failure(centre, by, "Paul Côté", now=timezone.now())
    second.payment.run.payments.update(client=first.payment.client)
    opened(client, centre, first, second)
    assert Selection.objects.get().frozen_ids == [first.payment.client.account_id]


def test_what_a_colleague_has_set_aside_meanwhile_opens_nothing(client, centre, by):
    failure = a_failure(centre, by, now=timezone.now())
    dismiss(attempt=failure, reason="Payé comptant", by=by, now=timezone.now())
    response = opened(client, centre, failure)
    assert (response.url, Selection.objects.count()) == (url(centre), 0)


def test_failures_of_others_are_not_found(client, centre, by):
    elsewhere = an_organization()
    theirs = a_failure(elsewhere, staff("finance", elsewhere), now=timezone.now())
    opened(client, centre, theirs)
    assert not Selection.objects.exists()
