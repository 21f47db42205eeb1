import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from billing.models import Discrepancy
from billing.services import catching_up, comparing
from wallet.processor.registry import get_processor


class Command(BaseCommand):
    """Compare the processor's lists with ours, as far back as asked, and say what does not agree."""

    help = "Compare what the processor lists with our payments and refunds, both ways."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=3, help="how far back to look (3)")
        parser.add_argument("--account", action="append", help="only this processor account; several are possible")

    def handle(self, **options: Any) -> None:
        back = dt.timedelta(days=options["days"])
        for account in options["account"] or catching_up.accounts():
            row = comparing.compare(account=account, back=back, processor=get_processor(), clock=timezone.now)
            said = row.problem or f"{row.payments} payments and {row.refunds} refunds compared"
            self.stdout.write(f"{account or 'platform'}: {said}")
        for one in Discrepancy.objects.open().select_related("organization").order_by("found_at", "pk"):
            self.stdout.write(f"{one.organization or '-'}: {one.kind} {one.object_id} {one.amount} {one.currency}")
