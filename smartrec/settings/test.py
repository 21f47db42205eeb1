"""Tests: the same code over a throw-away PostgreSQL, the sandbox over HTTP, and mail kept in memory."""

from .base import *  # noqa: F403
from .base import BASE_DIR, DATABASES

SECRET_KEY = "for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"  # noqa: S105
ALLOWED_HOSTS = ["*"]
PROCESSOR_PER_SECOND = 0
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = BASE_DIR / "var" / "static-test"
# A pool outlives the test database it was opened for; plain connections do not.
DATABASES["default"]["OPTIONS"].pop("pool")
CELERY_TASK_ALWAYS_EAGER = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
