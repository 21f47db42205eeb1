"""Sentences of the mass pages that hold counts and amounts."""

import datetime as dt

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from billing.models import MassRun
from billing.results import Figure, Progress
from billing.services.debit_requests import Asked
from smartrec import formats
from smartrec.money import format_money

PER_SECOND = 10


def payments(n: int) -> str:
    return ngettext("%(n)s payment", "%(n)s payments", n) % {"n": formats.count(n)}


def accounts(n: int) -> str:
    return ngettext("%(n)s account", "%(n)s accounts", n) % {"n": formats.count(n)}


def on_accounts(n: int) -> str:
    return ngettext("on %(n)s account", "on %(n)s accounts", n) % {"n": formats.count(n)}


def bold(text: object) -> SafeString:
    return format_html("<b>{}</b>", text)


def minutes(seconds: float) -> str:
    """`about 4 minutes`, to put in a sentence."""
    if seconds < 60:
        return _("less than a minute")
    whole = round(seconds / 60)
    return ngettext("about %(n)s minute", "about %(n)s minutes", whole) % {"n": formats.count(whole)}


def time_left(seconds: int | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return _("Less than a minute left")
    return _("About %(n)s min left") % {"n": formats.count(round(seconds / 60))}


def how_long(cards: Figure, banks: Figure) -> str:
    """What to expect after the button: cards answer at once, banks in days."""
    said = []
    if cards.n:
        said.append(_("Cards: %(time)s.") % {"time": minutes(cards.n / PER_SECOND)})
    if banks.n:
        said.append(_("E-checks: 3 to 5 business days."))
    return " ".join(said)


def announced(notices: list[tuple[dt.date, int]]) -> str:
    """Which payments wait for their notice: how many, and until when."""
    said = [
        ngettext(
            "%(n)s payment is announced by email when you confirm, and taken on %(day)s.",
            "%(n)s payments are announced by email when you confirm, and taken on %(day)s.",
            n,
        )
        % {"n": formats.count(n), "day": formats.iso_date(day)}
        for day, n in notices
    ]
    return " ".join(said)


def of_what(run: MassRun, invoices: int, currency: str) -> str:
    """What the total of a draft is made of: `Balance due on 297 invoices`, `$25.00 each, on 286 invoices`."""
    options, n = run.options, {"n": formats.count(invoices)}
    if options["which"] == "fixed":
        n["amount"] = format_money(options["amount"], currency)
        return ngettext("%(amount)s each, on %(n)s invoice", "%(amount)s each, on %(n)s invoices", invoices) % n
    if options["which"] == "run":
        n["run"] = run.source.display_number if run.source else ""
        return ngettext("%(n)s invoice of %(run)s", "%(n)s invoices of %(run)s", invoices) % n
    if options["which"] == "overdue":
        return ngettext("Overdue on %(n)s invoice", "Overdue on %(n)s invoices", invoices) % n
    return ngettext("Balance due on %(n)s invoice", "Balance due on %(n)s invoices", invoices) % n


def both_ways(run: MassRun, currency: str) -> list[str]:
    """How charging people and charging accounts differ for a draft, where some accounts have several people in it."""
    options = run.options
    if not options.get("shared"):
        return []
    n, totals = options["counts"], options["totals"]
    told = {per: {"n": payments(n[per]), "amount": format_money(totals[per], currency)} for per in n}
    several = ngettext(
        "%(n)s account has several people in this list.", "%(n)s accounts have several people in this list.",
        options["shared"],
    )  # fmt: skip
    return [
        several % {"n": formats.count(options["shared"])},
        _("Per person: %(n)s, %(amount)s. Each pays their own invoices, all by the method of the account.")
        % told["person"],
        _("Per account: %(n)s, %(amount)s. Everything the account owes is paid at once, also for people not selected.")
        % told["account"],
    ]


def ask_holders(n: int) -> str:
    return ngettext("Ask %(n)s account holder", "Ask %(n)s account holders", n) % {"n": formats.count(n)}


def asked(figures: Asked) -> str:
    """`3 were asked and have not answered. 1 has no email address.`"""
    said = []
    if figures.asked:
        text = ngettext(
            "%(n)s was asked and has not answered.", "%(n)s were asked and have not answered.", figures.asked
        )
        said.append(text % {"n": formats.count(figures.asked)})
    if figures.no_address:
        text = ngettext("%(n)s has no email address.", "%(n)s have no email address.", figures.no_address)
        said.append(text % {"n": formats.count(figures.no_address)})
    return " ".join(said)


def waiting(notices: list[tuple[dt.date, int]]) -> str:
    """Which announced payments wait for their day."""
    said = [
        ngettext(
            "%(n)s payment was announced and is taken on %(day)s.",
            "%(n)s payments were announced and are taken on %(day)s.",
            n,
        )
        % {"n": formats.count(n), "day": formats.iso_date(day)}
        for day, n in notices
    ]
    return " ".join(said)


def charge_heading(n: int) -> str:
    return ngettext("Take %(n)s payment now?", "Take %(n)s payments now?", n) % {"n": formats.count(n)}


def charge_text(figure: Figure, n_accounts: int, currency: str) -> SafeString:
    return format_html(
        _(
            "You are charging {amount} to the authorized payment methods of {accounts}. Accepted payments cannot be "
            "undone in one step: each one has to be refunded."
        ),
        amount=bold(format_money(figure.cents, currency)),
        accounts=bold(accounts(n_accounts)),
    )


def charge_label(figure: Figure, currency: str) -> str:
    return _("Charge %(amount)s") % {"amount": format_money(figure.cents, currency)}


def type_payments(n: int) -> str:
    return _("To confirm, type the number of payments (%(n)s)") % {"n": formats.count(n)}


def create_heading(n: int) -> str:
    return ngettext("Create %(n)s invoice now?", "Create %(n)s invoices now?", n) % {"n": formats.count(n)}


def create_text(figure: Figure, n_accounts: int, currency: str) -> SafeString:
    return format_html(
        _(
            "You are invoicing {amount} to {accounts}. No payment is taken. For 24 hours, the invoices without a "
            "payment can be voided together."
        ),
        amount=bold(format_money(figure.cents, currency)),
        accounts=bold(accounts(n_accounts)),
    )


def create_label(figure: Figure) -> str:
    return ngettext("Create %(n)s invoice", "Create %(n)s invoices", figure.n) % {"n": formats.count(figure.n)}


def type_invoices(n: int) -> str:
    return _("To confirm, type the number of invoices (%(n)s)") % {"n": formats.count(n)}


def retry_heading(n: int) -> str:
    return ngettext("Retry %(n)s payment now?", "Retry %(n)s payments now?", n) % {"n": formats.count(n)}


def retry_label(n: int) -> str:
    return ngettext("Retry %(n)s payment", "Retry %(n)s payments", n) % {"n": formats.count(n)}


def retry_text(figure: Figure, currency: str) -> SafeString:
    return format_html(
        _(
            "You are charging {amount} again, to the same payment methods. A payment already accepted is never taken "
            "twice."
        ),
        amount=bold(format_money(figure.cents, currency)),
    )


def stop_text(run: MassRun, remaining: int) -> str:
    n = {"n": formats.count(remaining)}
    if run.kind == "invoice":
        return (
            ngettext(
                "Stop now? The %(n)s remaining invoice will not be created. Those already created stay.",
                "Stop now? The %(n)s remaining invoices will not be created. Those already created stay.",
                remaining,
            )
            % n
        )
    return (
        ngettext(
            "Stop after the current payment? The %(n)s remaining payment will not be taken. Accepted payments stay.",
            "Stop after the current payment? The %(n)s remaining payments will not be taken. Accepted payments stay.",
            remaining,
        )
        % n
    )


def processed(done: int, total: int, kind: str) -> SafeString:
    """The figure above the bar: `175 of 286 payments processed`, its first number set large."""
    # English counts what there is, French what is done: `0 paiement traité sur 6`.
    if kind == "invoice":
        one = pgettext("job of one", "{done} of {total} invoice created")
        many = npgettext(
            "job of many", "{done} of {total} invoices created", "{done} of {total} invoices created", done
        )
    else:
        one = pgettext("job of one", "{done} of {total} payment processed")
        many = npgettext(
            "job of many", "{done} of {total} payments processed", "{done} of {total} payments processed", done
        )
    return of_all(one if total == 1 else many, done, total)


def of_all(text: str, done: int, total: int) -> SafeString:
    """So many of all, the first number set large."""
    shown = format_html('<b class="num">{}</b>', formats.count(done))
    return format_html(text, done=shown, total=formats.count(total))


def banner(run: MassRun, progress: Progress) -> tuple[str, str, str]:
    """How a finished charge went: the banner's kind, its first words, the rest."""
    kind, lead, rest = _banner(run, progress)
    left_out = _left_out(progress.left_out.n)
    return "warn" if left_out and kind == "ok" else kind, lead, " ".join(part for part in (rest, left_out) if part)


def _left_out(n: int) -> str:
    if not n:
        return ""
    text = ngettext(
        "Left out since the review: %(n)s payment. Nothing was charged for it.",
        "Left out since the review: %(n)s payments. Nothing was charged for them.",
        n,
    )
    return text % _n(n)


def _banner(run: MassRun, progress: Progress) -> tuple[str, str, str]:
    ok, bad = progress.accepted.n, progress.failed.n
    if run.state == "stopped":
        return "warn", _stopped(run, progress), _also_elsewhere(progress) if bad else ""
    if not ok and not progress.checking.n and not progress.remaining.n:
        if progress.returned:
            return "bad", _("No payment was kept."), _also_elsewhere(progress)
        return "bad", _("No payment was taken."), ""
    if not bad:
        kind = "info" if progress.checking.n or progress.remaining.n else "ok"
        return (
            kind,
            ngettext("Finished: %(n)s payment accepted.", "Finished: %(n)s payments accepted.", ok) % _n(ok),
            "",
        )
    accepted = ngettext("Finished: %(n)s payment accepted", "Finished: %(n)s payments accepted", ok) % _n(ok)
    failed = npgettext("payments", "%(n)s failed", "%(n)s failed", bad) % _n(bad)
    return "warn", f"{accepted}, {failed}.", _also_elsewhere(progress)


def _also_elsewhere(progress: Progress) -> str:
    """Where the failures are, and that what a bank has returned had been accepted first."""
    returned = progress.returned
    if not returned:
        return _("Failed payments were not charged and are also in the Payment Action Center.")
    back = ngettext(
        "%(n)s payment was accepted and then returned by the bank: it is due again.",
        "%(n)s payments were accepted and then returned by the bank: they are due again.",
        returned,
    )
    others = _("The other failed payments were not charged.") if progress.failed.n > returned else ""
    return " ".join(filter(None, [back % _n(returned), others, _("They are also in the Payment Action Center.")]))


def _stopped(run: MassRun, progress: Progress) -> str:
    done = npgettext("payments", "%(n)s processed", "%(n)s processed", progress.processed.n) % _n(progress.processed.n)
    left = ngettext("%(n)s not taken", "%(n)s not taken", progress.not_taken.n) % _n(progress.not_taken.n)
    said = pgettext("mass charge", "Stopped by %(name)s: %(done)s, %(left)s.")
    return said % {"name": run.ended_by, "done": done, "left": left}


def _n(number: int) -> dict[str, str]:
    return {"n": formats.count(number)}
