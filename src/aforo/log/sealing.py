"""Keys that edges of ports seal texts under for their node alone, one an edge and a local day; a part of the key store.

The edge has the public half, so neither it nor who takes its disk reads again what it sealed. The node needs the
private half until it has taken the text in. A key is destroyed when its time is over, and with any erasure of a person
once something was opened with it: what it sealed may name that person, and nobody reads it again.

Edges of before sealed under keys of their ports, which derive from a secret of the node's. Where something may be
sealed so, an erasure destroys that secret too: ports have other keys from then on.
"""

from __future__ import annotations

import base64
from datetime import date, timedelta

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from aforo.log.key_tables import KeyTables

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sealing_key (
    public_key TEXT PRIMARY KEY, edge TEXT NOT NULL, day TEXT NOT NULL, private_key BLOB NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS port_sealed (one INTEGER PRIMARY KEY CHECK (one = 1));
"""
#: The secret that the keys of ports derive from.
PORT_SECRET = "edge"  # noqa: S105 (its name)


class SealingKeyDestroyedError(LookupError):
    """The key of a sealed text is destroyed, or never was this edge's."""


class SealingKeys:
    """The sealing keys of one key store, sharing its file and its lock. Nothing is cached: another process may destroy
    a key at any time."""

    def __init__(self, file: KeyTables) -> None:
        self._file = file
        with file.lock:
            known = file.has_table("sealing_key")
            file.prepare(_SCHEMA)
            if not known and file.db.execute("SELECT 1 FROM secret WHERE name = ?", (PORT_SECRET,)).fetchone():
                self.note_port_sealed()  # a store of before, which has edges

    def note_port_sealed(self) -> None:
        """Note that something is sealed under the key of a port."""
        with self._file.lock:
            if self._file.db.execute("SELECT 1 FROM port_sealed").fetchone() is not None:
                return
        with self._file.write() as db:
            db.execute("INSERT INTO port_sealed VALUES (1) ON CONFLICT DO NOTHING")

    def destroy_used(self) -> None:
        """Destroy, in the transaction of an erasure, every key under which something was taken in."""
        db = self._file.db
        db.execute("DELETE FROM sealing_key WHERE used = 1")
        if db.execute("DELETE FROM port_sealed").rowcount:
            db.execute("DELETE FROM secret WHERE name = ?", (PORT_SECRET,))

    def public_key(self, edge: str, day: date) -> str:
        """The public key, in hexadecimal, that an edge seals under on a day; made where there is none."""
        with self._file.lock:
            query = "SELECT public_key FROM sealing_key WHERE edge = ? AND day = ?"
            row = self._file.db.execute(query, (edge, day.isoformat())).fetchone()
            if row is not None:
                return str(row[0])
            with self._file.write() as db:
                # Another process may have made one meanwhile.
                row = db.execute(query, (edge, day.isoformat())).fetchone()
                if row is not None:
                    return str(row[0])
                made = PrivateKey.generate()
                public = made.public_key.encode().hex()
                db.execute(
                    "INSERT INTO sealing_key VALUES (?, ?, ?, ?, 0)", (public, edge, day.isoformat(), made.encode())
                )
            return public

    def open(self, edge: str, key: str, sealed: str) -> str | None:
        """The text that an edge sealed under its key; None where it is none. The key counts as used from here on, and
        the edge's keys of days before the day before are destroyed: it hands in its log in order. Raises
        SealingKeyDestroyedError."""
        with self._file.lock:
            query = "SELECT private_key, used, day FROM sealing_key WHERE public_key = ? AND edge = ?"
            row = self._file.db.execute(query, (key, edge)).fetchone()
            if row is None:
                raise SealingKeyDestroyedError(key)
            private, used, day = row
            if not used:
                before = date.fromisoformat(day) - timedelta(days=1)
                with self._file.write() as db:
                    db.execute("UPDATE sealing_key SET used = 1 WHERE public_key = ?", (key,))
                    db.execute("DELETE FROM sealing_key WHERE edge = ? AND day < ?", (edge, before.isoformat()))
        try:
            return SealedBox(PrivateKey(bytes(private))).decrypt(base64.b64decode(sealed, validate=True)).decode()
        except (CryptoError, ValueError):
            return None

    def destroy_before(self, day: date) -> int:
        """Destroy the keys of days before a day; how many there were."""
        with self._file.lock:
            known = "SELECT 1 FROM sealing_key WHERE day < ? LIMIT 1"
            if self._file.db.execute(known, (day.isoformat(),)).fetchone() is None:
                return 0
            with self._file.write() as db:
                return db.execute("DELETE FROM sealing_key WHERE day < ?", (day.isoformat(),)).rowcount


def seal(key: str, text: str) -> str:
    """A text that only the node reads, under its public key in hexadecimal."""
    return base64.b64encode(SealedBox(PublicKey(bytes.fromhex(key))).encrypt(text.encode())).decode()
