"""Failed payments for tests, made as the product makes them: a mass charge of one, and the processor's answer."""

import datetime as dt

from accounts.models import Client, Organization, User
from billing.models import Attempt
from billing.services.settling import settle
from tests.billing.ways import a_charge_draft, an_invoice, confirmed
from tests.builders import NOW, a_saved_method, an_account, an_authorization
from wallet.processor import Outcome, Verdict


def a_debtor(organization: Organization, name: str, cents: int = 2_000, **method: object) -> Client:
    """A client who owes `cents` and has authorized one method."""
    client = an_account(organization, name, email="client@example.com")
    an_authorization(organization, method=a_saved_method(client.account, **method))
    an_invoice(client, cents, person=client.account.owner)
    return client


def answer(attempt: Attempt, verdict: Verdict, *, code: str = "", now: dt.datetime = NOW) -> Attempt:
    """The attempt was sent, and the processor answers."""
    Attempt.objects.filter(pk=attempt.pk, state="created").move("sent", sent_at=now, lease_until=now)
    settle({attempt.pk: Outcome(verdict=verdict, code=code)}, now=now)
    attempt.refresh_from_db()
    return attempt


def an_attempt(
    organization: Organization, by: User, name: str = "Marie Roy", *, cents: int = 2_000, **method: object
) -> Attempt:
    """A payment confirmed and not yet sent."""
    client = a_debtor(organization, name, cents, **method)
    confirmed(a_charge_draft(organization, [client.account.owner], by), by)
    return Attempt.objects.get(payment__client=client)


def a_failure(
    organization: Organization,
    by: User,
    name: str = "Marie Roy",
    *,
    code: str = "insufficient_funds",
    now: dt.datetime = NOW,
    **more: object,
) -> Attempt:
    """A payment the bank refused."""
    return answer(an_attempt(organization, by, name, **more), Verdict.DECLINED, code=code, now=now)
