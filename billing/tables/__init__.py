from billing.tables.client import InvoicesTable, PaymentsTable, TransactionsTable
from billing.tables.lines import CreatedTable, ExcludedTable, FlaggedTable, IncludedTable
from billing.tables.runs import ChargesTable, InvoicingsTable
from billing.tables.tries import AttemptsTable, FailedTable, ProgressTable

__all__ = [
    "AttemptsTable",
    "ChargesTable",
    "CreatedTable",
    "ExcludedTable",
    "FailedTable",
    "FlaggedTable",
    "IncludedTable",
    "InvoicesTable",
    "InvoicingsTable",
    "PaymentsTable",
    "ProgressTable",
    "TransactionsTable",
]
