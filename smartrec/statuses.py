"""The words, tint and icon of every state a screen shows: one table, so that a state looks the same everywhere."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _in


class Status(NamedTuple):
    label: str | Promise
    tint: str
    icon: str


STATUSES: dict[str, dict[str, Status]] = {
    "invoice": {
        "draft": Status(_in("invoice", "Draft"), "line", "pencil"),
        "open": Status(_in("invoice", "Open"), "neu", "circle"),
        "partial": Status(_in("invoice", "Partly paid"), "info", "circle-half-2"),
        "paid": Status(_in("invoice", "Paid"), "ok", "check"),
        "overdue": Status(_in("invoice", "Overdue"), "bad", "alert-circle"),
        "void": Status(_in("invoice", "Void"), "line", "ban"),
        "cancelled": Status(_in("invoice", "Cancelled"), "line", "ban"),
        "written_off": Status(_in("invoice", "Written off"), "line", "eraser"),
    },
    "payment": {
        "created": Status(_in("payment", "Waiting"), "line", "clock"),
        "succeeded": Status(_in("payment", "Succeeded"), "ok", "check"),
        "processing": Status(_in("payment", "Processing"), "info", "clock"),
        "checking": Status(_in("payment", "Checking"), "warn", "refresh-alert"),
        "needs_client": Status(_in("payment", "Waiting for the client"), "warn", "user"),
        "failed": Status(_in("payment", "Failed"), "bad", "x"),
        "left_out": Status(_in("payment", "Left out"), "warn", "user-off"),
        "returned": Status(_in("payment", "Returned by the bank"), "bad", "arrow-back-up"),
        "retrying": Status(_in("payment", "Retrying"), "warn", "clock"),
        "cancelled": Status(_in("payment", "Cancelled"), "line", "ban"),
        "refunded": Status(_in("payment", "Refunded"), "vio", "receipt-refund"),
        "partly_refunded": Status(_in("payment", "Partly refunded"), "vio", "receipt-refund"),
        "disputed": Status(_in("payment", "Disputed"), "bad", "gavel"),
    },
    # The same as a household reads them in its portal.
    "own_invoice": {
        "to_pay": Status(_in("own invoice", "To pay"), "neu", "circle"),
        "overdue": Status(_in("own invoice", "Overdue"), "bad", "alert-circle"),
        "partial": Status(_in("own invoice", "Partly paid"), "info", "circle-half-2"),
        "being_paid": Status(_in("own invoice", "Being paid"), "info", "clock"),
        "paid": Status(_in("own invoice", "Paid"), "ok", "check"),
        "cancelled": Status(_in("own invoice", "Cancelled"), "line", "ban"),
    },
    "own_payment": {
        "paid": Status(_in("own payment", "Paid"), "ok", "check"),
        "processing": Status(_in("own payment", "Processing"), "info", "clock"),
        "to_confirm": Status(_in("own payment", "To confirm"), "warn", "user"),
        "refused": Status(_in("own payment", "Refused"), "bad", "x"),
        "returned": Status(_in("own payment", "Returned by the bank"), "bad", "arrow-back-up"),
        "not_made": Status(_in("own payment", "Not made"), "line", "ban"),
        "refunded": Status(_in("own payment", "Refunded"), "vio", "receipt-refund"),
        "partly_refunded": Status(_in("own payment", "Partly refunded"), "vio", "receipt-refund"),
    },
    # The states of one try at a payment, as they are stored.
    "attempt": {
        "created": Status(_in("payment", "Waiting"), "line", "clock"),
        "sent": Status(_in("payment", "Checking"), "warn", "refresh-alert"),
        "pending": Status(_in("payment", "Processing"), "info", "clock"),
        "succeeded": Status(_in("payment", "Succeeded"), "ok", "check"),
        "declined": Status(_in("payment", "Failed"), "bad", "x"),
        "not_sent": Status(_in("payment", "Not sent"), "bad", "x"),
        "needs_client": Status(_in("payment", "Waiting for the client"), "warn", "user"),
        "returned": Status(_in("payment", "Returned by the bank"), "bad", "arrow-back-up"),
        "cancelled": Status(_in("payment", "Cancelled"), "line", "ban"),
    },
    "refund": {
        "created": Status(_in("payment", "Waiting"), "line", "clock"),
        "sent": Status(_in("payment", "Checking"), "warn", "refresh-alert"),
        "pending": Status(_in("payment", "Processing"), "info", "clock"),
        "succeeded": Status(_in("payment", "Refunded"), "vio", "receipt-refund"),
        "failed": Status(_in("payment", "Failed"), "bad", "x"),
        "cancelled": Status(_in("payment", "Cancelled"), "line", "ban"),
        # Handed back at the desk.
        "given": Status(_in("payment", "Refunded"), "vio", "receipt-refund"),
        "void": Status(_in("refund", "Void"), "line", "ban"),
    },
    "dispute": {
        "to_answer": Status(_in("dispute", "To answer"), "bad", "gavel"),
        "review": Status(_in("dispute", "Under review"), "warn", "gavel"),
        "won": Status(_in("dispute", "Won"), "ok", "check"),
        "lost": Status(_in("dispute", "Lost"), "line", "x"),
    },
    "reconciliation": {
        "full": Status(_("Reconciled"), "ok", "link"),
        "partial": Status(_in("reconciliation", "Partly"), "info", "link"),
        "none": Status(_("Unreconciled"), "warn", "unlink"),
        "planned": Status(_in("reconciliation", "With planned payments"), "info", "calendar-time"),
        "error": Status(_in("reconciliation", "Reconciliation error"), "bad", "alert-triangle"),
    },
    "credit": {
        "available": Status(_in("credit", "Available"), "vio", "discount"),
        "used": Status(_in("credit", "Used"), "line", "discount"),
        "void": Status(_in("credit", "Void"), "line", "ban"),
    },
    "debit_request": {
        "asked": Status(_in("debit request", "Waiting"), "info", "clock"),
        "lapsed": Status(_in("debit request", "Not answered"), "warn", "alert-triangle"),
        "answered": Status(_in("debit request", "Authorized"), "ok", "check"),
    },
    "deposit": {
        "held": Status(_in("deposit", "Held"), "vio", "lock"),
        "used": Status(_in("deposit", "Released"), "line", "check"),
    },
    "installment": {
        "scheduled": Status(_in("installment", "Scheduled"), "line", "calendar"),
        "due_today": Status(_in("installment", "Due today"), "info", "calendar-dollar"),
        "processing": Status(_in("installment", "Processing"), "info", "clock"),
        "paid": Status(_in("installment", "Paid"), "ok", "check"),
        "failed": Status(_in("installment", "Failed"), "bad", "x"),
        "skipped": Status(_in("installment", "Skipped"), "line", "player-skip-forward"),
        "cancelled": Status(_in("installment", "Cancelled"), "line", "ban"),
    },
    "job": {
        "draft": Status(_in("job", "Draft"), "line", "pencil"),
        "waiting": Status(_in("job", "Waiting for approval"), "warn", "user"),
        "scheduled": Status(_in("job", "Scheduled"), "line", "calendar"),
        "held_back": Status(_in("job", "Did not start"), "warn", "alert-triangle"),
        "confirmed": Status(_in("job", "Starting"), "info", "loader-2"),
        "running": Status(_in("job", "Running"), "info", "loader-2"),
        "paused": Status(_in("job", "Paused"), "warn", "player-pause"),
        "done": Status(_in("job", "Finished"), "ok", "check"),
        "done_errors": Status(_in("job", "Finished with failures"), "warn", "alert-triangle"),
        "finished": Status(_in("job", "Finished"), "ok", "check"),
        "stopped": Status(_in("job", "Stopped"), "neu", "player-stop"),
        "cancelled": Status(_in("job", "Cancelled"), "line", "ban"),
        "void": Status(_in("job", "Voided"), "line", "ban"),
        "reversed": Status(_in("job", "Refunded"), "vio", "receipt-refund"),
    },
    "method": {
        "default": Status(_in("method", "Default"), "line", "star"),
        "verified": Status(_in("method", "Verified"), "ok", "check"),
        "pending": Status(_in("method", "To verify"), "warn", "clock"),
        "expiring": Status(_in("method", "Expires {expiry}"), "warn", "alert-triangle"),
        "expired": Status(_in("method", "Expired"), "bad", "x"),
        "invalid": Status(_in("method", "Not valid"), "bad", "x"),
        "removed": Status(_in("method", "Removed"), "line", "trash"),
    },
    "authorization": {
        "on": Status(_("Authorized"), "ok", "shield-check"),
        "off": Status(_("Not authorized"), "line", "shield-off"),
    },
    # An organization's account at the processor.
    "processor_account": {
        "opening": Status(_in("processor account", "Being opened"), "info", "clock"),
        "unfinished": Status(_in("processor account", "To finish"), "warn", "alert-triangle"),
        "asked": Status(_in("processor account", "Ready, details asked"), "warn", "alert-triangle"),
        "ready": Status(_in("processor account", "Ready"), "ok", "check"),
        "restricted": Status(_in("processor account", "Restricted"), "bad", "alert-circle"),
        "closed": Status(_in("processor account", "Closed"), "line", "ban"),
    },
    "enrolment": {
        "confirmed": Status(_in("registration", "Registered"), "ok", "check"),
        "waitlist": Status(_in("registration", "Waiting list"), "warn", "hourglass"),
        "cancelled": Status(_in("registration", "Cancelled"), "line", "ban"),
    },
    "membership": {
        "active": Status(_in("membership", "Active"), "ok", "check"),
        "expired": Status(_in("membership", "Expired"), "line", "clock"),
        "cancelled": Status(_in("membership", "Cancelled"), "line", "ban"),
    },
    "message": {
        "queued": Status(_in("message", "To send"), "line", "clock"),
        "sent": Status(_in("message", "Sent"), "ok", "check"),
        "failed": Status(_in("message", "Not delivered"), "bad", "x"),
    },
    # What becomes of a line of a client file.
    "import": {
        "new": Status(_in("import", "New"), "ok", "plus"),
        "changed": Status(_in("import", "Changed"), "info", "edit"),
        "unchanged": Status(_in("import", "Unchanged"), "line", "check"),
        "bad": Status(_in("import", "To correct"), "bad", "alert-circle"),
    },
}


def status(kind: str, key: str) -> Status:
    """How to show that state of that kind of thing; an unknown one is an error, not a blank badge."""
    return STATUSES[kind][key]
