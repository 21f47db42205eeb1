"""The made-up centres: what is in them, that they come out the same, and what happens without a processor."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import Account, Client, Organization, Person, User
from billing.models import Attempt, Invoice, MassRun
from registration.demo import sign_ins
from registration.demo.organizations import PASSWORD
from registration.demo.sizes import SIZES
from registration.models import Activity, Enrolment
from smartrec.roles import STAFF_ROLES
from wallet.models import Authorization, PaymentMethod

SMALL = SIZES["small"]


def fill(**options):
    out = io.StringIO()
    call_command("demo_data", stdout=out, **options)
    return out.getvalue()


def digest():
    """Everything that tells one made-up network from another."""
    tables = ("accounts_person", "registration_enrolment", "billing_invoiceitem")
    columns = ("first_name || last_name || birth_date", "status", "description || total")
    found = []
    for table, column in zip(tables, columns, strict=True):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT md5(string_agg({column}, '|' ORDER BY id)), count(*) FROM {table}")
            found.append(cursor.fetchone())
    return found


@pytest.mark.django_db
def test_a_small_network_has_the_size_of_a_club():
    fill(without_processor=True)
    assert (Account.objects.count(), Person.objects.count()) == (SMALL.accounts, SMALL.people)
    assert Enrolment.objects.count() == SMALL.enrolments
    assert set(Organization.objects.values_list("slug", flat=True)) == {"erables", "saint-aubin"}
    assert Activity.objects.filter(name_fr="Natation – Étoile de mer", name_en="Swimming – Sea Star").count() == 2
    assert Person.objects.filter(first_name__contains="é").exists()
    with_card = Client.objects.filter(has_card=True).count() / SMALL.accounts
    assert 0.45 < with_card < 0.65


@pytest.mark.django_db
def test_some_households_are_known_to_both_and_let_only_one_charge():
    fill(without_processor=True)
    shared = Account.objects.filter(clients__organization__slug="erables").filter(
        clients__organization__slug="saint-aubin", payment_methods__isnull=False
    )
    assert shared.distinct().count() > 10
    asked = Authorization.objects.filter(method__account__in=shared).values_list("method", "organization")
    assert len({method for method, _organization in asked}) == len(asked)


@pytest.mark.django_db
def test_everyone_named_in_the_sign_ins_can_sign_in(client):
    told = fill(without_processor=True)
    emails = [word for word in told.split() if word.endswith(".example")]
    assert len(emails) == len(set(emails)) == 2 * (len(STAFF_ROLES) + sign_ins.HOLDERS)
    assert all(User.objects.get(email=email).check_password(PASSWORD) for email in emails)


@pytest.mark.django_db
def test_the_sign_ins_go_to_the_file_the_stack_names(tmp_path, monkeypatch):
    monkeypatch.setenv("SMARTREC_SIGN_INS", str(tmp_path / "who.txt"))
    assert "finance@erables.example" not in fill(without_processor=True)
    assert "finance@erables.example" in (tmp_path / "who.txt").read_text()


@pytest.mark.django_db
def test_asking_a_second_time_changes_nothing():
    fill(without_processor=True)
    before = digest()
    assert "already there" in fill(without_processor=True) or "déjà" in fill(without_processor=True)
    assert digest() == before


@pytest.mark.django_db
def test_it_comes_out_the_same_every_time():
    seen = []
    for _time in range(2):
        with transaction.atomic():
            fill(without_processor=True)
            seen.append(digest())
            transaction.set_rollback(True)
    assert seen[0] == seen[1]


@pytest.mark.django_db
def test_without_a_processor_nothing_is_left_half_done(settings):
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = "http://127.0.0.1:9", "sk_test_x"
    with pytest.raises(CommandError) as refusal:
        fill()
    assert "\n" not in str(refusal.value)
    assert not Organization.objects.exists()


@pytest.mark.django_db
def test_a_live_key_is_never_used(settings, sandbox):
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    with pytest.raises(CommandError):
        fill()
    assert not Organization.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_at_the_sandbox_methods_are_saved_charged_and_sometimes_refused(sandbox):
    fill()
    assert PaymentMethod.objects.filter(kind="card").count() > 180
    assert PaymentMethod.objects.filter(kind="bank").count() > 30
    assert not PaymentMethod.objects.filter(processor_method__startswith="pm_card_").exists()
    states = set(Attempt.objects.values_list("state", flat=True))
    assert {"succeeded", "pending", "declined"} <= states
    assert states <= {"succeeded", "pending", "declined", "needs_client"}
    assert set(MassRun.objects.values_list("state", flat=True)) == {"finished"}
    assert Invoice.objects.filter(allocated__gt=0).exists()
    assert Client.objects.filter(balance__gt=0).exists()
