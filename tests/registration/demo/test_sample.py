"""The sample files that ship with the product."""

from pathlib import Path

from registration.demo import sample
from smartrec import sheets

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def test_the_shipped_sample_is_what_its_script_writes():
    assert (SAMPLES / "clients-2000.csv").read_bytes() == sample.as_csv().encode("utf-8-sig")


def test_the_shipped_workbook_is_what_its_script_writes(tmp_path):
    sample.write(tmp_path)
    shipped, fresh = (
        sheets.read("x.xlsx", (folder / "clients-few.xlsx").read_bytes()) for folder in (SAMPLES, tmp_path)
    )
    assert shipped == fresh


def test_the_sample_looks_like_a_town():
    rows = list(sample.rows())
    emails = [row["Courriel"] for row in rows if row["Courriel"]]
    assert len(rows) == sample.PEOPLE
    assert len({row["Foyer"] for row in rows}) == sample.HOUSEHOLDS
    assert len(emails) > len(set(emails))  # shared by neighbours
    assert len(emails) < sample.HOUSEHOLDS  # and some have none
    assert {row["Langue"] for row in rows} == {"français", "anglais", ""}
    assert any(row["Solde d’ouverture"].startswith("-") for row in rows)
