"""Sample client files, the same on every run: `python -m registration.demo.sample samples`."""

import csv
import datetime as dt
import io
import sys
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from openpyxl import Workbook

from registration.demo import catalogue, names
from registration.demo.numbers import draw

HOUSEHOLDS, PEOPLE = 870, 2_000
DAY = dt.date(2026, 11, 21)
AREAS = (450, 514, 819, 418, 438)
HEADINGS = (
    "Foyer", "Rôle", "Prénom", "Nom", "Date de naissance", "Genre", "Courriel", "Téléphone", "Adresse", "Ville",
    "Province", "Code postal", "Langue", "Étiquettes", "Programmation", "Activité", "Affiliation",
    "Début de l’affiliation", "Fin de l’affiliation", "Solde d’ouverture",
)  # fmt: skip
ENGLISH = ("Household", "Role", "First name", "Last name", "Birth date", "E-mail", "Language", "Program", "Activity",
           "Opening balance")  # fmt: skip
FEW = (
    ("H-1", "owner", "Heather", "MacDonald", dt.date(1984, 3, 9), "heather@mail.example", "en", "", "", 125.5),
    ("H-1", "member", "Isla", "MacDonald", dt.date(2019, 7, 22), "", "", "Fall 2026", "Swimming – Sea Star", None),
    ("H-2", "owner", "Stéphanie", "Charbonneau", dt.date(1987, 12, 1), "stephanie@mail.example", "fr", "", "", -45),
    ("H-2", "member", "Marie-Philippe", "Charbonneau-Villeneuve", dt.date(2017, 2, 28), "", "", "Fall 2026",
     "Recreational gymnastics 6–8", None),
    ("H-3", "owner", "Karim", "Haddad", dt.date(1979, 5, 14), "", "fr", "Fall 2026", "Aquafitness", None),
)  # fmt: skip


def one_of(text: str, key: int, salt: str) -> str:
    words = names.words(text)
    return words[draw(key, salt, len(words))]


def origin_of(household: int) -> names.Origin:
    place = draw(household, "origin", 100)
    return next(o for o, share in zip(names.ORIGINS, _shares(), strict=True) if place < share)


def _shares() -> list[int]:
    return list(accumulate(origin.share for origin in names.ORIGINS))


def rows() -> Iterator[dict[str, str]]:
    """One row a person, household by household."""
    members: dict[int, list[int]] = {household: [] for household in range(HOUSEHOLDS)}
    for number in range(PEOPLE - HOUSEHOLDS):
        members[draw(number, "household", HOUSEHOLDS)].append(number)
    for household, numbers in members.items():
        yield _owner(household)
        for rank, number in enumerate(numbers):
            yield _member(household, number, is_adult=rank == 0 and draw(household, "couple", 100) < 30)


def _owner(household: int) -> dict[str, str]:
    origin, is_woman = origin_of(household), draw(household, "woman", 100) < 62
    first = one_of(origin.women if is_woman else origin.men, household, "first")
    surname = one_of(origin.surnames, household, "surname")
    return {
        **_person(household, "titulaire", first, surname, _adult(household, "owner"), is_woman),
        "Courriel": _email(household, first, surname),
        "Téléphone": f"{AREAS[draw(household, 'area', 5)]} 555-01{draw(household, 'phone', 100):02}",
        "Adresse": f"{1 + draw(household, 'door', 2400)} {one_of(names.STREETS, household, 'street')}",
        "Ville": one_of(names.CITIES, household, "city"),
        "Province": "QC",
        "Code postal": _postal_code(household),
        "Langue": {"fr": "français", "en": "anglais"}[origin.language],
        "Étiquettes": catalogue.TAGS[draw(household, "tag", 4)] if draw(household, "tagged", 100) < 18 else "",
        "Solde d’ouverture": _balance(household),
    }


