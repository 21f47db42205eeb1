"""How many payments a second the sandbox takes: python -m smartrec.devstack.sandbox.measure [payments] [threads]

Each payment is two requests, create and confirm, each with its idempotency key, over kept-open connections.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from smartrec.devstack.sandbox.testing import PLATFORM_KEY, Sandbox, running

HEADERS = {
    "Authorization": f"Bearer {PLATFORM_KEY}",
    "Stripe-Account": "acct_measured",
    "Content-Type": "application/x-www-form-urlencoded",
}


class Caller:
    """One connection with a customer and a card of its own."""

    def __init__(self, port: int, name: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port)
        self.name = name
        self.customer = self.post("/v1/customers", {})["id"]
        self.card = self.post("/v1/payment_methods/pm_card_visa/attach", {"customer": self.customer})["id"]

    def post(self, path: str, values: dict[str, Any], key: str = "") -> dict[str, Any]:
        headers = HEADERS | ({"Idempotency-Key": key} if key else {})
        self.line.request("POST", path, urlencode(values), headers)
        answer = self.line.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(body)
        return body

    def pay(self, number: int) -> None:
        wanted = {
            "amount": 1000 + number % 90_000,
            "currency": "cad",
            "customer": self.customer,
            "metadata[payment]": number,
            "allowed_payment_method_types[0]": "card",
        }
        intent = self.post("/v1/payment_intents", wanted, f"pi:{self.name}:{number}")["id"]
        confirmed = {"payment_method": self.card, "off_session": "true", "amount_to_confirm": wanted["amount"]}
        self.post(f"/v1/payment_intents/{intent}/confirm", confirmed, f"cf:{self.name}:{number}")


def rate(sandbox: Sandbox, payments: int, threads: int, name: str = "") -> float:
    """Payments per second with so many callers at once."""
    callers = [Caller(sandbox.port, f"{name}{number}") for number in range(threads)]
    each = payments // threads
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda caller: [caller.pay(number) for number in range(each)], callers))
    return each * threads / (time.perf_counter() - began)


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(payments: int = 4_000, threads: int = 8) -> None:
    with tempfile.TemporaryDirectory() as folder, running(data=Path(folder), accounts=("acct_measured",)) as sandbox:
        for turn in range(1, 6):
            figure = rate(sandbox, payments, threads, f"{turn}.")
            print(f"{turn * payments:>7} payments kept: {figure:6.0f}/s, {resident_megabytes(sandbox.pid):.0f} MB")
        sandbox.kill()
        began = time.perf_counter()
        sandbox.restart()
        print(f"started again in {time.perf_counter() - began:.2f} s with {sandbox.summary()}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
