"""Ways in which the processor and the books come to say different things, and the looks that find it."""

import datetime as dt

from django.utils import timezone

from accounts.models import Organization
from billing.models import Attempt, Comparison, Discrepancy, Payment
from billing.services import comparing
from tests.billing.given_back import CARD
from tests.billing.money import a_real_payer, charge_everything
from tests.billing.ways import a_charge_draft, confirmed
from tests.builders import NOW, an_account, staff
from tests.wallet.processor.acts import customer, saved
from wallet.processor import Charge, Intent, Verdict
from wallet.processor.registry import get_processor

# Their clock and ours may be some minutes apart: what is younger is not missed yet.
SOON = dt.timedelta(minutes=10)


def look(account: str = "", *, days: int = 3, after: dt.timedelta = SOON, processor=None) -> Comparison:
    """The daily comparison of one account, as if it took place a little later."""
    return comparing.compare(
        account=account,
        back=dt.timedelta(days=days),
        processor=processor or get_processor(),
        clock=lambda: timezone.now() + after,
    )


def kinds(**wanted: object) -> list[str]:
    """The kinds of what is open."""
    return list(Discrepancy.objects.open().filter(**wanted).order_by("kind", "pk").values_list("kind", flat=True))


def charged(centre: Organization, token: str = CARD, name: str = "Marie Roy") -> Attempt:
    """One mass charge of one client, sent."""
    payer = a_real_payer(centre, token, name)
    by = staff("finance", centre)
    run = confirmed(a_charge_draft(centre, [payer.account.owner], by), by)
    charge_everything()
    return Attempt.objects.select_related("payment__client").get(payment__run=run)


def charged_there(key: str = "by-hand", *, cents: int = 4_500, token: str = CARD, mark: str = "", **marks: str) -> str:
    """Somebody charges a card at the processor itself, and writes our `mark` and others on it."""
    stripe = get_processor()
    who = customer(stripe)
    intent = Intent(
        key=f"pi:{key}",
        processor_account="",
        amount=cents,
        currency="CAD",
        customer=who,
        rails=("card",),
        description="Typed at the processor, 4242 4242 4242 4242",
        metadata={**({"key": mark} if mark else {}), **marks},
    )
    payment = stripe.create_payment(intent).payment
    method = saved(stripe, token=token).method
    charge = Charge(key=f"cf:{key}", payment=payment, processor_account="", method=method, mandate="", rail="card")
    assert stripe.confirm_payment(charge).verdict is Verdict.SUCCEEDED
    return payment


def believed_taken(centre: Organization, intent: str, *, cents: int = 2_000, at: dt.datetime | None = None) -> Payment:
    """A payment that we hold for taken, under that number of the processor's; nothing of it is in the books."""
    client = an_account(centre, "Luc Côté")
    fields = {"processor_payment": intent, "currency": "CAD", "kind": "card", "created_at": NOW}
    number = Payment.objects.filter(organization=centre).count() + 901
    payment = Payment.objects.create(organization=centre, client=client, number=number, amount=cents, **fields)
    at = at or timezone.now()
    Attempt.objects.create(organization=centre, payment=payment, created_at=at, sent_at=at, state="pending")
    return payment


def a_discrepancy(organization: Organization, kind: str = "unknown_charge", **facts: object) -> Discrepancy:
    """Something found a while ago, whatever the processor says now."""
    told = {"state": "succeeded", "amount": 4_500, "currency": "CAD", "at": NOW.isoformat()}
    fields = {
        "processor_account": organization.processor_account,
        "object_id": "pi_found",
        "amount": 4_500,
        "currency": "CAD",
        "theirs": told,
        "found_at": NOW,
        "last_seen_at": NOW,
        "told_at": NOW,
    }
    return Discrepancy.objects.create(organization=organization, kind=kind, **{**fields, **facts})
