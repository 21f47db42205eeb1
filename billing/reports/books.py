"""The books themselves: the trial balance as of a day, and the journal."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Organization
from billing.models import Credit, DeskRefund, Entry, Invoice, Payment, Transfer
from billing.models.catalogue import in_reader_language
from billing.reports.asking import SIDES, ask

AT_ONCE = 2_000
ACCOUNT = """b.kind, COALESCE(y.code, c.code, x.code, ''), COALESCE(c.name_fr, x.name_fr, ''),
  COALESCE(c.name_en, x.name_en, ''), b.processor_account"""
# The organization's own code, where it has given one, stands before the product's.
OF_BUCKET = """LEFT JOIN billing_ledgercode c ON c.id = b.ledger_code_id LEFT JOIN billing_tax x ON x.id = b.tax_id
LEFT JOIN billing_accountcode y ON y.organization_id = b.organization_id AND y.kind = b.kind
  AND y.tax_id IS NOT DISTINCT FROM b.tax_id"""
PIECES = {"account": ACCOUNT, "of_bucket": OF_BUCKET}
TRIAL_BALANCE = """
SELECT b.id, {account}, SUM(s.debit)::bigint, SUM(s.credit)::bigint
FROM {sides} s JOIN billing_entry e ON e.id = s.entry_id JOIN billing_bucket b ON b.id = s.bucket_id {of_bucket}
WHERE e.happened_on <= %(on)s GROUP BY b.id, c.id, x.id, y.id
"""
OF_ENTRIES = """(
  SELECT entry_id, client_id, debit_id AS bucket_id, amount AS debit, 0 AS credit FROM billing_transfer
    WHERE entry_id = ANY(%(entries)s)
  UNION ALL
  SELECT entry_id, client_id, credit_id, 0, amount FROM billing_transfer WHERE entry_id = ANY(%(entries)s))"""
# The paper each entry is about: the name of a fact in the books begins with what it is about.
PAPER = """COALESCE(v.id, w.id, g.id, p.id), COALESCE(v.number, w.number, g.number, p.number),
  CASE WHEN v.id IS NOT NULL THEN 'invoice' WHEN w.id IS NOT NULL THEN 'credit'
    WHEN g.id IS NOT NULL THEN 'desk-refund' WHEN p.id IS NOT NULL THEN 'payment' ELSE '' END"""
OF_PAPER = """LEFT JOIN LATERAL (SELECT split_part(e.reference, '/', 1) AS about, CASE
    WHEN split_part(e.reference, '/', 2) ~ '^[0-9]+$' THEN split_part(e.reference, '/', 2)::bigint END AS id) f ON TRUE
LEFT JOIN billing_invoice v ON f.about = 'invoice' AND v.id = f.id
LEFT JOIN billing_credit w ON f.about = 'credit' AND w.id = f.id
LEFT JOIN billing_deskrefund g ON f.about = 'desk_refund' AND g.id = f.id
LEFT JOIN billing_attempt t ON f.about = 'attempt' AND t.id = f.id
LEFT JOIN billing_refund r ON f.about = 'refund' AND r.id = f.id
LEFT JOIN billing_dispute q ON f.about = 'dispute' AND q.id = f.id
LEFT JOIN billing_payment p
  ON p.id = CASE f.about WHEN 'payment' THEN f.id ELSE COALESCE(t.payment_id, r.payment_id, q.payment_id) END"""
PAPERS: dict[str, type[Invoice] | type[Credit] | type[DeskRefund] | type[Payment]] = {
    "invoice": Invoice,
    "credit": Credit,
    "desk-refund": DeskRefund,
    "payment": Payment,
}
LINES = """
SELECT e.id, e.happened_on, e.reference, e.kind, e.posted_at, {paper}, n.id, n.number,
  COALESCE(o.last_name || ', ' || o.first_name, ''), {account}, s.debit, s.credit
FROM (SELECT entry_id, client_id, bucket_id, SUM(debit)::bigint AS debit, SUM(credit)::bigint AS credit
  FROM {sides} every GROUP BY entry_id, client_id, bucket_id) s
