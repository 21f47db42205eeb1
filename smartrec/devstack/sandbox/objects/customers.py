"""Customers: one payer in one account."""

from __future__ import annotations

from typing import Any

from smartrec.devstack.sandbox.calls import Call
from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.listing import page
from smartrec.devstack.sandbox.objects.common import merge_metadata
from smartrec.devstack.sandbox.rendering import render

Obj = dict[str, Any]
PLAIN = ("address", "description", "email", "name", "phone", "shipping", "tax_exempt")


def create(desk: Desk, call: Call) -> Obj:
    return open_customer(desk, call.params)


def open_customer(desk: Desk, params: Obj) -> Obj:
    fields: Obj = {
        "address": None,
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "metadata": params.get("metadata") or {},
        "name": None,
        "phone": None,
        "preferred_locales": params.get("preferred_locales", []),
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    fields |= {name: params[name] or None for name in PLAIN if name in params}
    customer = desk.add("customer", "cus_", fields, parent=params.get("email") or None)
    desk.emit("customer.created", customer)
    return customer


def retrieve(desk: Desk, call: Call) -> Obj:
    return desk.get("customer", call.path["customer"])


def update(desk: Desk, call: Call) -> Obj:
    params = call.params
    customer = desk.get("customer", call.path["customer"])
    default = (params.get("invoice_settings") or {}).get("default_payment_method")
    if default:
        desk.get("payment_method", default, param="invoice_settings[default_payment_method]")
        customer["invoice_settings"]["default_payment_method"] = default
    before = render(customer)
    customer |= {name: params[name] or None for name in PLAIN if name in params}
    if "preferred_locales" in params:
        customer["preferred_locales"] = params["preferred_locales"]
    customer["_parent"] = customer["email"]
    merge_metadata(customer, params)
    desk.emit("customer.updated", customer, before={k: v for k, v in before.items() if customer[k] != v})
    return desk.save(customer)


def delete(desk: Desk, call: Call) -> Obj:
    """A deleted customer's methods are gone with it."""
    customer = desk.get("customer", call.path["customer"])
    for method in list(
        desk.world.store.select("account = ? AND kind = 'payment_method' AND owner = ?", (desk.account, customer["id"]))
    ):
        method |= {"customer": None, "_owner": None, "_spent": True}
        desk.save(method)
    customer["deleted"] = True
    customer["_parent"] = None
    desk.save(customer)
    desk.emit("customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}


def find_many(desk: Desk, call: Call) -> Obj:
    alive: tuple[str, list[Any]] = ("json_extract(body, '$.deleted') IS NULL", [])
    return page(desk, "customer", call.params, url="/v1/customers", parent=call.params.get("email"), also=alive)
