"""When a bank wants its client to authenticate: the question, and where it is answered."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.desk import Desk

Obj = dict[str, Any]


def ask_to_authenticate(desk: Desk, intent: Obj, return_url: str | None) -> Obj:
    """What the client must do next: visit the bank's page (ours)."""
    intent["_return_url"] = return_url
    url = f"{desk.base_url}/pay/authenticate/{intent['id']}"
    if return_url:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}
