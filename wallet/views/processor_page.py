"""The way to the processor's page, where a number is typed, and the way back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from smartrec.errors import Refused
from wallet.models import SetupSession
from wallet.processor import ProcessorUnavailable
from wallet.services import finishing

log = logging.getLogger("wallet.saving")


@contextmanager
def opening(account: Account) -> Iterator[None]:
    """Whoever waits for the page is told when the processor does not answer."""
    try:
        yield
    except ProcessorUnavailable as problem:
        log.warning("page_not_opened", extra={"account": account.pk, "problem": str(problem)})
        raise Refused(
            _("The payment processor does not answer. Nothing was saved; try again in a minute.")
        ) from problem


def finished(setup: SetupSession) -> SetupSession:
    """What was done there; while the processor does not answer, what is known of it."""
    try:
        return finishing.finish_setup(session_pk=setup.pk, now=timezone.now())
    except ProcessorUnavailable as problem:
        log.warning("way_back_unfinished", extra={"setup": setup.pk, "problem": str(problem)})
        return setup
