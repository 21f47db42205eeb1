"""What is said when the same run was started before: which one, when, by whom, and where it is."""

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.models import MassRun
from smartrec import formats


def same_as(earlier: MassRun, address: str) -> SafeString:
    """`The same mass charge (FM-0118) was started by Sylvie Paquette (10:42 a.m.). …`, with the way to it."""
    return format_html('{} <a href="{}">{}</a>', _told(earlier), address, _("See it"))


def _told(earlier: MassRun) -> str:
    coming = earlier.state in ("waiting", "scheduled")
    began = (earlier.confirmed_at if coming else earlier.began_at) or earlier.created_at
    today = timezone.localdate(began) == timezone.localdate()
    when = formats.clock(began) if today else formats.long_moment(began)
    told = {"run": earlier.display_number, "name": earlier.confirmed_by, "when": when}
    if coming:
        text = _("The same run (%(run)s) was confirmed by %(name)s (%(when)s) and has not started yet.")
    elif earlier.kind == "charge":
        text = _("The same mass charge (%(run)s) was started by %(name)s (%(when)s).")
    else:
        text = _("The same run (%(run)s) was started by %(name)s (%(when)s).")
    return f"{text % told} {_('Nothing was started again.')}"
