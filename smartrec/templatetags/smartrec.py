"""The words and small pictures every template uses; loaded everywhere, so no template loads it."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from smartrec import formats
from smartrec.money import format_money
from smartrec.statuses import status

register = template.Library()
DASH = mark_safe('<span class="mut" aria-hidden="true">–</span>')
BRANDS = {
    "visa": ("vi", "Visa", "VISA"),
    "mastercard": ("mc", "Mastercard", ""),
    "amex": ("ax", "American Express", "AMEX"),
    "american_express": ("ax", "American Express", "AMEX"),
    "discover": ("di", "Discover", "DISC"),
}


@register.filter
def money(cents: int | None, currency: str = "CAD") -> SafeString:
    """`{{ cents|money:organization.currency }}`: an amount that never breaks across lines."""
    if cents is None:
        return DASH
    return format_html('<span class="money">{}</span>', format_money(cents, currency or "CAD"))


@register.filter
def money_text(cents: int, currency: str = "CAD") -> str:
    """The amount alone, for attributes, titles and text parts."""
    return format_money(cents, currency or "CAD")


@register.filter
def balance(cents: int, currency: str = "CAD") -> SafeString:
    """What a client owes: zero is quiet, a credit is green and says so."""
    text = format_money(cents, currency or "CAD")
    if cents < 0:
        word = pgettext("balance", "credit")
        return format_html('<span class="money money--b money--cr">{}</span> <span class="sub">{}</span>', text, word)
    return format_html('<span class="money {}">{}</span>', "money--b" if cents else "money--0", text)


@register.filter
def overdue(cents: int, currency: str = "CAD") -> SafeString:
    """An overdue amount: red, and always beside a word that says so."""
    style = "money--due" if cents > 0 else "money--0"
    return format_html('<span class="money {}">{}</span>', style, format_money(cents, currency or "CAD"))


@register.filter
def isodate(value: dt.date | dt.datetime | None) -> SafeString:
    return format_html('<span class="num">{}</span>', formats.iso_date(value)) if value else DASH


@register.filter
def shortdate(value: dt.date | dt.datetime) -> str:
    return formats.short_date(value) if value else ""


@register.filter
def longdate(value: dt.date | dt.datetime) -> str:
    return formats.long_date(value) if value else ""


@register.filter
def clock(value: dt.datetime) -> str:
    return formats.clock(value) if value else ""


@register.filter("datetime")
def date_and_time(value: dt.datetime | None) -> SafeString:
    return format_html('<span class="num">{}</span>', formats.moment(value)) if value else DASH


@register.filter
def longdatetime(value: dt.datetime) -> str:
    return formats.long_moment(value) if value else ""


@register.filter
def percent(rate_millionths: int) -> str:
    return formats.percent(rate_millionths)


@register.filter
def count(value: int) -> str:
    return formats.count(value)


@register.filter
def initials(name: object) -> str:
    """`Marie-Ève Tremblay` → `MT`."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def dash(value: object) -> object:
    """A quiet dash where a cell would be empty."""
    return DASH if value in (None, "", [], ()) else value


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`{% icon "mail" %}`, `{% icon "mail" "s" %}`: decorative, always next to a word (sizes: s, xs)."""
    style = f"ic ic-{size}" if size else "ic"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', style, static("smartrec/icons.svg"), name
    )


@register.simple_tag
def badge(kind: str, key: str, **facts: str) -> SafeString:
    """`{% badge "payment" payment.state %}`: icon, word and tint of a state."""
    shown = status(kind, key)
    label = str(shown.label).format(**facts) if facts else shown.label
    return format_html('<span class="st st--{}">{}{}</span>', shown.tint, icon(shown.icon), label)


@register.filter
def status_label(key: str, kind: str) -> str:
    """The word alone: `{{ payment.state|status_label:"payment" }}`."""
    return str(status(kind, key).label)


@register.simple_tag
def brand(method: object) -> SafeString:
    """The mark of a card network or of a bank, with its name for those who do not see it."""
    if _is_bank(method):
        return format_html(
            '<span class="brand brand--bk">{}</span><span class="visually-hidden">{}</span>',
            icon("building-bank"),
            _("E-check"),
        )
    style, name, mark = BRANDS.get(str(getattr(method, "brand", "")).lower(), ("", _("Card"), ""))
    shown = mark or ("" if style else icon("credit-card"))
    return format_html(
        '<span class="brand brand--{}" aria-hidden="true">{}</span><span class="visually-hidden">{}</span>',
        style or "bk",
        shown,
        name,
    )


@register.simple_tag
def pm(method: Any, mark_only: bool = False) -> SafeString:
    """`{% pm method %}`: brand, last four digits, and the expiry only when it is this month or past."""
    method = _typed_once(method)
    if mark_only:
        return format_html('<span class="pm" title="{}">{}</span>', method_text(method), brand(method))
    owner = getattr(method, "bank_name", "") or getattr(method, "brand", "") if _is_bank(method) else ""
    if owner:  # a long name may be cut, the digits never
        shown = '<span class="pm">{}<span class="pm__bank">{}</span> <span>••{}</span>{}</span>'
        return format_html(shown, brand(method), owner, method.last4, _expiry(method))
    return format_html('<span class="pm">{}<span>•• {}</span>{}</span>', brand(method), method.last4, _expiry(method))


def _typed_once(method: Any) -> Any:
    """A card that was typed for one payment has left its name and last digits only: `visa •• 4242`."""
    if not isinstance(method, str):
        return method
    name, _dots, last4 = method.rpartition(" •• ")
    return SimpleNamespace(brand=name, last4=last4)


def _is_bank(method: object) -> bool:
    return getattr(method, "kind", "card") == "bank"


def _expiry(method: object) -> SafeString | str:
    year, month = getattr(method, "exp_year", None), getattr(method, "exp_month", None)
    today = timezone.localdate()
    if not year or not month or (year, month) > (today.year, today.month):
        return ""
    expired = (year, month) < (today.year, today.month)
    word = _("expired %(date)s") if expired else _("expires %(date)s")
    return format_html(' <span class="exp">{}</span>', word % {"date": f"{month:02d}/{year % 100:02d}"})


@register.simple_tag
def method_text(method: object) -> str:
    """`Visa ending in 4242`, `Desjardins ending in 6789`: a payment method in a sentence."""
    method = _typed_once(method)
    named = str(getattr(method, "brand", "") or "")
    name = BRANDS.get(named.lower(), ("", named or _("Card"), ""))[1]
    if _is_bank(method):
        name = getattr(method, "bank_name", "") or named or _("E-check")
    return _("%(name)s ending in %(last4)s") % {"name": name, "last4": getattr(method, "last4", "")}


@register.simple_tag(takes_context=True)
def org_url(context: template.Context, name: str, *args: object, **kwargs: object) -> str:
    """`{% org_url "client" pk=client.pk %}`: the address of a back-office page of the current organization."""
    slug = context["request"].organization.slug
    if kwargs:
        return reverse(name, kwargs={"org": slug, **kwargs})
    return reverse(name, args=[slug, *args])


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """`{% query page=2 %}`: this page's query string with some values replaced, or dropped when None."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params.pop(name, None)
        if value is not None:
            params[name] = str(value)
    return "?" + urlencode(list(params.lists()), doseq=True)


