"""What was written to a client."""

from django.utils.translation import gettext_lazy, pgettext_lazy

from messaging.models import Message
from messaging.rendering import subject_of
from smartrec.tables import BadgeColumn, Column, HtmlColumn, MomentColumn, Table


class MessagesTable(Table):
    """The newest first; what could not be delivered says so."""

    what = gettext_lazy("Messages, newest first")

    created_at = MomentColumn(verbose_name=gettext_lazy("Date"), orderable=False, card="line")
    subject = HtmlColumn(
        verbose_name=pgettext_lazy("message", "Subject"), orderable=False, card="title", empty_values=()
    )
    to = Column(verbose_name=pgettext_lazy("message", "To"), orderable=False, width="name")
    state = BadgeColumn("message", accessor="shown", verbose_name=gettext_lazy("Status"), orderable=False)

    def render_subject(self, record: Message) -> str:
        return record.subject or subject_of(record)
