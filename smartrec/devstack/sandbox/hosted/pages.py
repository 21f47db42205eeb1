"""The addresses under `/pay/`: the checkout page, the bank's page, and the way back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from smartrec.devstack.sandbox.desk import Desk
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.hosted import onboarding, visits
from smartrec.devstack.sandbox.hosted import typed as forms_typed
from smartrec.devstack.sandbox.hosted.forms import View, checkout_page, message
from smartrec.devstack.sandbox.hosted.markup import STYLE, Markup, escape
from smartrec.devstack.sandbox.hosted.texts import choose_language, translate
from smartrec.devstack.sandbox.http import Reply, Request, redirect
from smartrec.devstack.sandbox.world import World

Obj = dict[str, Any]


def answer(world: World, request: Request) -> Reply:
    """Find what the address names, and show it or act on it."""
    steps = request.path.strip("/").split("/")
    query = dict(parse_qsl(request.query))
    if steps[0] != "pay" or len(steps) < 2:
        return message(_language(request, query), "Nothing is here", status=404)
    if steps[1:] == ["style.css"]:
        return Reply(200, STYLE.read_bytes(), "text/css; charset=utf-8", {"Cache-Control": "max-age=300"})
    if steps[1] == "authenticate" and len(steps) == 3:
        return _authentication(world, request, query, steps[2])
    if steps[1] == "onboarding" and len(steps) == 3:
        return onboarding.answer(world, request, _language(request, query), steps[2])
    session = world.store.read(steps[1])
    if session is None or session["object"] != "checkout.session":
        return message(_language(request, query), "Nothing is here", status=404)
    return _checkout(world, request, query, session)


def _language(request: Request, query: Obj, locale: str | None = None) -> str:
    return choose_language(query.get("lang", ""), locale, request.headers.get("accept-language", ""))


def _desk(world: World, request: Request, obj: Obj) -> Desk:
    desk = Desk(world, obj["_account"])
    desk.base_url = desk.base_url or request.origin
    return desk


def _typed_in(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def _checkout(world: World, request: Request, query: Obj, session: Obj) -> Reply:
    language = _language(request, query, session["locale"])
    desk = _desk(world, request, session)
    if request.path.endswith("/done"):
        intent = world.store.read(session["setup_intent"] or session["payment_intent"] or "")
        if intent is not None:
            visits.finish(desk, session, intent)
            world.store.commit()
    if session["status"] == "complete":
        return redirect(_back(session))
    if session["status"] == "expired":
        text = "The link has expired or was withdrawn."
        return message(language, "This page is no longer available", text, _link(language, session), status=410)
    kind = query.get("type", session["payment_method_types"][0])
    if kind not in session["payment_method_types"]:
        kind = session["payment_method_types"][0]
    view = View(language, _merchant(world, session), session, kind)
    if "refused" in query:
        view.refusal = _last_error(world, session)
    return _submit(world, request, desk, view) if request.method == "POST" else checkout_page(view)


def _merchant(world: World, obj: Obj) -> str:
    account = world.store.read(obj["_account"]) or {}
    name = (account.get("business_profile") or {}).get("name")
    return name or "SmartRec"


def _last_error(world: World, session: Obj) -> str:
    intent = world.store.read(session["setup_intent"] or session["payment_intent"] or "") or {}
    error = intent.get("last_payment_error") or intent.get("last_setup_error") or {}
    return error.get("message", "")


def _back(session: Obj) -> str:
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))


def _link(language: str, session: Obj) -> str:
    target = session["cancel_url"] or session["success_url"].replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))
    return Markup(f'<a class="cancel" href="{escape(target)}">{escape(translate(language, "Continue"))}</a>')


def _submit(world: World, request: Request, desk: Desk, view: View) -> Reply:
    """One attempt; a second click finds the session complete and changes nothing."""
    view.values = _typed_in(request)
    if view.values.get("type") in view.session["payment_method_types"]:
        view.kind = view.values["type"]
    asked = forms_typed.address(view.session)
    typed = forms_typed.read(view.kind, view.values, asked, world.clock.now())
    if typed.errors:
        view.errors = typed.errors
        return checkout_page(view)
    try:
        intent = visits.submit(desk, view.session, typed, request.headers.get("user-agent", ""))
    except ApiError as refusal:
        if not refusal.keeps_effects:
            world.store.discard()
        world.store.commit()
        view.refusal = refusal.message
        return checkout_page(view)
    world.store.commit()
    if intent["status"] == "requires_action":
        return redirect(f"/pay/authenticate/{intent['id']}?lang={view.language}")
    return redirect(_back(view.session))


def _authentication(world: World, request: Request, query: Obj, ident: str) -> Reply:
    """The page of the payer's bank, as far as there is one."""
    language = _language(request, query)
    intent = world.store.read(ident)
    if intent is None or intent["object"] not in ("payment_intent", "setup_intent"):
        return message(language, "Nothing is here", status=404)
    if intent["status"] != "requires_action":
        return _return_to(intent, language)
    if request.method != "POST":
        return message(
            language,
            "Your bank wants to know that it is you",
            "This page stands for the bank’s own.",
            _question(language, request.path),
        )
    try:
        agreed = _typed_in(request).get("answer") == "yes"
        visits.authenticate(_desk(world, request, intent), intent, agreed=agreed)
    except ApiError as refusal:
        if not refusal.keeps_effects:
            raise
    world.store.commit()
    return _return_to(intent, language)


def _question(language: str, path: str) -> Markup:
    yes, no = (escape(translate(language, word)) for word in ("Confirm", "Refuse"))
    return Markup(
        f'<form method="post" action="{escape(path)}?lang={language}" class="row">'
        f'<button name="answer" value="yes">{yes}</button><button name="answer" value="no">{no}</button></form>'
    )


def _return_to(intent: Obj, language: str) -> Reply:
    """Back to whoever asked, with what Stripe adds to the address."""
    url = intent.get("_return_url")
    succeeded = intent["status"] in ("succeeded", "processing")
    if not url:
        return message(language, "All done", "You may close this page.")
    if url.startswith("/pay/"):
        outcome = "" if succeeded else "&refused=1"
        return redirect(f"{url if succeeded else url.removesuffix('/done')}?lang={language}{outcome}")
    noun = intent["object"]
    added = {
        noun: intent["id"],
        f"{noun}_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if succeeded else "failed",
    }
    return redirect(f"{url}{'&' if '?' in url else '?'}{urlencode(added)}")
