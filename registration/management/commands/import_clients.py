"""`manage.py import_clients FILE --organization SLUG`: households, registrations and balances from a spreadsheet."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Organization
from registration import bad_rows
from registration.services import importing
from registration.services.import_plan import BAD, CHANGED, NEW, UNCHANGED, Plan
from smartrec import sheets
from smartrec.errors import Refused
from smartrec.sheets import Sheet

MOST_SHOWN = 50


class Command(BaseCommand):
    help = "Import people, households, registrations and opening balances from a CSV or Excel file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, help="the organization's short name in addresses")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        parser.add_argument("--skip-bad", action="store_true", help="import the good rows when some are bad")
        parser.add_argument("--bad-file", type=Path, help="write the bad rows there, each with the reason")
        parser.add_argument("--language", choices=["fr", "en"], default=_spoken(), help="of what is printed here")

    def handle(self, *args: Any, language: str, **options: Any) -> None:
        with translation.override(language):
            try:
                self._run(**options)
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal

    def _run(self, *, file: Path, organization: str, dry_run: bool, skip_bad: bool, **options: Any) -> None:
        found = Organization.objects.filter(slug=organization).first()
        if found is None:
            raise CommandError(_("There is no organization “%(slug)s”.") % {"slug": organization})
        sheet, now = self._read(file), timezone.now()
        on = timezone.localdate(now)
        drawn = importing.preview(organization=found, sheet=sheet, on=on)
        self._complain(drawn, sheet, options["bad_file"])
        if not dry_run:
            drawn = importing.import_clients(
                organization=found, sheet=sheet, name=file.name, skip_bad=skip_bad, by=None, on=on, now=now
            )
        self._count(drawn, dry_run=dry_run)

    def _read(self, file: Path) -> Sheet:
        try:
            return sheets.read(file.name, file.read_bytes())
        except OSError as problem:
            raise CommandError(_("%(file)s cannot be read.") % {"file": file}) from problem

    def _complain(self, drawn: Plan, sheet: Sheet, bad_file: Path | None) -> None:
        """Every bad row by line and column, the first ones in full."""
        found = list(bad_rows.complaints(drawn.bad_rows))
        for complaint in found[:MOST_SHOWN]:
            place = _("Line %(line)s, %(column)s:") if complaint.column else _("Line %(line)s:")
            self.stderr.write(f"{place % complaint._asdict()} {complaint.words}")
        if len(found) > MOST_SHOWN:
            self.stderr.write(_("… and %(count)s more.") % {"count": len(found) - MOST_SHOWN})
        if bad_file and drawn.bad_rows:
            bad_file.write_bytes(bad_rows.as_csv(sheet, drawn.bad_rows))

    def _count(self, drawn: Plan, *, dry_run: bool) -> None:
        counts = {name: drawn.count(name) for name in (NEW, CHANGED, UNCHANGED, BAD)}
        words = _("New: %(new)s. Changed: %(changed)s. Unchanged: %(unchanged)s. Not imported: %(bad)s.") % counts
        self.stdout.write(words)
        if dry_run:
            self.stdout.write(_("This was a trial: nothing was written."))


def _spoken() -> str:
    """The language of the terminal, else French."""
    return "en" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("en") else "fr"
