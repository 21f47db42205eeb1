"""From the result of a mass charge, everyone whose payment failed is written to, also whose method is never retried."""

import pytest

from accounts.models import Selection
from billing.models import Payment
from tests.billing.views.test_charge_result import MIXED, NO, OK, text
from tests.billing.views.ways import a_finished_charge, at, run_at, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


def test_the_result_offers_to_write_to_the_owners_of_its_failures(centre, desk):
    run = a_finished_charge(centre, desk.user, MIXED)
    address = run_at(run, "email")
    assert f'action="{address}"' in text(desk.get(run_at(run)))
    assert f'action="{address}"' not in text(desk.get(run_at(run) + "?show=succeeded"))


def test_each_account_with_a_failure_is_filled_in_once(centre, desk):
    run = a_finished_charge(centre, desk.user, MIXED)
    response = desk.post(run_at(run, "email"))
    failed = Payment.objects.filter(run=run, attempts__state="declined")
    kept = Selection.objects.get(frozen_ids__isnull=False, noun="accounts")
    assert kept.frozen_ids == sorted(failed.values_list("client__account", flat=True))
    assert response.url == f"{at(centre, 'mass-email-new')}?selection={kept.pk}&about=failures"
    assert "For 3 accounts" in text(desk.get(response.url))


def test_without_a_failure_there_is_nobody_to_write_to(centre, desk):
    run = a_finished_charge(centre, desk.user, [(OK,)])
    assert "No payment of this charge has failed." in text(desk.post(run_at(run, "email"), follow=True))
    assert not Selection.objects.filter(frozen_ids__isnull=False, noun="accounts").exists()


def test_only_who_may_write_to_clients_is_offered_it(centre, desk):
    run = a_finished_charge(centre, desk.user, [(NO, "expired_card")])
    auditor = signed_in("auditor", centre)
    assert run_at(run, "email") not in text(auditor.get(run_at(run)))
    assert auditor.post(run_at(run, "email")).status_code == 403
