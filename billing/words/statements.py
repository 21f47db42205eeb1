"""What the trail says about statements."""

from django.utils.translation import gettext_lazy as _

HISTORY = {"statement_emailed": _("Statement from %(first)s to %(last)s emailed to %(email)s")}
