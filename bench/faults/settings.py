"""The product's own settings; what waits for minutes waits for seconds, so that a drill lives through hours of it."""

import os

from bench.faults.files import LEASE_SECONDS, NAME
from smartrec.settings.dev import *  # noqa: F403
from smartrec.settings.dev import DATABASES

CELERY_IMPORTS = ["bench.faults.sooner"]
if NAME in os.environ:
    DATABASES["default"]["OPTIONS"]["options"] = f"-c idle_in_transaction_session_timeout={LEASE_SECONDS}s"
else:
    # Who brings the database back does not wait for it.
    del DATABASES["default"]["OPTIONS"]["pool"]
