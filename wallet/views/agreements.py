"""An agreement as a document to keep: for its holder, and for the staff of the organization it was given to."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.views.client_file import ClientFile
from smartrec.views import PortalMixin
from wallet.documents.agreements import RELATED, agreement_name, agreement_pdf
from wallet.models import Authorization


def as_download(authorization: Authorization) -> HttpResponse:
    name = agreement_name(authorization)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(agreement_pdf(authorization), content_type="application/pdf", headers=headers)


class OwnAgreement(PortalMixin):
    """The holder's copy of what was agreed to with one organization, the latest one; still there once withdrawn."""

    nav = "my-wallet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = Authorization.objects.select_related(*RELATED).filter(
            method=kwargs["method"], method__account=self.account, client=kwargs["client"]
        )
        latest = own.order_by("-requested_at", "-pk").first()
        if latest is None:
            raise Http404
        return as_download(latest)


class ClientAgreement(ClientFile):
    """An agreement a client gave the organization, in force or withdrawn."""

    permission_required = "wallet.view"
    tab = "client-wallet"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        given = Authorization.objects.for_organization(self.organization).filter(client=self.client)
        return as_download(get_object_or_404(given.select_related(*RELATED), pk=kwargs["authorization"]))
