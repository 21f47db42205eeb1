"""The figures at the top of the action center, in words."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from action_center.worklists import Standing
from billing import words
from smartrec import formats
from smartrec.money import format_money

TONES = ("bad", "warn", "info", "neu")


def glance(standing: Standing, currency: str, now: dt.datetime) -> dict[str, Any]:
    """What needs someone, what is on its way, what came back, and why payments failed."""
    return {
        "kpis": [_to_handle(standing, currency, now), _retrying(standing, currency), _recovered(standing, currency)],
        "reasons": reasons(standing),
        "checking": _checking(standing, currency),
    }


def _kpi(label: str, n: int, cents: int, currency: str, note: str, tone: str) -> dict[str, Any]:
    return {
        "label": label,
        "count": n,
        "value": format_money(cents, currency),
        "note": note,
        "tone": tone if n else "",
    }


def _to_handle(standing: Standing, currency: str, now: dt.datetime) -> dict[str, Any]:
    note = ""
    if standing.oldest:
        days = (now - standing.oldest).days
        aged = ngettext("oldest is %(n)s day old", "oldest is %(n)s days old", days) % {"n": formats.count(days)}
        note = aged if days else _("oldest is less than a day old")
    return _kpi(_("To handle"), standing.to_handle.n, standing.to_handle.cents, currency, note, "bad")


def _retrying(standing: Standing, currency: str) -> dict[str, Any]:
    banks = standing.retrying_e_checks
    note = ngettext("including %(n)s e-check", "including %(n)s e-checks", banks) % {"n": formats.count(banks)}
    figure = standing.retrying
    return _kpi(_("Retry in progress"), figure.n, figure.cents, currency, note if banks else "", "info")


def _recovered(standing: Standing, currency: str) -> dict[str, Any]:
    share = formats.percent(round(standing.recovered_share, -4))
    note = _("%(share)s of failures") % {"share": share} if standing.failures else ""
    return _kpi(_("Recovered, 30 days"), standing.recovered.n, standing.recovered.cents, currency, note, "ok")


def _checking(standing: Standing, currency: str) -> str:
    if not standing.checking.n:
        return ""
    return ngettext(
        "The processor has not answered about %(n)s payment (%(amount)s). It is asked again until it does.",
        "The processor has not answered about %(n)s payments (%(amount)s). It is asked again until it does.",
        standing.checking.n,
    ) % {"n": formats.count(standing.checking.n), "amount": format_money(standing.checking.cents, currency)}


def reasons(standing: Standing) -> list[dict[str, Any]]:
    """The most frequent reasons, as bars: the widest is the most frequent."""
    counted: dict[str, int] = {}
    for why, n in standing.reasons.items():
        label = str(words.FAILURES.get(why, words.FAILURES["declined"]).label)
        counted[label] = counted.get(label, 0) + n
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[: len(TONES)]
    widest = most[0][1] if most else 1
    return [
        {"label": label, "n": n, "width": f"{100 * n / widest:.1f}%", "tone": tone}
        for (label, n), tone in zip(most, TONES, strict=False)
    ]
