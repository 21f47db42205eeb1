"""What can be said by e-mail: each kind of message turns its facts into words, in the language being spoken.

| kind | facts |
|---|---|
| `receipt` | payment, amount, currency, method, note, receipt_of (the payment: its receipt is attached) |
| `payment_failed`, `payment_returned` | payment, amount, currency, method, reason |
| `payment_to_confirm` | payment, amount, currency, method, path |
| `refund_sent` | payment, amount, currency, method, note |
| `desk_refund` | refund, amount, currency, given_as, reason (`given`, `bounced`, `mistake`), note, paper_of |
| `credit_note` | credit, invoice, description, amount, refunded, currency, note, credit_of (its PDF is attached) |
| `deposit` | payment, amount, currency, received_as, what_for, note, receipt_of |
| `debit_notice` | payment, amount, currency, debit_on (`2026-12-02`), method, method_kind, path |
| `debit_request` | amount, currency, method, until (`2026-12-02`), path |
| `method_saved` | method, method_kind (`card`, `bank`), by (`staff`, `client`) |
| `method_renewed` | method, method_kind, by, expiry (`08/29`, optional) |
| `method_expiring` | method, last_day (`2026-12-31`), authorized (names), path |
| `method_unusable` | method, method_kind, reason |
| `method_replaced` | method, old, method_kind, authorized (names), by |
| `authorization_granted` | method, by, authorization (of a bank account: its agreement is attached) |
| `authorization_revoked` | method, by (`staff`, `client`) |
| `sign_in_link`, `confirm_address` | user, next |
| `add_method_link` | user, next, method_kind |
| `invoice` | invoice, what, total, balance, currency, due_on, note, path, invoice_of (the invoice: it is attached) |
| `office_notice` | act (`invoice_created`…), number, amount, currency, by, client, reason, count (of several), path |
| `statement` | account, balance, overdue, currency, first, last (days), path, statement_of (the client: attached) |
| `mass_message` | subject_fr, body_fr, subject_en, body_en (as typed), name, balance, currency |
| `books_disagree`, `charges_disagree` | count, path |
| `run_paused` | run, kind, why (`unanswered`, `declined`, `period_closed`, or the processor's code), n, of, path |
| `run_to_approve`, `run_reminder` | run, run_kind, title, count, total, currency, confirmed_by, starts, excluded |
| `run_approved`, `run_sent_back` | the same, by, why |
| `run_held_back` | the same, why (one of `waiting_runs.WHY`) |
| `invoices_wait` | the same, why (`period_closed`, `error`), waiting (how many payments have no invoice yet) |
| `run_finished` | run, kind (`charge`, `invoice`), state (`finished`, `stopped`), currency, path, counts |

The counts of a run, each with its `…_amount`: accepted (for invoices: created), processing (a part of the accepted),
failed, left_out, not_taken, checking (no answer yet when it was stopped); and returned (how many of the failed a bank
had accepted first).
`method` is a saved method as text (`visa •• 4242`): a fact never holds more than the last digits. Amounts are in cents.
`path`, everywhere optional, is the page the button opens. `user` is who the button signs in, `next` the page it then
opens: the link itself is made while the letter leaves, and kept nowhere.
"""

from collections.abc import Callable, Mapping

from messaging.content import Content, Facts
from messaging.kinds import (
    books,
    credits,
    debits,
    handing_back,
    invoices,
    mass,
    methods,
    payments,
    runs,
    signing_in,
    statements,
    waiting_runs,
    wallet,
)

KINDS: Mapping[str, Callable[[Facts], Content]] = {
    "receipt": payments.receipt,
    "payment_failed": payments.payment_failed,
    "payment_to_confirm": payments.payment_to_confirm,
    "payment_returned": payments.payment_returned,
    "refund_sent": payments.refund_sent,
    "desk_refund": handing_back.desk_refund,
    "deposit": handing_back.deposit,
    "credit_note": credits.credit_note,
    "debit_notice": debits.debit_notice,
    "debit_request": debits.debit_request,
    "method_saved": wallet.method_saved,
    "method_renewed": methods.method_renewed,
    "method_expiring": methods.method_expiring,
    "method_unusable": methods.method_unusable,
    "method_replaced": wallet.method_replaced,
    "authorization_granted": wallet.authorization_granted,
    "authorization_revoked": wallet.authorization_revoked,
    "sign_in_link": signing_in.sign_in_link,
    "confirm_address": signing_in.confirm_address,
    "add_method_link": signing_in.add_method_link,
    "invoice": invoices.invoice,
    "office_notice": invoices.office_notice,
    "statement": statements.statement,
    "mass_message": mass.mass_message,
    "run_finished": runs.run_finished,
    "run_to_approve": waiting_runs.run_to_approve,
    "run_approved": waiting_runs.run_approved,
    "run_sent_back": waiting_runs.run_sent_back,
    "run_held_back": waiting_runs.run_held_back,
    "invoices_wait": waiting_runs.invoices_wait,
    "run_reminder": waiting_runs.run_reminder,
    "run_paused": runs.run_paused,
    "books_disagree": books.books_disagree,
    "charges_disagree": books.charges_disagree,
}
