from billing.models.alarm import BooksAlarm
from billing.models.allocation import Allocation, PlannedAllocation
from billing.models.batch import PaymentBatch
from billing.models.catalogue import LedgerCode, NumberSeries, Tax, TaxRate
from billing.models.credit import Credit, CreditLine, CreditTax
from billing.models.debit_request import DebitRequest
from billing.models.discrepancy import Comparison, Discrepancy
from billing.models.draft import InvoiceDraft
from billing.models.event import ProcessorEvent
from billing.models.fee import ProcessorFee
from billing.models.giving_back import DebitNotice, Dispute, Refund
from billing.models.handing_back import DeskRefund, DeskRefundPart
from billing.models.invoice import Invoice, InvoiceItem, ItemTax
from billing.models.late_fee import LateFee
from billing.models.ledger import AccountCode, Bucket, Entry, Transfer
from billing.models.money_back import MoneyBack
from billing.models.movement import Movement
from billing.models.payment import Attempt, Payment
from billing.models.run import MassRun, Repetition, RunLine
from billing.models.unreconciled import MatchRun, Unreconciled

__all__ = [
    "AccountCode",
    "Allocation",
    "Attempt",
    "BooksAlarm",
    "Bucket",
    "Comparison",
    "Credit",
    "CreditLine",
    "CreditTax",
    "DebitNotice",
    "DebitRequest",
    "DeskRefund",
    "DeskRefundPart",
    "Discrepancy",
    "Dispute",
    "Entry",
    "Invoice",
    "InvoiceDraft",
    "InvoiceItem",
    "ItemTax",
    "LateFee",
    "LedgerCode",
    "MassRun",
    "MatchRun",
    "MoneyBack",
    "Movement",
    "NumberSeries",
    "Payment",
    "PaymentBatch",
    "PlannedAllocation",
    "ProcessorEvent",
    "ProcessorFee",
    "Refund",
    "Repetition",
    "RunLine",
    "Tax",
    "TaxRate",
    "Transfer",
    "Unreconciled",
]
