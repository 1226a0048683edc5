"""Passkeys: public keys of authenticators that persons registered, to sign in without a password (WebAuthn, W3C)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from aforo.log.key_tables import key_tables
from aforo.log.keyfile import RowTakenError

#: Passkeys of one account.
MOST = 10
_SCHEMA = """
CREATE TABLE IF NOT EXISTS passkey (
    credential BLOB PRIMARY KEY, account TEXT NOT NULL, rp TEXT NOT NULL, label TEXT NOT NULL, public_key BLOB NOT NULL,
    sign_count INTEGER NOT NULL, made_at TEXT NOT NULL, used_at TEXT
) WITHOUT ROWID;
"""
_COLUMNS = "credential, account, rp, label, public_key, sign_count, made_at, used_at"


class PasskeyTakenError(ValueError):
    """This authenticator's key is registered already, or the account has no room for one more."""


class Passkey(msgspec.Struct, frozen=True):
    """One authenticator's key of an account, good at the name `rp` of the server alone. `sign_count` is the last count
    that the authenticator told: one that goes back is a copy's."""

    credential: bytes
    account: str
    rp: str
    label: str
    public_key: bytes
    sign_count: int
    made_at: datetime
    used_at: datetime | None = None


class Passkeys:
    """The passkeys of one key store, through a connection of its own."""

    def __init__(self, keys: str | Path) -> None:
        """Open those of the key store at a path or a URL (see `key_tables`). Raises what a key store raises."""
        self._file = key_tables(keys)
        self._file.prepare(_SCHEMA)

    def close(self) -> None:
        """Close the connection."""
        self._file.db.close()

    def add(self, passkey: Passkey) -> None:
        """Keep a passkey. Raises PasskeyTakenError."""
        row = (
            passkey.credential, passkey.account, passkey.rp, passkey.label, passkey.public_key, passkey.sign_count,
            passkey.made_at.isoformat(), None,
        )  # fmt: skip
        try:
            with self._file.write() as db:
                (count,) = db.execute("SELECT count(*) FROM passkey WHERE account = ?", (passkey.account,)).fetchone()
                if count >= MOST:
                    raise PasskeyTakenError(passkey.account)
                db.execute("INSERT INTO passkey VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        except RowTakenError:
            raise PasskeyTakenError(passkey.account) from None

    def find(self, credential: bytes) -> Passkey | None:
        """The passkey of a credential's identifier."""
        query = f"SELECT {_COLUMNS} FROM passkey WHERE credential = ?"  # noqa: S608 (names of columns only)
        with self._file.lock:
            row = self._file.db.execute(query, (credential,)).fetchone()
        return None if row is None else _passkey(row)

    def of(self, account: str) -> list[Passkey]:
        """The passkeys of an account, the oldest first."""
        query = f"SELECT {_COLUMNS} FROM passkey WHERE account = ? ORDER BY made_at"  # noqa: S608 (names of columns)
        with self._file.lock:
            return [_passkey(row) for row in self._file.db.execute(query, (account,))]

    def use(self, credential: bytes, sign_count: int, at: datetime) -> None:
        """A passkey was used, and told this count."""
        with self._file.write() as db:
            query = "UPDATE passkey SET sign_count = ?, used_at = ? WHERE credential = ?"
            db.execute(query, (sign_count, at.isoformat(), credential))

    def remove(self, account: str, credential: bytes) -> bool:
        """Remove a passkey of an account; whether there was one."""
        with self._file.write() as db:
            query = "DELETE FROM passkey WHERE account = ? AND credential = ?"
            return db.execute(query, (account, credential)).rowcount > 0

    def remove_all(self, account: str) -> int:
        """Remove all passkeys of an account; how many there were."""
        with self._file.write() as db:
            return db.execute("DELETE FROM passkey WHERE account = ?", (account,)).rowcount


def _passkey(row: tuple[bytes, str, str, str, bytes, int, str, str | None]) -> Passkey:
    credential, account, rp, label, public_key, sign_count, made_at, used_at = row
    used = None if used_at is None else datetime.fromisoformat(used_at)
    made = datetime.fromisoformat(made_at)
    return Passkey(bytes(credential), account, rp, label, bytes(public_key), sign_count, made, used)
