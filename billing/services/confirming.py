"""A payment whose bank wants to see the holder first: the holder confirms it there, on the same payment.

The processor's payment stays the one it was, so it can succeed only once, however often this is tried.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from billing.models import Attempt, Payment
from billing.services import leaving, locking, retrying
from billing.services.sending import charge_of
from billing.services.settling import settle
from billing.services.unanswered import AT_THE_BANK
from smartrec.errors import Refused
from wallet.models import Authorization
from wallet.processor import Verdict
from wallet.processor.registry import get_processor

TIME_AT_THE_BANK = dt.timedelta(minutes=30)


def confirm_with_holder(*, payment: Payment, by: User, now: dt.datetime) -> str:
    """Try the payment once more with its holder there; the answer is the bank's page to send them to, if it asks.

    Raises `Refused` when it does not wait for them any more: taken, paid another way, or no longer authorized.
    """
    attempt = _begin(payment, by, now)
    outcome = get_processor().confirm_payment(charge_of(attempt))
    if outcome.verdict is Verdict.NEEDS_CLIENT and outcome.next_url:
        return outcome.next_url
    settle({attempt.pk: outcome}, now=now)
    return ""


@transaction.atomic
def _begin(payment: Payment, by: User, now: dt.datetime) -> Attempt:
    """The new attempt, *sent* before anything leaves: whatever happens next, one reading tells what became of it."""
    locking.hold(clients=[payment.client_id], payments=[payment.pk])
    last = payment.attempts.order_by("-number").first()
    if last is None or last.state != "needs_client":
        raise Refused(_("This payment does not wait for you any more."))
    if retrying.of_an_undone_run(payment):
        raise Refused(_("This payment was undone by the centre: nothing is charged."))
    here = {"pk": last.authorization_id, "processor_account": payment.processor_account}
    if not Authorization.objects.chargeable().filter(**here).exists():
        raise Refused(_("This payment method may no longer be charged."))
    _check_debt(last)
    attempt = Attempt.objects.create(
        organization_id=payment.organization_id,
        payment=payment,
        number=last.number + 1,
        method_id=last.method_id,
        authorization_id=last.authorization_id,
        processor_account=payment.processor_account,
        on_session=True,
        state="sent",
        sent_at=now,
        lease_until=now + TIME_AT_THE_BANK,
        created_by=by,
        created_at=now,
    )
    return Attempt.objects.select_related("payment", "method", "authorization").get(pk=attempt.pk)


def _check_debt(last: Attempt) -> None:
    found = leaving.standing(last)
    if found == "paid":
        raise Refused(_("Nothing is due any more: it was paid another way."))
    if found:
        raise Refused(_("This balance is already being paid. Wait for that payment to end."))


def finish_at_the_bank(*, payment: Payment, now: dt.datetime) -> None:
    """Back from the bank's page: book what became of the payment. Being late or here twice changes nothing.

    While the page still waits for them, the payment counts as on its way."""
    attempt = payment.attempts.order_by("-number").first()
    if attempt is None or attempt.state != "sent" or not attempt.on_session:
        return
    found = get_processor().read_payment(payment=payment.processor_payment, processor_account=payment.processor_account)
    if found.verdict is not Verdict.NOT_SENT and found.code != AT_THE_BANK:
        settle({attempt.pk: found}, now=now)
