"""Everything the sandbox remembers: one SQLite file, committed before a request is answered.

Objects are JSON rows found by id, by account and kind, by owner (the customer, as a rule) or by parent (the
PaymentIntent, as a rule), newest first; every question is an index walk, so an answer costs the same however much
has been stored. A bounded number of objects stays in memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Obj = dict[str, Any]
# The account of whoever runs the platform; every other is connected to it.
PLATFORM = "acct_platform"
KEPT_IN_MEMORY = 5_000
SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, kind TEXT NOT NULL,
    created INTEGER NOT NULL, owner TEXT, parent TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_of_kind ON objects (account, kind, created, seq);
CREATE INDEX IF NOT EXISTS objects_of_owner ON objects (account, kind, owner, created, seq)
    WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_of_parent ON objects (account, kind, parent, created, seq)
    WHERE parent IS NOT NULL;
CREATE TABLE IF NOT EXISTS keys (
    account TEXT, key TEXT, fingerprint TEXT, status INTEGER, body BLOB, request TEXT, created INTEGER,
    PRIMARY KEY (account, key));
CREATE INDEX IF NOT EXISTS keys_by_age ON keys (created);
CREATE TABLE IF NOT EXISTS movements (
    seq INTEGER PRIMARY KEY, at REAL, account TEXT, kind TEXT, payment_intent TEXT, charge TEXT, refund TEXT,
    customer TEXT, amount INTEGER, currency TEXT, code TEXT, metadata TEXT);
CREATE INDEX IF NOT EXISTS movements_of_payment ON movements (payment_intent);
CREATE INDEX IF NOT EXISTS movements_of_account ON movements (account);
CREATE TABLE IF NOT EXISTS timers (id INTEGER PRIMARY KEY, due REAL, account TEXT, action TEXT, subject TEXT);
CREATE INDEX IF NOT EXISTS timers_due ON timers (due);
CREATE INDEX IF NOT EXISTS timers_of_subject ON timers (subject);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, due REAL, attempt INTEGER, event TEXT, account TEXT, url TEXT, secret TEXT,
    pending INTEGER DEFAULT 1);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE pending = 1;
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS funds (
    account TEXT, currency TEXT, day INTEGER, net INTEGER, PRIMARY KEY (account, currency, day));
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
"""
TABLES = ("objects", "keys", "movements", "timers", "deliveries", "funds", "settings")
UPSERT = (
    "INSERT INTO objects (seq, id, account, kind, created, owner, parent, body) VALUES (?,?,?,?,?,?,?,?) "
    "ON CONFLICT (seq) DO UPDATE SET owner = excluded.owner, parent = excluded.parent, body = excluded.body"
)


class Store:
    """Objects in memory, rows on disk, one transaction per request."""

    def __init__(self, directory: Path | None) -> None:
        if directory:
            directory.mkdir(parents=True, exist_ok=True)
        place = directory / "sandbox.sqlite3" if directory else ":memory:"
        self._db = sqlite3.connect(place, isolation_level=None, timeout=0)
        # Another process on the same file would hold other truths in memory: the first one keeps the lock.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing that was committed; only a power cut could, and this is no bank.
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(SCHEMA)
        self._recall()

    def _recall(self) -> None:
        self._cache: dict[str, Obj] = {}
        self._touched: set[str] = set()
        self._dirty: dict[str, Obj] = {}
        self.last = self.rows("SELECT coalesce(max(seq), 0) FROM objects")[0][0]

    def next_number(self) -> int:
        self.last += 1
        return self.last

    def read(self, ident: str) -> Obj | None:
        """The live object: whoever changes it must also `write` it."""
        found = self._cache.get(ident)
        if found is None:
            rows = self._db.execute("SELECT body FROM objects WHERE id = ?", (ident,)).fetchall()
            if not rows:
                return None
            found = json.loads(rows[0][0])
            self._keep(ident, found)
        self._touched.add(ident)
        return found

    def write(self, obj: Obj) -> None:
        ident = obj["id"]
        self._keep(ident, obj)
        self._touched.add(ident)
        self._dirty[ident] = obj

    def _keep(self, ident: str, obj: Obj) -> None:
        self._cache[ident] = obj
        if len(self._cache) > KEPT_IN_MEMORY:
            for oldest in list(self._cache)[: KEPT_IN_MEMORY // 10]:
                if oldest not in self._touched:
                    del self._cache[oldest]

    def execute(self, sql: str, values: Iterable[Any] = ()) -> None:
        """A write that belongs to the running request."""
        if not self._db.in_transaction:
            self._db.execute("BEGIN")
        self._db.execute(sql, tuple(values))

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[Any]:
        return self._db.execute(sql, tuple(values)).fetchall()

    def flush(self) -> None:
        """Bring changed objects to their rows, so that lists see them."""
        if self._dirty:
            if not self._db.in_transaction:
                self._db.execute("BEGIN")
            self._db.executemany(UPSERT, map(_row, self._dirty.values()))
            self._dirty.clear()

    def commit(self) -> None:
        self.flush()
        if self._db.in_transaction:
            self._db.execute("COMMIT")
        self._touched.clear()

    def discard(self) -> None:
        """Forget what the running request did."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        for ident in self._touched:
            self._cache.pop(ident, None)
        self._touched.clear()
        self._dirty.clear()

    def select(self, where: str, values: Iterable[Any]) -> Iterator[Obj]:
        """Objects whose row answers the question, live."""
        self.flush()
        for ident, body in self.rows(f"SELECT id, body FROM objects WHERE {where}", values):
            if ident not in self._cache:
                self._keep(ident, json.loads(body))
            self._touched.add(ident)
            yield self._cache[ident]

    def clear(self) -> None:
        """Forget everything."""
        self.discard()
        for table in TABLES:
            self.execute(f"DELETE FROM {table}")
        self.commit()
        self._recall()

    def close(self) -> None:
        self.commit()
        self._db.close()


def _row(obj: Obj) -> tuple[Any, ...]:
    return (
        obj["_seq"],
        obj["id"],
        obj["_account"],
        obj["object"],
        obj["_created"],
        obj.get("_owner"),
        obj.get("_parent"),
        json.dumps(obj, separators=(",", ":"), ensure_ascii=False),
    )
