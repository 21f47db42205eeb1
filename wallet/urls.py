"""Addresses of the wallet: the household's own, and the tab of a client's file."""

from django.urls import path

from wallet.views import (
    agreements,
    household,
    organization,
    organization_debits,
    permissions,
    saving,
    staff,
    staff_adding,
)

_accounts = "settings/payments/accounts/"
_one = f"{_accounts}<int:processor_account>/"
_file = "clients/accounts/<int:client>/wallet/"
back_office = [
    path("settings/payments/", organization.PaymentSettings.as_view(), name="settings-payments"),
    path("settings/payments/debits/", organization_debits.DebitTerms.as_view(), name="settings-debits"),
    path(_accounts, organization.OpenAccount.as_view(), name="settings-accounts"),
    path(f"{_one}onboarding/", organization.Onboarding.as_view(), name="settings-account-onboarding"),
    path(f"{_one}return/", organization.ReturnFromOnboarding.as_view(), name="settings-account-return"),
    path(f"{_one}state/", organization.RefreshAccount.as_view(), name="settings-account-state"),
    path(f"{_one}primary/", organization.MakePrimary.as_view(), name="settings-account-primary"),
    path(f"{_one}closing/", organization.CloseAccount.as_view(), name="settings-account-closing"),
    path(_file, staff.ClientWallet.as_view(), name="client-wallet"),
    path(f"{_file}cards/new/", staff_adding.AddCard.as_view(), name="client-card-new"),
    path(f"{_file}banks/new/", staff_adding.AddBank.as_view(), name="client-bank-new"),
    path(f"{_file}return/<int:setup>/", staff_adding.Return.as_view(), name="client-wallet-return"),
    path(f"{_file}link/", staff.SendLink.as_view(), name="client-wallet-link"),
    path(f"{_file}<int:authorization>/expiry/", staff.RenewCard.as_view(), name="client-card-expiry"),
    path(f"{_file}<int:authorization>/withdraw/", staff.EndPermission.as_view(), name="client-permission-end"),
    path(f"{_file}<int:authorization>/agreement.pdf", agreements.ClientAgreement.as_view(), name="client-agreement"),
]
_permission = "wallet/<int:method>/authorizations/<int:client>/"
portal = [
    path("", household.Home.as_view(), name="my-home"),
    path("wallet/", household.Wallet.as_view(), name="my-wallet"),
    path("wallet/cards/new/", saving.AddCard.as_view(), name="my-card-new"),
    path("wallet/banks/new/", saving.AddBank.as_view(), name="my-bank-new"),
    path("wallet/return/<int:setup>/", saving.Return.as_view(), name="my-wallet-return"),
    path("wallet/<int:method>/", household.Wallet.as_view(), name="my-method"),
    path("wallet/<int:method>/default/", household.MakeDefault.as_view(), name="my-method-default"),
    path("wallet/<int:method>/edit/", saving.Edit.as_view(), name="my-method-edit"),
    path("wallet/<int:method>/replace/", saving.Replace.as_view(), name="my-method-replace"),
    path("wallet/<int:method>/remove/", household.Remove.as_view(), name="my-method-remove"),
    path(_permission, permissions.Allow.as_view(), name="my-permission"),
    path(f"{_permission}agreement.pdf", agreements.OwnAgreement.as_view(), name="my-agreement"),
    path(f"{_permission}withdraw/", permissions.Withdraw.as_view(), name="my-permission-withdraw"),
]
