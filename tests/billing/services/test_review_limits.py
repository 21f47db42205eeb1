"""W3: a list of nobody, of one, of more than a page, of thousands is reviewed whole, whatever it was chosen by."""

import pytest
from django.utils import timezone

from accounts.models import Selection
from accounts.services import selections
from bench.mass_review_work import EACH, drafted, owing
from billing.models import MassRun, Payment
from tests.billing.views.ways import a_payer, at, signed_in
from tests.builders import an_organization

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("filters", ["balance=owes", ""])
@pytest.mark.parametrize("people", [1, 101])
def test_w2_w3_mc_5_everyone_a_filter_matches_is_reviewed_at_once(people, filters):
    centre = an_organization()
    desk = signed_in("finance", centre)
    for n in range(people):
        a_payer(centre, f"Payeur {n:03}")
    mine = {"organization": centre, "by": desk.user, "noun": "accounts", "now": timezone.now()}
    everyone = selections.select_all(query=filters, **mine)
    chosen = {"selection": everyone.pk, "which": "balance", "order": "default"}
    assert desk.post(at(centre, "mass-charge-new"), chosen).status_code == 303
    run = MassRun.objects.get()
    assert (run.lines.filter(state="included").count(), run.selection.query) == (people, filters)


def test_w3_nobody_at_all_drafts_nothing():
    centre = an_organization()
    desk = signed_in("finance", centre)
    nobody = Selection.objects.create(organization=centre, created_by=desk.user, noun="people", ids=[])
    answer = desk.post(at(centre, "mass-charge-new"), {"selection": nobody.pk, "which": "balance", "order": "default"})
    assert (answer.url, MassRun.objects.count()) == (at(centre, "people"), 0)


def test_w3_w18_five_thousand_are_reviewed_to_the_last():
    centre, by, ids = owing("many", 5_000)
    run = drafted(centre, by, ids)
    included = run.lines.filter(state="included", amount=EACH)
    assert (included.count(), included.values("client").distinct().count()) == (5_000, 5_000)
    assert not run.lines.filter(item_ids=[]).exists()
    assert Payment.objects.count() == 0
