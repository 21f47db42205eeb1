"""Credits: a gesture, items taken back with a fee and a refund, a debt given up, and each of them voided."""

import uuid
from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import rule

from billing.models import Allocation, Credit, DeskRefund, Invoice, Payment
from billing.services import cancelling, credit_memos, writing_off
from billing.services.cancel_plans import Cancellation, Fee, Part
from billing.services.credit_memos import Memo
from billing.services.writing_credits import Terms
from billing.services.writing_off import WriteOff
from smartrec.errors import Refused
from tests.billing.machine.desk import Granted, Handed
from tests.billing.machine.ground import OnGround, pick, share, some, when
from tests.billing.machine.taxing import with_taxes
from tests.builders import a_ledger_code

fees = st.sampled_from([0, 0, 1, 150])


class Crediting(OnGround):
    def _terms(self) -> Terms:
        return Terms(on=self.today, description="Geste")

    @property
    def _taxes(self) -> list[int]:
        return list(self.ground.organization.taxes.values_list("pk", flat=True))

    @when("room for credits")
    @rule(
        who=some,
        cents=st.integers(1, 3_000),
        treatment=st.sampled_from(["exempt", "added", "included"]),
        use=st.sampled_from(["keep", "oldest"]),
    )
    def a_gesture(self, who: int, cents: int, treatment: str, use: str) -> None:
        client, code = self.client(who), a_ledger_code(self.ground.organization)
        facts = {"amount": cents, "ledger_code": code, "treatment": treatment, "taxes": self._taxes, "apply": use}
        asked = {"client": client, "memo": Memo(terms=self._terms(), **facts), "by": self.ground.by, "now": self.now}
        with suppress(Refused):
            credit = credit_memos.issue(**asked)
            total = with_taxes(cents) if treatment == "added" else cents
            self.desk.credits[credit.pk] = Granted(client.pk, total, is_loss=False)
            assert credit_memos.issue(**asked) == credit

    @when("credit")
    @rule(n=some)
    def void_a_credit(self, n: int) -> None:
        credit = pick(Credit.objects.filter(state="issued").select_related("client").order_by("-pk"), n)
        if credit is None:
            return
        with suppress(Refused):
            credit_memos.void(credit=credit, by=self.ground.by, now=self.now)
            del self.desk.credits[credit.pk]
            self.desk.voided.add(credit.pk)

    @when("room for credits")
    @rule(n=some, part=share, fee=fees, taxed=st.booleans(), back=st.sampled_from([0, 0, 50, 100]))
    def cancel(self, n: int, part: int, fee: int, taxed: bool, back: int) -> None:
        """Some of each line, less a fee; of what a payment paid there, a share goes back to whoever paid."""
        invoice = pick(Invoice.objects.filter(state="issued").select_related("client").order_by("-allocated", "pk"), n)
        if invoice is None:
            return
        parts = [Part(item_id=i.pk, amount=max(i.total * part // 100, 1)) for i in invoice.items.order_by("pk")]
        cut = Fee(
            amount=fee,
            ledger_code=a_ledger_code(self.ground.organization, "4950", "Frais"),
            description="Frais",
            treatment="added" if taxed else "exempt",
            taxes=self._taxes,
        )
        refunds = self._refunds(invoice, back)
        asked = Cancellation(
            terms=self._terms(), parts=parts, fee=cut if fee else None, refunds=refunds, given_as="cash"
        )
        about = {"invoice": invoice, "cancellation": asked, "by": self.ground.by, "now": self.now}
        with suppress(Refused):
            credit = cancelling.cancel(**about)
            kept_out = (with_taxes(fee) if taxed else fee) if fee else 0
            total = sum(one.amount for one in parts) - kept_out
            self.desk.credits[credit.pk] = Granted(invoice.client_id, total, is_loss=False)
            self._handed(invoice.client_id, refunds, asked.terms.key)
            assert cancelling.cancel(**about) == credit

    def _refunds(self, invoice: Invoice, back: int) -> dict[int, int]:
        links = Allocation.objects.filter(item__invoice=invoice, payment__isnull=False).order_by("pk")
        sums: dict[int, int] = {}
        for link in links:
            sums[link.payment_id] = sums.get(link.payment_id, 0) + link.amount
        return {pk: cents * back // 100 for pk, cents in sums.items() if cents * back // 100}

    def _handed(self, client: int, refunds: dict[int, int], key: uuid.UUID) -> None:
        """Of what went back, the part that was taken at the desk was handed over there."""
        desk = set(Payment.objects.filter(pk__in=refunds, received_on__isnull=False).values_list("pk", flat=True))
        parts = tuple(("payment", pk, cents) for pk, cents in refunds.items() if pk in desk)
        if parts:
            refund = DeskRefund.objects.get(key=uuid.uuid5(key, "handed back"))
            self.desk.handed[refund.pk] = Handed(client, "cash", parts)

    @when("room for credits")
    @rule(n=some, part=share)
    def give_up_a_debt(self, n: int, part: int) -> None:
        invoice = pick(Invoice.objects.open().select_related("client").order_by("pk"), n)
        if invoice is None:
            return
        asked = WriteOff(terms=self._terms(), amount=max(invoice.balance * part // 100, 1))
        about = {"invoice": invoice, "asked": asked, "by": self.ground.by, "now": self.now}
        with suppress(Refused):
            credit = writing_off.write_off(**about)
            self.desk.credits[credit.pk] = Granted(invoice.client_id, asked.amount, is_loss=True)
            assert writing_off.write_off(**about) == credit
