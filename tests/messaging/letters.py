"""Messages to read in tests: one of each kind, with the facts a room would give."""

from itertools import count

from accounts.models import Organization
from messaging.models import Message
from tests.builders import NOW

_serial = count(1)
PAYMENT = {"payment": "P-09931", "amount": 6200, "currency": "CAD", "method": "visa •• 4242", "note": ""}
METHOD = {"method": "visa •• 4242", "method_kind": "card", "by": "staff"}
RUN = {
    "run": "FM-0118", "kind": "charge", "state": "finished", "currency": "CAD",
    "path": "/o/erables/finance/mass-charges/4/",
    "accepted": 275, "accepted_amount": 3_604_750, "processing": 32, "processing_amount": 435_775,
    "failed": 11, "failed_amount": 216_725,
}  # fmt: skip
WAITING = {
    "run": "FM-0118", "run_kind": "charge", "title": "Camp de jour", "count": 286, "total": 3_821_475,
    "currency": "CAD", "confirmed_by": "Sylvie Paquette", "starts": "2026-12-01T09:00",
    "path": "/o/erables/finance/mass-charges/4/",
}  # fmt: skip
FACTS = {
    "receipt": {**PAYMENT, "amount": 10_233, "note": "Camp de jour"},
    "payment_failed": {**PAYMENT, "reason": "insufficient_funds"},
    "payment_to_confirm": {**PAYMENT, "path": "/my/payments/12/"},
    "payment_returned": {**PAYMENT, "reason": "insufficient_funds"},
    "refund_sent": {**PAYMENT, "note": "Cours annulé"},
    "desk_refund": {
        "refund": "R-00012",
        "amount": 6200,
        "currency": "CAD",
        "given_as": "Comptant",
        "reason": "given",
        "note": "Camp annulé",
    },
    "credit_note": {
        "credit": "NC-00012",
        "invoice": "F-05873",
        "description": "Annulation",
        "amount": 6200,
        "refunded": 6200,
        "currency": "CAD",
        "note": "",
    },
    "deposit": {
        "payment": "P-09931",
        "amount": 6200,
        "currency": "CAD",
        "received_as": "Chèque 204",
        "what_for": "Clé du gymnase",
        "note": "",
    },
    "mass_message": {
        "subject_fr": "Fermeture lundi",
        "body_fr": "Bonjour {name},\nvotre solde est de {balance}.",
        "subject_en": "Closed on Monday",
        "body_en": "Hello {name},\nyour balance is {balance}.",
        "name": "Marie Roy",
        "balance": 6200,
        "currency": "CAD",
    },
    "statement": {
        "account": "C-00042",
        "balance": 6200,
        "overdue": 2000,
        "currency": "CAD",
        "first": "2026-11-01",
        "last": "2026-11-30",
        "path": "/my/pay/7/",
    },
    "debit_notice": {**PAYMENT, "debit_on": "2026-12-02", "path": "/my/wallet/7/"},
    "debit_request": {
        "amount": 2000,
        "currency": "CAD",
        "method": "Desjardins •• 6789",
        "until": "2026-12-05",
        "path": "/my/debits/7/",
    },
    "method_saved": METHOD,
    "method_renewed": {**METHOD, "expiry": "08/29"},
    "method_expiring": {
        **METHOD,
        "last_day": "2026-12-31",
        "authorized": "Les Érables",
        "path": "/my/wallet/7/replace/",
    },
    "method_unusable": {**METHOD, "reason": "bank_account_closed"},
    "method_replaced": {**METHOD, "old": "mastercard •• 5519", "authorized": "Les Érables"},
    "authorization_granted": METHOD,
    "authorization_revoked": METHOD,
    "invoice": {
        "invoice": "F-05873",
        "what": "Frais de retard",
        "total": 2_000,
        "balance": 2_000,
        "currency": "CAD",
        "due_on": "2026-11-30",
        "path": "/my/invoices/12/",
    },
    "office_notice": {
        "act": "credit_issued",
        "number": "NC-00012",
        "amount": 4_500,
        "currency": "CAD",
        "by": "Denise Lachapelle",
        "client": "Marie Tremblay (1042)",
        "reason": "Blessure",
        "path": "/o/erables/finance/credits/12/",
    },
    "run_finished": RUN,
    "run_to_approve": {**WAITING, "excluded": 54},
    "run_approved": {**WAITING, "by": "Jean Roy"},
    "run_sent_back": {**WAITING, "by": "Jean Roy", "why": "Le 54 est à revoir."},
    "run_held_back": {**WAITING, "why": "account_not_ready"},
    "invoices_wait": {**WAITING, "why": "period_closed", "waiting": 12},
    "run_reminder": {**WAITING, "excluded": 54, "monthly": True},
    "run_paused": {
        "run": "FM-0007",
        "kind": "charge",
        "why": "unanswered",
        "n": 12,
        "of": 40,
        "path": "/o/erables/finance/charges/7/",
    },
    "charges_disagree": {"count": 2, "path": "/o/erables/finance/action-center/disagreeing/"},
    "books_disagree": {"count": 3, "path": "/o/erables/settings/closing/"},
}


def a_message(kind: str = "receipt", *, organization: Organization | None = None, **fields: object) -> Message:
    """A queued message; `facts` replaces or adds facts."""
    facts = {**FACTS.get(kind, {}), **fields.pop("facts", {})}
    values = {"to": "marie@example.com", "language": "fr", "key": f"test/{next(_serial)}", **fields}
    message = Message.objects.create(organization=organization, kind=kind, facts=facts, **values)
    Message.objects.filter(pk=message.pk).update(created_at=NOW)
    message.refresh_from_db()
    return message
