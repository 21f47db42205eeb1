"""Stripe's part about the hosted page where one payment is made, by a number that is typed there and not kept."""

import uuid
from typing import Any

from wallet.processor import HostedPage, PageOrder, PageResult, describing_money
from wallet.processor.stripe_calls import SAFE, Calls, Refusal, WrongMode, give_up, options

WITH_PAYMENT: Any = {"expand": ["payment_intent.latest_charge"]}


class PaymentPages(Calls):
    """Open, read, close."""

    def open_payment_page(self, order: PageOrder) -> HostedPage:
        params = describing_money.payment_page(order)
        where = options(order.processor_account, order.key, retries=SAFE)
        page = self.fetch(lambda: self.client.v1.checkout.sessions.create(params=params, options=where))
        return HostedPage(page=page["id"], url=page.get("url") or "")

    def read_payment_page(self, *, page: str, processor_account: str) -> PageResult:
        where = options(processor_account, retries=SAFE)
        retrieve = self.client.v1.checkout.sessions.retrieve
        return describing_money.page_result(self.fetch(lambda: retrieve(page, params=WITH_PAYMENT, options=where)))

    def expire_payment_page(self, *, page: str, processor_account: str) -> PageResult:
        # A page in the middle of a payment refuses; under a fixed key it would for a whole day.
        where = options(processor_account, f"xp:{page}:{uuid.uuid4()}", retries=SAFE)
        expire = self.client.v1.checkout.sessions.expire
        try:
            closed = self.ask(lambda: expire(page, params=WITH_PAYMENT, options=where))
        except Refusal as problem:
            if problem.status != 400:
                give_up(problem)
            return self.read_payment_page(page=page, processor_account=processor_account)
        except WrongMode as problem:
            give_up(problem)
        return describing_money.page_result(closed)