# --- lists ----------------------------------------------------------------------------------------
@register.simple_tag
def swap(url: str) -> SafeString:
    """`<a {% swap url %}>`: a link that redraws only the list, a plain link without scripts."""
    return format_html(
        'href="{0}" hx-get="{0}" hx-target="#list" hx-swap="outerHTML show:none" hx-push-url="true" '
        'hx-indicator="#list"',
        url,
    )


@register.simple_tag(takes_context=True)
def sort_link(context: template.Context, column: Any) -> SafeString:
    """Sort by this column, or the other way round, from the first page."""
    return swap(query(context, sort=str(column.order_by_alias.next), page=None))


@register.filter
def direction(column: Any) -> str:
    return column._table.direction(column)


@register.filter
def selected_in(record: Any, table: Any) -> bool:
    return table.is_selected(record)


@register.filter
def words(paginator: Any) -> str:
    """How many rows in all, as written on a page."""
    return getattr(paginator, "words", None) or formats.count(paginator.count)


@register.filter
def page_range(page: Any) -> list[int | None]:
    """`1 … 4 5 6 … 14`: the page numbers around the current one, None where some are left out."""
    elided = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in elided]


@register.filter
def split(text: str) -> list[str]:
    return text.split()


@register.filter
def values(params: Any, name: str) -> list[str]:
    """Every value of a query parameter."""
    return params.getlist(name)


@register.filter
def pairs(params: Any, without: str = "") -> list[tuple[str, str]]:
    """The query's names and values, less some names: hidden fields of a form that keeps the rest."""
    left_out = without.split()
    return [(name, value) for name, found in params.lists() if name not in left_out for value in found]


@register.filter
def bars(parts: list[dict[str, Any]], whole: int) -> list[dict[str, str]]:
    """Where each piece of a stacked bar starts and how wide it is, in per cent; `rest` is left empty."""
    drawn, start = [], 0
    for part in parts:
        if part["tone"] != "rest":
            drawn.append({"tone": part["tone"], "x": _percent(start, whole), "width": _percent(part["n"], whole)})
        start += part["n"]
    return drawn


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}" if whole else "0"
