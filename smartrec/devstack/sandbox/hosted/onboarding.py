"""The processor's questions to an organization that wants to be paid: one short form."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.hosted.forms import View, box, message, whole_page
from smartrec.devstack.sandbox.hosted.markup import Markup, escape, fill, join
from smartrec.devstack.sandbox.hosted.typed import Field
from smartrec.devstack.sandbox.http import Reply, Request, redirect
from smartrec.devstack.sandbox.objects import accounts
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]
QUESTIONS = (
    Field("business", "Legal name of the organization", "organization"),
    Field("representative", "Representative", "name"),
    Field("payouts_to", "Account number for payouts", inputmode="numeric"),
)
TOLD = "This page stands for the processor’s questions to a new organization. Any answer will do."


def answer(world: World, request: Request, language: str, ident: str) -> Reply:
    """A link shows the form once, for a few minutes; after that it sends back for a new one."""
    link = world.store.read(ident)
    if link is None or link["object"] != "account_link":
        return message(language, "Nothing is here", status=404)
    used = link["_visited"] and request.method != "POST"
    if used or link["expires_at"] < world.clock.now():
        back = link["_refresh_url"]
        return redirect(back) if back else message(language, "This link has been used or has expired.", status=410)
    link["_visited"] = True
    world.store.write(link)
    account = world.store.read(link["_owner"]) or {}
    reply = _submitted(world, request, language, link, account) if request.method == "POST" else None
    world.store.commit()
    return reply or _form(request, View(language, "", link, "onboarding", {"business": _name(account)}))


def _name(account: Obj) -> str:
    return (account.get("business_profile") or {}).get("name") or ""


def _submitted(world: World, request: Request, language: str, link: Obj, account: Obj) -> Reply:
    values = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if values.get("later"):
        return redirect(link["_return_url"] or "/_sandbox/")
    errors = {one.name: "Required" for one in QUESTIONS if not values.get(one.name, "").strip()}
    if values.get("agree") != "yes":
        errors["agree"] = "Agree to continue."
    if errors:
        return _form(request, View(language, "", link, "onboarding", values, errors))
    link["expires_at"] = 0
    world.store.write(link)
    accounts.activate(Desk(world), account, values)
    return redirect(link["_return_url"] or "/_sandbox/")


def _form(request: Request, view: View) -> Reply:
    wrong = view.errors.get("agree")
    heading = view.say("Set up the account")
    content = fill(
        "onboarding",
        heading=heading,
        told=view.say(TOLD),
        action=f"{request.path}?lang={view.language}",
        questions=join(box(view, one) for one in QUESTIONS),
        agree=view.say("I accept the terms of the processor"),
        wrong=Markup(f'<span class="error" id="agree-error">{escape(view.say(wrong))}</span>') if wrong else "",
        invalid=Markup(' aria-invalid="true" aria-describedby="agree-error"') if wrong else "",
        submit=view.say("Submit"),
        later=view.say("Finish later"),
    )
    return whole_page(view.language, heading, content, status=422 if view.errors else 200)
