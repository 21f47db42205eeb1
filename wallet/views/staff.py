"""What staff see of a client's wallet: only what their organization may charge."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from accounts.views.client_file import ClientFile
from wallet.models import Authorization

CHANNELS = {
    "wallet": _("Given by the client in the wallet"),
    "checkout": _("Given at the checkout"),
    "in_person": _("Given in person"),
    "phone": _("Given by telephone"),
    "paper": _("Given on paper"),
    "plan": _("Given with a payment plan"),
}


class ClientWallet(ClientFile, TemplateView):
    """The saved methods this organization is authorized to charge, with how and when that was given."""

    permission_required = "wallet.view"
    tab = "client-wallet"
    template_name = "wallet/client_wallet.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        granted = Authorization.objects.for_organization(self.organization).granted().filter(client=self.client)
        rows = granted.select_related("method").order_by("-method__is_default", "-method__kind", "granted_at")
        shown = [{"authorization": row, "how": CHANNELS[row.channel]} for row in rows]
        return super().get_context_data(**{**kwargs, "rows": shown})
