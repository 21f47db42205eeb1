import gettext
import os
from pathlib import Path

from smartrec.devstack.messages import compile_stale

TEXT = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "Invoice"
msgstr "Facture"

msgid "%(count)s charge"
msgid_plural "%(count)s charges"
msgstr[0] "%(count)s débit"
msgstr[1] "%(count)s débits"
"""


def french(tmp_path: Path) -> Path:
    text = tmp_path / "fr" / "LC_MESSAGES" / "django.po"
    text.parent.mkdir(parents=True)
    text.write_text(TEXT)
    return text


def test_a_text_is_compiled_with_its_plurals(tmp_path):
    text = french(tmp_path)
    assert compile_stale(tmp_path) == [text]
    words = gettext.translation("django", tmp_path, ["fr"])
    assert words.gettext("Invoice") == "Facture"
    assert [words.ngettext("%(count)s charge", "", number) for number in (0, 1, 2)] == [
        "%(count)s débit",
        "%(count)s débit",
        "%(count)s débits",
    ]


def test_only_a_changed_text_is_compiled_again(tmp_path):
    text = french(tmp_path)
    compile_stale(tmp_path)
    later = text.with_suffix(".mo").stat().st_mtime + 5
    os.utime(text.with_suffix(".mo"), (later, later))
    assert compile_stale(tmp_path) == []
    os.utime(text, (later + 5, later + 5))
    assert compile_stale(tmp_path) == [text]
