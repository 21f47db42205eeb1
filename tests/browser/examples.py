"""One of everything a page can show, made on the running product with its own services.

Run there by `stack.manage("shell", "-c", "from tests.browser import examples; examples.show()")`; answers with keys.
"""

import datetime as dt
import json
import sys
import time
import uuid
from collections.abc import Iterator

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Account, Client, Organization, Person, Selection, StaffMembership, User
from action_center.services import handling
from billing.models import Attempt, Invoice, InvoiceItem, LedgerCode, MassRun, Movement, Payment
from billing.services import (
    batches,
    charge_runs,
    invoice_or_charge,
    invoice_runs,
    matching,
    message_runs,
    paying,
    refund_runs,
    refunding,
    runs,
    starting,
    writing_invoices,
)
from billing.services.parts import Order
from billing.services.registering import Choices
from billing.services.repeating import Monthly
from registration.services import uploads
from tests.billing.asked import a_debit_request
from tests.billing.credits import a_memo, cancelled
from tests.billing.desk import received
from tests.billing.differing import a_discrepancy
from tests.billing.handed_back import a_deposit, handed_back
from tests.billing.ways import an_invoice
from tests.browser import passkeys
from tests.browser.running import PASSWORD
from tests.builders import a_saved_method
from wallet.models import Authorization, PaymentMethod

# The last digits of the demo's cards: some take a charge, some fail, each for a reason of its own.
GOOD, FAILING = ("4242", "4444", "5556"), ("9995", "0002", "9987", "0069", "3184")
CLIENTS = """Foyer;Rôle;Prénom;Nom;Date de naissance;Courriel
F-9001;titulaire;Anne;Roy;1980-02-30;anne@courriel.example
F-9002;titulaire;Luc;Côté;1975-05-06;luc@courriel.example
F-9002;membre;Zoé;Côté;2015-05-06;
"""


def show() -> None:
    """Make the examples and print their keys, as one line of JSON."""
    organization = Organization.objects.get(slug="erables")
    owner = User.objects.get(email="owner@erables.example")
    made = {"org": organization.slug}
    made |= _runs(Maker(organization, owner))
    made |= _discrepancies(organization, Payment.objects.get(pk=made["payment"]))
    made |= _wallet(organization)
    made |= _files(organization, owner)
    made |= _batches(organization, owner)
    made |= _people_of_their_own(organization)
    sys.stdout.write(json.dumps(made) + "\n")


