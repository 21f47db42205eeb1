from billing.models.allocation import Allocation, PlannedAllocation
from billing.models.catalogue import LedgerCode, NumberSeries, Tax
from billing.models.event import ProcessorEvent
from billing.models.invoice import Invoice, InvoiceItem, ItemTax
from billing.models.ledger import Bucket, Entry, Transfer
from billing.models.payment import Attempt, Payment
from billing.models.run import MassRun, RunLine

__all__ = [
    "Allocation",
    "Attempt",
    "Bucket",
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
    "RunLine",
    "Tax",
    "Transfer",
]
