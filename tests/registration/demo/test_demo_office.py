"""What finance did by hand in the made-up centre: every page of billing has something true to life on it."""

import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import Client, Organization, User
from billing.models import Credit, DeskRefund, Entry, InvoiceDraft, InvoiceItem, Payment, PaymentBatch
from billing.services import matching, suggesting


@pytest.fixture
def centre(db) -> Organization:
    call_command("demo_data", without_processor=True, stdout=io.StringIO())
    return Organization.objects.get(slug="erables")


def test_every_story_of_the_desk_is_told(centre):
    credits = Credit.objects.for_organization(centre)
    assert set(credits.values_list("kind", "state")) == {
        ("memo", "issued"), ("memo", "void"), ("cancellation", "issued"), ("write_off", "issued"),
    }  # fmt: skip
    assert set(Payment.objects.values_list("kind", flat=True)) == {"cash", "cheque", "terminal", "transfer"}
    assert {held > 0 for held in Payment.objects.filter(is_deposit=True).values_list("held", flat=True)} == {
        True,
        False,
    }
    assert set(DeskRefund.objects.values_list("reason", flat=True)) == {"given", "bounced"}
    assert PaymentBatch.objects.get().payments.count() == 5
    assert credits.with_free().exists()
    assert credits.filter(lines__is_fee=True, refunded=0).exists()


def test_what_is_not_reconciled_is_proposed_for_each_reason(centre):
    clients = list(matching.reconcilable(centre))
    on = centre.local_day(timezone.now())
    found = suggesting.suggestions_of(organization=centre, clients=clients, on=on)
    assert {one.why for one in found} == {"taken_for", "same_amount", "oldest"}


def test_the_months_that_are_over_are_earned_and_old_periods_closed(centre):
    today = centre.local_day(timezone.now())
    assert centre.books_closed_on == dt.date(today.year - 2, 12, 31)
    assert InvoiceItem.objects.filter(tax_included=True, tax_total__gt=0).exists()
    assert Entry.objects.filter(kind="earned", organization=centre).exists()
    assert InvoiceItem.objects.filter(deferred__gt=0, earned_through__isnull=False).exists()
    assert not InvoiceItem.objects.exclude(invoice__organization=centre).filter(deferred__gt=0).exists()


def test_every_household_that_signs_in_finds_invoices_and_payments(centre, client):
    for number in range(1, 5):
        mine = Client.objects.get(organization=centre, account__user__email=f"parent{number}@erables.example")
        assert mine.invoices.exists()
        assert mine.payments.exists()
        assert mine.credits.exists() or mine.payments.filter(held__gt=0).exists()
        client.force_login(mine.account.user)
        assert client.get(reverse("my-invoices")).status_code == 200


def test_the_invoice_half_written_opens_as_it_was_left(centre, client):
    client.force_login(User.objects.get(email="finance@erables.example"))
    draft = InvoiceDraft.objects.get()
    page = client.get(reverse("invoice-draft", args=[centre.slug, draft.client_id, draft.pk]))
    assert page.status_code == 200
    assert "977" in page.content.decode()
