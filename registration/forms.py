"""What staff type or choose in this room."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smartrec.forms import Form
from smartrec.sheets import MOST_BYTES


class ClientFileForm(Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or Excel (.xlsx), up to 20,000 rows. One row a person."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            megabytes = MOST_BYTES // 1024 // 1024
            raise forms.ValidationError(_("The file is larger than %(size)s MB: split it.") % {"size": megabytes})
        return file


class ConfirmImportForm(Form):
    skip_bad = forms.BooleanField(required=False)
