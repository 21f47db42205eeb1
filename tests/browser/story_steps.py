"""What the story needs done behind the scenes: cards for imported families, and one debit that will bounce."""

import json

PREPARE = """
import json
from django.utils import timezone
from accounts.models import Organization
from registration.demo import wallets
from registration.demo.sizes import SIZES
from registration.models import Enrolment
from wallet.services import methods
from wallet.models import PaymentMethod

organization = Organization.objects.get(slug="erables")
now = timezone.now()
wallets.create(SIZES["small"], [organization], on=now.date(), now=now)
names = {names!r}
enrolled = Enrolment.objects.for_organization(organization).filter(
    status="confirmed", activity__name_fr__in=names, person__account__clients__has_card=True,
    person__account__clients__organization=organization)
activities = sorted(set(enrolled.values_list("activity_id", flat=True)))
without_bank = enrolled.exclude(person__account__payment_methods__kind="bank")
bouncing = without_bank.order_by("-person__sort_key")[0].person.account
wallets._save(wallets.Wish(account=bouncing, kind="bank", token="pm_acssDebit_insufficientFunds",
    organizations=(organization,)), now, wallets.get_processor())
methods.set_default(method=PaymentMethod.objects.get(account=bouncing, kind="bank"))
print(json.dumps({{"activities": activities, "owner": bouncing.owner.list_name}}))
"""
A_WORKING_CARD = """
from django.utils import timezone
from accounts.models import Organization
from billing.models import Payment
from registration.demo import wallets

organization = Organization.objects.get(slug="erables")
payment = Payment.objects.get(organization=organization, number={number})
account = payment.client.account
account.created_at = timezone.now()  # the demo's keys are made of it: this is another card than the first
wallets._save(wallets.Wish(account=account, kind="card", token="pm_card_mastercard",
    organizations=(organization,), expires=(2030, 8)), timezone.now(), wallets.get_processor())
"""
FACTS = """
import json
from billing.models import Attempt, MassRun
run = MassRun.objects.filter(kind="charge").latest("pk")
latest = Attempt.objects.last_of_each_payment().filter(payment__run=run)
print(json.dumps({
    "lines": run.lines.filter(state="included").count(),
    "states": sorted(latest.values_list("state", flat=True)),
    "failed": sorted(f"P-{n:05d}" for n in latest.failed().values_list("payment__number", flat=True)),
    "intents": sorted(latest.values_list("payment__processor_payment", flat=True)),
}))
"""


def prepare(stack, names: list[str]) -> dict:
    return json.loads(stack.manage("shell", "-v", "0", "-c", PREPARE.format(names=names)).splitlines()[-1])


def give_a_working_card(stack, payment: str) -> None:
    stack.manage("shell", "-v", "0", "-c", A_WORKING_CARD.format(number=int(payment.removeprefix("P-"))))


def facts_of_the_last_charge(stack) -> dict:
    return json.loads(stack.manage("shell", "-v", "0", "-c", FACTS).splitlines()[-1])
