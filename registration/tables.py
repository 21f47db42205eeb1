"""The rows of a client file, as the review shows them."""

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from smartrec.tables import Column, DateColumn, HtmlColumn, SubjectColumn, Table
from smartrec.templatetags.smartrec import badge


class ReviewTable(Table):
    """The first rows of the file, and what importing would do with each."""

    what = _("First rows of the file")
    line = Column(verbose_name=_("Line"), width="count", orderable=False)
    person = SubjectColumn(verbose_name=_("Person"), orderable=False)
    household = Column(verbose_name=_("Household"), orderable=False)
    birth_date = DateColumn(verbose_name=_("Birth date"), orderable=False, width="name")
    takes_part = Column(verbose_name=_("Activities"), orderable=False, narrow=False)
    outcome = HtmlColumn(verbose_name=_("Status"), width="status", orderable=False)

    def key(self, record: dict[str, Any]) -> int:
        return record["line"]

    def render_outcome(self, value: str) -> SafeString:
        return badge("import", value)
