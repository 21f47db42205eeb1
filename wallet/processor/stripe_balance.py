"""Stripe's part about an account's balance: what is there, and what moved in it."""

import datetime as dt
from collections.abc import Iterator

from wallet.processor import Movement, describing_money
from wallet.processor.stripe_calls import SAFE, Calls, options


class Balance(Calls):
    """What the account holds and every movement of it: https://docs.stripe.com/api/balance_transactions/list."""

    def available_balance(self, *, processor_account: str, currency: str) -> int:
        where = options(processor_account, retries=SAFE)
        balance = self.fetch(lambda: self.client.v1.balance.retrieve(options=where))
        there = balance.get("available") or []
        return sum(part["amount"] for part in there if part["currency"] == currency.lower())

    def list_movements(self, *, processor_account: str, since: dt.datetime) -> Iterator[Movement]:
        params = {"created": {"gte": int(since.timestamp())}}
        for found in self.each(self.client.v1.balance_transactions.list, params, processor_account):
            yield describing_money.movement(found)