class Maker:
    """Drafts and runs of one organization, by one person, now."""

    def __init__(self, organization: Organization, by: User) -> None:
        self.organization, self.by = organization, by

    @property
    def when(self) -> dict[str, dt.datetime]:
        return {"now": timezone.now()}

    def methods(self, last4s: tuple[str, ...]) -> QuerySet[PaymentMethod]:
        """Such cards of households that let the organization charge them."""
        granted = {"authorizations__organization": self.organization, "authorizations__state": "granted"}
        return PaymentMethod.objects.filter(last4__in=last4s, kind="card", status="active", **granted)

    def owners(self, last4s: tuple[str, ...], count: int) -> list[int]:
        """The owners of households that pay with such cards."""
        owners = Person.objects.filter(owned_account__payment_methods__in=self.methods(last4s)).distinct()
        return list(owners.order_by("pk").values_list("pk", flat=True)[:count])

    def owing(self, count: int, skip: int = 0) -> list[int]:
        """People for whom something is to be paid that nobody is charging yet, by a card that will pay it."""
        invoices = Invoice.objects.filter(organization=self.organization, state="issued")
        items = InvoiceItem.objects.filter(invoice__in=invoices, allocated__lt=F("total"), planned_allocations=None)
        paying = items.filter(invoice__client__account__payment_methods__in=self.methods(GOOD)).exclude(person=None)
        return list(paying.order_by("person").values_list("person", flat=True).distinct()[skip : skip + count])

    def without_method(self, count: int) -> list[int]:
        mine = Client.objects.for_organization(self.organization).filter(has_card=False, has_bank=False)
        return list(mine.order_by("pk").values_list("account__owner_id", flat=True)[:count])

    def selection(self, ids: list[int]) -> Selection:
        """Made with a filter that more people match by now."""
        return Selection.objects.create(
            organization=self.organization,
            created_by=self.by,
            noun="people",
            mode="query",
            query="owner=true",
            frozen_ids=ids,
        )

    def invoicing(self, ids: list[int]) -> MassRun:
        today = self.organization.local_day(timezone.now())
        line = {
            "description": "Frais de retard",
            "quantity": 1,
            "unit_price": 1_500,
            "ledger_code": LedgerCode.objects.filter(organization=self.organization)[0].pk,
            "taxes": list(self.organization.taxes.values_list("pk", flat=True)),
        }
        options = {"lines": [line], "issued_on": str(today), "due_on": str(today + dt.timedelta(days=30))}
        options |= {"internal_note": "Relance d’automne", "email": True}
        return invoice_runs.draft(**self._whom(ids), options=options, note="Merci!", **self.when)

    def late_fees(self, ids: list[int]) -> MassRun:
        today = str(self.organization.local_day(timezone.now()))
        code = LedgerCode.objects.filter(organization=self.organization)[0].pk
        line = {"description": "Frais de retard", "quantity": 1, "unit_price": 1_500, "ledger_code": code, "taxes": []}
        rule = {"formula": "invoice", "amount": 1_500, "days": 1, "minimum": 1_000, "at_most": 4_500}
        options = {"lines": [line], "late_fee": {**rule, "again_after": 30}, "issued_on": today, "due_on": today}
        return invoice_runs.draft(**self._whom(ids), options=options, per="account", **self.when)

    def message(self, ids: list[int]) -> MassRun:
        texts = {"subject": {"fr": "Fermeture lundi", "en": "Closed on Monday"}}
        texts["body"] = {"fr": "Bonjour {name},\nle centre est fermé lundi.", "en": "Hello {name},\nwe are closed."}
        return message_runs.draft(**self._whom(ids), options=texts, **self.when)

    def paid_first(self, ids: list[int]) -> MassRun:
        today = str(self.organization.local_day(timezone.now()))
        code = LedgerCode.objects.filter(organization=self.organization)[0].pk
        line = {"description": "Chandail", "quantity": 1, "unit_price": 2_500, "ledger_code": code, "taxes": []}
        dated = {"lines": [line], "issued_on": today, "due_on": today, "internal_note": "", "email": False}
        options = {**dated, "then": "first", "order": "default", "email_receipt": True}
        return invoice_or_charge.draft(**self._whom(ids), options=options, per="person", note="", **self.when)

    def charge(self, ids: list[int]) -> MassRun:
        on = self.organization.local_day(timezone.now())
        return charge_runs.draft(**self._whom(ids), on=on, **self.when)

    def _whom(self, ids: list[int]) -> dict:
        chosen = {"noun": "people", "ids": ids, "selection": self.selection(ids)}
        return {"organization": self.organization, "by": self.by, **chosen}

    def confirmed(self, run: MassRun, **facts: object) -> MassRun:
        amounts = run.lines.filter(state="included").values_list("amount", flat=True)
        return starting.confirm(run=run, count=len(amounts), total=sum(amounts), by=self.by, **self.when, **facts)

    @transaction.atomic
    def paused(self, run: MassRun) -> MassRun:
        """Confirmed and paused in one breath: no worker has begun."""
        run = self.confirmed(run)
        runs.pause(run=run, by=self.by, **self.when)
        return run


def _refund_runs(maker: Maker) -> dict[str, int]:
    ended = MassRun.objects.filter(organization=maker.organization, kind="charge", state="finished")
    source = ended.order_by("pk")[0]
    taken = list(source.payments.filter(attempts__state="succeeded").order_by("pk").values_list("pk", flat=True))

    def of(*chosen: int) -> MassRun:
        return refund_runs.draft(source=source, chosen=chosen, by=maker.by, **maker.when)

    stopped = maker.paused(of(taken[0]))
    runs.stop(run=stopped, by=maker.by, **maker.when)
    return {
        "refund_source": source.pk,
        "refund_draft": of(*taken).pk,
        "refund_paused": maker.paused(of(*taken[1:3])).pk,
        "refund_ended": stopped.pk,
    }


