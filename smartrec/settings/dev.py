"""The one-command stack: production code and switches, with the embedded parts the supervisor passes in."""

from .base import *  # noqa: F403
from .base import BASE_DIR, env

SECRET_KEY = env("SECRET_KEY", default="for-the-demo-only-0123456789-abcdefghijklmnopqrstuvwxyz-not-secret")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
EMAIL_DELIVERY = env("EMAIL_BACKEND", default="django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", default=str(BASE_DIR / "var" / "mail"))
# The sandbox has no limit unless it is told to.
PROCESSOR_PER_SECOND = env.float("PROCESSOR_PER_SECOND", default=0)