def _member(household: int, number: int, *, is_adult: bool) -> dict[str, str]:
    origin, is_woman = origin_of(household), draw(number, "member woman", 2) == 0
    key = 10_000 + number
    lists = (origin.women, origin.men) if is_adult else (origin.girls, origin.boys)
    surname = one_of(origin.surnames, household, "surname")
    if is_adult or draw(key, "other name", 100) < 8:
        surname = one_of(names.QUEBEC.surnames, household, "partner")
    elif draw(household, "double name", 100) < 9:
        surname += "-" + one_of(names.QUEBEC.surnames, household, "partner")
    born = _adult(key, "partner") if is_adult else DAY - dt.timedelta(days=1_150 + draw(key, "age", 4_900))
    first = one_of(lists[0] if is_woman else lists[1], key, "first")
    return _person(household, "membre", first, surname, born, is_woman) | _registration(key, born)


def _person(household: int, role: str, first: str, surname: str, born: dt.date, is_woman: bool) -> dict[str, str]:
    blank = dict.fromkeys(HEADINGS, "")
    return blank | {
        "Foyer": f"F-{household + 1:04}",
        "Rôle": role,
        "Prénom": first,
        "Nom": surname,
        "Date de naissance": born.isoformat(),
        "Genre": "F" if is_woman else "M",
    }


def _adult(key: int, salt: str) -> dt.date:
    return DAY - dt.timedelta(days=9_600 + draw(key, salt, 11_500))


def _email(household: int, first: str, surname: str) -> str:
    """Some have none; a few households share one with the household before them."""
    if draw(household, "no email", 100) < 7:
        return ""
    if household % 40 == 39:
        return "familles.voisines" + str(household // 40) + "@courriel.example"
    if household % 40 == 38:
        return "familles.voisines" + str((household + 1) // 40) + "@courriel.example"
    letters = unicodedata.normalize("NFKD", f"{first}.{surname}").encode("ascii", "ignore").decode().lower()
    return f"{letters.replace(' ', '')}{household + 1}@courriel.example"


def _postal_code(household: int) -> str:
    letters = "ABCEGHKLMN"
    digit, letter = (lambda salt: draw(household, salt, 10)), (lambda salt: letters[draw(household, salt, 10)])
    return f"J{digit('p1')}{letter('p2')} {digit('p3')}{letter('p4')}{digit('p5')}"


def _balance(household: int) -> str:
    owed = draw(household, "owes", 100)
    if owed >= 25:
        return ""
    cents = 500 + 25 * draw(household, "amount", 1_600)
    amount = f"{cents // 100},{cents % 100:02}"
    return f"-{amount}" if owed < 4 else amount


def _registration(key: int, born: dt.date) -> dict[str, str]:
    age = DAY.year - born.year - ((DAY.month, DAY.day) < (born.month, born.day))
    fitting = [c for c in catalogue.RECREATION if catalogue.AGES[c.band][0] <= age <= catalogue.AGES[c.band][1]]
    cells = {}
    if fitting and draw(key, "takes part", 100) < 60:
        chosen = [fitting[draw(key, "activity", len(fitting))].french]
        if draw(key, "second activity", 100) < 15:
            chosen.append(fitting[draw(key, "second choice", len(fitting))].french)
        cells = {"Programmation": "Automne 2026", "Activité": "|".join(dict.fromkeys(chosen))}
    if draw(key, "membership", 100) < 12:
        starts_on = dt.date(2026, 1, 1) + dt.timedelta(days=draw(key, "starts", 300))
        cells |= {
            "Affiliation": catalogue.MEMBERSHIPS[0][0],
            "Début de l’affiliation": starts_on.isoformat(),
            "Fin de l’affiliation": (starts_on + dt.timedelta(days=364)).isoformat(),
        }
    return cells


def as_csv() -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADINGS, delimiter=";")
    writer.writeheader()
    writer.writerows(rows())
    return text.getvalue()


def write(folder: Path) -> None:
    """A town's worth of people as CSV, with the mark Excel knows UTF-8 by, and a handful as a workbook."""
    (folder / "clients-2000.csv").write_bytes(as_csv().encode("utf-8-sig"))
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (ENGLISH, *FEW):
        sheet.append(row)
    book.save(folder / "clients-few.xlsx")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