def _runs(maker: Maker) -> dict[str, int]:
    failing = maker.owners(FAILING, 30)
    invoiced = maker.confirmed(maker.invoicing([*failing, *maker.owners(GOOD, 150)]))
    while invoice_runs.write_next(run=invoiced, now=timezone.now()):
        pass
    charging, others, waiting = (maker.owing(6, skip=skip) for skip in (0, 6, 12))
    charged = maker.confirmed(maker.charge([*failing, *charging, *maker.without_method(4)]))
    made = {
        "selection": maker.selection(others).pk,
        "invoicing_draft": maker.invoicing(others).pk,
        "invoicing_paused": maker.paused(maker.invoicing(others)).pk,
        "invoicing_ended": invoiced.pk,
        "charge_draft": maker.charge(others).pk,
        "charge_paused": maker.paused(maker.charge(waiting)).pk,
        "charge_ended": charged.pk,
        **_refund_runs(maker),
        "fees_draft": maker.late_fees(failing).pk,
        "message_draft": maker.message(others).pk,
        "message_paused": maker.paused(maker.message(waiting)).pk,
        "message_ended": _sent(maker, charging).pk,
        "paid_first_draft": maker.paid_first(failing).pk,
    }
    line = invoiced.lines.filter(invoice__isnull=False).select_related("client", "invoice")[0]
    made |= {"invoice": line.invoice_id, "client": line.client_id, "person": line.person_id}
    made |= _waiting(maker)
    made |= _credits(maker, line.client)
    made |= _desk(maker, line.client)
    made |= _written(maker, line.client)
    made |= _reconciliation(maker, line.client)
    made["movement"] = Movement.objects.of(line.client).get(invoice=line.invoice, kind="invoice").key
    return made | _failures(maker, charged)


def _waiting(maker: Maker) -> dict[str, int]:
    """A charge that is scheduled and made every month, and invoices that wait for a second person."""
    people = maker.owing(6, skip=18)
    next_week = timezone.now() + dt.timedelta(days=7)
    scheduled = maker.confirmed(maker.charge(people), starts_at=next_week, monthly=Monthly(day=31, margin=10))
    here = Organization.objects.filter(pk=maker.organization.pk)
    here.update(approve_above=0)
    waiting = maker.confirmed(maker.invoicing(people))
    here.update(approve_above=None)
    return {
        "charge_scheduled": scheduled.pk, "repetition": scheduled.repetition_id, "invoicing_waiting": waiting.pk
    }  # fmt: skip


def _sent(maker: Maker, ids: list[int]) -> MassRun:
    """A mass e-mail that was stopped once a part of it had left."""
    run = maker.confirmed(maker.message(ids))
    message_runs.write_next(run=run, **maker.when)
    runs.stop(run=run, by=maker.by, **maker.when)
    return run


def _written(maker: Maker, client: Client) -> dict[str, int]:
    """An invoice that is being written, and what invoices are made of."""
    code, today = LedgerCode.objects.filter(organization=maker.organization)[0], str(timezone.localdate())
    line = {"description": "Chandail", "quantity": "2", "unit_price": "20,00", "ledger_code": str(code.pk)}
    fields = {"line-TOTAL_FORMS": ["1"], "line-INITIAL_FORMS": ["0"], "issued_on": [today], "due_on": [today]}
    fields |= {f"line-0-{name}": [value] for name, value in line.items()}
    key = str(uuid.uuid4())
    content = {"fields": {**fields, "key": [key]}, "key": key, "title": "Chandail", "total": 4_000}
    draft = writing_invoices.keep_draft(client=client, content=content, by=maker.by, **maker.when)
    return {"draft": draft.pk, "tax": maker.organization.taxes.all()[0].pk, "ledger_code": code.pk}


