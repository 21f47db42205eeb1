"""What the wallet adds to the rooms below: columns and filters, a tab, lines of the portal, words, its readiness."""

from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import trail_words
from accounts.models import Client
from messaging import attaching
from smartrec import contributions, filters, health, navigation
from smartrec.contributions import FileTab, Panel, ToDo
from smartrec.navigation import PORTAL, NavItem
from wallet import listing, panels
from wallet.documents.agreements import copy_for_holder
from wallet.models import Authorization
from wallet.processor import ProcessorUnavailable
from wallet.processor.registry import get_processor
from wallet.services import accounts

# Asking costs one of the processor's readings, which are counted: a good answer holds for ten minutes.
GOOD_FOR = 600


def register() -> None:
    """Called once, when the program starts."""
    for page in ("people", "accounts"):
        filters.extend(
            page,
            filters=listing.FILTERS,
            columns=listing.COLUMNS,
            prepare=listing.fetch_methods,
            permission="wallet.view",
            order=10,
        )
    contributions.add_tab("client", FileTab(_("Wallet"), "client-wallet", "wallet.view", 60, count_authorized))
    contributions.add_panel(
        "client", Panel("wallet/client_panel.html", panels.of_client, "wallet.view", order=20, side=True)
    )
    navigation.register(NavItem(PORTAL, _("Home"), "my-home", "home", "portal.use", 10))
    navigation.register(NavItem(PORTAL, _("Wallet"), "my-wallet", "wallet", "portal.use", 30))
    navigation.register_slot("portal_name", portal_name)
    trail_words.add(
        {
            "authorization_granted": _("%(method)s may be charged by us"),
            "authorization_revoked": _("%(method)s may no longer be charged by us"),
            "debit_terms_changed": _("Terms of bank debits changed (notice: %(days)s days)"),
            "method_renewed": _("Expiry of %(method)s changed to %(expiry)s"),
            "method_disabled": _("%(method)s can no longer be charged: the bank or the processor refuses it"),
        }
    )
    navigation.register(
        NavItem("settings", _("Payments"), "settings-payments", "building-bank", "settings.view", 30, "settings-group")
    )
    contributions.add_todo(payments_to_activate, permission="settings.view", order=5)
    trail_words.add(
        {
            "processor_account_opened": _("Account %(account)s opened at the processor"),
            "processor_account_chosen": _("New payments arrive in account %(account)s"),
            "processor_account_closed": _("Account %(account)s is no longer used"),
        }
    )
    attaching.register("authorization_granted", copy_for_holder)
    health.register_readiness("processor", check_processor)


def count_authorized(client: Client) -> int:
    """How many saved methods we may charge, beside the name of the tab."""
    return Authorization.objects.chargeable().filter(client=client).aggregate(n=Count("pk"))["n"]


def payments_to_activate(request: Any) -> list[ToDo]:
    """What keeps the organization from taking payments, until its account at the processor is in order."""
    why = accounts.why_not_charging(request.organization)
    if not why:
        return []
    url = reverse("settings-payments", args=[request.organization.slug])
    return [ToDo(_("Payments are not active yet"), url, note=why, icon="alert-circle", tone="bad")]


def portal_name(request: HttpRequest) -> str:
    """Whose portal a household is in: the organization's, while only one serves it."""
    account = getattr(request, "account", None)
    if account is None:
        return ""
    names = Client.objects.active().filter(account=account).values_list("organization__name", flat=True)[:2]
    return names[0] if len(names) == 1 else str(_("My family"))


def check_processor() -> None:
    """Raise when the processor cannot be reached."""
    if cache.get("processor-answers"):
        return
    if not get_processor().answers():
        raise ProcessorUnavailable("no answer")
    cache.set("processor-answers", True, GOOD_FOR)
