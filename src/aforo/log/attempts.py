"""Failed attempts to sign in, and where names signed in from: beside the accounts, so that a restart forgives none.

What was typed as a name may be a password, and an address tells where somebody is: neither is kept, but a digest of
both together (see `aforo.api.slowing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from aforo.log.key_tables import key_tables

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sign_in_attempt (
    digest TEXT PRIMARY KEY, failures INTEGER NOT NULL, known INTEGER NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sign_in_attempt_at ON sign_in_attempt (known, at);
"""


_KEEP = """
INSERT INTO sign_in_attempt VALUES (?, ?, ?, ?) ON CONFLICT (digest)
DO UPDATE SET failures = excluded.failures, known = excluded.known, at = excluded.at
"""


class Attempt(msgspec.Struct, frozen=True):
    """Of a name, an address, or a name from one address, by the digest of these: how many attempts failed, or, where it
    is `known`, that it signed in; and when that was last, in seconds since 1970."""

    digest: str
    failures: int
    known: bool
    at: float


class Attempts:
    """The attempts of one key store, through a connection of its own."""

    def __init__(self, keys: str | Path) -> None:
        """Open those of the key store at a path or a URL (see `key_tables`). Raises what a key store raises."""
        self._file = key_tables(keys)
        self._file.prepare(_SCHEMA)

    def close(self) -> None:
        """Close the connection."""
        self._file.db.close()

    def all(self) -> list[Attempt]:
        """What is kept, the oldest first."""
        query = "SELECT digest, failures, known, at FROM sign_in_attempt ORDER BY at, digest"
        with self._file.lock:
            return [
                Attempt(digest, failures, bool(known), at)
                for digest, failures, known, at in self._file.db.execute(query)
            ]

    def keep(self, attempts: Sequence[Attempt], *, failed_since: float, known_since: float) -> None:
        """Keep these in place of what was of the same digests; failures of before an instant, and places that nobody
        signed in from since another, are forgotten. Durable when this returns."""
        rows = [(each.digest, each.failures, each.known, each.at) for each in attempts]
        with self._file.write() as db:
            db.executemany(
                _KEEP,
                rows,
            )
            db.execute("DELETE FROM sign_in_attempt WHERE known = 0 AND (at < ? OR failures = 0)", (failed_since,))
            db.execute("DELETE FROM sign_in_attempt WHERE known = 1 AND at < ?", (known_since,))
