"""Who may do what: each role is a set of permission names, and a name that is not listed here cannot be used."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PERMISSIONS = {
    "own.edit": _("Change one's own preferences"),
    "portal.use": _("Use the client portal"),
    "home.view": _("See the home page"),
    "clients.view": _("See people and accounts"),
    "clients.edit": _("Add and change people and accounts"),
    "clients.import": _("Import people and accounts"),
    "clients.export": _("Export lists"),
    "clients.merge": _("Merge two accounts"),
    "selections.use": _("Select several rows of a list"),
    "messages.view": _("See the messages sent to clients"),
    "messages.send": _("Write to clients"),
    "programs.view": _("See programs, activities and memberships"),
    "programs.edit": _("Change programs, activities and memberships"),
    "registrations.edit": _("Register people and cancel registrations"),
    "checkout.use": _("Sell at the checkout"),
    "invoices.view": _("See invoices and balances"),
    "invoices.create": _("Create and void an invoice"),
    "invoices.mass": _("Create invoices for a selection"),
    "payments.view": _("See payments"),
    "payments.take": _("Take a payment from one client"),
    "payments.retry": _("Retry a failed payment"),
    "payments.dismiss": _("Dismiss a failed payment"),
    "payments.refund": _("Refund a payment"),
    "payments.reconcile": _("Reconcile payments and invoices"),
    "charges.mass": _("Charge the saved methods of a selection"),
    "runs.approve": _("Approve the mass runs of others"),
    "credits.issue": _("Issue a credit"),
    "installments.view": _("See plans and upcoming payments"),
    "installments.edit": _("Set up and change plans and upcoming payments"),
    "wallet.view": _("See saved payment methods"),
    "wallet.manage": _("Add, replace and remove saved payment methods"),
    "reports.view": _("See reports"),
    "trail.view": _("See who did what"),
    "settings.view": _("See the organization's settings"),
    "settings.edit": _("Change the organization's settings"),
    "staff.edit": _("Change administrators and their roles"),
}

_EVERYONE = {"own.edit"}
_CLERK = _EVERYONE | {"home.view", "clients.view", "selections.use", "messages.view", "programs.view"}
_READS = {
    *_CLERK, "invoices.view", "payments.view", "installments.view", "wallet.view", "reports.view", "trail.view",
    "settings.view", "clients.export",
}  # fmt: skip
_FRONT_DESK = _CLERK | {
    "clients.edit", "messages.send", "registrations.edit", "checkout.use", "invoices.view", "invoices.create",
    "payments.view", "payments.take", "installments.view", "installments.edit", "wallet.view", "wallet.manage",
}  # fmt: skip
_COORDINATOR = _CLERK | {"clients.edit", "messages.send", "programs.edit", "registrations.edit"}
_FINANCE = _READS | _FRONT_DESK | {
    "clients.import", "clients.merge", "invoices.mass", "charges.mass", "payments.retry", "payments.dismiss",
    "payments.refund", "payments.reconcile", "credits.issue", "runs.approve",
}  # fmt: skip
_OWNER = set(PERMISSIONS) - {"portal.use"}

ROLES = {
    "owner": _OWNER,
    "finance": _FINANCE,
    "front_desk": _FRONT_DESK,
    "coordinator": _COORDINATOR,
    "auditor": _READS,
    "account_holder": _EVERYONE | {"portal.use"},
}
ROLE_NAMES = {
    "owner": pgettext_lazy("role", "Owner"),
    "finance": _("Finance administrator"),
    "front_desk": _("Front desk"),
    "coordinator": _("Program coordinator"),
    "auditor": _("Auditor"),
    "account_holder": _("Account holder"),
}
STAFF_ROLES = frozenset(ROLES) - {"account_holder"}


class UnknownPermission(LookupError):
    """A permission name that no role could ever have: a spelling mistake, caught when the program starts."""


def known(permission: str) -> str:
    """The same name, or an error: every declaration of a permission passes through here."""
    if permission not in PERMISSIONS:
        raise UnknownPermission(permission)
    return permission


def allows(role: str, permission: str) -> bool:
    """Whether that role has that permission."""
    return known(permission) in ROLES.get(role, frozenset())


def roles_with(permission: str) -> list[str]:
    """The staff roles that have a permission, from the narrowest to the widest, to tell someone whom to ask."""
    return sorted((r for r in STAFF_ROLES if allows(r, permission)), key=lambda role: len(ROLES[role]))


for _role, _names in ROLES.items():
    for _name in _names:
        known(_name)
