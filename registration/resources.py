"""The columns of a client file: their headings in both languages, and how each cell is understood."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from import_export import resources, widgets

from smartrec.cells import Choice, Column, Date, Money, Text, places_of


class Email(Text):
    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        email = super().clean(value)
        if email:
            try:
                validate_email(email)
            except ValidationError:
                raise ValidationError(_("“%(value)s” is not an e-mail address.") % {"value": email[:60]}) from None
        return email


class Phone(Text):
    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        phone = super().clean(value)
        if phone and not 7 <= sum(character.isdigit() for character in phone) <= 15:
            raise ValidationError(_("“%(value)s” is not a telephone number.") % {"value": phone})
        return phone


class PostalCode(Text):
    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        code = super().clean(value).upper()
        bare = code.replace(" ", "").replace("-", "")
        return f"{bare[:3]} {bare[3:]}" if re.fullmatch(r"([A-Z]\d){3}", bare) else code


class Province(Choice):
    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        return value.upper() if re.fullmatch(r"[A-Za-z]{2}", value) else super().clean(value)


class Words(widgets.Widget):
    """Several values in one cell, separated by `|` or a comma."""

    def __init__(self, longest: int, separators: str) -> None:
        super().__init__()
        self.one = Text(longest)
        self.separators = re.compile(separators)

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> tuple[str, ...]:
        words = (self.one.clean(word) for word in self.separators.split(value))
        return tuple(dict.fromkeys(word for word in words if word))


PROVINCES = {
    "QC": "Québec", "ON": "Ontario", "NB": "Nouveau-Brunswick New-Brunswick", "NS": "Nouvelle-Écosse Nova-Scotia",
    "PE": "Île-du-Prince-Édouard Prince-Edward-Island", "NL": "Terre-Neuve-et-Labrador Newfoundland-and-Labrador",
    "MB": "Manitoba", "SK": "Saskatchewan", "AB": "Alberta", "BC": "Colombie-Britannique British-Columbia",
    "YT": "Yukon", "NT": "Territoires-du-Nord-Ouest Northwest-Territories", "NU": "Nunavut",
}  # fmt: skip


class ClientResource(resources.Resource):
    """One row: one person of a household, with what the person takes part in."""

    household = Column("Foyer", "Household", "No de foyer", "Numéro de foyer", "Household ID", "Compte", "Account",
                       "Numéro de compte", "Account number", "Famille", "Family", widget=Text(60))  # fmt: skip
    role = Column("Rôle", "Role", widget=Choice(owner="titulaire propriétaire t o", member="membre m"))
    first_name = Column("Prénom", "First name", widget=Text(80))
    last_name = Column("Nom", "Last name", "Nom de famille", "Surname", widget=Text(80))
    birth_date = Column("Date de naissance", "Birth date", "Date of birth", "Naissance", widget=Date())
    gender = Column(
        "Genre", "Gender", "Sexe", "Sex",
        widget=Choice(f="femme féminin fille female woman girl", m="h homme masculin garçon male man boy",
                      x="autre non-binaire other non-binary"),
    )  # fmt: skip
    email = Column("Courriel", "E-mail", "Adresse courriel", "Email address", widget=Email(254))
    phone = Column("Téléphone", "Phone", "Telephone", "Cellulaire", "Mobile", widget=Phone(30))
    address = Column("Adresse", "Address", "Rue", "Street", widget=Text(120))
    city = Column("Ville", "City", "Municipalité", widget=Text(80))
    province = Column("Province", "Province", widget=Province(**PROVINCES))
    postal_code = Column("Code postal", "Postal code", "ZIP", widget=PostalCode(10))
    language = Column("Langue", "Language", widget=Choice(fr="français french f", en="anglais english a e"))
    tags = Column("Étiquettes", "Tags", widget=Words(40, r"[|,;]"))
    program = Column("Programmation", "Program", "Programme", "Session", widget=Text(100))
    activities = Column("Activité", "Activity", "Activités", "Activities", widget=Words(100, r"\|"))
    membership = Column("Affiliation", "Membership", widget=Text(100))
    starts_on = Column("Début de l’affiliation", "Membership start", widget=Date())
    ends_on = Column("Fin de l’affiliation", "Membership end", widget=Date())
    balance = Column("Solde d’ouverture", "Opening balance", "Solde", "Balance", widget=Money())


COLUMNS: dict[str, Column] = ClientResource.fields
REQUIRED = ("household", "first_name", "last_name")
DATES = tuple(name for name, column in COLUMNS.items() if isinstance(column.widget, Date))


def columns_of(headings: list[str]) -> dict[str, int]:
    """Where each known column stands in a header."""
    return places_of(COLUMNS, headings)
