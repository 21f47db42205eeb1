"""Where an organization is paid: on the platform's own account, in its own, and in another from one day to the next."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Client, Organization
from billing.models import Attempt, MassRun, Payment
from billing.services import debts, paying, sending, starting
from billing.services.parts import Order
from billing.services.retrying import CannotRetry, retry
from smartrec.errors import Refused
from tests.billing.money import charge_everything, successes
from tests.billing.views.ways import at, run_at, signed_in, token_of
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import an_account_at_the_processor, an_organization, staff
from tests.wallet.steps import a_centre, a_holder, save, the_authorization
from wallet.models import Authorization, ProcessorAccount
from wallet.processor.registry import get_processor
from wallet.services import accounts, moving

pytestmark = pytest.mark.django_db(transaction=True)
INSUFFICIENT = {"number": "4000000000009995"}


def a_payer(centre: Organization, owner: str = "Marie Roy", cents: int = 2_000, /, **typed: str) -> Client:
    """A client who owes, with a card saved on the processor's page that the organization may charge."""
    client = a_holder(centre, owner)
    save(client.account, organization=centre, **typed)
    an_invoice(client, cents, person=client.account.owner)
    return client


def owners(*clients: Client) -> list:
    return [client.account.owner for client in clients]


def charged(centre: Organization, by, *clients: Client) -> MassRun:
    run = confirmed(a_charge_draft(centre, owners(*clients), by), by)
    charge_everything()
    return run


def paid_elsewhere(centre: Organization) -> ProcessorAccount:
    """Open one more account and have the organization paid there; its permissions have not followed yet."""
    newest = max(centre.processor_accounts.values_list("pk", flat=True), default=0)
    account = accounts.open_account(organization=centre, by=None, now=timezone.now(), after=newest)
    accounts.make_primary(account=account, organization=centre, by=None, now=timezone.now())
    return account


def accounts_of_money(sandbox) -> set[str]:
    """In which of the processor's accounts money was taken, by the processor's own log."""
    return {move["account"] for move in sandbox.movements() if move["kind"] == "charge_succeeded"}


def test_a_single_centre_with_its_own_account_needs_no_connected_one(sandbox):
    platform = sandbox.state()["accounts"]
    sandbox.fault("unauthorized", path="^/v1/payment_methods$")
    centre = an_organization(processor_account="")
    finance = staff("finance", centre)
    run = charged(centre, finance, a_payer(centre), a_payer(centre, "Paul Côté"))
    assert list(Payment.objects.filter(run=run).values_list("processor_account", flat=True)) == ["", ""]
    assert set(Attempt.objects.values_list("state", flat=True)) == {"succeeded"}
    assert sorted(successes(sandbox).values()) == [1, 1]
    # Nobody but the platform has an account, so a request for another one's would have been refused.
    assert sandbox.state()["accounts"] == platform
    assert accounts_of_money(sandbox) <= set(platform)
    # The trouble that waits for a clone is still waiting.
    assert [fault["path"] for fault in sandbox.state()["faults"]] == ["^/v1/payment_methods$"]


def test_an_organization_is_paid_in_its_own_account_from_opening_to_money(sandbox):
    sandbox.onboarding(on=True)
    centre = an_organization("erables", processor_account="")
    desk = signed_in("owner", centre)
    desk.post(at(centre, "settings-accounts"), {"after": "0"})
    account = ProcessorAccount.objects.get()
    assert account.status == "unfinished"
    assert "Payments are not active yet" in desk.get(at(centre, "dashboard")).content.decode()
    sandbox.activate(account.processor_id)
    desk.get(at(centre, "settings-account-return", account.pk))
    assert "Payments are not active yet" not in desk.get(at(centre, "dashboard")).content.decode()
    centre.refresh_from_db()
    charged(centre, desk.user, a_payer(centre))
    assert accounts_of_money(sandbox) == {account.processor_id}


def test_a_mass_charge_waits_until_the_account_takes_charges(sandbox):
    centre = a_centre(sandbox)
    an_account_at_the_processor(centre)
    payer, desk = a_payer(centre), signed_in("finance", centre)
    run = a_charge_draft(centre, owners(payer), desk.user)
    ProcessorAccount.objects.update(charges_enabled=False)
    answer = desk.post(run_at(run, "confirmation"), {"token": token_of(run)})
    assert (answer.status_code, "Payments are not active yet" in answer.content.decode()) == (422, True)
    run.refresh_from_db()
    assert (run.state, Payment.objects.count()) == ("draft", 0)
    ProcessorAccount.objects.update(charges_enabled=True)
    assert starting.confirm(run=run, count=1, total=2_000, by=desk.user, now=timezone.now()).state == "running"


