from celery import current_app
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Run every sweep once, in this process: what the workers do all day, without a broker."""

    help = "Run every sweep once (charges, invoices, processor news, mail)."

    def handle(self, **options):
        current_app.loader.import_default_modules()
        for name in current_app.conf.beat_schedule:
            result = current_app.tasks[name]()
            self.stdout.write(f"{name}: {result}")
