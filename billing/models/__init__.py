from billing.models.allocation import Allocation, PlannedAllocation
from billing.models.catalogue import LedgerCode, NumberSeries, Tax
from billing.models.event import ProcessorEvent
from billing.models.giving_back import DebitNotice, Dispute, Refund
from billing.models.invoice import Invoice, InvoiceItem, ItemTax
from billing.models.ledger import Bucket, Entry, Transfer
from billing.models.payment import Attempt, Payment
from billing.models.run import MassRun, RunLine

__all__ = [
    "Allocation",
    "Attempt",
    "Bucket",
    "DebitNotice",
    "Dispute",
    "Entry",
    "Invoice",
    "InvoiceItem",
    "ItemTax",
    "LedgerCode",
    "MassRun",
    "NumberSeries",
    "Payment",
    "PlannedAllocation",
    "ProcessorEvent",
    "Refund",
    "RunLine",
    "Tax",
    "Transfer",
]
