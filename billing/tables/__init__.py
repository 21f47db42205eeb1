from billing.tables.client import TransactionsFile, TransactionsTable
from billing.tables.documents import CreditsTable, InvoicesTable, PaymentsTable
from billing.tables.lines import CreatedTable, ExcludedTable, FlaggedTable, IncludedTable
from billing.tables.runs import ChargesTable, InvoicingsTable
from billing.tables.tries import AttemptsTable, FailedTable, ProgressTable

__all__ = [
    "AttemptsTable",
    "ChargesTable",
    "CreatedTable",
    "CreditsTable",
    "ExcludedTable",
    "FailedTable",
    "FlaggedTable",
    "IncludedTable",
    "InvoicesTable",
    "InvoicingsTable",
    "PaymentsTable",
    "ProgressTable",
    "TransactionsFile",
    "TransactionsTable",
]
