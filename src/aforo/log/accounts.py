"""Accounts: the persons who sign in, as what they act, and what administrators did to them.

They lie in the key store, as tokens do: they name persons, and the log holds none in clear. The name that is shown is
the actor of what a person does, so that no two accounts have names that are compared as one. An account is never
deleted, since its name stands in the record; it is disabled.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

import msgspec
from nacl.utils import random as random_bytes

from aforo.domain.actor import is_reserved
from aforo.domain.declaration import identity_text
from aforo.domain.role import Role
from aforo.log.key_tables import KeyTables, key_tables
from aforo.log.keyfile import RowTakenError
from aforo.log.name_holders import refuse_token_name
from aforo.log.tokens import of_role

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
#: The roles of persons: machines have tokens alone.
Person = Literal["officer", "supervisor", "analyst", "carrier", "auditor", "administrator", "municipality"]
PERSONS: tuple[Person, ...] = get_args(Person)
#: Those whose accounts name what they are for: the codes a carrier files under, the bridges of a town.
NAMED: tuple[Person, ...] = ("carrier", "municipality")

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, identity TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL, codes TEXT NOT NULL, language TEXT NOT NULL, password TEXT, subject TEXT UNIQUE,
    created_at TEXT NOT NULL, disabled_at TEXT, first_password INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS administered (at TEXT NOT NULL, by TEXT NOT NULL, act TEXT NOT NULL, about TEXT NOT NULL);
"""
COLUMNS = (
    "account.id, account.login, account.name, account.role, account.codes, account.language,"
    " account.password IS NOT NULL, account.subject, account.created_at, account.disabled_at, account.first_password"
)


class NameTakenError(ValueError):
    """Another account signs in by this name, or is shown by it."""


class NameReservedError(ValueError):
    """Nobody acts by this name: the record would take it for the product's own, or a carrier's."""


class Account(msgspec.Struct, frozen=True):
    """A person who may sign in: by `login`, shown as `name`. `carriers` and `ports` are as those of a token; `subject`
    is the issuer and the subject of an OpenID Connect provider that vouches for the person."""

    id: str
    login: str
    name: str
    role: Role
    carriers: tuple[str, ...]
    ports: tuple[str, ...]
    language: Language
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None = None
    subject: tuple[str, str] | None = None
    #: Somebody else set the password, and the person is to change it before anything else.
    first_password: bool = False


class Administered(msgspec.Struct, frozen=True):
    """What somebody did as an administrator: `about` is an identifier, never a secret."""

    at: datetime
    by: str
    act: str
    about: str


def prepare(file: KeyTables) -> None:
    """Have the tables of accounts in a key store."""
    file.prepare(SCHEMA)
    # A table of before does not say who set a password, and asks nobody to change one.
    file.add_column("account", "first_password", "INTEGER NOT NULL DEFAULT 0")


