"""Several hands at once: one account is opened, one clone is kept, and nobody moves what is being charged."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organization
from billing.models import Attempt
from billing.services import starting
from tests.billing.money import charge_everything, successes
from tests.billing.ways import a_charge_draft, an_invoice
from tests.builders import an_account_at_the_processor, an_organization, staff
from tests.races.racing import race, winners
from tests.wallet.steps import a_centre, a_holder, at_processor, save, the_authorization
from wallet.models import FormerClone, ProcessorAccount
from wallet.services import accounts, moving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox) -> Organization:
    """Paid in a second account since a moment ago; its one permission has not followed yet."""
    centre = a_centre(sandbox)
    first = an_account_at_the_processor(centre)
    client = a_holder(centre)
    save(client.account, organization=centre)
    an_invoice(client, 2_000, person=client.account.owner)
    other = accounts.open_account(organization=centre, by=None, now=timezone.now(), after=first.pk)
    accounts.make_primary(account=other, organization=centre, by=None, now=timezone.now())
    return centre


def test_eight_clicks_open_one_account(sandbox):
    organization = an_organization(processor_account="")
    before = len(at_processor(sandbox, "accounts")["data"])
    found = race(lambda: accounts.open_account(organization=organization, by=None, now=timezone.now()))
    assert (len(winners(found)), ProcessorAccount.objects.count()) == (8, 1)
    assert len(at_processor(sandbox, "accounts")["data"]) == before + 1


def test_eight_sweeps_keep_one_clone_and_leave_one(centre, sandbox):
    moved = race(lambda: moving.move_clones(now=timezone.now()))
    assert sum(winners(moved)) == 1
    given = the_authorization(centre)
    assert FormerClone.objects.count() == 1
    kept = at_processor(sandbox, f"customers/{given.processor_customer}/payment_methods", given.processor_account)
    assert [method["id"] for method in kept["data"]] == [given.processor_method]


def test_a_charge_that_is_being_written_keeps_its_permission_where_it_is(centre, sandbox):
    """Guard: `accounts.hold_for_charging`, for which the move waits."""
    before, by = the_authorization(centre), staff("finance", centre)
    Organization.objects.filter(pk=centre.pk).update(processor_account=before.processor_account)
    run = a_charge_draft(centre, [before.method.account.owner], by)
    to = ProcessorAccount.objects.latest("pk").processor_id
    Organization.objects.filter(pk=centre.pk).update(processor_account=to)
    written, moved = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            starting.confirm(run=run, count=1, total=2_000, by=by, now=timezone.now())
            written.set()
            moved.wait(0.5)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert written.wait(120)
        assert not moving.move(authorization=the_authorization(centre), now=timezone.now())
        moved.set()
        writing.result()
    assert the_authorization(centre).processor_account == before.processor_account
    charge_everything()
    assert (Attempt.objects.get().state, list(successes(sandbox).values())) == ("succeeded", [1])
