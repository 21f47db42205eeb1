"""`manage.py import_clients`: what a person at the terminal sees and gets."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Client
from registration.demo import sample
from smartrec import sheets
from tests.builders import an_organization

pytestmark = pytest.mark.django_db
HEAD = "Foyer;Rôle;Prénom;Nom;Courriel;Téléphone\n"


def run(file, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_clients", file, stdout=out, stderr=err, **{"organization": "erables", **options})
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path):
    an_organization("erables")
    found = tmp_path / "clients.csv"
    found.write_text(f"{HEAD}F-1;titulaire;Ève;Roy;;\nF-2;titulaire;Ian;Kelly;nonsense;4242424242424242\n")
    return found


def test_bad_rows_are_named_by_line_and_column_and_nothing_is_imported(file):
    with pytest.raises(CommandError):
        run(file, language="en")
    assert Client.objects.count() == 0


def test_a_trial_tells_and_changes_nothing(file):
    out, err = run(file, language="en", dry_run=True)
    assert "New: 1. Changed: 0. Unchanged: 0. Not imported: 1." in out
    assert "Line 3, E-mail: “nonsense” is not an e-mail address." in err
    assert "Line 3, Phone: This looks like a payment card number." in err
    assert Client.objects.count() == 0


def test_bad_rows_come_back_as_a_file_to_correct(file, tmp_path):
    bad = tmp_path / "bad.csv"
    run(file, language="en", skip_bad=True, bad_file=bad)
    sheet = sheets.read("bad.csv", bad.read_bytes())
    assert sheet.headings[-1] == "Reason"
    [(_line, cells)] = sheet.rows
    assert cells[:4] == ["F-2", "titulaire", "Ian", "Kelly"]
    assert "4242" not in bad.read_text()
    assert Client.objects.get().external_id == "F-1"


@pytest.mark.parametrize(("given", "organization"), [("no-such-file.csv", "erables"), (None, "nowhere")])
def test_a_wrong_name_is_said_in_one_line(file, given, organization):
    with pytest.raises(CommandError) as refusal:
        run(given or file, organization=organization)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_the_sample_imports_whole_in_both_encodings_and_only_once(tmp_path, encoding):
    organization = an_organization("erables")
    file = tmp_path / "sample.csv"
    file.write_bytes(sample.as_csv().encode(encoding))
    assert "2000" in run(file, language="en")[0]
    assert Client.objects.for_organization(organization).count() == 870
    assert "New: 0. Changed: 0. Unchanged: 2000. Not imported: 0." in run(file, language="en")[0]
