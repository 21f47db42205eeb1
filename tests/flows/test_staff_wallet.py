"""S5, S12, S15, S18, S19: what staff do with a client's wallet, and what they cannot."""

import pytest
import requests
from django.urls import reverse
from django.utils import timezone

from accounts.models import Trail
from billing.models import MassRun
from billing.services import runs
from messaging.models import Message
from tests.billing.money import charge_everything, successes
from tests.billing.views.ways import at, run_at, signed_in, token_of
from tests.billing.ways import an_invoice
from tests.builders import a_client, a_saved_method, an_account, an_authorization, an_organization
from tests.smartrec.pages import shows
from tests.wallet.steps import (
    CARD,
    TYPED_BY_STAFF,
    a_centre,
    a_holder,
    at_processor,
    save,
    the_method,
    type_on_page,
    who_has_signed_in,
)
from wallet.models import Authorization, PaymentMethod, SetupSession

pytestmark = pytest.mark.django_db
FORM = {"channel": "phone", **TYPED_BY_STAFF}


@pytest.fixture
def centre(sandbox):
    return a_centre(sandbox)


@pytest.fixture
def household(centre):
    return who_has_signed_in(a_holder(centre))


def text(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def letters() -> list[str]:
    return sorted(Message.objects.values_list("kind", flat=True))


def review(desk, centre) -> MassRun:
    """A mass charge of everyone, drafted and not confirmed."""
    MassRun.objects.filter(state="draft").update(state="cancelled", ended_at=timezone.now())
    desk.post(at(centre, "accounts-selection"), {"do": "all", "query": "", "shown": ""})
    selection = centre.selections.filter(frozen_ids=None).latest("pk")
    desk.post(at(centre, "mass-charge-new"), {"selection": selection.pk, "which": "balance", "order": "default"})
    return MassRun.objects.get(kind="charge", state="draft")


def expire(sandbox, card: PaymentMethod) -> None:
    """The card ran out years ago, everywhere it is kept."""
    PaymentMethod.objects.filter(pk=card.pk).update(exp_month=1, exp_year=2021)
    given = card.authorizations.get()
    for method, account in ((card.processor_method, ""), (given.processor_method, given.processor_account)):
        headers = {"Stripe-Account": account} if account else {}
        data = {"card[exp_month]": 1, "card[exp_year]": 2021}
        url = f"{sandbox.base_url}/v1/payment_methods/{method}"
        requests.post(url, data, auth=("sk_test_sandbox", ""), headers=headers, timeout=120).raise_for_status()


def test_s5_an_expired_card_is_left_out_then_renewed_by_staff_and_charged_once(centre, desk, household, sandbox):
    save(household.account, organization=centre)
    card = the_method(household.account)
    expire(sandbox, card)
    an_invoice(household, 2_000, person=household.account.owner)
    assert review(desk, centre).lines.get().reason == "card_expired"

    given = card.authorizations.get()
    renewed = desk.post(at(centre, "client-card-expiry", household.pk, given.pk), {"expiry": "08/31"}, follow=True)
    assert "Visa ending in 4242 now expires 08/31" in text(renewed)
    for method, account in ((card.processor_method, ""), (given.processor_method, given.processor_account)):
        assert at_processor(sandbox, f"payment_methods/{method}", account)["card"]["exp_year"] == 2031
    assert "method_renewed" in letters()
    assert Trail.objects.get(verb="method_renewed").facts == {"method": "visa •• 4242", "expiry": "08/31"}

    run = review(desk, centre)
    desk.post(run_at(run, "confirmation"), {"token": token_of(run), "typed": 1})
    charge_everything()
    runs.finish_charges(now=timezone.now())
    assert list(successes(sandbox).values()) == [1]
    household.refresh_from_db()
    assert household.balance == 0


def test_s12_another_organization_s_staff_find_no_trace_of_the_method(centre, household, sandbox):
    save(household.account, organization=centre)
    given = Authorization.objects.get()
    other = an_organization("soccer")
    theirs = a_client(other, household.account)
    desk = signed_in("finance", other)
    file = text(desk.get(at(other, "client-wallet", theirs.pk)))
    pages = [file, text(desk.get(at(other, "client", theirs.pk)))]
    pages += [text(desk.get(at(other, name))) for name in ("people", "accounts", "action-center-expiring")]
    for page in pages:
        assert not shows(page, "4242")
    assert "has not authorized a card or bank account" in file
    assert 'Wallet <span class="count">0<' in file
    for name in ("client-card-expiry", "client-permission-end"):
        assert desk.get(at(other, name, theirs.pk, given.pk)).status_code == 404
    assert str(household) not in text(desk.get(at(other, "accounts"), {"card": "yes"}))


def test_s15_staff_save_a_card_for_the_client_who_owns_it_and_is_told(centre, desk, household, sandbox):
    page = text(desk.get(at(centre, "client-card-new", household.pk)))
    assert "débiter pour les achats" in page or "charge it for purchases" in page
    leaving = desk.post(at(centre, "client-card-new", household.pk), FORM)
    assert (leaving.status_code, PaymentMethod.objects.count()) == (303, 0)
    back = type_on_page(leaving["Location"], **CARD)
    assert "It is saved in the client’s wallet." in text(desk.get(back.headers["Location"], follow=True))

    card, given = the_method(household.account), Authorization.objects.get()
    assert (card.last4, card.address_postal_code) == ("4242", "J4B 5K2")
    assert (given.organization, given.state, given.channel) == (centre, "granted", "phone")
    assert given.granted_by == SetupSession.objects.get().created_by != household.account.user
    assert given.consent_version
    assert given.ip is None
    assert letters() == ["authorization_granted", "method_saved"]
    assert set(Message.objects.values_list("client", "organization")) == {(household.pk, centre.pk)}
    assert "Given by telephone" in text(desk.get(at(centre, "client-wallet", household.pk)))


def test_s15_the_same_card_again_is_brought_up_to_date_and_not_an_eleventh(centre, desk, household):
    save(household.account, expiry="08/30")
    for _ in range(9):
        a_saved_method(household.account)
    PaymentMethod.objects.filter(fingerprint="").update(status="removed")
    leaving = desk.post(at(centre, "client-card-new", household.pk), FORM)
    back = type_on_page(leaving["Location"], **{**CARD, "expiry": "09/31"})
    assert "already in the client’s wallet" in text(desk.get(back.headers["Location"], follow=True))
    card = the_method(household.account)
    assert (card.exp_month, card.exp_year) == (9, 2031)
    assert Authorization.objects.get().state == "granted"
    assert letters() == ["authorization_granted", "method_renewed", "method_saved"]
    told = Message.objects.get(kind="method_renewed")
    assert (told.client, told.organization) == (household, centre)


def test_s18_nothing_is_saved_for_a_client_who_never_signed_in(centre, desk, sandbox):
    stranger = an_account(centre, "Jean Neuf", email="jean@example.com")
    page = text(desk.get(at(centre, "client-wallet", stranger.pk)))
    assert "never signed in" in page
    assert at(centre, "client-card-new", stranger.pk) not in page
    assert "disabled" in page
    for name in ("client-card-new", "client-bank-new"):
        refused = text(desk.get(at(centre, name, stranger.pk), follow=True))
        assert "never signed in" in refused
        assert desk.post(at(centre, name, stranger.pk), FORM).status_code == 422
    assert (SetupSession.objects.count(), letters()) == (0, [])


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("address_line1", "Enter the billing address."),
        ("address_postal_code", "Enter the postal code of the billing address."),
        ("agree", "Tick the box once the client agrees."),
        ("channel", "Choose how the client agrees."),
    ],
)
def test_s19_without_a_billing_address_or_the_client_s_word_nobody_leaves_for_the_page(
    centre, desk, household, missing, said
):
    sent = {name: value for name, value in FORM.items() if name != missing}
    refused = desk.post(at(centre, "client-card-new", household.pk), sent)
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert SetupSession.objects.count() == 0


