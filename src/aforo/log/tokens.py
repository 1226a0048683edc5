"""Access tokens: who may speak to the node, as what, and until when.

A token is 256 random bits, shown once and kept as its SHA-256: so much entropy needs no slow hash (OWASP). The table
lies in the key store, since whom a carrier's token speaks for may be a person, and never in the log.
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from nacl.utils import random as random_bytes

from aforo.domain.credential import COMMAND, account_credential
from aforo.domain.role import Role
from aforo.log.key_tables import file_of, key_tables
from aforo.log.name_holders import refuse_held_name
from aforo.log.token_signature import public_key

PREFIX = "aforo_"
_BYTES = 32
_SCHEMA = """
CREATE TABLE IF NOT EXISTS access_token (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, carriers TEXT NOT NULL,
    issued_at TEXT NOT NULL, expires_at TEXT NOT NULL, revoked_at TEXT, issued_by TEXT,
    public_key BLOB
) WITHOUT ROWID;
"""
#: What a node hands out takes the place of what an edge had of the same token, but for the key that its text gave.
_TAKE = """
INSERT INTO access_token VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)
ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, name = excluded.name, role = excluded.role,
    carriers = excluded.carriers, issued_at = excluded.issued_at, expires_at = excluded.expires_at,
    revoked_at = excluded.revoked_at, issued_by = NULL,
    public_key = CASE WHEN access_token.digest = excluded.digest THEN access_token.public_key END
"""
_COLUMNS = "id, name, role, carriers, issued_at, expires_at, revoked_at, issued_by"
#: Whose tokens may name ports: those of persons who may act at one. The column of codes has them.
STAFF: tuple[Role, ...] = ("officer", "supervisor", "auditor", "administrator")


class Token(msgspec.Struct, frozen=True):
    """What is kept of a token. `name` is whose it is; `carriers` the codes (SCAC, RFC) that a carrier files under,
    the code of the port that an edge stands at, or the bridges that a device speaks for or that are a town's. `ports`
    are those at whose edges a person goes on with it. `account` is the account that acts, where this is a session's or
    a second signature's, which the key store has no token of. `issued_by` is the account that issued it to itself, or
    the command on the node's own machine that issued it; None where an administrator did so over HTTP."""

    id: str
    name: str
    role: Role
    carriers: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    ports: tuple[str, ...] = ()
    account: str | None = None
    issued_by: str | None = None

    @property
    def owner(self) -> str | None:
        """The account that acts by it; None where no account does."""
        return self.account or (None if self.of_machine else self.issued_by)

    @property
    def of_machine(self) -> bool:
        """Whether a command on the node's own machine issued it."""
        return self.issued_by is not None and self.issued_by.startswith(COMMAND)

    @property
    def credential(self) -> str:
        """What events name of it."""
        return self.id if self.account is None else account_credential(self.account)

    def holds(self, at: datetime) -> bool:
        """Whether it is good at an instant."""
        return self.revoked_at is None and at < self.expires_at


def are_two_persons(first: Token, second: Token) -> bool:
    """Whether two access tokens stand for two persons: none was issued by an administrator over HTTP, who could be
    both, and no account issued both to itself."""
    if not all(each.of_machine or each.owner for each in (first, second)):
        return False
    return first.id != second.id and (first.owner is None or first.owner != second.owner)


class HandedToken(msgspec.Struct, frozen=True, omit_defaults=True):
    """A token by the SHA-256 of its text, as a node hands it to the edge of a port: who has it goes on there."""

    id: str
    digest: str
    name: str
    role: Role
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    #: Of a device, the bridges that it speaks for.
    bridges: tuple[str, ...] = ()


class Holder(NamedTuple):
    """The holder of an access token, and the key that verifies what its text signs; None of a token of before whose
    text was not presented here since."""

    token: Token
    public_key: bytes | None


