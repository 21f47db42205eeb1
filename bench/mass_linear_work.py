"""Runs of any size; a processor that answers at once, so that only our own work is measured."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.utils import timezone

from accounts.models import Organization, User
from bench.households import a_centre
from bench.mass_charge_work import WAVE, drafted, on_its_way, written
from bench.mass_review_work import CARDS
from billing.models import MassRun
from billing.services import runs, sending
from wallet.processor import Charge, Created, Intent, Outcome, Verdict

__all__ = ["at_rest", "away", "backend", "drafted", "on_its_way", "ready", "send", "written"]


class AtOnce:
    """Prepares and takes everything."""

    def ensure_customer(self, **_: object) -> str:
        return "cus_payers"

    def create_payment(self, intent: Intent) -> Created:
        return Created(payment=f"pi_{intent.key}")

    def confirm_payment(self, charge: Charge) -> Outcome:
        return Outcome(verdict=Verdict.SUCCEEDED, charge=f"ch_{charge.key}")


PROCESSOR = AtOnce()


def backend() -> int:
    """The process that works for this connection."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid


def ready(slug: str, size: int) -> tuple[Organization, User, list[int]]:
    """A centre where everybody may be charged."""
    centre, by, ids = a_centre(slug, size)
    with connection.cursor() as cursor:
        cursor.execute(CARDS, {"org": centre.pk})
        cursor.execute("ANALYZE")
    return centre, by, ids


def at_rest() -> None:
    """What was written in bulk is on the disk: nobody writes it there meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def send(count: int) -> None:
    """The first lines of what waits."""
    with ThreadPoolExecutor(WAVE) as pool:
        for _ in range(count // WAVE):
            lease, attempts = sending.claim(limit=WAVE, now=timezone.now())
            sending.send(attempts, lease=lease, processor=PROCESSOR, pool=pool, clock=timezone.now)


def away(run: MassRun, by: User) -> None:
    """What is left must not stand in the way of the next."""
    runs.stop(run=run, by=by, now=timezone.now())
