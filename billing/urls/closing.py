"""Addresses of the settings of the books: closed periods, deferred revenue, account codes."""

from django.urls import path

from billing.views import closing

CLOSING, CODES = "settings/closing/", "settings/account-codes/"

back_office = [
    path(CLOSING, closing.Closing.as_view(), name="settings-closing"),
    path(f"{CLOSING}close/", closing.Close.as_view(), name="settings-closing-close"),
    path(f"{CLOSING}reopening/", closing.Reopen.as_view(), name="settings-closing-reopening"),
    path(f"{CLOSING}accrual/", closing.Accrual.as_view(), name="settings-closing-accrual"),
    path(f"{CLOSING}earning/", closing.Earn.as_view(), name="settings-closing-earning"),
    path(CODES, closing.AccountCodes.as_view(), name="settings-account-codes"),
    path(f"{CODES}edit/", closing.ChangeAccountCodes.as_view(), name="settings-account-codes-edit"),
]
