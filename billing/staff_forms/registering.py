"""Registering payments together: the file or the pasted rows, then the yes to what was reviewed."""

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import words
from smartrec.forms import DateField, Form
from smartrec.sheets import MOST_BYTES


class PaymentFileForm(Form):
    """Many payments at once: a file, or rows copied from a spreadsheet."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("CSV or Excel (.xlsx), up to 20,000 rows. One row a payment."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )
    pasted = forms.CharField(
        label=gettext_lazy("Or rows copied from a spreadsheet"),
        required=False,
        help_text=gettext_lazy("With the row of headings."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Payment method of rows that name none"),
        choices=list(words.RECEIVED.items()),
        initial="cheque",
    )
    on = DateField(label=gettext_lazy("Received on, for rows that name no day"))

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = today

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file and file.size > MOST_BYTES:
            megabytes = MOST_BYTES // 1024 // 1024
            raise forms.ValidationError(_("The file is larger than %(size)s MB: split it.") % {"size": megabytes})
        return file

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not cleaned.get("pasted") and "file" not in self.errors:
            self.add_error("file", _("Choose a file, or paste rows."))
        return cleaned


class ConfirmPaymentsForm(Form):
    """The yes: what was on the screen, and what the money above the debts is called."""

    count = forms.IntegerField(widget=forms.HiddenInput)
    total = forms.IntegerField(widget=forms.HiddenInput)
    skip_bad = forms.BooleanField(required=False, widget=forms.HiddenInput)
    credit_name = forms.CharField(label=gettext_lazy("Name of the credit"), max_length=150, required=False, strip=True)
    email_receipts = forms.BooleanField(label=gettext_lazy("Email the receipts"), required=False)

    def __init__(self, *args: Any, has_rest: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credit_name"].required = has_rest
