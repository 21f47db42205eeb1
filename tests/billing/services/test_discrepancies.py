"""What does not agree: whose it is, who is told, what may be seen of it, and how it ends."""

import datetime as dt

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone

from accounts.models import Trail
from billing.models import Discrepancy
from billing.services import discrepancies, owning
from billing.services.discrepancies import Found
from messaging.models import Message
from smartrec.errors import Refused
from tests.billing.differing import a_discrepancy
from tests.builders import NOW, an_account, an_authorization, an_organization, staff

pytestmark = pytest.mark.django_db
TOLD = {"state": "succeeded", "amount": 4_500, "description": "Cours de Léa", "customer": "cus_lea"}


@pytest.fixture
def centre():
    return an_organization("centre", processor_account="")


def found(**facts: object) -> Found:
    about = {"kind": "unknown_charge", "processor_account": "", "object_id": "pi_1", "amount": 4_500, "theirs": TOLD}
    return Found(**{**about, "currency": "CAD", **facts})


def record(**facts: object) -> int:
    return discrepancies.record(found(**facts), now=timezone.now())


def told_to() -> list[str]:
    """Addresses of those who were written to, in order."""
    discrepancies.tell_new(now=timezone.now())
    return list(Message.objects.filter(kind="charges_disagree").order_by("pk").values_list("to", flat=True))


def test_alone_in_its_account_an_organization_sees_everything(centre):
    record()
    mine = Discrepancy.objects.get()
    assert (mine.organization, mine.shared) == (centre, False)
    assert mine.theirs["description"] == "Cours de Léa"


def test_in_a_shared_account_our_mark_says_whose_it_is(centre):
    other = an_organization(processor_account="")
    record(marks={"organization": str(other.pk)})
    assert list(Discrepancy.objects.values_list("organization", "shared")) == [(other.pk, False)]


def test_a_mark_that_names_somebody_paid_elsewhere_is_not_believed(centre):
    sharing = an_organization(processor_account="")
    elsewhere = an_organization(processor_account="acct_elsewhere")
    record(marks={"organization": str(elsewhere.pk)})
    assert set(Discrepancy.objects.values_list("organization", flat=True)) == {centre.pk, sharing.pk}


def test_where_nobody_can_tell_each_sees_the_bare_facts_alone(centre):
    """No organization reads another's client: neither a name, nor what was written on the charge."""
    other = an_organization(processor_account="")
    client = an_account(other, "Léa Roy")
    an_authorization(other, account=client.account, processor_customer="cus_lea")
    assert record() == 2
    rows = Discrepancy.objects.all()
    assert {row.organization for row in rows} == {centre, other}
    assert [(row.shared, row.client, row.theirs) for row in rows] == [
        (True, None, {"state": "succeeded", "amount": 4_500})
    ] * 2


def test_what_one_of_them_handles_stays_with_the_others(centre):
    an_organization(processor_account="")
    record()
    mine = Discrepancy.objects.get(organization=centre)
    discrepancies.handle(discrepancy=mine, note="Pas à nous", by=staff("owner", centre), now=timezone.now())
    assert Discrepancy.objects.open().exclude(organization=centre).count() == 1
    record()
    assert Discrepancy.objects.open().count() == 1


def test_an_organization_that_was_paid_there_once_may_own_it_still(centre):
    moved = an_organization(processor_account="acct_new")
    payment = moved.payments.create(
        client=an_account(moved),
        number=1,
        kind="card",
        amount=1,
        currency="CAD",
        processor_payment="pi_old",
        created_at=NOW,
    )
    assert payment.processor_account == ""
    assert list(owning.paid_in("").order_by("pk")) == [centre, moved]


def test_what_nobody_is_paid_in_is_kept_for_nobody(centre):
    record(processor_account="acct_unknown")
    assert Discrepancy.objects.get().organization is None
    assert told_to() == []


def test_the_client_whom_the_processor_knows_is_named(centre):
    client = an_account(centre, "Léa Roy")
    an_authorization(centre, account=client.account, processor_customer="cus_lea")
    record()
    assert Discrepancy.objects.get().client == client


def test_those_who_can_act_are_told_once_of_each_discovery(centre):
    owner, finance = staff("owner", centre), staff("finance", centre)
    staff("front_desk", centre)
    record()
    record(object_id="pi_2")
    assert told_to() == [owner.email, finance.email]
    assert Message.objects.first().facts["count"] == 2
    record()
    assert told_to() == [owner.email, finance.email]
    record(object_id="pi_3")
    assert told_to() == [owner.email, finance.email] * 2


def test_what_may_be_anothers_is_told_to_owners_alone(centre):
    other = an_organization(processor_account="")
    owners = {staff("owner", centre).email, staff("owner", other).email}
    staff("finance", centre)
    record()
    assert set(told_to()) == owners


def test_one_that_was_handled_stays_handled_while_both_sides_say_the_same(centre):
    record()
    discrepancies.handle(
        discrepancy=Discrepancy.objects.get(), note="Au terminal", by=staff("finance", centre), now=timezone.now()
    )
    assert (record(), Discrepancy.objects.open().count()) == (0, 0)
    assert record(theirs={**TOLD, "refunded": 500}) == 1


def test_one_that_was_gone_is_told_anew_when_it_is_back(centre):
    record()
    discrepancies.gone([Discrepancy.objects.get().pk], now=timezone.now())
    assert (record(), Discrepancy.objects.count()) == (1, 2)


def test_handling_is_written_down_and_done_once(centre):
    record()
    row, by = Discrepancy.objects.get(), staff("finance", centre)
    discrepancies.handle(discrepancy=row, note="Remboursé", by=by, now=timezone.now())
    line = Trail.objects.get(verb="discrepancy_handled")
    assert (line.actor, line.facts["object"], line.facts["reason"]) == (by, "pi_1", "Remboursé")
    with pytest.raises(Refused):
        discrepancies.handle(discrepancy=row, note="Encore", by=by, now=timezone.now())


def test_one_is_open_at_a_time_for_an_object_and_a_kind(centre):
    a_discrepancy(centre)
    with pytest.raises(IntegrityError, match="discrepancy_one_open"), transaction.atomic():
        a_discrepancy(centre)
    with pytest.raises(IntegrityError, match="discrepancy_resolved_exactly"), transaction.atomic():
        a_discrepancy(centre, object_id="pi_2", how="handled", resolved_at=NOW, resolved_by=staff("owner", centre))


@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_became_of_one_is_kept(centre, change):
    row = a_discrepancy(centre)
    discrepancies.gone([row.pk], now=timezone.now())
    rows = Discrepancy.objects.filter(pk=row.pk)
    with pytest.raises((InternalError, IntegrityError), match="kept as it was"), transaction.atomic():
        rows.update(note="…") if change == "update" else rows._raw_delete(rows.db)


def test_each_discovery_is_logged_as_critical(centre, caplog):
    record()
    record()
    assert [line.levelname for line in caplog.records if line.message == "charges_disagree"] == ["CRITICAL"]


def test_seen_again_means_later(centre):
    discrepancies.record(found(), now=NOW)
    discrepancies.record(found(), now=NOW + dt.timedelta(days=1))
    row = Discrepancy.objects.get()
    assert row.last_seen_at - row.found_at == dt.timedelta(days=1)
