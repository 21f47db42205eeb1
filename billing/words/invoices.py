"""What is said of invoices written one by one, and of the settings they are made with."""

from django.utils.translation import gettext_lazy as _

HISTORY = {
    "invoice_created": _("Invoice %(invoice)s created: %(amount)s"),
    "invoice_emailed": _("Invoice %(invoice)s emailed to %(email)s"),
    "tax_added": _("Tax %(tax)s added"),
    "tax_changed": _("Tax %(tax)s changed"),
    "tax_rate_added": _("Tax %(tax)s: %(rate)s from %(day)s"),
    "tax_rate_removed": _("Tax %(tax)s: rate %(rate)s from %(day)s removed"),
    "ledger_code_added": _("Ledger code %(code)s added"),
    "ledger_code_changed": _("Ledger code %(code)s changed"),
    "notices_changed": _("Notices to the office go to %(email)s"),
}
