"""What a mass run came to, as CSV files for a spreadsheet."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from billing import results, words
from billing.models import Attempt, RunLine
from billing.views.jobs import PAYER
from billing.views.reviews import RELATED
from billing.views.runs import OfCharge, OfInvoicing, RunPage
from billing.words.movements import method_name
from smartrec import formats
from smartrec.exports import csv_response
from smartrec.money import plain_money
from smartrec.statuses import STATUSES, status
from wallet.models import PaymentMethod

AT_ONCE = 2_000


def method_column(method: PaymentMethod | None) -> str:
    """`Visa ••4242`; nothing where nothing was saved."""
    return method_name(method, with_kind=False) if method else ""


class RunFile(RunPage):
    """A file of a run. Its words are chosen before it is sent: the rows follow while the page is already over."""

    permission_required = "clients.export"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        return csv_response(self.rows(), f"{self.run_row.display_number}-{self.suffix()}")

    def suffix(self) -> str:
        raise NotImplementedError

    def rows(self) -> Iterator[list[Any]]:
        raise NotImplementedError


class FailedFile(OfCharge, RunFile):
    """Who could not be charged, why, what to do next, and the processor's own code for support."""

    def suffix(self) -> str:
        return "failed"

    def rows(self) -> Iterator[list[Any]]:
        head = [
            _("Person"), _("Account owner"), _("Account"), _("Email"), _("Payment"), _("Payment method"),
            _("Reason"), _("Next step"), _("Code"), _("Amount"),
        ]  # fmt: skip
        said = {key: (str(found.label), str(found.next_step)) for key, found in words.FAILURES.items()}
        tries = results.in_group(self.run_row, "failed", self.now).select_related(*PAYER).order_by("pk")
        return _failed(head, tries, said)


def _failed(head: list[str], tries: QuerySet, said: dict[str, tuple[str, str]]) -> Iterator[list[Any]]:
    yield head
    for attempt in tries.iterator(chunk_size=AT_ONCE):
        client = attempt.payment.client
        key = words.failure_key(attempt.state, attempt.reason, attempt.advice)
        yield [
            attempt.payment.person or "", client.account.owner, client.display_number, client.account.email,
            attempt.payment.display_number, method_column(attempt.method), *said[key], attempt.code,
            plain_money(attempt.payment.amount),
        ]  # fmt: skip


class ResultFile(OfCharge, RunFile):
    """Every line of the run: what was charged, what was not, what was left out and why."""

    def suffix(self) -> str:
        return "result"

    def rows(self) -> Iterator[list[Any]]:
        head = [
            _("Person"), _("Account owner"), _("Account"), _("Payment"), _("Payment method"), _("Status"), _("Reason"),
            _("Date"), _("Amount"),
        ]  # fmt: skip
        said = {
            "states": {key: str(status("payment", name).label) for key, name in words.PAYMENT_STATUS.items()},
            "failures": {key: str(found.label) for key, found in words.FAILURES.items()},
            "exclusions": {key: str(label) for key, label in words.EXCLUSIONS.items()},
            "excluded": _("Excluded"),
        }
        lines = self.run_row.lines.select_related("payment", *RELATED).order_by("position")
        return _lines(head, lines, said)


class InvoicingFile(OfInvoicing, RunFile):
    """Every line of a mass invoice: its invoice and what is left to pay on it, or why there is none."""

    def suffix(self) -> str:
        return "result"

    def rows(self) -> Iterator[list[Any]]:
        head = [
            _("Person"), _("Account owner"), _("Account"), _("Email"), _("Invoice"), _("Status"), _("Reason"),
            _("Due date"), _("Amount"), _("Balance"),
        ]  # fmt: skip
        today = self.today
        said = {
            "states": {key: str(one.label) for key, one in STATUSES["invoice"].items()},
            "exclusions": {key: str(label) for key, label in words.EXCLUSIONS.items()},
            "excluded": _("Excluded"),
            "not_yet": _("Not created"),
        }
        lines = self.run_row.lines.select_related(*RELATED).order_by("position")
        return _invoiced(head, lines, said, today)


def _invoiced(head: list[str], lines: QuerySet, said: dict[str, Any], today: dt.date) -> Iterator[list[Any]]:
    yield head
    for line in lines.iterator(chunk_size=AT_ONCE):
        client, invoice = line.client, line.invoice
        who = [line.person or "", client.account.owner, client.display_number, client.account.email]
        if invoice is None:
            state = said["excluded"] if line.state == "excluded" else said["not_yet"]
            why = said["exclusions"].get(line.reason, "")
            yield [*who, "", state, why, "", plain_money(line.amount), ""]
            continue
        state = said["states"][invoice.status(today)]
        numbers = [plain_money(invoice.total), plain_money(invoice.balance)]
        yield [*who, invoice.display_number, state, "", invoice.due_on.isoformat(), *numbers]


def _lines(head: list[str], lines: QuerySet, said: dict[str, Any]) -> Iterator[list[Any]]:
    yield head
    chunk: list[RunLine] = []
    for line in lines.iterator(chunk_size=AT_ONCE):
        chunk.append(line)
        if len(chunk) == AT_ONCE:
            yield from _with_tries(chunk, said)
            chunk = []
    yield from _with_tries(chunk, said)


def _with_tries(chunk: list[RunLine], said: dict[str, Any]) -> Iterator[list[Any]]:
    payments = [line.payment_id for line in chunk if line.payment_id]
    last = {a.payment_id: a for a in Attempt.objects.filter(payment__in=payments).last_of_each_payment()}
    for line in chunk:
        yield _line(line, last.get(line.payment_id or 0), said)


def _line(line: RunLine, attempt: Attempt | None, said: dict[str, Any]) -> list[Any]:
    client = line.client
    who = [line.person or "", client.account.owner, client.display_number]
    if attempt is None or line.payment is None:
        return [
            *who,
            "",
            method_column(line.method),
            said["excluded"],
            said["exclusions"].get(line.reason, ""),
            "",
            plain_money(line.amount),
        ]
    failed = attempt.state in results.GROUPS["failed"] + results.GROUPS["not_taken"]
    reason = said["failures"][words.failure_key(attempt.state, attempt.reason, attempt.advice)] if failed else ""
    when = formats.iso_date(attempt.settled_at or attempt.created_at).replace("\N{NON-BREAKING HYPHEN}", "-")
    return [
        *who, line.payment.display_number, method_column(line.method), said["states"][attempt.state], reason, when,
        plain_money(line.amount),
    ]  # fmt: skip
