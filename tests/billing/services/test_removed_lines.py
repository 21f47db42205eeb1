"""MC-P3: a line taken out by hand stays out when the form is changed, also from one kind of run to the other."""

import pytest

from billing.models import MassRun
from billing.services import charge_runs, invoice_or_charge
from tests.billing.views.ways import payers
from tests.billing.ways import invoice_options
from tests.builders import NOW, staff

pytestmark = pytest.mark.django_db
FIRST = {"then": "first", "order": "default", "email_receipt": True}


@pytest.fixture
def draft(centre):
    """A bulk invoice of three people, one of whom was removed."""
    people = [client.account.owner_id for client in payers(centre, 3)]
    whose = {"organization": centre, "noun": "people", "ids": people, "by": staff("finance", centre), "now": NOW}
    run = invoice_or_charge.draft(options=invoice_options(centre, then="due"), per="person", note="", **whose)
    charge_runs.exclude(run=run, line_id=run.lines.get(position=2).pk)
    return run


def redrafted(run: MassRun, per: str = "person", **more: object) -> MassRun:
    options = {"then": "due", **invoice_options(run.organization, 3_000), **more}
    return invoice_or_charge.redraft(run=run, options=options, per=per, note="", by=run.created_by, now=NOW)


def reasons(run: MassRun) -> list[str]:
    return list(run.lines.order_by("position").values_list("reason", flat=True))


@pytest.mark.parametrize("per", ["person", "account"])
@pytest.mark.parametrize("then", [{}, FIRST], ids=["due", "first"])
def test_mc_p3_what_was_removed_stays_removed_when_the_form_changes(draft, per, then):
    changed = redrafted(draft, per, **then)
    assert (reasons(changed), changed.lines.filter(amount=3_000).count()) == (["", "removed", ""], 3)


def test_mc_p3_and_again_when_it_is_charged_first_and_changed_once_more(draft):
    first = redrafted(draft, **FIRST)
    assert reasons(redrafted(first, **FIRST)) == ["", "removed", ""]
    assert reasons(redrafted(first)) == ["", "removed", ""]
