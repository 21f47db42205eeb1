"""What billing adds to the rooms below and beside it: menu, actions over the lists, a client's file, papers, words."""

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts import trail_words
from billing import panels, words
from billing.documents import credits, invoices, receipts, refunds, statement_letters
from billing.services import debts, planned
from billing.words import invoices as invoice_words
from billing.words import reconciling, scheduled, statements
from messaging import attaching
from smartrec import contributions, filters, navigation
from smartrec.contributions import FileAction, FileTab, Panel
from smartrec.filters import Action
from smartrec.navigation import PORTAL, NavItem
from wallet.services import moving
from wallet.services import planned as planned_payments

MENU = (
    NavItem("finance", _("Reports"), "reports", "chart-bar", "reports.view", 20),
    NavItem("finance", _("Reconciliation"), "reconciliation", "arrows-left-right", "payments.view", 30, "finance"),
    NavItem("finance", _("Invoices"), "invoices", "file-invoice", "invoices.view", 32, "finance"),
    NavItem("finance", _("Payments"), "payments", "cash", "payments.view", 34, "finance"),
    NavItem("finance", _("Mass charges"), "mass-charges", "credit-card-pay", "payments.view", 40, "finance"),
    NavItem("finance", _("Register payments"), "payments-register", "receipt-2", "payments.take", 45, "finance"),
    NavItem("finance", _("Bulk invoices"), "bulk-invoices", "file-invoice", "invoices.view", 50, "finance"),
    NavItem("main", _("Emails"), "mass-emails", "mail", "messages.view", 45),
    NavItem("finance", _("Credits and refunds"), "credits", "discount", "invoices.view", 55, "finance"),
    NavItem(PORTAL, _("Invoices"), "my-invoices", "file-invoice", "portal.use", 20),
    *(
        NavItem("settings", label, page, icon, "settings.view", order, "settings-group")
        for label, page, icon, order in (
            (_("Taxes"), "settings-taxes", "percentage", 40),
            (_("Ledger codes"), "settings-ledger-codes", "list-details", 50),
            (_("Account codes"), "settings-account-codes", "notebook", 52),
            (_("Closing and accrual"), "settings-closing", "lock", 54),
            (_("Mass runs"), "settings-runs", "shield-check", 56),
            (_("Notices"), "settings-notices", "mail", 60),
        )
    ),
)
OVER_PEOPLE_AND_ACCOUNTS = [
    Action(_("Create invoice"), "bulk-invoice-new", "file-invoice", "invoices.mass", 10, prominent=True),
    Action(_("Mass charge"), "mass-charge-new", "credit-card-pay", "charges.mass", 20, prominent=True),
    Action(_("Email"), "mass-email-new", "mail", "messages.send", 30, prominent=True),
    Action(_("Late fees"), "late-fees-new", "hourglass", "invoices.mass", 50),
    Action(_("Email statements"), "statements-email", "mail", "invoices.mass", 60),
]
OVER_ACCOUNTS = [Action(_("Reconcile"), "reconcile-accounts", "arrows-left-right", "payments.reconcile", 30)]
IN_A_CLIENTS_FILE = (
    FileAction(_("Make a payment"), "payment-new", "credit-card", "payments.take", 20, prominent=True),
    FileAction(_("Create invoice"), "invoice-new", "file-invoice", "invoices.create", 25),
    FileAction(_("Record a deposit"), "deposit-new", "lock", "payments.take", 30),
    FileAction(_("Issue a credit"), "credit-new", "discount", "credits.issue", 40),
    FileAction(_("Reconcile account"), "client-reconciliation", "arrows-left-right", "payments.reconcile", 40),
    FileAction(_("Record a refund"), "refund-new", "receipt-refund", "payments.refund", 45),
    FileAction(_("Account statement"), "client-statement", "file-text", "invoices.view", 60),
    FileAction(_("Email statement"), "client-statement-email", "mail", "invoices.create", 61),
)
PANELS = {
    "dashboard": [
        Panel("billing/books_panel.html", panels.books_alarm, "reports.view", order=1),
        Panel("billing/takings.html", panels.takings, "payments.view", order=10, side=True),
    ],
    "my-home": [Panel("billing/my_papers.html", panels.papers, "portal.use")],
    "my-balance": [
        Panel("billing/my_overdue.html", panels.overdue, "portal.use"),
        Panel("billing/my_pay_button.html", panels.pay, "portal.use", side=True),
    ],
}
# The document that goes along with each kind of letter.
PAPERS = {
    "receipt": receipts.copy_for_payer,
    "deposit": receipts.copy_for_payer,
    "desk_refund": refunds.copy_for_client,
    "invoice": invoices.copy_for_client,
    "credit_note": credits.copy_for_client,
    "statement": statement_letters.copy_for_owner,
}
HISTORY = (words.HISTORY, invoice_words.HISTORY, statements.HISTORY, reconciling.HISTORY, scheduled.HISTORY)


def register() -> None:
    """Called once, when the program starts."""
    for item in MENU:
        navigation.register(item)
    for page in ("people", "accounts"):
        filters.extend(page, actions=OVER_PEOPLE_AND_ACCOUNTS)
    filters.extend("accounts", actions=OVER_ACCOUNTS)
    contributions.add_tab("client", FileTab(_("Billing"), "client-billing", "invoices.view", 40))
    for action in IN_A_CLIENTS_FILE:
        contributions.add_action("client", action)
    for page, added in PANELS.items():
        for panel in added:
            contributions.add_panel(page, panel)
    for kind, paper in PAPERS.items():
        attaching.register(kind, paper)
    for told in HISTORY:
        trail_words.add(told)
    planned_payments.ask(planned)
    moving.wait_while(debts.being_charged)
    navigation.register_slot("jobs", import_string("billing.views.pill.running_job"))
    approvals = import_string("billing.views.pill.waiting_for_approval")
    contributions.add_todo(approvals, permission="runs.approve", order=6)
