"""The Messages tab of a client's file."""

from typing import Any

from django.db.models import Case, CharField, F, Value, When
from django.views.generic import TemplateView

from accounts.views.client_file import ClientFile
from messaging.models import Message
from messaging.tables import MessagesTable
from smartrec.paging import CappedPaginator, page_number

_PAGE = 50


class ClientMessages(ClientFile, TemplateView):
    """What this organization wrote to this client, and whether it left."""

    permission_required = "messages.view"
    tab = "client-messages"
    template_name = "messaging/client.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Message.objects.for_organization(self.organization).filter(client=self.client)
        # Being sent is a matter of seconds: to people it is still to send.
        shown = Case(When(state="sending", then=Value("queued")), default=F("state"), output_field=CharField())
        listed = rows.select_related("organization").order_by("-created_at", "-pk").annotate(shown=shown)
        table = MessagesTable(listed, organization=self.organization)
        table.paginator = CappedPaginator(table.rows, _PAGE, counted=rows)
        table.page = table.paginator.page(page_number(table.paginator, self.request.GET.get("page")))
        return super().get_context_data(table=table, **kwargs)
