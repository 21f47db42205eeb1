"""French for the screens: compiled from the texts translators edit, whenever those are newer."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from .places import ROOT

LOCALES = ROOT / "smartrec" / "locale"


def compile_stale(locales: Path = LOCALES) -> list[Path]:
    """Compile each text that changed since it was last compiled; answer which ones."""
    stale = [file for file in sorted(locales.glob("*/LC_MESSAGES/*.po")) if _is_stale(file)]
    for file in stale:
        with file.open("rb") as source:
            catalogue = read_po(source, locale=file.parent.parent.name)
        draft = file.with_suffix(".mo.new")
        with draft.open("wb") as compiled:
            write_mo(compiled, catalogue)
        draft.replace(file.with_suffix(".mo"))
    return stale


def _is_stale(file: Path) -> bool:
    compiled = file.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime <= file.stat().st_mtime
