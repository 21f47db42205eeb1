"""Connected accounts: one per organization; every other object lives in one of them."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk, new_id
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects.common import merge_metadata
from smartrec.devstack.sandbox.store import PLATFORM

Obj = dict[str, Any]
CURRENCIES = {"AU": "aud", "CA": "cad", "GB": "gbp", "MX": "mxn", "NZ": "nzd", "US": "usd"}
FIVE_MINUTES = 300
ASKED = ["company.name", "external_account", "representative.first_name", "tos_acceptance.date"]
PLAIN = ("business_profile", "business_type", "company", "email", "individual", "settings")


def open_account(desk: Desk, ident: str, **fields: Any) -> Obj:
    """Accounts take money at once, unless the sandbox was told that they must be set up first."""
    country = fields.pop("country", None) or "CA"
    values: Obj = {
        "id": ident,
        "business_profile": {},
        "business_type": None,
        "capabilities": {},
        "charges_enabled": True,
        "company": None,
        "controller": {"type": "application", "is_controller": True},
        "country": country,
        "default_currency": CURRENCIES.get(country, "eur"),
        "details_submitted": True,
        "email": None,
        "individual": None,
        "metadata": {},
        "payouts_enabled": True,
        "requirements": NOTHING_DUE,
        "settings": {},
        "type": "none",
        **fields,
    }
    account = desk.add("account", "acct_", values)
    desk.world.accounts.add(ident)
    return account


def create(desk: Desk, call: Call) -> Obj:
    _platform_only(desk)
    params = call.params
    fields = {name: params[name] for name in PLAIN if name in params}
    fields["capabilities"] = dict.fromkeys(params.get("capabilities") or {}, "active")
    fields["metadata"] = params.get("metadata") or {}
    fields["controller"] = params.get("controller") or {"type": "application"}
    fields["country"] = params.get("country")
    if desk.world.onboarding:
        fields |= {"charges_enabled": False, "details_submitted": False, "payouts_enabled": False}
        fields["requirements"] = _due(ASKED, "requirements.past_due")
        fields["capabilities"] = dict.fromkeys(fields["capabilities"], "inactive")
    ident = new_id("acct_", desk.world.store.next_number())
    return open_account(desk, ident, **fields)


def retrieve(desk: Desk, call: Call) -> Obj:
    ident = call.path["account"]
    if desk.account not in (PLATFORM, ident) or ident not in desk.world.accounts:
        raise _no_access(ident)
    return desk.at(PLATFORM).get("account", ident)


def current(desk: Desk, call: Call) -> Obj:
    """The account the request works for."""
    return desk.at(PLATFORM).get("account", desk.account)


def update(desk: Desk, call: Call) -> Obj:
    account = retrieve(desk, call)
    account |= {name: call.params[name] for name in PLAIN if name in call.params}
    account["capabilities"] |= dict.fromkeys(call.params.get("capabilities") or {}, "active")
    merge_metadata(account, call.params)
    desk.at(account["id"]).emit("account.updated", account)
    return desk.save(account)


def find_many(desk: Desk, call: Call) -> Obj:
    _platform_only(desk)
    connected = ("id != ?", [PLATFORM])
    return page(desk, "account", call.params, url="/v1/accounts", also=connected)


def create_link(desk: Desk, call: Call) -> Obj:
    """Where a new organization answers the processor's questions."""
    _platform_only(desk)
    params = call.params
    account = desk.get("account", params["account"], param="account")
    urls = {f"_{name}": params.get(name) for name in ("return_url", "refresh_url")}
    fields: Obj = {"expires_at": desk.now + FIVE_MINUTES, "_visited": False, **urls}
    link = desk.add("account_link", "al_", fields, owner=account["id"])
    shown = {name: link[name] for name in ("object", "created", "expires_at")}
    return shown | {"url": f"{desk.base_url}/pay/onboarding/{link['id']}"}


def activate(desk: Desk, account: Obj, answers: Obj) -> None:
    """The organization has answered the processor's questions."""
    account |= {"charges_enabled": True, "details_submitted": True, "payouts_enabled": True}
    account |= {"company": (account["company"] or {}) | {"name": answers["business"]}, "requirements": NOTHING_DUE}
    account["capabilities"] = dict.fromkeys(account["capabilities"], "active")
    profile = account["business_profile"] or {}
    account["business_profile"] = profile | {"name": profile.get("name") or answers["business"]}
    desk.save(account)
    desk.at(account["id"]).emit("account.updated", account)


def restrict(desk: Desk, account: Obj, due: list[str], reason: str = "requirements.past_due") -> None:
    """The processor wants to know more of an organization, which takes no money until it has answered."""
    account |= {"charges_enabled": False, "payouts_enabled": False}
    account["requirements"] = _due(due, reason)
    desk.save(account)
    desk.at(account["id"]).emit("account.updated", account)


def _due(due: list[str], reason: str | None) -> Obj:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }


NOTHING_DUE = _due([], None)


def _platform_only(desk: Desk) -> None:
    if desk.account != PLATFORM:
        raise ApiError("Only the platform may do this.", status=403, stored=False)


def _no_access(ident: str) -> ApiError:
    message = (
        f"The provided key 'sk_test_***' does not have access to account '{ident}' (or that account does not exist). "
        "Application access may have been revoked."
    )
    return ApiError(message, status=403, code="account_invalid", stored=False)
