"""Stripe's part about money that goes back. A refund is asked for once and never repeated here, like a charge."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from wallet.processor import (
    DisputeState,
    ListedRefund,
    ProcessorUnavailable,
    RefundOrder,
    RefundOutcome,
    Verdict,
    describing_money,
    verdicts,
)
from wallet.processor.stripe_calls import MISSING, ONCE, SAFE, WRONG_MODE, Calls, Refusal, WrongMode, options

KEY = "key"
# A refund does not say its mode; the charge it belongs to does.
WITH_CHARGE: Any = {"expand": ["charge"]}


class Refunds(Calls):
    """Refunds and disputes."""

    def request_refund(self, order: RefundOrder) -> RefundOutcome:
        params: Any = {
            "payment_intent": order.payment,
            "amount": order.amount,
            "expand": WITH_CHARGE["expand"],
            # By this a refund is found again when its answer was lost.
            "metadata": {**order.metadata, KEY: order.key},
        }
        where = options(order.processor_account, order.key, retries=ONCE)
        try:
            refund = self.ask(lambda: self.client.v1.refunds.create(params=params, options=where))
        except Refusal as problem:
            return verdicts.of_refused_refund(problem.status, problem.error, problem.request_id, limit=problem.limit)
        except WrongMode:
            return RefundOutcome(verdict=Verdict.UNKNOWN, reason=WRONG_MODE)
        return verdicts.of_refund(refund)

    def read_refund(self, *, refund: str, processor_account: str) -> RefundOutcome:
        where = options(processor_account, retries=SAFE)
        try:
            found = self.fetch(lambda: self.client.v1.refunds.retrieve(refund, params=WITH_CHARGE, options=where))
        except ProcessorUnavailable as problem:
            return RefundOutcome(verdict=Verdict.UNKNOWN, refund=refund, reason=problem.code)
        return verdicts.of_refund(found)

    def get_refund(self, *, refund: str, processor_account: str) -> ListedRefund | None:
        where = options(processor_account, retries=SAFE)
        retrieve = self.client.v1.refunds.retrieve
        try:
            found = self.fetch(lambda: retrieve(refund, params=WITH_CHARGE, options=where))
        except ProcessorUnavailable as problem:
            if problem.code == MISSING:
                return None
            raise
        return describing_money.listed_refund(found)

    def find_refund(self, *, payment: str, key: str, processor_account: str) -> RefundOutcome:
        try:
            about = {"payment_intent": payment, "expand": ["data.charge"]}
            for refund in self.each(self.client.v1.refunds.list, about, processor_account):
                if (refund.get("metadata") or {}).get(KEY) == key:
                    return verdicts.of_refund(refund)
        except ProcessorUnavailable as problem:
            return RefundOutcome(verdict=Verdict.UNKNOWN, reason=problem.code)
        return RefundOutcome(verdict=Verdict.NOT_SENT, reason="not_found")

    def list_refunds(self, *, processor_account: str, since: dt.datetime) -> Iterator[ListedRefund]:
        params = {"created": {"gte": int(since.timestamp())}, "expand": ["data.charge"]}
        for refund in self.each(self.client.v1.refunds.list, params, processor_account):
            yield describing_money.listed_refund(refund)

    def read_dispute(self, *, dispute: str, processor_account: str) -> DisputeState:
        where = options(processor_account, retries=SAFE)
        return describing_money.dispute(self.fetch(lambda: self.client.v1.disputes.retrieve(dispute, options=where)))
