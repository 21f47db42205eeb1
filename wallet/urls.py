"""Addresses of the wallet: the household's own, and the tab of a client's file."""

from django.urls import path

from wallet.views import household, permissions, saving, staff

back_office = [
    path("clients/accounts/<int:client>/wallet/", staff.ClientWallet.as_view(), name="client-wallet"),
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
    path("wallet/<int:method>/remove/", household.Remove.as_view(), name="my-method-remove"),
    path(_permission, permissions.Allow.as_view(), name="my-permission"),
    path(f"{_permission}withdraw/", permissions.Withdraw.as_view(), name="my-permission-withdraw"),
]
