"""Which processor serves this installation."""

import os
from functools import lru_cache

from django.conf import settings

from wallet.processor import Processor
from wallet.processor.stripe_adapter import StripeAdapter


def get_processor() -> Processor:
    """The processor the settings name; one adapter, with its open connections, for the whole process."""
    return _adapter(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_WEBHOOK_SECRET)


@lru_cache(maxsize=4)
def _adapter(key: str, base: str, secrets: str) -> StripeAdapter:
    # Two endpoints, the platform's and the connected accounts', have a secret each; during a change, two more.
    signing = tuple(secret.strip() for secret in secrets.split(",") if secret.strip())
    return StripeAdapter(key=key, base=base, signing_secrets=signing)


# A connection shared with a forked child would give one process the other's answers.
os.register_at_fork(after_in_child=_adapter.cache_clear)
