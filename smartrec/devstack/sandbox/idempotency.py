"""Idempotency keys, as Stripe documents them.

The first result under a key is kept (a decline and a 500 too) and given again for 24 hours; the same key with other
parameters is refused, and so is a second request while the first is still at work. A request that never began (it
failed validation) leaves no result. Keys are per account.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from smartrec.devstack.sandbox.clock import Clock
from smartrec.devstack.sandbox.errors import ApiError
from smartrec.devstack.sandbox.store import Store

KEPT_SECONDS = 24 * 3600
LONGEST_KEY = 255


@dataclass(frozen=True)
class Kept:
    """The first result under a key."""

    status: int
    body: bytes
    request: str


class Keys:
    """The keys of every account."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self._working: dict[tuple[str, str], str] = {}

    def begin(self, account: str, key: str, request: str) -> Kept | None:
        """Claim the key for a request, or give back what was answered before."""
        if not key or len(key) > LONGEST_KEY:
            raise ApiError("Idempotency keys must be 1 to 255 characters long.", param="Idempotency-Key", stored=False)
        rows = self.store.rows(
            "SELECT fingerprint, status, body, request FROM keys WHERE account = ? AND key = ? AND created > ?",
            (account, key, self.clock.now() - KEPT_SECONDS),
        )
        fingerprint = rows[0][0] if rows else self._working.get((account, key))
        if fingerprint is not None and fingerprint != digest(request):
            raise _other_parameters(key)
        if rows:
            return Kept(*rows[0][1:])
        if (account, key) in self._working:
            raise _in_use(key)
        self._working[account, key] = digest(request)
        return None

    def finish(self, account: str, key: str, result: Kept | None) -> None:
        """Keep the result in the transaction of the work itself; none if the work never began."""
        fingerprint = self._working.pop((account, key), "")
        if result:
            self.store.execute(
                "INSERT OR REPLACE INTO keys (account, key, fingerprint, status, body, request, created) "
                "VALUES (?,?,?,?,?,?,?)",
                (account, key, fingerprint, result.status, result.body, result.request, self.clock.now()),
            )

    def prune(self) -> None:
        """Forget the keys Stripe may forget."""
        self.store.execute("DELETE FROM keys WHERE created <= ?", (self.clock.now() - KEPT_SECONDS,))
        self.store.commit()


def digest(request: str) -> str:
    return hashlib.blake2b(request.encode(), digest_size=16).hexdigest()


def _other_parameters(key: str) -> ApiError:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return ApiError(message, type="idempotency_error", stored=False)


def _in_use(key: str) -> ApiError:
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later."
    )
    return ApiError(message, status=409, code="idempotency_key_in_use", stored=False)
