"""Whose is something found in an account at the processor? Only where that is certain may its details be shown."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Client, Organization
from billing.models import Payment
from wallet.models import Authorization, ProcessorAccount, ProcessorCustomer

# What is written on every payment that is prepared here.
MARKS = {"organization", "payment", "key"}


def paid_in(processor_account: str) -> QuerySet[Organization]:
    """The organizations whose clients' money arrives in that account, or once did."""
    now = Organization.objects.filter(processor_account=processor_account)
    opened = ProcessorAccount.objects.filter(processor_id=processor_account).exclude(processor_id="")
    taken = Payment.objects.filter(
        organization=OuterRef("pk"), processor_account=processor_account, received_on=None
    ).exclude(processor_payment="")
    return (
        now
        | Organization.objects.filter(pk__in=opened.values("organization"))
        | Organization.objects.filter(Exists(taken))
    )


def owner_of(processor_account: str, marks: Mapping[str, str]) -> tuple[Organization | None, list[Organization]]:
    """The one organization it belongs to, or those it may belong to.

    Alone in its account, it is theirs. In an account that several share, our own mark on it says whose it is; a mark
    that names somebody who is not paid there is not believed.
    """
    candidates = list(paid_in(processor_account).order_by("pk"))
    if len(candidates) == 1:
        return candidates[0], []
    named = next((one for one in candidates if str(one.pk) == marks.get("organization")), None)
    return (named, []) if named else (None, candidates)


def may_be_ours(processor_account: str, marks: Mapping[str, str]) -> bool:
    """Whether a charge could be of this product: where other software charges as well, only what bears our marks."""
    return processor_account not in settings.PROCESSOR_ACCOUNTS_USED_ELSEWHERE or bool(MARKS & marks.keys())


def client_of(organization: Organization, processor_account: str, customer: str) -> Client | None:
    """The client whom the processor knows by that name, if this organization serves them."""
    if not customer:
        return None
    mine = Client.objects.filter(organization=organization)
    allowed = Authorization.objects.filter(
        organization=organization, processor_account=processor_account, processor_customer=customer
    )
    known = ProcessorCustomer.objects.filter(processor_account=processor_account, processor_id=customer)
    return (
        mine.filter(pk__in=allowed.values("client")).first() or mine.filter(account__in=known.values("account")).first()
    )
