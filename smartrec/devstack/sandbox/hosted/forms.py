"""The checkout page as HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from smartrec.devstack.sandbox.hosted import outcomes
from smartrec.devstack.sandbox.hosted.markup import Markup, escape, fill, join
from smartrec.devstack.sandbox.hosted.texts import LANGUAGES, money, translate
from smartrec.devstack.sandbox.hosted.typed import COUNTRIES, FIELDS, TABS, Field, address
from smartrec.devstack.sandbox.http import Reply, page

Obj = dict[str, Any]
HINTS = {
    "card": "Any future date and any security code will do.",
    "acss_debit": "Use institution 000 and transit 11000.",
    "us_bank_account": "Use routing number 110000000.",
}
NAMES = {"en": "English", "fr": "Français"}
AGREEMENT = (
    "I authorize {merchant} to debit this account for what I owe, on the dates and in the amounts I am told of "
    "beforehand. I may cancel this agreement at any time, and I have certain recourse rights if a debit does not "
    "comply with it."
)


@dataclass
class View:
    """One look at the page: who shows it, in which language, with what typed so far."""

    language: str
    merchant: str
    session: Obj
    kind: str
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    # What the processor answered to the last attempt.
    refusal: str = ""

    def say(self, text: str) -> str:
        return translate(self.language, text)


def whole_page(language: str, title: str, content: str, *, status: int = 200, width: str = "") -> Reply:
    """Every page says first of all that no real card belongs here."""
    html = fill(
        "base",
        language=language,
        title=title,
        label=translate(language, "Sandbox: no real card"),
        warning=translate(language, "Nothing typed here reaches a bank. Use the test numbers below."),
        content=content,
        width=width,
    )
    return page(html, status)


def message(language: str, heading: str, text: str = "", actions: str = "", *, status: int = 200) -> Reply:
    heading = translate(language, heading)
    content = fill("message", heading=heading, text=translate(language, text), actions=actions)
    return whole_page(language, heading, content, status=status)


def checkout_page(view: View) -> Reply:
    """The form for a card or a bank account."""
    session = view.session
    setup = session["mode"] == "setup"
    heading = view.say("Save a payment method" if setup else "Pay")
    total = "" if setup else money(view.language, session["amount_total"], session["currency"])
    content = fill(
        "checkout",
        merchant=view.merchant,
        heading=heading,
        amount=Markup(f'<p class="amount">{escape(total)}</p>') if total else "",
        items=_items(view),
        errors=_errors(view),
        tabs=_tabs(view),
        action=f"/pay/{session['id']}?lang={view.language}",
        type=view.kind,
        fields=join([Markup("<fieldset>"), *(box(view, one) for one in FIELDS[view.kind]), Markup("</fieldset>")]),
        address_legend=view.say("Billing address"),
        address=join([_country(view), *(box(view, one) for one in address(session))]),
        agreement=_agreement(view) if view.kind != "card" else "",
        submit=view.say("Save") if setup else f"{view.say('Pay')} {total}",
        cancel=_cancel(view),
        numbers_heading=view.say("Test numbers"),
        numbers_hint=view.say(HINTS[view.kind]),
        number_heading=view.say("Number"),
        outcome_heading=view.say("What happens"),
        numbers=_numbers(view),
        languages=_languages(view),
    )
    return whole_page(view.language, heading, content, status=422 if view.errors or view.refusal else 200)


def _items(view: View) -> Markup:
    """What is paid for, in the merchant's words."""
    names = [(item["price_data"].get("product_data") or {}).get("name") for item in view.session["_items"]]
    return join(Markup(f'<p class="merchant">{escape(name)}</p>') for name in names if name)


def _errors(view: View) -> Markup:
    text = view.refusal or ("Please correct what is marked below." if view.errors else "")
    return Markup(f'<p class="errors" role="alert">{escape(view.say(text))}</p>') if text else Markup("")


def _tabs(view: View) -> Markup:
    types = view.session["payment_method_types"]
    if len(types) == 1:
        return Markup("")
    links = []
    for kind in types:
        current = ' aria-current="true"' if kind == view.kind else ""
        target = f"/pay/{view.session['id']}?type={kind}&amp;lang={view.language}"
        links.append(f'<li><a href="{target}"{current}>{escape(view.say(TABS[kind]))}</a></li>')
    return Markup(f'<ul class="tabs" aria-label="{escape(view.say("Payment method"))}">{"".join(links)}</ul>')


def box(view: View, wanted: Field) -> Markup:
    wrong = view.errors.get(wanted.name)
    error = f'<span class="error" id="{wanted.name}-error">{escape(view.say(wrong))}</span>' if wrong else ""
    extra = f'aria-invalid="true" aria-describedby="{wanted.name}-error"' if wrong else ""
    return fill(
        "field",
        name=wanted.name,
        label=view.say(wanted.label),
        value=view.values.get(wanted.name, ""),
        autocomplete=wanted.autocomplete,
        inputmode=wanted.inputmode,
        width=wanted.width,
        extra=Markup(extra),
        error=Markup(error),
    )


def _country(view: View) -> Markup:
    chosen = view.values.get("country", "US" if view.kind == "us_bank_account" else "CA")
    options = "".join(
        f'<option value="{code}"{" selected" if code == chosen else ""}>{escape(view.say(name))}</option>'
        for code, name in COUNTRIES.items()
    )
    label = escape(view.say("Country"))
    select = f'<select id="country" name="country" autocomplete="billing country">{options}</select>'
    return Markup(f'<p class="field"><label for="country">{label}</label>{select}</p>')


def _agreement(view: View) -> Markup:
    """The words the payer agrees to; the tick is theirs to make."""
    canadian = view.kind == "acss_debit"
    heading = view.say("Pre-authorized debit agreement" if canadian else "Authorization to debit")
    text = view.say(AGREEMENT).format(merchant=view.merchant)
    wrong = view.errors.get("agree")
    error = f'<span class="error" id="agree-error">{escape(view.say(wrong))}</span>' if wrong else ""
    described = ' aria-invalid="true" aria-describedby="agree-error"' if wrong else ""
    checked = " checked" if view.values.get("agree") == "yes" else ""
    tick = f'<input type="checkbox" name="agree" value="yes"{checked}{described}>'
    return Markup(
        f'<div class="agreement"><strong>{escape(heading)}</strong><p>{escape(text)}</p>'
        f"<label>{tick} {escape(view.say('I agree'))}</label>{error}</div>"
    )


def _cancel(view: View) -> Markup:
    if not view.session["cancel_url"]:
        return Markup("")
    return Markup(f'<a class="cancel" href="{escape(view.session["cancel_url"])}">{escape(view.say("Cancel"))}</a>')


def _numbers(view: View) -> Markup:
    return join(
        Markup(f"<tr><td>{number}</td><td>{escape('; '.join(map(view.say, told)))}</td></tr>")
        for number, told in outcomes.of_kind(view.kind)
    )


def _languages(view: View) -> Markup:
    target = f"/pay/{view.session['id']}?type={view.kind}"
    links = (
        f'<a href="{target}&amp;lang={code}" lang="{code}" hreflang="{code}">{NAMES[code]}</a>'
        for code in LANGUAGES
        if code != view.language
    )
    return Markup("".join(links))
