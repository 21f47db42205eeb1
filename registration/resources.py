"""The columns of a client file: their headings in both languages, and how each cell is understood."""

import datetime as dt
import re
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets

from registration.sheets import plain
from smartrec.money import AmbiguousMoney, NotMoney, parse_money

OLDEST = dt.date(1900, 1, 1)
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_ACCOUNTING = re.compile(r"\(([^()]*)\)")


class Text(widgets.Widget):
    """Words, up to so many letters."""

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.longest = longest

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        text = " ".join(value.split())
        if len(text) > self.longest:
            raise ValidationError(_("Longer than %(longest)s characters.") % {"longest": self.longest})
        return text


class Choice(widgets.Widget):
    """One of a few values, each known by several spellings."""

    def __init__(self, **spellings: str) -> None:
        super().__init__()
        self.values = {plain(word): value for value, words in spellings.items() for word in (value, *words.split())}

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        if not value:
            return ""
        if (found := self.values.get(plain(value))) is None:
            raise ValidationError(_("“%(value)s” is not one of the expected words.") % {"value": value[:40]})
        return found


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


class Date(widgets.Widget):
    """A day: 2018-09-01, or in the order the rest of its column uses, 01/09/2018 or 09/01/2018."""

    def clean(self, value: str, row: Any = None, *, day_first: bool | None = None, **kwargs: Any) -> dt.date | None:
        if not value:
            return None
        match = _DATE.fullmatch(value)
        try:
            return _checked(self._day(match, day_first)) if match else self._refuse(value)
        except ValueError:
            return self._refuse(value)

    def _refuse(self, value: str) -> NoReturn:
        raise ValidationError(_("“%(value)s” is not a date: write 2018-09-01.") % {"value": value[:40]})

    def _day(self, match: re.Match, day_first: bool | None) -> dt.date:
        if match[1]:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        first, second, year = int(match[4]), int(match[5]), int(match[6])
        order = _order(first, second)
        if order is None and first == second:
            order = True
        if order is None and day_first is None:
            text = _("“%(value)s” can be read two ways: write the year first, 2018-09-01.") % {"value": match[0]}
            raise ValidationError(text)
        if day_first if order is None else order:
            return dt.date(year, second, first)
        return dt.date(year, first, second)

    @staticmethod
    def day_first(column: list[str]) -> bool | None:
        """Whether a column writes the day before the month; None when its dates do not say, or disagree."""
        matches = (_DATE.fullmatch(cell) for cell in column)
        orders = {_order(int(match[4]), int(match[5])) for match in matches if match and match[4]}
        return next(iter(orders - {None}), None) if len(orders - {None}) == 1 else None


def _order(first: int, second: int) -> bool | None:
    """Day first when the first number cannot be a month, month first when the second cannot."""
    return True if first > 12 else False if second > 12 else None


def _checked(day: dt.date) -> dt.date:
    if not OLDEST <= day < dt.date(2100, 1, 1):
        raise ValidationError(_("The year %(year)s is not possible.") % {"year": day.year})
    return day


class Money(widgets.Widget):
    """An amount in either national style, in cents; a credit is negative, or between parentheses."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> int:
        if not value:
            return 0
        credit = _ACCOUNTING.fullmatch(value)
        try:
            amount = parse_money(credit[1] if credit else value)
        except AmbiguousMoney:
            text = _("“%(value)s” can be read as two amounts: write the cents, 1234.00 or 1234,00.")
            raise ValidationError(text % {"value": value[:40]}) from None
        except NotMoney:
            raise ValidationError(_("“%(value)s” is not an amount.") % {"value": value[:40]}) from None
        return -amount if credit else amount


class Column(fields.Field):
    """A column with its French and English headings, and other headings it is known by."""

    def __init__(self, french: str, english: str, *others: str, widget: widgets.Widget) -> None:
        super().__init__(column_name=english, widget=widget)
        self.french, self.english = french, english
        self.spellings = {plain(heading) for heading in (french, english, *others)}

    def heading(self, language: str) -> str:
        return self.english if language.startswith("en") else self.french


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
    """Where each known column stands in a header; headings nobody knows are left out."""
    spelled = {spelling: name for name, column in COLUMNS.items() for spelling in column.spellings}
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = spelled.get(plain(heading))
        if name is not None:
            found.setdefault(name, place)
    return found