class Tokens:
    """The tokens of one key store, through a connection of its own, so that a look-up never waits for its writers."""

    def __init__(self, keys: str | Path) -> None:
        """Open those of the key store at a path or a URL (see `key_tables`). Raises what a key store raises."""
        self._file = key_tables(keys)
        self._file.prepare(_SCHEMA)
        # A table of before has neither issuers nor public keys, and its tokens have none.
        self._file.add_column("access_token", "issued_by", "TEXT")
        self._file.add_column("access_token", "public_key", "BLOB")

    def close(self) -> None:
        """Close the connection."""
        self._file.db.close()

    def issue(
        self, name: str, role: Role, codes: tuple[str, ...], at: datetime, expires_at: datetime, by: str | None = None
    ) -> tuple[str, Token]:
        """A new token: its text, which cannot be had again, and what is kept of it. `codes` are what it is for, by its
        role: carriers, the port, bridges, or the ports at whose edges a person acts.

        `by` is the account that issues it to itself and that it ends with, or the command on the node's own machine.
        Raises NameHeldError where the name is another person's; carriers act by no name.
        """
        text = PREFIX + base64.urlsafe_b64encode(random_bytes(_BYTES)).rstrip(b"=").decode()
        carriers, ports = of_role(role, codes)
        token = Token(random_bytes(6).hex(), name, role, carriers, at, expires_at, ports=ports, issued_by=by)
        row = (
            token.id, _digest(text), name, role, msgspec.json.encode(codes).decode(), at.isoformat(),
            expires_at.isoformat(), None, by, public_key(text),
        )  # fmt: skip
        with self._file.write() as db:
            if role != "carrier":
                refuse_held_name(self._file, name, at, token.owner)
            db.execute("INSERT INTO access_token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return text, token

    def find(self, text: str) -> Token | None:
        """The token of a text, good or not; None where there is none."""
        return self.find_all([text]).get(text)

    def find_all(self, texts: Iterable[str]) -> dict[str, Token]:
        """The tokens of texts, good or not, by text; without those that there are none of. A token of before gets its
        public key here: its text alone gives that."""
        query = f"SELECT public_key, {_COLUMNS} FROM access_token WHERE digest = ?"  # noqa: S608 (names of columns)
        found, missing = {}, []
        with self._file.lock:
            for text in texts:
                row = self._file.db.execute(query, (_digest(text),)).fetchone()
                if row is not None:
                    key, *columns = row
                    found[text] = token = _token(columns)
                    if key is None:
                        missing.append((public_key(text), token.id))
            if missing:
                with self._file.write() as db:
                    db.executemany("UPDATE access_token SET public_key = ? WHERE id = ?", missing)
        return found

    def holder(self, token_id: str) -> Holder | None:
        """The holder of the token of an identifier, good or not; None where there is none."""
        query = f"SELECT public_key, {_COLUMNS} FROM access_token WHERE id = ?"  # noqa: S608 (names of columns only)
        with self._file.lock:
            row = self._file.db.execute(query, (token_id,)).fetchone()
        if row is None:
            return None
        key, *columns = row
        return Holder(_token(columns), None if key is None else bytes(key))

    def all(self) -> list[Token]:
        """Every token that was issued, the oldest first."""
        query = f"SELECT {_COLUMNS} FROM access_token ORDER BY issued_at, id"  # noqa: S608 (names of columns only)
        with self._file.lock:
            return [_token(row) for row in self._file.db.execute(query)]

    def handed(self, port: str, at: datetime) -> list[HandedToken]:
        """The tokens that a port's edge may be given: of persons those that name the port, and of devices all, of which
        each edge takes those of its bridge. What expired before `at` is none, what was revoked is told of."""
        query = f"SELECT digest, {_COLUMNS} FROM access_token ORDER BY issued_at, id"  # noqa: S608 (names)
        with self._file.lock:
            rows = [(bytes(digest).hex(), _token(row)) for digest, *row in self._file.db.execute(query)]
        return [
            HandedToken(
                each.id,
                digest,
                each.name,
                each.role,
                each.issued_at,
                each.expires_at,
                each.revoked_at,
                each.carriers if each.role == "device" else (),
            )
            for digest, each in rows
            if at < each.expires_at and (each.role == "device" or (each.role in STAFF and port in each.ports))
        ]

    def take(self, handed: Iterable[HandedToken], withdrawn: Iterable[str] = ()) -> None:
        """Let those who have these tokens in here too, and those no more who lost them or whose are `withdrawn`, by
        their identifiers. One that was issued here is kept."""
        handed = list(handed)
        gone = set(withdrawn) - {each.id for each in handed}
        rows = [
            (
                each.id, bytes.fromhex(each.digest), each.name, each.role,
                msgspec.json.encode(each.bridges).decode(), each.issued_at.isoformat(), each.expires_at.isoformat(),
                each.revoked_at.isoformat() if each.revoked_at else None,
            )
            for each in handed
        ]  # fmt: skip
        with self._file.write() as db:
            db.executemany("DELETE FROM access_token WHERE id = ?", [(each,) for each in gone])
            db.executemany("DELETE FROM access_token WHERE digest = ? AND id <> ?", [(row[1], row[0]) for row in rows])
            db.executemany(_TAKE, rows)

    def good(self, at: datetime) -> frozenset[str]:
        """The identifiers of the tokens that are good at an instant."""
        return frozenset(token.id for token in self.all() if token.holds(at))

    def revoke(self, token_id: str, at: datetime) -> bool:
        """Make a token worthless; whether there is one of this identifier that was not revoked yet."""
        with self._file.write() as db:
            query = "UPDATE access_token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
            return db.execute(query, (at.isoformat(), token_id)).rowcount > 0

    def good_of(self, at: datetime) -> Counter[str]:
        """How many tokens are good at an instant that accounts issued for themselves, by the account."""
        query = f"SELECT issued_by, {_COLUMNS} FROM access_token WHERE issued_by IS NOT NULL"  # noqa: S608 (as above)
        with self._file.lock:
            rows = self._file.db.execute(query).fetchall()
        return Counter(account for account, *row in rows if _token(row).holds(at))

    def revoke_of(self, account: str, at: datetime) -> list[str]:
        """Make worthless what an account issued for itself; the identifiers of those that were not revoked yet."""
        with self._file.write() as db:
            query = "UPDATE access_token SET revoked_at = ? WHERE issued_by = ? AND revoked_at IS NULL RETURNING id"
            return [id_ for (id_,) in db.execute(query, (at.isoformat(), account)).fetchall()]


def issued(keys: str | Path) -> list[Token]:
    """The tokens of a key store that is only looked at; none where none was ever issued. Raises sqlite3.Error, and what
    `key_tables` raises."""
    file = file_of(keys)
    if file is None:
        return issued_on_server(keys)
    with closing(sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'access_token'").fetchone():
            return []
        columns = _COLUMNS.replace("issued_by", "NULL")  # a table of before has no issuers
        query = f"SELECT {columns} FROM access_token ORDER BY issued_at, id"  # noqa: S608 (names of columns only)
        return [_token(row) for row in db.execute(query)]


def issued_on_server(keys: str | Path) -> list[Token]:
    """As `issued`, of a key store on a server, whose table is there once anything asked for tokens."""
    with closing(Tokens(keys)) as tokens:
        return tokens.all()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _token(row: Sequence[str]) -> Token:
    fields: dict[str, object] = dict(zip(_COLUMNS.split(", "), row, strict=True))
    carriers, ports = of_role(row[2], msgspec.json.decode(row[3], type=tuple[str, ...]))
    return msgspec.convert(fields | {"carriers": carriers, "ports": ports}, Token)


def of_role(role: str, codes: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of a token or an account, as its carriers or as its ports."""
    return ((), codes) if role in STAFF else (codes, ())
