"""Stripe's part about organizations' own accounts, and the news that is asked for instead of waited for."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wallet.processor import AccountState, Event, describing
from wallet.processor.stripe_calls import SAFE, Calls, options

# News comes newest first; a day of it at a time is kept in memory to be turned round.
A_DAY = dt.timedelta(days=1)
log = logging.getLogger("wallet.processor")


class Accounts(Calls):
    """Open an account, send its organization to be known, read what it may do and what happened in it."""

    def open_account(self, *, key: str, name: str, email: str, country: str, metadata: dict[str, str]) -> str:
        params = describing.new_account(name, email, country, metadata)
        where = options("", key, retries=SAFE)
        return self.fetch(lambda: self.client.v1.accounts.create(params=params, options=where))["id"]

    def onboarding_page(self, *, processor_account: str, return_url: str, refresh_url: str) -> str:
        params = {
            "account": processor_account,
            "return_url": return_url,
            "refresh_url": refresh_url,
            "type": "account_onboarding",
        }
        # Each address works once: the next visit needs another.
        where = options("", f"al:{processor_account}:{uuid.uuid4()}", retries=SAFE)
        return self.fetch(lambda: self.client.v1.account_links.create(params=params, options=where))["url"]

    def read_account(self, *, processor_account: str) -> AccountState:
        where = options(processor_account, retries=SAFE)
        return describing.account(self.fetch(lambda: self.client.v1.accounts.retrieve_current(options=where)))

    def list_events(self, *, processor_account: str, since: dt.datetime, undelivered: bool) -> Iterator[Event]:
        only: dict[str, Any] = {"delivery_success": False} if undelivered else {}
        for created in _days(since, dt.datetime.now(dt.UTC)):
            found = self.each(self.client.v1.events.list, {**only, "created": created}, processor_account)
            for payload in reversed(list(found)):
                event = describing.event(dict(payload))
                # Asked for inside an account, its news need not say whose it is.
                yield event if event.account else replace(event, account=processor_account)


def _days(since: dt.datetime, now: dt.datetime) -> Iterator[dict[str, int]]:
    """The time since then, a day at a time; the last one is open, for the processor's clock is not ours."""
    start = since
    while start + A_DAY < now:
        yield {"gte": int(start.timestamp()), "lt": int((start + A_DAY).timestamp())}
        start += A_DAY
    yield {"gte": int(start.timestamp())}