def login_of(name: str) -> str:
    """A name to sign in by, as it is compared."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


class Accounts:
    """The accounts of one key store, through a connection of its own."""

    def __init__(self, keys: str | Path) -> None:
        """Open those of the key store at a path or a URL (see `key_tables`). Raises what a key store raises."""
        self._file = key_tables(keys)
        prepare(self._file)

    def close(self) -> None:
        """Close the connection."""
        self._file.db.close()

    def add(
        self, login: str, name: str, role: Role, codes: tuple[str, ...], language: Language, at: datetime,
        *, password: str | None = None, subject: tuple[str, str] | None = None, first: bool = False,
    ) -> Account:  # fmt: skip
        """A new account; `password` is as it is kept (`passwords.hashed`), and `first` where somebody else knows it.
        Raises NameTakenError, NameReservedError, NameHeldError where a staff token that holds bears the name."""
        if is_reserved(name):
            raise NameReservedError(name)
        made = random_bytes(8).hex()
        row = (
            made, login_of(login), name.strip(), identity_text(name.strip()), role,
            msgspec.json.encode(codes).decode(), language, password, _text(subject), at.isoformat(), None, first,
        )  # fmt: skip
        try:
            with self._file.write() as db:
                for own in (name, login):
                    refuse_token_name(self._file, own, at)
                db.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        except RowTakenError:
            raise NameTakenError(login) from None
        found = self.by_id(made)
        assert found is not None
        return found

    def all(self) -> list[Account]:
        """Every account, disabled ones too, by the name to sign in by."""
        query = f"SELECT {COLUMNS} FROM account ORDER BY login"  # noqa: S608 (names of columns only)
        with self._file.lock:
            return [account_of(row) for row in self._file.db.execute(query)]

    def any(self) -> bool:
        """Whether there is an account, be it disabled."""
        with self._file.lock:
            return self._file.db.execute("SELECT 1 FROM account LIMIT 1").fetchone() is not None

    def by_id(self, account_id: str) -> Account | None:
        """The account of an identifier."""
        return self._one("id", account_id)

    def by_login(self, login: str) -> Account | None:
        """The account of a name to sign in by."""
        return self._one("login", login_of(login))

    def by_subject(self, issuer: str, subject: str) -> Account | None:
        """The account that a provider vouches for."""
        return self._one("subject", _text((issuer, subject)) or "")

    def password_of(self, account_id: str) -> str | None:
        """A password as it is kept; None where there is none."""
        with self._file.lock:
            row = self._file.db.execute("SELECT password FROM account WHERE id = ?", (account_id,)).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def keep_password(self, account_id: str, password: str, *, first: bool | None = None) -> bool:
        """Keep another password, as `passwords.hashed` gives it; whether there is such an account. `first` where
        somebody else set it; None leaves that as it was."""
        with self._file.write() as db:
            query = "UPDATE account SET password = ?, first_password = coalesce(?, first_password) WHERE id = ?"
            return db.execute(query, (password, first, account_id)).rowcount > 0

    def entitle(self, account_id: str, role: Role, codes: tuple[str, ...]) -> bool:
        """Give an account another role and other codes; whether there is such an account."""
        with self._file.write() as db:
            query = "UPDATE account SET role = ?, codes = ? WHERE id = ?"
            return db.execute(query, (role, msgspec.json.encode(codes).decode(), account_id)).rowcount > 0

    def speak(self, account_id: str, language: Language) -> None:
        """Remember a person's language."""
        with self._file.write() as db:
            db.execute("UPDATE account SET language = ? WHERE id = ?", (language, account_id))

    def disable(self, account_id: str, at: datetime) -> bool:
        """Let an account in no more; whether there is one that was not disabled yet."""
        with self._file.write() as db:
            query = "UPDATE account SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL"
            return db.execute(query, (at.isoformat(), account_id)).rowcount > 0

    def enable(self, account_id: str) -> bool:
        """Let a disabled account in again; whether there is one."""
        with self._file.write() as db:
            query = "UPDATE account SET disabled_at = NULL WHERE id = ? AND disabled_at IS NOT NULL"
            return db.execute(query, (account_id,)).rowcount > 0

    def take_note(self, by: str, act: str, about: str, at: datetime) -> None:
        """Record what somebody did as an administrator."""
        with self._file.write() as db:
            db.execute(
                "INSERT INTO administered (at, by, act, about) VALUES (?, ?, ?, ?)", (at.isoformat(), by, act, about)
            )

    def administered(self, most: int = 200) -> list[Administered]:
        """What was done by administrators, the newest first."""
        query = "SELECT at, by, act, about FROM administered ORDER BY rowid DESC LIMIT ?"
        with self._file.lock:
            rows = self._file.db.execute(query, (most,)).fetchall()
        return [Administered(datetime.fromisoformat(at), by, act, about) for at, by, act, about in rows]

    def _one(self, column: str, value: str) -> Account | None:
        query = f"SELECT {COLUMNS} FROM account WHERE {column} = ?"  # noqa: S608 (names of columns only)
        with self._file.lock:
            row = self._file.db.execute(query, (value,)).fetchone()
        return None if row is None else account_of(row)


def account_of(row: Sequence[object]) -> Account:
    """The account of a row of COLUMNS."""
    id_, login, name, role, codes, language, has_password, subject, created_at, disabled_at, first = row
    carriers, ports = of_role(str(role), msgspec.json.decode(str(codes), type=tuple[str, ...]))
    fields = {
        "id": id_, "login": login, "name": name, "role": role, "carriers": carriers, "ports": ports,
        "language": language, "has_password": bool(has_password), "created_at": created_at, "disabled_at": disabled_at,
        "subject": None if subject is None else msgspec.json.decode(str(subject)), "first_password": bool(first),
    }  # fmt: skip
    return msgspec.convert(fields, Account)


def _text(subject: tuple[str, str] | None) -> str | None:
    return None if subject is None else msgspec.json.encode(subject).decode()
