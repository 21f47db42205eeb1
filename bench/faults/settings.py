"""The product's own settings; what waits for minutes waits for seconds, so that a drill lives through hours of it."""

from smartrec.settings.dev import *  # noqa: F403

CELERY_IMPORTS = ["bench.faults.sooner"]
