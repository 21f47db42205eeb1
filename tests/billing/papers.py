"""Documents read back: what a page says as one text, and short ways to something worth printing."""

import datetime as dt
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Client, Organization
from billing.models import Invoice, Tax
from billing.services import invoicing
from billing.services.invoicing import Draft, Line, Terms
from tests.billing.ways import quebec_taxes
from tests.builders import NOW, TODAY, a_ledger_code, an_account, an_organization

OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.S)
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)
# A change of font, or a piece of text, in what draws a page.
# A text may hold parentheses as they are, as long as each is closed.
SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\(((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*)\)", re.S)
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
NUMBERS = {"GST": "R 123456789", "QST": "1234567890 TQ 0001"}


def words_of(facts: Any) -> str:
    """Everything a document is given to say, with ordinary spaces."""
    if isinstance(facts, Mapping):
        facts = facts.values()
    if isinstance(facts, str):
        return facts.replace("\N{NO-BREAK SPACE}", " ")
    return "\n".join(words_of(part) for part in facts) if isinstance(facts, Iterable) else str(facts)


def printed(document: bytes) -> str:
    """The letters on the one page of a PDF, as a program that reads it aloud would find them; without spaces."""
    objects = {int(number): body for number, body in OBJECT.findall(document)}
    named = re.findall(rb"/(f\d+) (\d+) 0 R", b"".join(objects.values()))
    fonts = {name: _alphabet(objects, objects[int(number)]) for name, number in named}
    drawn, letters = next(text for body in objects.values() if b" Tf" in (text := _unpacked(body))), []
    alphabet: dict[int, str] = {}
    for font, piece in SHOWN.findall(drawn):
        alphabet = fonts.get(font, alphabet)
        codes = ESCAPED.sub(_unescaped, piece)
        letters += [alphabet[int.from_bytes(codes[at : at + 2])] for at in range(0, len(codes), 2)]
    return squeezed("".join(letters))


def squeezed(text: str) -> str:
    """The same text without its spaces: where a line ends is of no account."""
    return re.sub(r"[\s\u200b]", "", text)


def texts_in(facts: Any) -> list[str]:
    """Every text of a document's facts that is to be read on the page."""
    if isinstance(facts, str):
        return [facts]
    if isinstance(facts, Mapping):
        hidden = ("language", "brand")
        return [text for name, part in facts.items() if name not in hidden for text in texts_in(part)]
    return [text for part in facts for text in texts_in(part)] if isinstance(facts, list | tuple) else []


def _unpacked(body: bytes) -> bytes:
    found = STREAM.search(body)
    try:
        return zlib.decompress(found[1]) if found else b""
    except zlib.error:
        return b""


def _alphabet(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    where = re.search(rb"/ToUnicode (\d+) 0 R", font)
    pairs = re.findall(rb"<(\w+)> ?<(\w+)>\n", _unpacked(objects[int(where[1])])) if where else []
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _unescaped(found: re.Match[bytes]) -> bytes:
    sign = found[1]
    return bytes([int(sign, 8)]) if sign.isdigit() else LETTERS.get(sign, sign)


def a_centre(**fields: object) -> Organization:
    """A centre with all that stands at the head of its documents, and its two taxes."""
    where = {"address": "1, rue du Parc\nLongueuil (QC)  J4B 5K2", "email": "info@erables.example"}
    shown = {"legal_name": "Centre Les Érables inc.", "phone": "450 555-0100", "brand_color": "#0b6e4f", **where}
    centre = an_organization("erables", **{"name": "Les Érables", **shown, **fields})
    quebec_taxes(centre)
    for code, number in NUMBERS.items():
        Tax.objects.filter(organization=centre, code=code).update(number=number)
    return centre


def a_payer(centre: Organization, language: str = "fr", name: str = "Marie-Ève Tremblay", **fields: object) -> Client:
    home = {"address_line1": "12, rue des Érables", "address_city": "Longueuil", "address_province": "QC"}
    return an_account(centre, name, language=language, **{**home, "address_postal_code": "J4B 5K2", **fields})


def invoiced(client: Client, *lines: Line, on: dt.date = TODAY, **more: object) -> Invoice:
    """An invoice of these lines, issued on that day."""
    terms = Terms(issued_on=on, due_on=on + dt.timedelta(days=10), **more)
    drafts = [Draft(client_id=client.pk, person_id=None, lines=list(lines))]
    [pk] = invoicing.issue(organization=client.organization, drafts=drafts, terms=terms, by=None, now=NOW)
    return Invoice.objects.get(pk=pk)


def a_line(centre: Organization, description: str = "Camp de jour", cents: int = 10_000, **more: object) -> Line:
    """A line that bears the centre's taxes, unless other `taxes` are given."""
    more.setdefault("taxes", invoicing.active_rates(centre, on=TODAY))
    return Line(description=description, unit_price=cents, ledger_code_id=a_ledger_code(centre).pk, **more)
