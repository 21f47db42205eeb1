"""What every page carries: only our own files, nothing inline, and every picture it names."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage

from smartrec import navigation
from smartrec.statuses import STATUSES

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "smartrec/static/smartrec"
# Mail programs know nothing but inline styles.
LETTERS = {"email/base.html", "messaging/letter.html"}
TEMPLATES = [
    path
    for folder in ROOT.glob("*/templates")
    for path in folder.rglob("*.html")
    if str(path.relative_to(folder)) not in LETTERS
]
EVENTS = "click|change|submit|load|input|key[a-z]*|mouse[a-z]*|focus|blur|toggle|error|pointer[a-z]*"
INLINE = re.compile(
    rf"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son({EVENTS})=|javascript:|hx-on|hx-trigger=\"[^\"]*\[", re.I
)
SPRITE = set(re.findall(r'id="i-([\w-]+)"', (STATIC / "icons.svg").read_text()))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_has_nothing_inline(template):
    assert [found.group() for found in INLINE.finditer(template.read_text())] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_names_only_icons_that_are_drawn(template):
    named = set(re.findall(r"{% icon \"([\w-]+)\"", template.read_text()))

    assert named <= SPRITE


def test_states_and_menus_name_only_icons_that_are_drawn():
    states = {shown.icon for group in STATUSES.values() for shown in group.values()}
    menus = {item.icon for item in [*navigation.items(), *navigation.GROUPS.values()]}

    assert states | menus <= SPRITE


def test_scripts_are_as_small_as_promised():
    assert (STATIC / "js/app.js").stat().st_size < 6 * 1024
    assert (STATIC / "js/theme.js").stat().st_size < 512


def test_colours_are_written_once():
    """Components take their colours from the tokens; only bank cards and network marks have their own."""
    literal = re.findall(r"[^\w&](#[0-9a-f]{3,8})\b", (STATIC / "css/app.css").read_text())
    marks = {"#fff", "#1a1f71", "#eb001b", "#f79e1b", "#1f72cd"}

    assert set(literal) <= marks


def test_every_vendored_file_has_its_version_and_its_licence():
    listed = (STATIC / "vendor/VENDORED.md").read_text()
    for file in (STATIC / "vendor").iterdir():
        assert file.name == "VENDORED.md" or f"`{file.name}`" in listed


def test_the_published_files_name_each_other_rightly(tmp_path, settings):
    """The names with a fingerprint are written into the style sheets: every file they point to must exist."""

    class Storage(ManifestStaticFilesStorage):
        manifest_storage = FileSystemStorage(location=tmp_path)

    storage = Storage(location=tmp_path, base_url="/static/")
    files = {}
    for finder in finders.get_finders():
        for path, source in finder.list([]):
            if path.startswith("smartrec/") and path not in files:
                files[path] = (storage, path)
                storage.save(path, source.open(path))

    outcomes = list(storage.post_process(files))

    assert [problem for _name, _hashed, problem in outcomes if isinstance(problem, Exception)] == []
    assert "url(" in (tmp_path / storage.stored_name("smartrec/css/app.css")).read_text()
