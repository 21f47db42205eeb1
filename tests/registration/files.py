"""Client files for tests, written as one writes a table."""

from smartrec import sheets
from smartrec.sheets import Sheet

SHORT = {
    "Foyer": "household", "Rôle": "role", "Prénom": "first", "Nom": "last", "Date de naissance": "born",
    "Courriel": "email", "Téléphone": "phone", "Ville": "city", "Étiquettes": "tags", "Programmation": "program",
    "Activité": "activity", "Affiliation": "membership", "Début de l’affiliation": "starts",
    "Fin de l’affiliation": "ends", "Solde d’ouverture": "balance",
}  # fmt: skip


def a_file(*rows: dict[str, str]) -> Sheet:
    """A file with every column of SHORT; what a row leaves out is an empty cell."""
    lines = [";".join(SHORT), *(";".join(row.get(name, "") for name in SHORT.values()) for row in rows)]
    return sheets.read("clients.csv", "\n".join(lines).encode())


def owner(household: str = "F-1", **cells: str) -> dict[str, str]:
    return {"household": household, "role": "titulaire", "first": "Ève", "last": "Roy", "born": "1985-04-02", **cells}


def child(household: str = "F-1", **cells: str) -> dict[str, str]:
    return {"household": household, "role": "membre", "first": "Léa", "last": "Roy", "born": "2018-09-01", **cells}
