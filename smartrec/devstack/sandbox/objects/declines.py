"""How a refusal by the bank is told: the 402 with its codes, and the same on the intent."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import DOCS, ApiError
from smartrec.devstack.sandbox.instruments import Card, Decline, Instrument
from smartrec.devstack.sandbox.rendering import render

Obj = dict[str, Any]
# Refused at the counter, even where other failing cards may be saved.
NEVER_SAVED = ("incorrect_cvc",)


def described(decline: Decline, method: Obj | None, *, charge: str | None = None) -> Obj:
    """The refusal as it stands in `last_payment_error` and `last_setup_error`."""
    error: Obj = {
        "advice_code": decline.advice,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": DOCS + decline.code.replace("_", "-"),
        "message": decline.message,
        "type": "card_error",
    }
    if charge:
        error["charge"] = charge
    if decline.network_code:
        error["network_decline_code"] = decline.network_code
    if decline.network_advice:
        error["network_advice_code"] = decline.network_advice
    if decline.code in ("incorrect_cvc", "expired_card"):
        error["param"] = "cvc" if decline.code == "incorrect_cvc" else "exp_month"
    return error | ({"payment_method": render(method)} if method else {})


def declined(error: Obj, **shown: Obj) -> ApiError:
    """The 402 that carries the intent the refusal left behind."""
    told = {key: value for key, value in error.items() if key not in ("message", "type", "code", "param", "doc_url")}
    return ApiError(
        error["message"],
        status=402,
        type=error["type"],
        code=error["code"],
        param=error.get("param"),
        keeps_effects=True,
        extra=told | {name: render(obj) for name, obj in shown.items()},
    )


def refuses_saving(desk: Desk, instrument: Instrument) -> Decline | None:
    """The decline met on saving, if the card may not even be saved."""
    if not isinstance(instrument, Card) or instrument.decline is None:
        return None
    strict = desk.world.settings.strict_saving and instrument.refuses_saving
    return instrument.decline if strict or instrument.decline.code in NEVER_SAVED else None


def check_saving(desk: Desk, method: Obj, instrument: Instrument) -> None:
    decline = refuses_saving(desk, instrument)
    if decline:
        raise declined(described(decline, method))
