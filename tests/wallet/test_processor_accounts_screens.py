"""Settings › Payments, as the owner of an organization meets it."""

import pytest

from accounts.models import Organization
from smartrec.navigation import Shell
from tests.billing.views.ways import at, signed_in
from tests.builders import an_account_at_the_processor, an_organization
from tests.wallet.steps import a_centre
from wallet.models import ProcessorAccount

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def centre(sandbox) -> Organization:
    return an_organization("erables", processor_account="")


@pytest.fixture
def desk(centre):
    return signed_in("owner", centre)


def shown(desk, centre) -> str:
    response = desk.get(at(centre, "settings-payments"))
    assert response.status_code == 200
    return response.content.decode()


def press(desk, centre, name: str, *args: object, **sent: object) -> str:
    return desk.post(at(centre, name, *args), sent, follow=True).content.decode()


def test_a_single_centre_reads_that_it_is_paid_here(desk, centre):
    page = shown(desk, centre)
    assert "Payments arrive in the account of this installation." in page
    assert "Open an account" in page


def test_an_organization_known_by_its_account_alone_is_told_so(sandbox):
    centre = a_centre(sandbox)
    assert "arrive in this organization’s account" in shown(signed_in("owner", centre), centre)


def test_open_answer_and_come_back(desk, centre, sandbox):
    sandbox.onboarding(on=True)
    page = press(desk, centre, "settings-accounts", after="0")
    account = ProcessorAccount.objects.get()
    assert all(words in page for words in ("To finish", "Primary", "The processor still needs:", "the bank account"))
    assert "Open an account" not in page
    away = desk.post(at(centre, "settings-account-onboarding", account.pk))
    assert (away.status_code, away["Location"].startswith(sandbox.base_url)) == (303, True)
    sandbox.activate(account.processor_id)
    back = desk.get(at(centre, "settings-account-return", account.pk), follow=True).content.decode()
    assert "Payments can be taken in this account." in back
    account.refresh_from_db()
    assert account.status == "ready"


def test_coming_back_says_nothing_by_itself(desk, centre, sandbox):
    sandbox.onboarding(on=True)
    press(desk, centre, "settings-accounts", after="0")
    account = ProcessorAccount.objects.get()
    back = desk.get(at(centre, "settings-account-return", account.pk), follow=True).content.decode()
    assert "still needs something" in back
    assert not ProcessorAccount.objects.get().charges_enabled


def test_an_expired_address_at_the_processor_is_replaced(desk, centre):
    press(desk, centre, "settings-accounts", after="0")
    again = at(centre, "settings-account-onboarding", ProcessorAccount.objects.get().pk)
    assert desk.get(again)["Location"] != desk.get(again)["Location"]


def test_the_form_sent_twice_opens_one_account(desk, centre):
    for _twice in range(2):
        press(desk, centre, "settings-accounts", after="0")
    assert ProcessorAccount.objects.count() == 1


def test_another_account_becomes_the_primary_and_the_former_is_closed(desk, centre):
    press(desk, centre, "settings-accounts", after="0")
    first = ProcessorAccount.objects.get()
    press(desk, centre, "settings-accounts", after=first.pk)
    second = ProcessorAccount.objects.exclude(pk=first.pk).get()
    assert "New payments now arrive" in press(desk, centre, "settings-account-primary", second.pk)
    assert Organization.objects.get(pk=centre.pk).processor_account == second.processor_id
    assert "no longer used" in press(desk, centre, "settings-account-closing", first.pk)
    assert "Make another one the primary first" in press(desk, centre, "settings-account-closing", second.pk)


def test_a_restricted_account_says_what_is_wanted(desk, centre, sandbox):
    press(desk, centre, "settings-accounts", after="0")
    account = ProcessorAccount.objects.get()
    sandbox.restrict(account.processor_id, "external_account", "person_1.verification.document")
    page = press(desk, centre, "settings-account-state", account.pk)
    assert "Restricted" in page
    assert "the bank account to pay out to, details of the people who represent it" in page
    assert "Details that were asked for are overdue." in page


def test_a_processor_that_is_away_is_said(desk, centre, sandbox):
    sandbox.fault("unavailable", path="/v1/accounts", count=3, should_retry="false")
    assert "has not answered yet" in press(desk, centre, "settings-accounts", after="0")
    account = ProcessorAccount.objects.get()
    sandbox.clear_faults()
    assert "was checked" in press(desk, centre, "settings-account-state", account.pk)
    sandbox.fault("unavailable", method="GET", path="/v1/account", count=3, should_retry="false")
    assert "does not answer" in press(desk, centre, "settings-account-state", account.pk)


def test_whoever_only_reads_finds_no_button(centre):
    an_account_at_the_processor(centre, processor_id="acct_1")
    auditor = signed_in("auditor", centre)
    assert "<form" not in shown(auditor, centre).partition("<main")[2].partition("</main>")[0]
    for name in ("settings-accounts", "settings-debits"):
        assert auditor.post(at(centre, name)).status_code == 403


def test_the_terms_of_debits_are_changed_and_a_forbidden_pair_is_refused(desk, centre):
    refused = desk.post(at(centre, "settings-debits"), {"schedule": "sporadic", "notice_days": 0})
    assert (refused.status_code, "cannot be waived" in refused.content.decode()) == (422, True)
    assert "The terms are saved." in press(desk, centre, "settings-debits", schedule="sporadic", notice_days=12)
    centre.refresh_from_db()
    assert (centre.debit_schedule, centre.debit_notice_days) == ("sporadic", 12)
    assert "12" in shown(desk, centre)


def test_settings_are_in_the_menu_of_whoever_may_see_them(centre, rf):
    found = {}
    for role in ("owner", "auditor", "front_desk"):
        request = rf.get("/")
        request.resolver_match, request.organization = None, centre
        request.membership = signed_in(role, centre).user.membership_for(centre.slug)
        lines = [str(line.label) for section in Shell(request).sections for line in section]
        found[role] = "Settings" in lines
    assert found == {"owner": True, "auditor": True, "front_desk": False}