def test_money_arrives_in_the_new_account_once_the_permissions_have_followed(sandbox):
    centre = a_centre(sandbox)
    an_account_at_the_processor(centre)
    payer, by = a_payer(centre), staff("finance", centre)
    to = paid_elsewhere(centre)
    assert debts.usable_methods(organization=centre, client_ids=[payer.pk]) == []
    moving.move_clones(now=timezone.now())
    charged(centre, by, payer)
    assert accounts_of_money(sandbox) == {to.processor_id}


def test_a_permission_with_a_payment_on_its_way_follows_when_it_has_ended(sandbox):
    centre = a_centre(sandbox)
    an_account_at_the_processor(centre)
    before, by = centre.processor_account, staff("finance", centre)
    confirmed(a_charge_draft(centre, owners(a_payer(centre)), by), by)
    to = paid_elsewhere(centre)
    assert moving.move_clones(now=timezone.now()) == 0
    charge_everything()
    assert (accounts_of_money(sandbox), Attempt.objects.get().state) == ({before}, "succeeded")
    assert moving.move_clones(now=timezone.now()) == 1
    assert the_authorization(centre).processor_account == to.processor_id


def test_f24_a_payment_is_not_retried_by_a_clone_of_another_account(sandbox):
    """Guard: `other_account` in `retrying`, before the database's `attempt_stays_in_its_account`."""
    centre = a_centre(sandbox)
    an_account_at_the_processor(centre)
    payer, by = a_payer(centre, "Marie Roy", 2_000, **INSUFFICIENT), staff("finance", centre)
    charged(centre, by, payer)
    paid_elsewhere(centre)
    moving.move_clones(now=timezone.now())
    payment = Payment.objects.get()
    with pytest.raises(CannotRetry) as refused:
        retry(payment=payment, by=by, now=timezone.now())
    assert (refused.value.reason, payment.attempts.count()) == ("other_account", 1)
    chosen = {"authorization": the_authorization(centre).pk}
    page = signed_in("finance", centre).post(at(centre, "payment-retry", payment.pk), chosen, follow=True)
    assert "made in another account" in page.content.decode()


def test_f24_a_charge_is_not_sent_when_its_permission_has_moved_meanwhile(sandbox):
    """Guard: `z.processor_account = a.processor_account` in `leaving.MARK_SENT`."""
    centre = a_centre(sandbox)
    an_account_at_the_processor(centre)
    by = staff("finance", centre)
    confirmed(a_charge_draft(centre, owners(a_payer(centre)), by), by)
    # As if the permission had moved between the writing of the attempt and the sending of it.
    Authorization.objects.update(processor_account="acct_elsewhere")
    charge_everything()
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.reason, attempt.sent_at) == ("not_sent", "other_account", None)
    assert successes(sandbox) == {}


def test_f24_a_clone_of_one_account_means_nothing_in_another(sandbox):
    """Guard: the processor itself, which knows a clone only in the account it was made in."""
    centre, other = a_centre(sandbox), a_centre(sandbox, "soccer")
    save(a_holder(centre).account, organization=centre)
    given = the_authorization(centre)
    found = get_processor().read_method(method=given.processor_method, processor_account=other.processor_account)
    assert found is None


def test_without_a_usable_account_nothing_is_confirmed_by_any_hand(sandbox):
    centre = a_centre(sandbox)
    account = an_account_at_the_processor(centre)
    payer, by = a_payer(centre), staff("finance", centre)
    run = a_charge_draft(centre, owners(payer), by)
    sandbox.restrict(account.processor_id, "company.verification.document")
    accounts.hear(processor_account=account.processor_id, now=timezone.now() + dt.timedelta(seconds=1))
    with pytest.raises(Refused, match=r"not active|pas encore actifs"):
        starting.confirm(run=run, count=1, total=2_000, by=by, now=timezone.now())
    with pytest.raises(Refused, match=r"not active|pas encore actifs"):
        paying.charge(
            client=payer, authorization=the_authorization(centre), order=Order(total=500), by=by, now=timezone.now()
        )
    assert Payment.objects.count() == 0
    assert sending.claim(limit=8, now=timezone.now())[1] == []
