from django.core.management.base import BaseCommand, CommandError

from billing.services.checking import RULES, check_books


class Command(BaseCommand):
    """Recompute every figure of the books from its facts, and fail loudly when one disagrees."""

    help = "Check that balances, reconciliations, numbering and the ledger agree with the documents."

    def handle(self, **options):
        found = check_books()
        if found:
            raise CommandError("\n".join(map(str, found)))
        self.stdout.write(f"The books hold: {len(RULES)} rules checked.")
