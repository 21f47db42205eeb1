"""Start a sandbox of one's own, steer it and read its money log: for tests and drills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Obj = dict[str, Any]
STOP_SECONDS = 5
PLATFORM_KEY = "sk_test_sandbox"


class Sandbox:
    """A running sandbox in a process of its own."""

    def __init__(self, arguments: list[str], *, port: int = 0) -> None:
        self._arguments = arguments
        self.port = port
        self._run()

    def _run(self) -> None:
        command = [sys.executable, "-m", "smartrec.devstack.sandbox", "--port", str(self.port), *self._arguments]
        environment = os.environ | {"SMARTREC_DEVELOPMENT": "1"}
        root = Path(__file__).resolve().parents[3]
        self.process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise RuntimeError(f"the sandbox did not start (exit code {self.process.wait()})")
        self.base_url = line.split(" ", 1)[1].strip()
        self.port = urllib.parse.urlsplit(self.base_url).port or 0

    @property
    def pid(self) -> int:
        return self.process.pid

    # What it saw.

    def movements(self, **filters: Any) -> list[Obj]:
        """The money log, oldest first: filter by payment_intent, account, charge, customer or kind."""
        return self._get("movements", filters)["movements"]

    def counts(self, payment_intent: str) -> Obj:
        """How often this payment succeeded, failed or went back, and its net amount."""
        return self._get("movements", {"payment_intent": payment_intent})["payment_intents"].get(payment_intent, {})

    def summary(self, **filters: Any) -> Obj:
        """Totals by kind, and `charged_twice`: payments with more than one success."""
        return self._get("summary", filters)

    def nonconforming(self) -> list[Obj]:
        """The requests that did not follow Stripe's published description, with what was wrong."""
        return self._get("nonconforming", {})["requests"]

    def check_conforming(self) -> None:
        """Every request since the last reset followed Stripe's published description (`AssertionError`)."""
        found = self.nonconforming()
        if found:
            raise AssertionError("requests that Stripe would refuse:\n" + "\n".join(map(str, found)))

    def state(self) -> Obj:
        return self._get("state", {})

    # What it shall do.

    def latency(self, ms: float) -> None:
        """Every API call waits this long before the work begins."""
        self._post("latency", {"ms": ms})

    def fault(self, kind: str, **options: Any) -> Obj:
        """Trouble for the next matching requests; see `faults.Fault` for the options."""
        return self._post("faults", {"kind": kind, **options})

    def clear_faults(self) -> None:
        self._post("faults/clear", {})

    def settle(self, payment_intent: str) -> Obj:
        """A pending debit settles now."""
        return self._post("settle", {"payment_intent": payment_intent})

    def fail(self, payment_intent: str, code: str = "insufficient_funds", network_code: str | None = None) -> Obj:
        """A pending debit fails now."""
        return self._post("fail", {"payment_intent": payment_intent, "code": code, "network_code": network_code})

    def return_late(self, payment_intent: str, reason: str = "insufficient_funds") -> Obj:
        """A settled debit comes back: a lost dispute, and the end of its mandate."""
        return self._post("return", {"payment_intent": payment_intent, "reason": reason})

    def dispute(self, payment_intent: str, **values: Any) -> Obj:
        """The payer's bank takes the money back (`reason`), or the dispute goes on (`status`).

        `warning_needs_response` opens an inquiry and `needs_response` makes it a dispute; then come `under_review`,
        `won` or `lost` (with `reinstated`, a lost one brings a part back).
        """
        return self._post("dispute", {"payment_intent": payment_intent, **values})

    def settle_refund(self, refund: str) -> Obj:
        return self._post("refunds/settle", {"refund": refund})

    def fail_refund(self, refund: str, reason: str = "expired_or_canceled_card") -> Obj:
        return self._post("refunds/fail", {"refund": refund, "reason": reason})

    def balance(self, account: str = "", currency: str = "cad", *, available: int | None = None) -> Obj:
        """What an account has (available and pending, by currency), after making it so rich or so short."""
        if available is None:
            return self._get("balance", {"account": account})
        return self._post("balance", {"account": account, "currency": currency, "available": available})

    def renew_card(self, payment_method: str, *, exp_month: int = 12, exp_year: int = 2038, last4: str = "") -> Obj:
        """The network tells of the card that follows, here and on every copy."""
        values = {"payment_method": payment_method, "exp_month": exp_month, "exp_year": exp_year, "last4": last4}
        return self._post("methods/renew", values)

    def block_account(self, payment_method: str, network_code: str = "R02") -> Obj:
        """The bank account takes no debits any more, here and on every copy."""
        return self._post("methods/block", {"payment_method": payment_method, "network_code": network_code})

    def end_mandate(self, mandate: str) -> Obj:
        """The payer told their bank that the agreement is over."""
        return self._post("mandates/end", {"mandate": mandate})

    def restrict(self, account: str, *due: str, reason: str = "requirements.past_due") -> Obj:
        """The processor asks more of an organization, which takes no money meanwhile."""
        return self._post("accounts/restrict", {"account": account, "due": list(due), "reason": reason})

    def activate(self, account: str) -> Obj:
        return self._post("accounts/activate", {"account": account})

    def onboarding(self, *, on: bool = True) -> Obj:
        """New accounts must visit their account link before they take money."""
        return self._post("onboarding", {"on": on})

    def pay_out(self, account: str) -> list[str]:
        """Pay out what the account earned, without waiting for the day."""
        return self._post("payouts", {"account": account})["payouts"]

    def settle_payout(self, payout: str) -> Obj:
        return self._post("payouts/settle", {"payout": payout})

    def fail_payout(self, payout: str, code: str = "account_closed") -> Obj:
        return self._post("payouts/fail", {"payout": payout, "code": code})

    def limit(self, per_second: int) -> None:
        """A real limiter: so many requests a second for each operation of each account; 0 is none."""
        self._post("limit", {"per_second": per_second})

    def webhooks(self, **unrest: Any) -> Obj:
        """How many of the next events to drop, duplicate, twin, delay (by delay_seconds), reorder or make `live`; or
        hold them all back (`paused`)."""
        return self._post("webhooks", unrest)

    def resend(self, event: str) -> Obj:
        return self._post("webhooks/resend", {"event": event})

    def advance(self, seconds: float) -> None:
        """Put the clock forward: debits settle, keys are forgotten."""
        self._post("advance", {"seconds": seconds})

    def reset(self) -> None:
        """Forget everything but the accounts given at the start."""
        self._post("reset", {})

    # Life and death.

    def kill(self) -> None:
        """End it as a power cut would end a process: no goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        """Start again on the same port, with the same data."""
        if self.process.poll() is None:
            self.stop()
        self._run()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _get(self, name: str, values: Obj) -> Obj:
        return _ask(f"{self.base_url}/_sandbox/{name}?{urllib.parse.urlencode(values)}", None)

    def _post(self, name: str, values: Obj) -> Obj:
        return _ask(f"{self.base_url}/_sandbox/{name}", values)


def _ask(url: str, values: Obj | None) -> Obj:
    body = None if values is None else json.dumps(values).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        raise ValueError(refusal.read().decode()) from refusal


def start(
    *,
    port: int = 0,
    data: Path | None = None,
    webhook_url: str = "",
    webhook_secret: str = "",
    settle_after: float = 20,
    accounts: tuple[str, ...] = (),
    extra: tuple[str, ...] = (),
) -> Sandbox:
    """Start a sandbox; port 0 picks a free one, no data directory keeps everything in memory."""
    arguments = ["--with-parent", "--settle-after", str(settle_after), "--accounts", ",".join(accounts)]
    arguments += ["--webhook-url", webhook_url, "--webhook-secret", webhook_secret, *extra]
    arguments += ["--data", str(data)] if data else []
    return Sandbox(arguments, port=port)


@contextmanager
def running(**options: Any) -> Iterator[Sandbox]:
    """A sandbox for as long as the block lasts."""
    sandbox = start(**options)
    try:
        yield sandbox
    finally:
        sandbox.stop()