def test_staff_give_up_the_right_to_charge_and_the_client_is_told(centre, desk, household, sandbox):
    save(household.account, organization=centre)
    given = Authorization.objects.get()
    page = at(centre, "client-permission-end", household.pk, given.pk)
    assert "We will no longer be able to charge" in text(desk.get(page))
    assert "We may no longer charge" in text(desk.post(page, follow=True))
    given.refresh_from_db()
    assert (given.state, given.revoked_by.email) != ("granted", household.account.user.email)
    assert given.state == "revoked"
    assert (
        at_processor(sandbox, f"payment_methods/{given.processor_method}", given.processor_account)["customer"] is None
    )
    assert "authorization_revoked" in letters()
    assert desk.get(page).status_code == 404


def test_a_link_sent_by_staff_opens_the_wallet_once_and_is_not_in_the_messages(centre, desk, sandbox, client):
    stranger = an_account(centre, "Jean Neuf", email="jean@example.com", language="en")
    page = at(centre, "client-wallet-link", stranger.pk)
    assert "A link was sent to jean@example.com" in text(desk.post(page, {"kind": "card"}, follow=True))
    again = desk.post(page, {"kind": "card"})
    assert again.status_code == 422
    assert "less than 10 minutes ago" in again.content.decode()
    message = Message.objects.get(kind="add_method_link")
    assert (message.client, message.organization, message.language) == (stranger, centre, "en")
    assert "token" not in str(message.facts)
    assert "asks you to add a card" in text(desk.get(at(centre, "client-messages", stranger.pk)))
    assert message.facts["next"] == reverse("my-card-new")


def test_a_client_without_an_address_is_sent_no_link(centre, desk):
    nobody = an_account(centre, "Jean Neuf")
    page = at(centre, "client-wallet-link", nobody.pk)
    assert "has no email address" in text(desk.get(page))
    assert desk.post(page, {"kind": "card"}).status_code == 422
    assert letters() == []


def test_other_organizations_permissions_stay_out_of_reach(centre, desk, household):
    other = an_organization("soccer")
    a_client(other, household.account)
    theirs = an_authorization(other, method=a_saved_method(household.account))
    for name in ("client-card-expiry", "client-permission-end"):
        assert desk.post(at(centre, name, household.pk, theirs.pk), {"expiry": "08/31"}).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.state, theirs.method.exp_year) == ("granted", 2028)
