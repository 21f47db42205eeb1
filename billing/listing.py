"""What a client's billing can be asked: a kind, a period, a state, a person, an amount, words."""

from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.functions import Abs, Greatest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Person
from billing.models import Credit, Invoice, Payment
from billing.models.movement import GROUPS
from billing.models.payment import FAILED
from billing.movements import ON_ITS_WAY
from billing.services.reconciliation_states import STATES, states_of
from billing.words import RECEIVED
from billing.words import movements as told
from smartrec.filters import DateRangeFilter, FilterSet, MoneyRangeFilter, SearchFilter
from smartrec.numbers import document_number
from smartrec.statuses import status

LINKED = [(state, status("reconciliation", state).label) for state in STATES]
OF_INVOICES = ("open", "partial", "overdue", "paid", "cancelled", "written_off", "void")
INVOICE_STATES = [(state, status("invoice", state).label) for state in OF_INVOICES]
PAYMENT_STATES = [(state, status("payment", state).label) for state in ("succeeded", "processing", "failed")]
METHODS = [("card", _("Card")), ("bank", _("E-check")), *RECEIVED.items()]
LEFT = Q(state="issued", allocated__lt=F("total"))


def _people(request: Any) -> QuerySet[Person]:
    """The household whose billing is asked about."""
    return Person.objects.filter(account=request.billed.account_id).by_name() if request else Person.objects.none()


def invoices_in(state: str, on: Any) -> Q:
    """Invoices whose badge says that."""
    settled = Q(state="issued", allocated=F("total"))
    cancelled = Q(credited__gt=0, credited=F("total"))
    return {
        "open": LEFT & Q(allocated=0, due_on__gte=on),
        "partial": LEFT & Q(allocated__gt=0, due_on__gte=on),
        "overdue": LEFT & Q(due_on__lt=on),
        "paid": settled & Q(written_off=0) & ~cancelled,
        "cancelled": settled & Q(written_off=0) & cancelled,
        "written_off": settled & Q(written_off__gt=0),
        "void": Q(state="void"),
    }[state]


def _any(parts: list[Q]) -> Q:
    return reduce(or_, parts, Q(pk__in=[]))


def numbered(text: str, letters: str, column: str = "number") -> Q:
    """What has the number that was typed; nothing when something else was."""
    number = document_number(text, letters)
    return Q(pk__in=[]) if number is None else Q(**{column: number})


def _matching(letters: str, text: str, *columns: str) -> Q:
    """Rows of that number, or with those words in one of the columns."""
    return numbered(text, letters) | _any([Q(**{f"{column}__icontains": text}) for column in columns])


# The letters before the number of each kind of document, and where its words are.
WORDS = {
    "invoice": ("F", ("items__description", "note", "internal_note")),
    "payment": ("P", ("details", "note", "internal_note", "reference", "credit_name", "attempts__instrument")),
    "credit": ("NC", ("description", "note", "internal_note", "lines__description")),
    "desk_refund": ("R", ("reference", "note", "internal_note")),
}


# Which documents the rows of a group bring in: only these are asked how far they are linked.
REACHED = {"invoice": ["invoice"], "payment": ["payment"], "deposit": ["payment"], "credit": ["credit"]}


class BillingFilter(FilterSet):
    """Questions about one client; the client is `request.billed`, the day at the centre `request.today`."""

    def of_client(self, kind: str) -> QuerySet:
        """Every document of that kind: invoice, payment, credit, desk_refund."""
        return getattr(self.request.billed, f"{kind}s").all()

    def matching(self, kind: str, text: str) -> QuerySet:
        """Of those, the ones with that number or those words."""
        letter, columns = WORDS[kind]
        return self.of_client(kind).filter(_matching(letter, text, *columns)).values("pk")

    def linked_as(self, kind: str, states: list[str]) -> list[int]:
        """Of those, the ones that are reconciled like that."""
        found = states_of(**{f"{kind}s": self.of_client(kind).values_list("pk", flat=True)})
        return [pk for (_kind, pk), state in found.items() if state in states]

    def by_linked(self, rows: QuerySet, name: str, states: list[str]) -> QuerySet:
        """Documents of the list's own kind."""
        kind = rows.model._meta.model_name
        return rows.filter(pk__in=self.linked_as(kind, states)) if states else rows


