"""Sessions: who has signed in, and until when.

A session is 256 random bits in a cookie, kept as their SHA-256, as a token is. It ends when it was not used for half an
hour, after twelve hours in any case (a shift and its handover), when its account is disabled, and when it is ended.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from nacl.utils import random as random_bytes

from aforo.log.accounts import COLUMNS, Account, account_of, prepare
from aforo.log.key_tables import key_tables

#: How long a session holds without being used, and at most.
IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
#: Sessions of one account at once: one more ends the oldest.
MOST = 64
_BYTES = 32
_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    digest BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, began_at TEXT NOT NULL,
    seen_at TEXT NOT NULL, ended_at TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_by_account ON session (account);
"""


class Session(msgspec.Struct, frozen=True):
    """What is kept of a session. `id` is no secret; `seen_at` is when it was last used, to a minute."""

    id: str
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    account: Account

    @property
    def expires_at(self) -> datetime:
        """When it ends, however much it is used."""
        return self.began_at + LONGEST

    def holds(self, at: datetime) -> bool:
        """Whether it is good at an instant."""
        used = at < self.expires_at and at < self.seen_at + IDLE
        return used and self.ended_at is None and self.account.disabled_at is None


class Sessions:
    """The sessions of one key store, through a connection of its own."""

    def __init__(self, keys: str | Path) -> None:
        """Open those of the key store at a path or a URL (see `key_tables`). Raises what a key store raises."""
        self._file = key_tables(keys)
        prepare(self._file)
        self._file.prepare(_SCHEMA)

    def close(self) -> None:
        """Close the connection."""
        self._file.db.close()

    def begin(self, account: str, at: datetime) -> str:
        """A new session of an account: its text, which cannot be had again. What is long over is forgotten."""
        text = base64.urlsafe_b64encode(random_bytes(_BYTES)).rstrip(b"=").decode()
        row = (_digest(text), random_bytes(6).hex(), account, at.isoformat(), at.isoformat(), None)
        newest = "SELECT digest FROM session WHERE account = ? ORDER BY began_at DESC LIMIT ?"
        with self._file.write() as db:
            db.execute("DELETE FROM session WHERE began_at < ?", ((at - 2 * LONGEST).isoformat(),))
            db.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?)", row)
            query = f"DELETE FROM session WHERE account = ? AND digest NOT IN ({newest})"  # noqa: S608 (as above)
            db.execute(query, (account, account, MOST))
        return text

    def find_all(self, texts: Iterable[str]) -> dict[str, Session]:
        """The sessions of texts, good or not, by text; without those that there are none of."""
        query = (
            f"SELECT session.id, began_at, seen_at, ended_at, {COLUMNS}"  # noqa: S608 (names of columns only)
            " FROM session JOIN account ON account.id = session.account WHERE digest = ?"
        )
        found = {}
        with self._file.lock:
            for text in texts:
                if (row := self._file.db.execute(query, (_digest(text),)).fetchone()) is not None:
                    found[text] = _session(row)
        return found

    def open(self, at: datetime) -> list[Session]:
        """The sessions that are good at an instant, the oldest first."""
        query = (
            f"SELECT session.id, began_at, seen_at, ended_at, {COLUMNS}"  # noqa: S608 (names of columns only)
            " FROM session JOIN account ON account.id = session.account ORDER BY began_at, session.id"
        )
        with self._file.lock:
            every = [_session(row) for row in self._file.db.execute(query)]
        return [each for each in every if each.holds(at)]

    def use(self, session_id: str, at: datetime) -> None:
        """A session was used at an instant."""
        with self._file.write() as db:
            query = "UPDATE session SET seen_at = ? WHERE id = ? AND seen_at < ?"
            db.execute(query, (at.isoformat(), session_id, at.isoformat()))

    def end(self, session_id: str, at: datetime) -> bool:
        """End a session; whether there is one that had not ended yet."""
        with self._file.write() as db:
            query = "UPDATE session SET ended_at = ? WHERE id = ? AND ended_at IS NULL"
            return db.execute(query, (at.isoformat(), session_id)).rowcount > 0

    def end_all(self, account: str, at: datetime, but: str = "") -> int:
        """End all sessions of an account, apart from one perhaps; how many."""
        with self._file.write() as db:
            query = "UPDATE session SET ended_at = ? WHERE account = ? AND id <> ? AND ended_at IS NULL"
            return db.execute(query, (at.isoformat(), account, but)).rowcount


def _session(row: tuple[object, ...]) -> Session:
    id_, began_at, seen_at, ended_at, *account = row
    fields = {"id": id_, "began_at": began_at, "seen_at": seen_at, "ended_at": ended_at}
    return msgspec.convert(fields | {"account": account_of(account)}, Session)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
