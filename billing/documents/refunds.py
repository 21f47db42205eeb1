"""Money handed back, on paper: to whom, how, out of what. The client signs nothing; both keep it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Organization
from billing.documents import letterhead
from billing.documents.letterhead import speaking
from billing.documents.receipts import TEMPLATE
from billing.models import DeskRefund, DeskRefundPart
from billing.words.handing_back import WHY, given_as
from messaging.attaching import Attachment
from smartrec.documents import typeset
from smartrec.formats import long_date
from smartrec.money import format_money


def printable(refunds: QuerySet[DeskRefund]) -> QuerySet[DeskRefund]:
    """The same refunds with all that their documents say."""
    return refunds.select_related("client__account__owner").prefetch_related(
        Prefetch("organization", Organization.objects.prefetch_related("taxes")),
        Prefetch("parts", DeskRefundPart.objects.select_related("payment", "credit").order_by("pk")),
    )


def refund_name(refund: DeskRefund) -> str:
    """What the file is called: `refund-R-00012.pdf`."""
    return f"refund-{refund.display_number}.pdf"


def refund_pdf(refund: DeskRefund) -> bytes:
    """The document of a `printable` refund; the same books give the same bytes."""
    return typeset(TEMPLATE, refund_facts(refund), at=refund.created_at)


def copy_for_client(facts: Mapping[str, Any]) -> list[Attachment]:
    """What goes with the letter about money handed back: its document."""
    if not facts.get("paper_of"):
        return []
    refund = printable(DeskRefund.objects.all()).get(pk=facts["paper_of"])
    return [Attachment(name=refund_name(refund), content=refund_pdf(refund))]


def refund_facts(refund: DeskRefund) -> dict[str, Any]:
    """Everything the page says."""
    client = refund.client
    client.organization = refund.organization
    with speaking(client) as language:
        title = _("Refund %(number)s") % {"number": refund.display_number}
        head = letterhead.page(client, language=language, title=title, label=_("Given to"), on=refund.given_on)
        void = refund.state == "void"
        notice = _("This refund was entered by mistake and taken back: no money was given.") if void else ""
        return {
            **head,
            "status": pgettext("refund", "Void") if void else pgettext("payment", "Refunded"),
            "notice": notice,
            "facts": _facts(refund),
            "paid": _out_of(refund),
            "sums": [],
            "due": {"label": _("Amount refunded"), "value": format_money(refund.amount, refund.currency)},
            "refunds": {"heading": "", "head": [], "rows": []},
            "note": {"heading": _("Note"), "words": refund.note.strip()},
            "mandate": {"heading": "", "words": ""},
        }


def _facts(refund: DeskRefund) -> list[tuple[str, str]]:
    rows = [
        (_("Date"), long_date(refund.given_on)),
        (_("Payment method"), given_as(refund)),
        (_("Reason"), str(WHY[refund.reason])),
        (_("Account"), refund.client.display_number),
        (_("Currency"), refund.currency),
    ]
    return [(label, value) for label, value in rows if value]


def _out_of(refund: DeskRefund) -> dict[str, Any]:
    """The payments, deposits and credits the money came out of."""
    rows = []
    for part in refund.parts.all():
        source: Any = part.payment or part.credit
        name = _("Deposit") if part.of_deposit else _("Payment") if part.payment else _("Credit memo")
        told = part.payment.credit_name if part.payment else part.credit.description if part.credit else ""
        rows.append([source.display_number, name, told or "–", format_money(part.amount, refund.currency)])
    head = [_("No."), _("Out of"), _("Description"), _("Amount")]
    return {"heading": _("What it comes out of"), "head": head, "rows": rows, "words": ""}
