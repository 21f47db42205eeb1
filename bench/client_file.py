"""The ledger of a client with two thousand transactions, asked over HTTP, beside the same rows in raw SQL."""

from collections.abc import Iterator

import requests

from bench.figures import Figure
from bench.ground import stand_on
from bench.people_list import MEASURED, percentile, web

HOUSEHOLDS, INVOICES, TRANSACTIONS = 40_000, 200_000, 2_000
# What is asked: the first page, one far down, a word that is looked for, the payments of two months.
QUESTIONS = {
    "client_file": {},
    "client_file_far_down": {"page": "70"},
    "client_file_search": {"q": "retard"},
    "client_file_filtered": {"kind": "payment", "amount_min": "10", "linked": "full"},
}


def figures() -> Iterator[Figure]:
    """The 95th percentile of each question, in milliseconds."""
    folder = stand_on("client_file", afresh=True)
    from bench import client_file_work as work  # noqa: PLC0415 - Django must stand first

    client = work.ready(HOUSEHOLDS, INVOICES, TRANSACTIONS)
    with web(folder) as base:
        session = requests.Session()
        session.cookies.update(work.signed_in(client))
        for name, asked in QUESTIONS.items():
            page = percentile(lambda asked: _ask(session, base, work.address(client), asked), [asked])
            floor = percentile(lambda asked: work.ask_raw(client, asked), [asked])
            yield Figure(name=name, unit="ms", value=page, floor=floor, n=MEASURED)


def _ask(session: requests.Session, base: str, address: str, asked: dict[str, str]) -> None:
    answer = session.get(base + address, params=asked, timeout=60)
    answer.raise_for_status()
    if 'id="open-e' not in answer.text:
        raise RuntimeError(f"{answer.url} shows no transaction")
