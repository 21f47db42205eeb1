"""F23: a bank debit is announced for one amount on one day, and leaves for that amount, not before that day, or not."""

import datetime as dt

import pytest
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import Client
from billing.models import Attempt, DebitNotice, MassRun, Payment
from billing.services import announcing
from messaging.models import Message
from messaging.rendering import compose
from smartrec.formats import iso_date
from smartrec.money import format_money
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, TODAY, a_saved_method, an_account, an_authorization, an_organization
from tests.wallet.steps import at_processor
from wallet.models import Authorization

pytestmark = pytest.mark.django_db
BANK = "pm_acssDebit_success"
NOTICED = {"debit_schedule": "combined", "notice_days": 10}
# Ten days after the notice, at the centre: its day begins five hours later than the day of UTC.
DAY = dt.date(2026, 12, 1)
THAT_DAY = dt.datetime(2026, 12, 1, 5, 0, tzinfo=dt.UTC)
EVENING_BEFORE = dt.datetime(2026, 12, 1, 4, 59, tzinfo=dt.UTC)


@pytest.fixture
def centre(sandbox):
    return an_organization(processor_account="", name="Les Érables")


def a_bank_payer(centre, **terms: object) -> Client:
    payer = a_real_payer(centre, BANK)
    Authorization.objects.filter(client=payer).update(**{**NOTICED, **terms})
    return payer


def charged(centre, by, *payers: Client) -> MassRun:
    return confirmed(a_charge_draft(centre, [payer.account.owner for payer in payers], by), by)


def asked_of_the_processor(sandbox) -> bool:
    """Whether it was asked for any of the debits, by what it has of them itself."""
    ids = Payment.objects.exclude(processor_payment="").values_list("processor_payment", flat=True)
    states = {at_processor(sandbox, f"payment_intents/{pk}")["status"] for pk in ids}
    return not states <= {"requires_confirmation", "requires_payment_method"}


def state() -> tuple[str, str]:
    return Attempt.objects.values_list("state", "reason").latest("number")


def test_confirming_a_mass_charge_announces_the_debit_and_holds_it(centre, by):
    charged(centre, by, a_bank_payer(centre))
    notice, attempt = DebitNotice.objects.get(), Attempt.objects.get()
    assert (notice.amount, notice.debit_on, notice.given_at) == (2_000, DAY, NOW)
    assert (attempt.state, attempt.not_before) == ("created", THAT_DAY)
    letter = Message.objects.get(kind="debit_notice")
    assert letter.facts["amount"] == 2_000
    assert letter.facts["debit_on"] == "2026-12-01"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_letter_says_how_much_when_from_where_and_how_to_stop_it(centre, by, language):
    payer = a_bank_payer(centre)
    type(payer.account).objects.filter(pk=payer.account_id).update(language=language)
    charged(centre, by, payer)
    letter = Message.objects.get(kind="debit_notice")
    body = compose(letter).body
    with translation.override(language):
        said = (format_money(2_000, "CAD"), iso_date(DAY), str(gettext("Date of the debit")))
    for words in (*said, "Les Érables", "6789", f"/my/wallet/{Attempt.objects.get().method_id}/"):
        assert words in body
    assert letter.language == language


def test_nothing_leaves_before_the_day_and_it_does_on_the_day(centre, by, sandbox):
    charged(centre, by, a_bank_payer(centre))
    charge_everything(now=EVENING_BEFORE)
    assert (state(), asked_of_the_processor(sandbox)) == (("created", ""), False)
    charge_everything(now=THAT_DAY)
    assert (state(), asked_of_the_processor(sandbox)) == (("pending", ""), True)


def test_f23_a_debit_leaves_only_with_its_notice_for_its_amount_guard_may_leave_in_mark_sent(centre, by, sandbox):
    charged(centre, by, a_bank_payer(centre))
    DebitNotice.objects.update(amount=1_900)
    charge_everything(now=THAT_DAY)
    assert (state(), asked_of_the_processor(sandbox)) == (("not_sent", "not_announced"), False)


def test_f23_a_debit_without_any_notice_never_leaves(centre, by, sandbox):
    charged(centre, by, a_bank_payer(centre))
    DebitNotice.objects.all().delete()
    charge_everything(now=THAT_DAY)
    assert (state(), asked_of_the_processor(sandbox)) == (("not_sent", "not_announced"), False)


def test_f23_a_notice_shorter_than_the_agreement_does_not_count(centre, by, sandbox):
    charged(centre, by, a_bank_payer(centre))
    DebitNotice.objects.update(given_at=NOW + dt.timedelta(days=2))
    charge_everything(now=THAT_DAY)
    assert (state(), asked_of_the_processor(sandbox)) == (("not_sent", "not_announced"), False)


def test_a_debit_that_wakes_too_early_waits_for_its_day(centre, by, sandbox):
    charged(centre, by, a_bank_payer(centre))
    Attempt.objects.update(not_before=None)
    charge_everything(now=EVENING_BEFORE)
    assert (state(), Attempt.objects.get().not_before) == (("created", ""), THAT_DAY)
    assert not asked_of_the_processor(sandbox)


def test_where_notice_was_waived_the_debit_leaves_at_once_and_nobody_is_told(centre, by):
    charged(centre, by, a_bank_payer(centre, notice_days=0))
    charge_everything(now=NOW)
    assert state() == ("pending", "")
    assert not DebitNotice.objects.exists()
    assert not Message.objects.filter(kind="debit_notice").exists()


def test_where_each_debit_is_asked_for_a_mass_charge_leaves_it_out(centre, by):
    payer = a_bank_payer(centre, debit_schedule="sporadic")
    draft = a_charge_draft(centre, [payer.account.owner], by)
    assert list(draft.lines.values_list("state", "reason")) == [("excluded", "asks_each_time")]
    assert not Payment.objects.exists()


def test_a_card_is_charged_instead_of_an_account_that_asks_each_time(centre, by):
    payer = a_bank_payer(centre, debit_schedule="sporadic")
    card = a_saved_method(payer.account)
    an_authorization(centre, method=card)
    assert a_charge_draft(centre, [payer.account.owner], by).lines.get().method == card


def test_whoever_cannot_be_told_is_left_out(centre, by):
    payer = a_bank_payer(centre)
    type(payer.account).objects.filter(pk=payer.account_id).update(email="")
    assert a_charge_draft(centre, [payer.account.owner], by).lines.get().reason == "cannot_be_told"


def test_the_review_says_how_many_are_announced_and_when_they_are_taken(centre, by):
    told, waived = a_bank_payer(centre), a_real_payer(centre, BANK, "Paul Côté")
    draft = a_charge_draft(centre, [told.account.owner, waived.account.owner], by)
    assert announcing.coming_notices(run=draft, on=TODAY) == [(DAY, 1)]


def test_announcing_a_run_asks_the_same_few_questions_for_many(centre, by, django_assert_num_queries):
    people = []
    for number in range(30):
        client = an_account(centre, f"Payeur {number}", email=f"p{number}@example.com")
        an_authorization(centre, method=a_saved_method(client.account, "bank"), **NOTICED)
        an_invoice(client, 2_000, person=client.account.owner)
        people.append(client.account.owner)
    run = confirmed(a_charge_draft(centre, people, by), by)
    assert (DebitNotice.objects.count(), Message.objects.filter(kind="debit_notice").count()) == (30, 30)
    with django_assert_num_queries(5):
        announcing.announce_run(run=run, now=NOW)
