"""Stripe's part about payments with a saved method.

A confirmation is sent once and never repeated here: what to do after an unclear answer is the attempt's business.
Preparing moves no money and may be repeated by the library, always under the key the caller gave.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Iterator
from typing import Any

from wallet.processor import (
    Charge,
    Created,
    Intent,
    ListedPayment,
    Outcome,
    ProcessorUnavailable,
    describing_money,
    verdicts,
)
from wallet.processor.stripe_calls import MISSING, ONCE, SAFE, Calls, Refusal, WrongMode, options

log = logging.getLogger("wallet.processor")
# What went back is told of the charge.
WITH_CHARGE: Any = {"expand": ["latest_charge"]}


class Payments(Calls):
    """Prepare, confirm, read, cancel, list."""

    def create_payment(self, intent: Intent) -> Created:
        params: Any = {
            "amount": intent.amount,
            "currency": intent.currency.lower(),
            "customer": intent.customer,
            "allowed_payment_method_types": list(intent.rails),
            "description": intent.description,
            "metadata": intent.metadata,
        }
        where = options(intent.processor_account, intent.key, retries=SAFE)
        try:
            payment = self.ask(lambda: self.client.v1.payment_intents.create(params=params, options=where))
        except Refusal as problem:
            return Created(outcome=verdicts.of_preparation(_refused(problem)))
        except WrongMode:
            return Created(outcome=verdicts.PREPARED_IN_THE_OTHER_MODE)
        return Created(payment=payment.get("id") or "")

    def confirm_payment(self, charge: Charge) -> Outcome:
        params = _confirmation(charge)
        where = options(charge.processor_account, charge.key, retries=ONCE)
        try:
            confirm = self.client.v1.payment_intents.confirm
            return verdicts.of_payment(self.ask(lambda: confirm(charge.payment, params=params, options=where)))
        except Refusal as problem:
            if problem.code == "payment_intent_unexpected_state":
                return self._read(charge.payment, charge.processor_account)
            return _refused(problem)
        except WrongMode:
            return verdicts.OF_THE_OTHER_MODE

    def read_payment(self, *, payment: str, processor_account: str) -> Outcome:
        return self._read(payment, processor_account)

    def cancel_payment(self, *, payment: str, processor_account: str) -> Outcome:
        # A refused cancellation would be remembered under a fixed key although the payment may become cancellable.
        where = options(processor_account, f"ca:{payment}:{uuid.uuid4()}", retries=SAFE)
        try:
            cancelled = self.ask(lambda: self.client.v1.payment_intents.cancel(payment, options=where))
        except Refusal:
            return self._read(payment, processor_account)
        except WrongMode:
            return verdicts.OF_THE_OTHER_MODE
        return verdicts.of_payment(cancelled)

    def list_payments(self, *, processor_account: str, since: dt.datetime) -> Iterator[ListedPayment]:
        params = {"created": {"gte": int(since.timestamp())}}
        for payment in self.each(self.client.v1.payment_intents.list, params, processor_account):
            yield describing_money.listed_payment(payment)

    def find_payment(self, *, payment: str, processor_account: str) -> ListedPayment | None:
        where = options(processor_account, retries=SAFE)
        retrieve = self.client.v1.payment_intents.retrieve
        try:
            found = self.fetch(lambda: retrieve(payment, params=WITH_CHARGE, options=where))
        except ProcessorUnavailable as problem:
            if problem.code == MISSING:
                return None
            raise
        return describing_money.listed_payment(found)

    def _read(self, payment: str, processor_account: str) -> Outcome:
        """What became of a payment; a question without an answer leaves it unknown."""
        where = options(processor_account, retries=SAFE)
        try:
            found = self.ask(lambda: self.client.v1.payment_intents.retrieve(payment, options=where))
        except Refusal as problem:
            log.warning("payment_not_read", extra={"payment": payment, "status": problem.status})
            return verdicts.UNKNOWN
        except WrongMode:
            return verdicts.OF_THE_OTHER_MODE
        return verdicts.of_payment(found)


def _confirmation(charge: Charge) -> dict[str, Any]:
    """What a confirmation says: nobody is there, or the holder is, and comes back from the bank's page."""
    params: dict[str, Any] = {"payment_method": charge.method}
    if charge.mandate:
        params["mandate"] = charge.mandate
    if not charge.return_url:
        return params | {"off_session": True}
    params["return_url"] = charge.return_url
    if charge.rail == "card":
        # What the holder proves now also stands for later payments without them.
        params["setup_future_usage"] = "off_session"
        params["payment_method_options"] = {"card": {"setup_credential_usage": "unscheduled"}}
    return params


def _refused(problem: Refusal) -> Outcome:
    return verdicts.of_refusal(
        problem.status, problem.error, problem.request_id, limit=problem.limit, repeated=problem.repeated
    )