def _reconciliation(maker: Maker, client: Client) -> dict[str, int]:
    """A receipt left unreconciled, and a run that found nothing to link in another account."""
    left = received(client, an_invoice(client, 4_500), reconcile=False, by=maker.by)
    other = maker.organization.clients.exclude(pk=client.pk).filter(payments=None)[0]
    known = {"organization": maker.organization, "client_ids": [other.pk], "key": uuid.uuid4(), "by": maker.by}
    run = matching.start(**known, **maker.when)
    matching.go_on(run=run, **maker.when)
    return {"free_payment": left.pk, "matching": run.pk}


def _failures(maker: Maker, charged: MassRun) -> dict[str, int]:
    """What the workers could not take: one to look at, one set aside."""
    deadline = time.monotonic() + 480
    while MassRun.objects.get(pk=charged.pk).state != "finished":
        assert time.monotonic() < deadline, "the workers do not charge"
        time.sleep(0.2)
    failed = list(Attempt.objects.filter(payment__run=charged, state="declined").order_by("reason", "pk"))
    retryable = next(attempt for attempt in failed if attempt.reason == "insufficient_funds")
    aside = next(attempt for attempt in failed if attempt != retryable)
    handling.dismiss(attempt=aside, reason="Payé comptant au comptoir", by=maker.by, **maker.when)
    return {"payment": retryable.payment_id, "attempt": retryable.pk, "refunded_payment": _refunded(maker, charged)}


def _discrepancies(organization: Organization, payment: Payment) -> dict[str, int]:
    """A charge nobody here knows, and one that was made twice."""
    a_discrepancy(organization, object_id="pi_by_hand")
    ours = {"state": "succeeded", "amount": payment.amount, "currency": payment.currency}
    about = {"payment": payment, "client": payment.client, "ours": ours}
    return {"discrepancy": a_discrepancy(organization, "second_charge", object_id="pi_twin", **about).pk}


def _credits(maker: Maker, client: Client) -> dict[str, int]:
    """A credit memo, and a paid invoice of which a part was cancelled."""
    memo = a_memo(client, 1_500, by=maker.by, **maker.when)
    paid = an_invoice(client, 4_000)
    received(client, paid, by=maker.by)
    cancelled_items = cancelled(paid, 1_000, by=maker.by, **maker.when)
    return {"credit": memo.pk, "cancelled_items": cancelled_items.pk, "settled_invoice": paid.pk}


def _desk(maker: Maker, client: Client) -> dict[str, int]:
    """A deposit of which a part was handed back, and a cheque that may come back."""
    known = {"by": maker.by, "now": timezone.now(), "on": maker.organization.local_day(timezone.now())}
    deposit = a_deposit(client, 5_000, **known)
    refund = handed_back(client, (deposit, 1_000, True), **known)
    cheque = received(client, an_invoice(client), kind="cheque", reference="204", by=maker.by)
    return {"deposit": deposit.pk, "refund": refund.pk, "cheque": cheque.pk, "desk_client": client.pk}


def _refunded(maker: Maker, charged: MassRun) -> int:
    """A card payment a part of which is going back."""
    taken = Attempt.objects.filter(payment__run=charged, state="succeeded", method__kind="card").order_by("pk")[0]
    refunding.request_refund(payment=taken.payment, amount=500, note="Cours annulé", by=maker.by, **maker.when)
    return taken.payment_id


