"""Sentences of the mass refund's pages that hold counts and amounts."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from billing.models import MassRun
from billing.results import Figure, Progress
from billing.services.undoing import VOID
from billing.views.wordings import accounts, bold, of_all
from smartrec import formats
from smartrec.money import format_money


def _n(number: int) -> dict[str, str]:
    return {"n": formats.count(number)}


def of_payments(run: MassRun) -> str:
    """`payments of FM-0118`, beside how many."""
    return ngettext("payment of %(run)s", "payments of %(run)s", run.selection_size) % {"run": run.source}


def heading(n: int) -> str:
    return ngettext("Refund %(n)s payment now?", "Refund %(n)s payments now?", n) % _n(n)


def label(figure: Figure, currency: str) -> str:
    return _("Refund %(amount)s") % {"amount": format_money(figure.cents, currency)}


def text(figure: Figure, n_accounts: int, currency: str, after: str) -> SafeString:
    said = format_html(
        _("{amount} goes back to what paid, on {accounts}. A refund cannot be taken back."),
        amount=bold(format_money(figure.cents, currency)),
        accounts=bold(accounts(n_accounts)),
    )
    return format_html("{} {}", said, after)


def type_refunds(n: int) -> str:
    return _("To confirm, type the number of refunds (%(n)s)") % {"n": formats.count(n)}


def after(run: MassRun, voidable: int, staying: int) -> str:
    """What becomes of the invoices these payments have paid, in plain words."""
    if run.options["invoices"] != VOID:
        n = voidable + staying
        text = ngettext(
            "The invoice stays: it will be due again, and can be paid or charged.",
            "The %(n)s invoices stay: they will be due again, and can be paid or charged.",
            n,
        )
        return text % _n(n) if n else ""
    said = []
    if voidable:
        text = ngettext(
            "%(n)s invoice will be voided once its payment has gone back: nothing will be owed on it.",
            "%(n)s invoices will be voided, each once its payment has gone back: nothing will be owed on them.",
            voidable,
        )
        said.append(text % _n(voidable))
    if staying:
        text = ngettext(
            "%(n)s stays and will be due: something else has paid a part of it, or a part was credited.",
            "%(n)s stay and will be due: something else has paid a part of them, or a part was credited.",
            staying,
        )
        said.append(text % _n(staying))
    return " ".join(said)


def how_long(cards: Figure, banks: Figure) -> str:
    """When clients have their money."""
    said = []
    if cards.n:
        said.append(_("Cards: clients see it in 5 to 10 business days."))
    if banks.n:
        said.append(_("E-checks: they wait until your balance at the processor covers them."))
    return " ".join(said)


def processed(done: int, total: int) -> SafeString:
    one = pgettext("job of one", "{done} of {total} refund sent")
    many = npgettext("job of many", "{done} of {total} refunds sent", "{done} of {total} refunds sent", done)
    return of_all(one if total == 1 else many, done, total)


def stop_text(remaining: int) -> str:
    text = ngettext(
        "Stop after the current refund? The %(n)s remaining payment will not be refunded. Refunds already sent stay.",
        "Stop after the current refund? The %(n)s remaining payments will not be refunded. Refunds already sent stay.",
        remaining,
    )
    return text % _n(remaining)


def banner(run: MassRun, progress: Progress) -> dict[str, str]:
    """How an ended mass refund went."""
    ok, bad, left = progress.accepted.n, progress.failed.n, progress.left_out.n
    kind = "ok" if not bad and not left and run.state == "finished" else "warn"
    if run.state == "stopped":
        return {"kind": kind, "lead": _stopped(run, progress), "rest": _stayed() if bad else ""}
    if not ok and not progress.checking.n:
        return {"kind": "bad", "lead": _("No payment was refunded."), "rest": _stayed() if bad else ""}
    said = [ngettext("Finished: %(n)s payment refunded", "Finished: %(n)s payments refunded", ok) % _n(ok)]
    if bad:
        said.append(npgettext("refunds", "%(n)s failed", "%(n)s failed", bad) % _n(bad))
    if left:
        said.append(npgettext("refunds", "%(n)s left out", "%(n)s left out", left) % _n(left))
    return {"kind": kind, "lead": f"{', '.join(said)}.", "rest": _stayed() if bad else ""}


def _stayed() -> str:
    return _("The money of failed refunds stayed with you. They are also in the Payment Action Center.")


def _stopped(run: MassRun, progress: Progress) -> str:
    left = npgettext("refunds", "%(n)s not refunded", "%(n)s not refunded", progress.not_taken.n)
    done = npgettext("refunds", "%(n)s sent", "%(n)s sent", progress.processed.n)
    facts = {"done": done % _n(progress.processed.n), "left": left % _n(progress.not_taken.n)}
    said = pgettext("mass refund", "Stopped by %(name)s: %(done)s, %(left)s.")
    return said % {"name": run.ended_by, **facts}


def voided(n: int) -> str:
    return ngettext("%(n)s invoice voided", "%(n)s invoices voided", n) % _n(n)
