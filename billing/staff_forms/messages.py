"""What staff write to many clients: a subject and a text, in French and in English."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from messaging.kinds.mass import PLACEHOLDERS
from smartrec.forms import Form

# As they stand within a sentence: in French the name of a language takes no capital.
NAMES = {"fr": pgettext_lazy("in a sentence", "French"), "en": pgettext_lazy("in a sentence", "English")}
BRACES = re.compile(r"\{(\w*)\}")
MOST = 5_000


class MessageForm(Form):
    """A letter in both languages, or in one: it is then for everyone."""

    subject_fr = forms.CharField(label=gettext_lazy("Subject"), max_length=120, required=False)
    body_fr = forms.CharField(
        label=gettext_lazy("Text"), widget=forms.Textarea({"rows": 8}), required=False, max_length=MOST
    )
    subject_en = forms.CharField(label=gettext_lazy("Subject"), max_length=120, required=False)
    body_en = forms.CharField(
        label=gettext_lazy("Text"), widget=forms.Textarea({"rows": 8}), required=False, max_length=MOST
    )

    def __init__(self, *args: Any, may_see_balances: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allowed = [name for name in PLACEHOLDERS if may_see_balances or name != "balance"]
        for language, spoken in NAMES.items():
            for part in ("subject", "body"):
                self.fields[f"{part}_{language}"].widget.attrs["lang"] = f"{language}-CA"
            self.fields[f"subject_{language}"].label = _("Subject in %(language)s") % {"language": spoken}
            self.fields[f"body_{language}"].label = _("Text in %(language)s") % {"language": spoken}

    def clean(self) -> dict[str, Any]:
        super().clean()
        typed = self.cleaned_data
        for language in NAMES:
            subject, body = typed.get(f"subject_{language}"), typed.get(f"body_{language}")
            if body and not subject:
                self.add_error(f"subject_{language}", _("Enter a subject."))
            if subject and not body:
                self.add_error(f"body_{language}", _("Enter a text."))
        if not self.errors and not any(typed.get(f"body_{language}") for language in NAMES):
            self.add_error("subject_fr", _("Write the email in French, in English or in both."))
        for name in list(typed):
            self._check_braces(name, typed.get(name) or "")
        return typed

    def _check_braces(self, name: str, text: str) -> None:
        unknown = [f"{{{word}}}" for word in BRACES.findall(text) if word not in self.allowed]
        if unknown:
            known = ", ".join(f"{{{word}}}" for word in self.allowed)
            said = {"unknown": ", ".join(unknown), "known": known}
            self.add_error(name, _("%(unknown)s cannot be filled in. Use %(known)s.") % said)

    @property
    def options(self) -> dict[str, Any]:
        """What the run keeps: each part by language."""
        kept = self.cleaned_data
        return {part: {language: kept[f"{part}_{language}"] for language in NAMES} for part in ("subject", "body")}


def initial_of(options: dict[str, Any]) -> dict[str, str]:
    """A draft as the form showed it."""
    return {f"{part}_{language}": options[part].get(language, "") for part in ("subject", "body") for language in NAMES}
