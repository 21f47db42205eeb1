"""`manage.py open_organization`: the first organization of an installation, and whoever owns it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from accounts.services import beginning
from billing.services import taxing
from billing.services.usual_taxes import BY_PROVINCE
from messaging.services import signing_in
from smartrec.errors import Refused


class Command(BaseCommand):
    help = "Open an organization and send its owner a link to sign in. Done twice, only the link is sent again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="as clients read it")
        parser.add_argument("--slug", required=True, help="in addresses: /o/<slug>/")
        parser.add_argument("--currency", choices=sorted(beginning.COUNTRY), default="CAD")
        parser.add_argument("--province", choices=sorted(BY_PROVINCE), help="add the usual sales taxes of this one")
        parser.add_argument("--language", choices=["fr", "en"], default="fr")
        parser.add_argument("--owner-email", required=True)
        parser.add_argument("--owner-name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        language = options["language"]
        try:
            validate_email(options["owner_email"])
            organization, owner = beginning.open_organization(
                name=options["name"],
                slug=options["slug"],
                currency=options["currency"],
                owner_email=options["owner_email"],
                owner_name=options["owner_name"],
                language=language,
                now=timezone.now(),
            )
        except (Refused, ValidationError) as problem:
            raise CommandError(" ".join(getattr(problem, "messages", [str(problem)]))) from problem
        if options["province"]:
            taxing.add_usual(organization=organization, province=options["province"], by=None, now=timezone.now())
        home = reverse("dashboard", args=[organization.slug])
        signing_in.ask(email=owner.email, next=home, language=language, now=timezone.now())
        self.stdout.write(f"{organization} is open at {home}. A link to sign in goes to {owner.email}.")
        if not owner.has_usable_password():
            self.stdout.write(f"Or choose a password here: manage.py changepassword {owner.email}")
