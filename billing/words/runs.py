"""What a mass run was told to do, in words: for whom, what, by which methods."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from billing.models import MassRun
from billing.words.refund_runs import INVOICES
from smartrec import formats
from smartrec.money import format_money

KINDS = {
    "charge": gettext_lazy("Mass charge"),
    "invoice": gettext_lazy("Bulk invoice"),
    "refund": gettext_lazy("Mass refund"),
    "message": gettext_lazy("Mass email"),
}
WHICH = {
    "balance": gettext_lazy("Everything due"),
    "overdue": gettext_lazy("Only what is overdue"),
    "run": gettext_lazy("Only these invoices"),
    "fixed": gettext_lazy("The same amount for everyone"),
    "new": gettext_lazy("What is invoiced once it is paid"),
}
ORDERS = {
    "default": gettext_lazy("The owner’s default method"),
    "card_first": gettext_lazy("Cards first, then e-checks"),
    "bank_first": gettext_lazy("E-checks first, then cards"),
    "card_only": gettext_lazy("Cards only"),
    "bank_only": gettext_lazy("E-checks only"),
}


def whom(run: MassRun) -> str:
    """`340 people, one payment per account`: whom a run was made for."""
    n = {"n": formats.count(run.selection_size), "run": run.source}
    if run.kind == "refund":
        return ngettext("%(n)s payment of %(run)s", "%(n)s payments of %(run)s", run.selection_size) % n
    if run.options.get("noun") == "people":
        return ngettext("%(n)s person selected", "%(n)s people selected", run.selection_size) % n
    return ngettext("%(n)s account selected", "%(n)s accounts selected", run.selection_size) % n


def chosen(run: MassRun) -> list[tuple[str, str]]:
    """What the reviewer chose, one line each: heading and words."""
    options = run.options
    rows = []
    if run.kind == "charge":
        rows.append((_("What to charge"), str(WHICH.get(options.get("which", ""), ""))))
        if run.source:
            rows.append((_("Invoices of"), run.source.display_number))
        if options.get("at_most"):
            rows.append((_("At most"), format_money(options["at_most"], run.organization.currency)))
        rows.append((_("Payment method"), str(ORDERS.get(options.get("order", ""), ""))))
    if run.kind in ("charge", "invoice"):
        rows.append(_one_per(run))
    if run.kind == "refund":
        rows.append((_("The invoices these payments paid"), str(INVOICES.get(options.get("invoices", ""), ""))))
    return [(label, value) for label, value in rows if value]


def _one_per(run: MassRun) -> tuple[str, str]:
    if run.kind == "charge":
        per = {"person": pgettext("payments", "One per person"), "account": pgettext("payments", "One per account")}
        return _("Payments"), per[run.per]
    return _("Invoices"), {"person": _("One per person"), "account": _("One per account")}[run.per]


def invoices_wait(run: MassRun) -> str:
    """Why the invoices of payments that were accepted are not written yet, if they wait."""
    said = {
        "period_closed": _(
            "The payments were accepted; their invoices are not written yet: the books are closed on this day. "
            "They are written by themselves once the period is open again."
        ),
        "error": _(
            "The payments were accepted; their invoices are not written yet: something went wrong on our side. "
            "They are tried again every few seconds, and nothing is charged twice."
        ),
    }
    return said.get(run.options.get("invoices_wait", ""), "")
