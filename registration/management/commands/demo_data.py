"""`manage.py demo_data --size small`: centres full of made-up people, the same ones every time."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import Organization
from registration.demo import catalogue, charges, invoices, office, organizations, people, sandbox, sign_ins, wallets
from registration.demo.catalogue import Season
from registration.demo.sizes import SIZES, Size
from wallet.processor import ProcessorUnavailable

WEEK = dt.timedelta(weeks=1)


class Command(BaseCommand):
    help = "Fill the database with made-up centres, families, registrations, invoices and saved methods."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=list(SIZES), default="small")
        parser.add_argument(
            "--without-processor",
            action="store_true",
            help="ask the processor nothing: saved methods carry its test tokens and cannot be charged",
        )

    def handle(self, *args: Any, size: str, without_processor: bool, **options: Any) -> None:
        if Organization.objects.filter(slug=organizations.CENTRES[0][0]).exists():
            self.stdout.write("The demo data is already there; nothing was changed.")
            return
        try:
            self._create(replace(SIZES[size], asks_processor=False) if without_processor else SIZES[size])
        except (sandbox.NoSandbox, ProcessorUnavailable) as problem:
            raise CommandError(str(problem)) from problem
        self._tell()

    def _create(self, size: Size) -> None:
        """People, then what they saved at the processor, what they owe and what was taken, then what is coming."""
        slugs = organizations.slugs(size)
        processor_accounts = (sandbox.open_accounts if size.asks_processor else sandbox.made_up_accounts)(slugs)
        now = timezone.now()
        on = timezone.localdate(now)
        season, next_season, *_past = catalogue.seasons(on)
        with transaction.atomic():
            created = organizations.create(size, processor_accounts=processor_accounts, on=on, now=now)
            people.create(size, created, on=on, now=now)
            sign_ins.give_portal(created)
        if size.asks_processor:
            wallets.create(size, created, on=on, now=now)
        opening = season.starts_on - 6 * WEEK
        self._invoice(size, created, season, opening, min(season.starts_on, on), now)
        if size.asks_processor:
            charges.create(size, created, on=on, now=now)
        office.create(created, since=min(opening, on - 13 * WEEK), on=on, now=now)
        if size.asks_processor:
            self._invoice(size, created, next_season, on - WEEK, on, now)

    @transaction.atomic
    def _invoice(
        self, size: Size, created: list, season: Season, first: dt.date, last: dt.date, now: dt.datetime
    ) -> None:
        for organization in created:
            invoices.create(size, organization, season, first_day=first, last_day=last, now=now)

    def _tell(self) -> None:
        text = "\n".join(sign_ins.lines()) + "\n"
        place = sign_ins.place()
        if place:
            place.write_text(text)
        else:
            self.stdout.write(text)
