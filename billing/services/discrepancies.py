"""Charges that do not agree: found, kept once, told to those who can act, and ended by a person or by themselves."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Organization, StaffMembership, User
from accounts.services import trail
from billing.models import Discrepancy, Payment, Refund
from billing.services import owning
from messaging.services import outbox
from messaging.services.outbox import Letter
from smartrec import card_numbers
from smartrec.errors import Refused
from smartrec.roles import roles_with

log = logging.getLogger("billing.discrepancies")
PERMISSION, OWNERS = "payments.reconcile", ["owner"]
# What the processor keeps of a charge that may name somebody: shown where it is certain whose it is.
PRIVATE = ("description", "customer", "error")
FACTS = ("amount", "currency", "theirs", "ours", "payment", "refund", "client")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing on which the two sides differ. `marks` are ours, as the processor gives them back."""

    kind: str
    processor_account: str
    object_id: str
    amount: int = 0
    currency: str = ""
    theirs: Mapping[str, Any] = field(default_factory=dict)
    ours: Mapping[str, Any] = field(default_factory=dict)
    payment: Payment | None = None
    refund: Refund | None = None
    marks: Mapping[str, str] = field(default_factory=dict)


def record(found: Found, *, now: dt.datetime) -> int:
    """Keep what was found, for whoever it concerns; the answer is how many discrepancies are new.

    One that is open is seen again. One that a person handled stays handled as long as both sides say what they said.
    """
    if found.payment is not None:
        return _keep(found, found.payment.organization, shared=False, now=now)
    owner, candidates = owning.owner_of(found.processor_account, found.marks)
    if owner is not None or not candidates:
        return _keep(found, owner, shared=False, now=now)
    return sum(_keep(found, one, shared=True, now=now) for one in candidates)


@transaction.atomic
def _keep(found: Found, organization: Organization | None, *, shared: bool, now: dt.datetime) -> int:
    facts = _facts(found, organization, shared=shared)
    about = Discrepancy.objects.filter(
        organization=organization,
        processor_account=found.processor_account,
        object_id=found.object_id,
        kind=found.kind,
    )
    if about.open().update(last_seen_at=now, **facts):
        return 0
    last = about.order_by("-found_at").first()
    if last is not None and last.how == "handled" and (last.theirs, last.ours) == (facts["theirs"], facts["ours"]):
        return 0
    row = Discrepancy(
        organization=organization,
        processor_account=found.processor_account,
        object_id=found.object_id,
        kind=found.kind,
        shared=shared,
        found_at=now,
        last_seen_at=now,
        **facts,
    )
    Discrepancy.objects.bulk_create([row], ignore_conflicts=True)
    about_it = {"kind": found.kind, "object": found.object_id, "account": found.processor_account}
    log.critical("charges_disagree", extra={**about_it, "organization": organization.slug if organization else ""})
    return 1


def _facts(found: Found, organization: Organization | None, *, shared: bool) -> dict[str, Any]:
    theirs = {name: value for name, value in found.theirs.items() if not (shared and name in PRIVATE)}
    if "description" in theirs:
        theirs["description"] = card_numbers.remove(theirs["description"])[:200]
    client = found.payment.client if found.payment else None
    if client is None and organization is not None and not shared:
        client = owning.client_of(organization, found.processor_account, found.theirs.get("customer", ""))
    return {
        "amount": found.amount,
        "currency": found.currency,
        "theirs": theirs,
        "ours": dict(found.ours),
        "payment": found.payment,
        "refund": found.refund,
        "client": client,
    }


def gone(discrepancies: Iterable[int], *, now: dt.datetime) -> int:
    """The two sides agree again: nobody has to do anything more."""
    found = Discrepancy.objects.open().filter(pk__in=list(discrepancies))
    return found.update(resolved_at=now, how="gone")


@transaction.atomic
def handle(*, discrepancy: Discrepancy, note: str, by: User, now: dt.datetime) -> None:
    """A person looked into it and says what was done. Raises `Refused` when it is not open any more."""
    mine = Discrepancy.objects.open().filter(pk=discrepancy.pk)
    if not mine.update(resolved_at=now, resolved_by=by, how="handled", note=note):
        raise Refused(_("This was resolved meanwhile."))
    organization = discrepancy.organization
    if organization is None:
        return
    trail.record(
        organization=organization,
        client=discrepancy.client,
        verb="discrepancy_handled",
        by=by,
        now=now,
        facts={
            "object": discrepancy.object_id,
            "amount": discrepancy.amount,
            "currency": discrepancy.currency or organization.currency,
            "reason": note,
        },
    )


@transaction.atomic
def tell_new(*, now: dt.datetime) -> int:
    """Write once to those who can act about what nobody was told of yet; the answer is how many discrepancies."""
    untold = Discrepancy.objects.open().filter(told_at=None).exclude(organization=None)
    by_organization: dict[tuple[int, bool], list[int]] = defaultdict(list)
    rows = untold.select_for_update().order_by("pk").values_list("organization", "shared", "pk")
    for organization, shared, pk in rows:
        by_organization[organization, shared].append(pk)
    for (organization, shared), found in by_organization.items():
        outbox.write_many(_letters(organization, found, shared=shared))
        Discrepancy.objects.filter(pk__in=found).update(told_at=now)
    return sum(map(len, by_organization.values()))


def _letters(organization: int, found: list[int], *, shared: bool) -> list[Letter]:
    """To the owners and the finance administrators; of what may be another organization's, to the owners alone."""
    staff = StaffMembership.objects.filter(organization=organization, is_active=True, user__is_active=True)
    staff = staff.filter(role__in=OWNERS if shared else roles_with(PERMISSION))
    return [
        Letter(
            organization_id=organization,
            client_id=None,
            kind="charges_disagree",
            key=f"discrepancy/{found[0]}/{one.user_id}",
            to=one.user.email,
            language=one.user.language or one.organization.default_language,
            facts={
                "count": len(found),
                "path": reverse("action-center-disagreeing", args=[one.organization.slug]),
            },
        )
        for one in staff.select_related("user", "organization").order_by("pk")
    ]