JOIN billing_entry e ON e.id = s.entry_id JOIN billing_bucket b ON b.id = s.bucket_id {of_bucket}
{of_paper}
LEFT JOIN accounts_client n ON n.id = s.client_id LEFT JOIN accounts_account a ON a.id = n.account_id
LEFT JOIN accounts_person o ON o.id = a.owner_id
ORDER BY e.happened_on, e.id, s.debit DESC, b.kind, COALESCE(c.code, x.code), b.id
"""
# As in a chart of accounts: what the centre holds and is owed, what it owes, what it earns, what that costs.
ORDER = ("till", "clearing", "receivable", "deposits", "deferred", "tax", "opening", "revenue", "write_off", "fees")


class Named:
    """An account of the books, named in the reader's language by its ledger code or its tax."""

    __slots__ = ()
    name_fr: str
    name_en: str

    @property
    def name(self) -> str:
        return in_reader_language(self.name_fr, self.name_en)


@dataclass(frozen=True, slots=True)
class AccountTotal(Named):
    """One account of the books: everything put in and taken out up to a day. Cents."""

    bucket_id: int
    account: str
    code: str
    name_fr: str
    name_en: str
    processor_account: str
    debit: int
    credit: int

    @property
    def balance(self) -> int:
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class JournalLine(Named):
    """One account of one entry. Cents, on one side."""

    entry_id: int
    happened_on: dt.date
    reference: str
    kind: str
    posted_at: dt.datetime
    paper_id: int | None
    paper_number: int | None
    paper: str
    client_id: int | None
    client_number: int | None
    client_name: str
    account: str
    code: str
    name_fr: str
    name_en: str
    processor_account: str
    debit: int
    credit: int

    @property
    def display_number(self) -> str:
        """The number of the invoice, payment, credit note or refund it is about; nothing for the books' own entries."""
        return str(PAPERS[self.paper](number=self.paper_number or 0).display_number) if self.paper else ""


def trial_balance(*, organization: Organization, on: dt.date) -> list[AccountTotal]:
    """Every account of the books that was ever used, as it stood at the end of that day."""
    rows = ask(TRIAL_BALANCE, {"org": organization.pk, "on": on}, AccountTotal, sides=SIDES, **PIECES)
    return sorted(rows, key=lambda row: (_place(row.account), row.code, row.processor_account))


def _place(account: str) -> int:
    return ORDER.index(account) if account in ORDER else len(ORDER)


def entries(
    *, organization: Organization, since: dt.date, until: dt.date, code: int | None = None, kind: str = ""
) -> QuerySet[Entry]:
    """What was booked between the two days, both included, in the order of the books."""
    found = Entry.objects.filter(organization=organization, happened_on__range=(since, until))
    if kind:
        found = found.filter(kind=kind)
    if code is not None:
        mine = Q(debit__ledger_code=code) | Q(credit__ledger_code=code)
        found = found.filter(Exists(Transfer.objects.filter(mine, entry=OuterRef("pk"))))
    return found.order_by("happened_on", "pk")


def moved_by(found: QuerySet[Entry]) -> int:
    """The sum of every transfer of these entries, in cents: what both columns of the journal add up to."""
    return Transfer.objects.filter(entry__in=found.order_by().values("pk")).aggregate(n=Sum("amount", default=0))["n"]


def lines(entry_ids: Sequence[int]) -> list[JournalLine]:
    """The lines of these entries, debits first."""
    return ask(
        LINES, {"entries": list(entry_ids)}, JournalLine, sides=OF_ENTRIES, paper=PAPER, of_paper=OF_PAPER, **PIECES
    )


def every_line(found: QuerySet[Entry]) -> Iterator[JournalLine]:
    """The lines of all these entries, some thousands of entries at a time."""
    last: tuple[dt.date, int] | None = None
    while True:
        rest = found
        if last:
            rest = found.filter(Q(happened_on__gt=last[0]) | Q(happened_on=last[0], pk__gt=last[1]))
        page = list(rest.values_list("happened_on", "pk")[:AT_ONCE])
        if not page:
            return
        yield from lines([pk for _on, pk in page])
        last = page[-1]
