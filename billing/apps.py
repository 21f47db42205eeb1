from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from smartrec import contributions, filters, navigation
from smartrec.navigation import NavItem


class BillingConfig(AppConfig):
    """Invoices, payments and the ledger."""

    name = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put billing's pages in the menu, its actions over the lists, its tab in a client's file."""
        navigation.register(
            NavItem("finance", _("Mass charges"), "mass-charges", "credit-card-pay", "payments.view", 40, "finance")
        )
        navigation.register(
            NavItem("finance", _("Bulk invoices"), "bulk-invoices", "file-invoice", "invoices.view", 50, "finance")
        )
        navigation.register(NavItem("finance", _("Credits"), "credits", "discount", "invoices.view", 55, "finance"))
        navigation.register(NavItem("finance", _("Reports"), "reports", "chart-bar", "reports.view", 20))
        actions = [
            filters.Action(
                _("Create invoice"), "bulk-invoice-new", "file-invoice", "invoices.mass", 10, prominent=True
            ),
            filters.Action(_("Mass charge"), "mass-charge-new", "credit-card-pay", "charges.mass", 20, prominent=True),
        ]
        for page in ("people", "accounts"):
            filters.extend(page, actions=actions)
        contributions.add_tab("client", contributions.FileTab(_("Billing"), "client-billing", "invoices.view", 40))
        take = contributions.FileAction(_("Make a payment"), "payment-new", "credit-card", "payments.take", 20, True)
        contributions.add_action("client", take)
        credit = contributions.FileAction(_("Issue a credit"), "credit-new", "discount", "credits.issue", 40)
        contributions.add_action("client", credit)
        statement = contributions.FileAction(
            _("Account statement"), "client-statement", "file-text", "invoices.view", 60
        )
        contributions.add_action("client", statement)
        import_string("messaging.attaching.register")(
            "receipt", import_string("billing.documents.receipts.copy_for_payer")
        )
        self._invoices()
        import_string("messaging.attaching.register")(
            "credit_note", import_string("billing.documents.credits.copy_for_client")
        )
        self._at_the_desk()
        self._statements()
        navigation.register(
            NavItem("finance", _("Register payments"), "payments-register", "receipt-2", "payments.take", 45, "finance")
        )
        self._in_the_portal()
        import_string("billing.contributing.reconciliation")()
        import_string("accounts.trail_words.add")(import_string("billing.words.HISTORY"))
        import_string("wallet.services.planned.ask")(import_module("billing.services.planned"))
        import_string("wallet.services.moving.wait_while")(import_string("billing.services.debts.being_charged"))
        alarm = contributions.Panel(
            "billing/books_panel.html", import_string("billing.panels.books_alarm"), "reports.view", order=1
        )
        contributions.add_panel("dashboard", alarm)
        navigation.register_slot("jobs", import_string("billing.views.pill.running_job"))

    def _at_the_desk(self) -> None:
        """Deposits and money handed back: in a client's file, and on paper with the letters that tell of them."""
        for label, page, icon, permission, order in (
            (_("Record a deposit"), "deposit-new", "lock", "payments.take", 30),
            (_("Record a refund"), "refund-new", "receipt-refund", "payments.refund", 45),
        ):
            contributions.add_action("client", contributions.FileAction(label, page, icon, permission, order))
        for kind, paper in (("deposit", "receipts.copy_for_payer"), ("desk_refund", "refunds.copy_for_client")):
            import_string("messaging.attaching.register")(kind, import_string(f"billing.documents.{paper}"))

    def _statements(self) -> None:
        """Statements e-mailed: from a client's file, for selected accounts, with the document."""
        email = contributions.FileAction(_("Email statement"), "client-statement-email", "mail", "invoices.create", 61)
        contributions.add_action("client", email)
        many = filters.Action(_("Email statements"), "statements-email", "mail", "invoices.mass", 60)
        for page in ("people", "accounts"):
            filters.extend(page, actions=[many])
        import_string("messaging.attaching.register")(
            "statement", import_string("billing.documents.statement_letters.copy_for_owner")
        )
        import_string("accounts.trail_words.add")(import_string("billing.words.statements.HISTORY"))

    def _in_the_portal(self) -> None:
        """A household's invoices in its menu, what is late and the way to pay it, the way to its papers."""
        navigation.register(NavItem(navigation.PORTAL, _("Invoices"), "my-invoices", "file-invoice", "portal.use", 20))
        for page, name, template, side in (
            ("my-balance", "overdue", "my_overdue", False),
            ("my-balance", "pay", "my_pay_button", True),
            ("my-home", "papers", "my_papers", False),
        ):
            shown = import_string(f"billing.panels.{name}")
            contributions.add_panel(
                page, contributions.Panel(f"billing/{template}.html", shown, "portal.use", side=side)
            )

    def _invoices(self) -> None:
        """The invoice of one client, its letter, and what invoices are made of in the settings."""
        import_string("messaging.attaching.register")(
            "invoice", import_string("billing.documents.invoices.copy_for_client")
        )
        create = contributions.FileAction(_("Create invoice"), "invoice-new", "file-invoice", "invoices.create", 25)
        contributions.add_action("client", create)
        import_string("accounts.trail_words.add")(import_string("billing.words.invoices.HISTORY"))
        for label, page, icon, order in (
            (_("Taxes"), "settings-taxes", "percentage", 40),
            (_("Ledger codes"), "settings-ledger-codes", "list-details", 50),
            (_("Account codes"), "settings-account-codes", "notebook", 52),
            (_("Closing and accrual"), "settings-closing", "lock", 54),
            (_("Notices"), "settings-notices", "mail", 60),
        ):
            item = NavItem("settings", label, page, icon, "settings.view", order, "settings-group")
            navigation.register(item)