def _wallet(organization: Organization) -> dict[str, int]:
    """A household that signs in: one card it lets the centre charge, one that nobody may, a bank account."""
    account = Account.objects.get(user__email="parent1@erables.example")
    client = Client.objects.get(account=account, organization=organization)
    for kind in ("card", "bank"):
        if not account.payment_methods.filter(kind=kind, authorizations=None).exists():
            a_saved_method(account, kind)
    mine = account.payment_methods.active()
    # Staff save a method only for whoever has signed in once.
    User.objects.filter(account=account, last_login=None).update(last_login=timezone.now())
    paid = _paid(client, mine.filter(kind="card", authorizations__state="granted")[0])
    return {
        "own_payment": paid.pk,
        "own_debit": a_debit_request(client, method=a_saved_method(account, "bank")).pk,
        "own_invoice": client.invoices.open().oldest_first()[0].pk,
        "holder_client": client.pk,
        "stranger_client": Client.objects.filter(organization=organization, account__user=None)[0].pk,
        "authorization": Authorization.objects.chargeable().filter(client=client, method__kind="card")[0].pk,
        "allowed": mine.filter(authorizations__state="granted")[0].pk,
        "not_allowed": mine.filter(kind="card").exclude(authorizations__state="granted")[0].pk,
        "bank": mine.filter(kind="bank")[0].pk,
    }


def _paid(client: Client, method: PaymentMethod) -> Payment:
    """A payment the household makes by its card, and something left to pay."""
    an_invoice(client, 2_000)
    an_invoice(client, 3_500)
    authorization = method.authorizations.granted().get(client=client)
    by, now = client.account.user, timezone.now()
    return paying.charge(client=client, authorization=authorization, order=Order(total=2_000), by=by, now=now)


def _files(organization: Organization, by: User) -> dict[str, int]:
    def received() -> Iterator[int]:
        for _ in range(2):
            content = CLIENTS.encode("utf-8-sig")
            now = timezone.now()
            yield uploads.receive(organization=organization, name="clients.csv", content=content, by=by, now=now).pk

    waiting, done = received()
    now = timezone.now()
    upload = uploads.Upload.objects.get(pk=done)
    uploads.import_upload(upload=upload, skip_bad=True, by=by, on=organization.local_day(now), now=now)
    return {"upload": waiting, "upload_done": done}


def _people_of_their_own(organization: Organization) -> dict[str, str | int]:
    """Who signs in with a code as well; who has forgotten their password; who works in several places."""
    secured, forgetful, everywhere = (_somebody(name, organization) for name in ("secured", "forgetful", "everywhere"))
    for other in Organization.objects.exclude(pk=organization.pk):
        StaffMembership.objects.get_or_create(user=everywhere, organization=other, role="auditor")
    Authenticator.objects.filter(user=secured).delete()
    TOTP.activate(secured, generate_totp_secret())
    RecoveryCodes.activate(secured)
    reset = default_token_generator.make_token(forgetful)
    made = {"uid": user_pk_to_url_str(forgetful), "reset": reset, "nonsense": "abc-123"}
    return made | {"passkey": passkeys.a_passkey(secured), "link": passkeys.a_link(forgetful)}


def _somebody(name: str, organization: Organization) -> User:
    user, new = User.objects.get_or_create(email=f"{name}@erables.example", defaults={"name": name.title()})
    if new:
        user.set_password(PASSWORD)
        user.save()
        StaffMembership.objects.create(user=user, organization=organization, role="owner")
    return user


def _batches(organization: Organization, by: User) -> dict[str, int]:
    """Two deposit slips: one with a line to correct waits, the other is registered."""
    who, now = {"by": by}, timezone.now()
    slips = []
    for reference, last in (("slip 1", "C-99999;10,00;comptant;"), ("slip 2", "C-00003;15,00;comptant;")):
        text = f"Client;Montant;Mode;Référence\nC-00001;25,00;virement;{reference}\n{last}\n"
        facts = {"kind": "cheque", "on": organization.local_day(now), "now": now, **who}
        name = f"{reference}.csv"
        slips.append(batches.bring(organization=organization, name=name, content=text.encode(), **facts))
    drawn = batches.review(batch=slips[1], now=now)
    choices, shown = Choices(credit_name="Trop-perçu"), (len(drawn.lines), drawn.total)
    batches.confirm(batch=slips[1], shown=shown, skip_bad=True, choices=choices, now=now, **who)
    return {"batch": slips[0].pk, "batch_done": slips[1].pk}