class TransactionFilter(BillingFilter):
    """The ledger of a client."""

    q = SearchFilter(method="search")
    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), choices=list(told.GROUPS.items()), method="by_kind")
    on = DateRangeFilter(label=_("Period"), field_name="on")
    state = django_filters.MultipleChoiceFilter(
        label=_("Status"), choices=[*INVOICE_STATES, *PAYMENT_STATES], method="by_state"
    )
    linked = django_filters.MultipleChoiceFilter(label=_("Reconciliation"), choices=LINKED, method="by_linked")
    person = django_filters.ModelChoiceFilter(label=_("Person"), queryset=_people, method="by_person")
    amount = MoneyRangeFilter(label=_("Amount"), field_name="size")

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        size = Greatest(F("charged") + F("paid"), Abs(F("held")), output_field=BigIntegerField())
        return super().filter_queryset(queryset.alias(size=size))

    def search(self, rows: QuerySet, name: str, text: str) -> QuerySet:
        return rows.filter(_any([Q(**{f"{kind}__in": self.matching(kind, text)}) for kind in WORDS]))

    def by_kind(self, rows: QuerySet, name: str, groups: list[str]) -> QuerySet:
        if not groups:
            return rows
        known = [kind for group in groups for kind in GROUPS.get(group, [])]
        others = ~Q(kind__in=[kind for kinds in GROUPS.values() for kind in kinds]) if "other" in groups else Q(kind="")
        return rows.filter(Q(kind__in=known) | others)

    def by_state(self, rows: QuerySet, name: str, states: list[str]) -> QuerySet:
        invoices = [invoices_in(state, self.request.today) for state in states if state in OF_INVOICES]
        mine = self.request.billed.invoices.filter(_any(invoices)).values("pk")
        parts = {
            "succeeded": Q(kind__in=["payment", "deposit"], balance__isnull=False),
            "processing": Q(balance=None, has_failed=False),
            "failed": Q(has_failed=True) | Q(kind__in=["return", "refund_failed"]),
        }
        asked = [parts[state] for state in states if state in parts]
        return rows.filter(_any([Q(kind="invoice", invoice__in=mine), *asked])) if states else rows

    def by_linked(self, rows: QuerySet, name: str, states: list[str]) -> QuerySet:
        if not states:
            return rows
        asked = self.form.cleaned_data["kind"] or list(REACHED)
        kinds = dict.fromkeys(kind for group in asked for kind in REACHED.get(group, ()))
        found = [
            Q(kind__in=[kind, "deposit"] if kind == "payment" else [kind], has_failed=False)
            & Q(**{f"{kind}__in": self.linked_as(kind, states)})
            for kind in kinds
        ]
        return rows.filter(_any(found))

    def by_person(self, rows: QuerySet, name: str, person: Person) -> QuerySet:
        invoices = Invoice.objects.filter(Q(person=person) | Q(items__person=person))
        payments = Payment.objects.filter(Q(person=person) | Q(allocations__item__person=person))
        credits = Credit.objects.filter(Q(lines__item__person=person) | Q(invoice__person=person))
        mine = {"invoice": invoices, "payment": payments, "credit": credits}
        of_client = {key: found.filter(client=self.request.billed).values("pk") for key, found in mine.items()}
        return rows.filter(_any([Q(**{f"{key}__in": found}) for key, found in of_client.items()]))


class InvoiceFilter(BillingFilter):
    """The invoices of a client."""

    q = SearchFilter(method="search")
    state = django_filters.MultipleChoiceFilter(label=_("Status"), choices=INVOICE_STATES, method="by_state")
    issued = DateRangeFilter(label=_("Invoice date"), field_name="issued_on")
    due = DateRangeFilter(label=_("Due date"), field_name="due_on")
    linked = django_filters.MultipleChoiceFilter(label=_("Reconciliation"), choices=LINKED, method="by_linked")
    person = django_filters.ModelChoiceFilter(label=_("Person"), queryset=_people, method="by_person")
    amount = MoneyRangeFilter(label=_("Total"), field_name="total")

    def search(self, rows: QuerySet, name: str, text: str) -> QuerySet:
        return rows.filter(pk__in=self.matching("invoice", text))

    def by_state(self, rows: QuerySet, name: str, states: list[str]) -> QuerySet:
        return rows.filter(_any([invoices_in(state, self.request.today) for state in states])) if states else rows

    def by_person(self, rows: QuerySet, name: str, person: Person) -> QuerySet:
        about = Invoice.objects.filter(Q(person=person) | Q(items__person=person), client=self.request.billed)
        return rows.filter(pk__in=about.values("pk"))


class PaymentFilter(BillingFilter):
    """The payments of a client."""

    q = SearchFilter(method="search")
    kind = django_filters.MultipleChoiceFilter(label=_("Payment method"), choices=METHODS)
    state = django_filters.MultipleChoiceFilter(label=_("Status"), choices=PAYMENT_STATES, method="by_state")
    created = DateRangeFilter(label=_("Date"), field_name="created_at__date")
    linked = django_filters.MultipleChoiceFilter(label=_("Reconciliation"), choices=LINKED, method="by_linked")
    amount = MoneyRangeFilter(label=_("Amount"), field_name="amount")

    def search(self, rows: QuerySet, name: str, text: str) -> QuerySet:
        return rows.filter(pk__in=self.matching("payment", text))

    def by_state(self, rows: QuerySet, name: str, states: list[str]) -> QuerySet:
        last = {
            "succeeded": Q(state="succeeded") | Q(state=None),
            "processing": Q(state__in=ON_ITS_WAY),
            "failed": Q(state__in=FAILED),
        }
        return rows.filter(_any([last[state] for state in states])) if states else rows


class CreditFilter(BillingFilter):
    """The credits of a client."""

    q = SearchFilter(method="search")
    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), choices=list(told.CREDITS.items()))
    state = django_filters.MultipleChoiceFilter(
        label=_("Status"),
        choices=[(state, status("credit", state).label) for state in ("available", "used", "void")],
        method="by_state",
    )
    issued = DateRangeFilter(label=pgettext_lazy("credit", "Issued"), field_name="issued_on")
    amount = MoneyRangeFilter(label=_("Amount"), field_name="total")

    def search(self, rows: QuerySet, name: str, text: str) -> QuerySet:
        return rows.filter(pk__in=self.matching("credit", text))

    def by_state(self, rows: QuerySet, name: str, states: list[str]) -> QuerySet:
        spent = Q(total=F("allocated") + F("refunded"))
        known = {"available": Q(state="issued") & ~spent, "used": Q(state="issued") & spent, "void": Q(state="void")}
        return rows.filter(_any([known[state] for state in states])) if states else rows
