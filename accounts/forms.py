"""Forms about accounts and people."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import phones
from accounts.models import Account, Client, Organization, Person
from accounts.services.opening import Contact, PersonDetails
from smartrec.forms import DateField, Form, Segments

LANGUAGES = [("fr", gettext_lazy("French")), ("en", gettext_lazy("English"))]
GENDERS = [
    ("", gettext_lazy("Not said")),
    ("f", gettext_lazy("Female")),
    ("m", gettext_lazy("Male")),
    ("x", gettext_lazy("Another gender")),
]
PROVINCES = ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]


class PhoneField(forms.CharField):
    """A telephone number, rewritten neatly."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput({"type": "tel", "autocomplete": "off"}))
        super().__init__(max_length=30, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if typed and not phones.is_possible(typed):
            raise ValidationError(_("Enter a telephone number, like 450 555-0142."))
        return phones.neat(typed) if typed else ""


class PersonForm(Form):
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=80)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=80)
    birth_date = DateField(label=gettext_lazy("Birth date"), required=False)
    gender = forms.ChoiceField(label=gettext_lazy("Gender"), choices=GENDERS, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = PhoneField(label=gettext_lazy("Telephone"), required=False)

    def clean_birth_date(self) -> Any:
        born = self.cleaned_data["birth_date"]
        if born and born > timezone.localdate():
            raise ValidationError(_("Enter a date that is not in the future."))
        return born

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    @property
    def details(self) -> PersonDetails:
        names = ("first_name", "last_name", "birth_date", "gender", "email", "phone")
        return PersonDetails(**{name: self.cleaned_data[name] for name in names})


class ContactFields(Form):
    """Where a household lives and which language it reads."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, widget=Segments)
    address_line1 = forms.CharField(label=gettext_lazy("Address"), max_length=120, required=False)
    address_city = forms.CharField(label=gettext_lazy("City"), max_length=80, required=False)
    address_province = forms.ChoiceField(
        label=gettext_lazy("Province"), choices=[("", "–"), *((code, code) for code in PROVINCES)], required=False
    )
    address_postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=10, required=False)

    def clean_address_postal_code(self) -> str:
        return self.cleaned_data["address_postal_code"].upper()

    @property
    def contact(self) -> Contact:
        names = ("language", "address_line1", "address_city", "address_province", "address_postal_code")
        return Contact(**{name: self.cleaned_data[name] for name in names})


class AccountForm(PersonForm, ContactFields):
    """A new account: its owner's e-mail first, because it may be known already."""

    anyway = forms.BooleanField(
        label=gettext_lazy("Create a new account anyway"), required=False, widget=forms.HiddenInput
    )
    field_order = ("email", "first_name", "last_name", "birth_date", "gender", "phone", "language")

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        self.known: Client | None = None
        self.is_known_elsewhere = False
        self.same_name: list[Client] = []
        self.fields["email"].help_text = _("It becomes the client’s user name. Without it, the client cannot sign in.")

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("email"):
            self._look_for_email(cleaned["email"])
        if not self.errors and not cleaned.get("anyway"):
            self._look_for_name(cleaned["first_name"], cleaned["last_name"])
        return cleaned

    def _look_for_email(self, email: str) -> None:
        accounts = Account.objects.filter(email__iexact=email)
        self.known = self._clients().filter(account__in=accounts).first()
        if self.known:
            self.add_error("email", _("This e-mail belongs to one of your accounts."))
        elif accounts.exists():
            self.is_known_elsewhere = True
            self.add_error("email", _("This e-mail belongs to an account that another organization serves."))

    def _look_for_name(self, first_name: str, last_name: str) -> None:
        people = Person.objects.called(first_name, last_name)
        self.same_name = list(self._clients().filter(account__people__in=people).distinct()[:5])
        if self.same_name:
            self.fields["anyway"].widget = forms.CheckboxInput()
            self.add_error("anyway", _("There is already an account of that name. Look at it before creating another."))

    def _clients(self) -> QuerySet[Client]:
        clients = Client.objects.for_organization(self.organization).active()
        return clients.select_related("account__owner")


class KnownAccountForm(Form):
    """An account another organization serves: who adds it must know its owner's e-mail and name."""

    email = forms.EmailField()
    first_name = forms.CharField(max_length=80)
    last_name = forms.CharField(max_length=80)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        owners = Person.objects.called(cleaned.get("first_name", ""), cleaned.get("last_name", ""))
        accounts = Account.objects.filter(email__iexact=cleaned.get("email", ""), owner__in=owners)
        cleaned["account"] = accounts.first() if not self.errors else None
        if cleaned["account"] is None:
            raise ValidationError(_("The name is not that of the account’s owner. Check it with the client."))
        return cleaned


class ClientForm(ContactFields):
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Separated by commas: Financial aid, Large family."),
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("Only your team sees them."),
    )

    def clean_tags(self) -> list[str]:
        tags = [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]
        if any(len(tag) > 40 for tag in tags):
            raise ValidationError(_("Use at most 40 characters for a tag."))
        return tags
