"""Sweeps: each takes from a table what was begun and not ended, and hands it to a service."""

from celery import shared_task
from django.utils import timezone

from wallet.services import accounts, expiring, finishing, moving, sweeping


@shared_task
def finish_setup(pk: int) -> str:
    """Keep what one visit to the processor's page saved."""
    return finishing.finish_setup(session_pk=pk, now=timezone.now()).state


@shared_task
def finish_setups() -> int:
    """Twice a minute: recent visits, permissions that wait for the processor, clones to let go."""
    now = timezone.now()
    ended = sweeping.finish_recent_setups(now=now) + sweeping.grant_requested(now=now)
    return ended + sweeping.let_go(now=now)


@shared_task
def move_clones() -> int:
    """Permissions of an organization that is paid in another account than before, and clones it left behind."""
    now = timezone.now()
    return moving.move_clones(now=now) + moving.let_go_former(now=now)


@shared_task
def refresh_accounts() -> int:
    """Every hour: organizations' accounts of which the processor still asks something."""
    return accounts.refresh_unready(now=timezone.now())


@shared_task
def finish_old_setups() -> int:
    """Every hour: visits that are older than that."""
    return sweeping.finish_old_setups(now=timezone.now())


@shared_task
def warn_of_expiry() -> int:
    """Every hour: holders of cards that expire within a month, or within a week, whom nobody told yet."""
    return expiring.warn_holders(on=timezone.localdate())
