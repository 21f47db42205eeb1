"""Addresses of deposits and of money handed back at the desk."""

from django.urls import URLPattern, path

from billing.views import depositing, handing_back, money_back

CLIENT, PAYMENT, REFUND = "clients/accounts/<int:client>/", "finance/payments/<int:payment>/", "finance/refunds/"

back_office: list[URLPattern] = [
    path(f"{CLIENT}deposits/new/", depositing.NewDeposit.as_view(), name="deposit-new"),
    path(f"{CLIENT}refunds/new/", handing_back.RecordRefund.as_view(), name="refund-new"),
    path(f"{PAYMENT}release/", depositing.ReleaseDeposit.as_view(), name="deposit-release"),
    path(f"{PAYMENT}give-back/", handing_back.GiveBack.as_view(), name="payment-give-back"),
    path("finance/deposits/", money_back.Deposits.as_view(), name="deposits"),
    path(REFUND, money_back.Refunds.as_view(), name="refunds"),
    path(f"{REFUND}<int:refund>/", handing_back.DeskRefundPage.as_view(), name="desk-refund"),
    path(f"{REFUND}<int:refund>/refund.pdf", handing_back.DeskRefundPaper.as_view(), name="desk-refund-file"),
    path(f"{REFUND}<int:refund>/void/", handing_back.VoidDeskRefund.as_view(), name="desk-refund-void"),
]
