"""The holder of a name: the account, or the staff token, whose acts stand in the record under it.

An actor in the record is one person, so nobody gets a credential in a name that another person's credential bears.
Names are compared as identities are; a login counts as a name of its account.
"""

from __future__ import annotations

from datetime import datetime

from aforo.domain.declaration import identity_text
from aforo.domain.role import STAFF_ROLES
from aforo.log.key_tables import KeyTables


class NameHeldError(ValueError):
    """The name is that of another person's account, or of a staff token that holds."""


def refuse_held_name(keys: KeyTables, name: str, at: datetime, account: str | None = None) -> None:
    """Raise NameHeldError where another account than `account`, or another's staff token, bears a name at an instant.

    A disabled account keeps its name: the record has it. `keys` is the key store, inside the transaction that is to
    issue the credential.
    """
    identity = identity_text(name.strip())
    holders = _accounts(keys, identity)
    if holders:
        if holders == {account}:
            return  # the person's own name, whatever tokens of before bear it
        raise NameHeldError(name)
    if any(account is None or issuer != account for issuer in _tokens(keys, identity, at)):
        raise NameHeldError(name)


def refuse_token_name(keys: KeyTables, name: str, at: datetime) -> None:
    """Raise NameHeldError where a staff token bears a name at an instant."""
    if _tokens(keys, identity_text(name.strip()), at):
        raise NameHeldError(name)


def _accounts(keys: KeyTables, identity: str) -> set[str | None]:
    """The accounts that bear a name."""
    if not keys.has_table("account"):
        return set()
    rows = keys.db.execute("SELECT id, login, identity FROM account").fetchall()
    return {id_ for id_, login, own in rows if identity in (own, identity_text(login))}


def _tokens(keys: KeyTables, identity: str, at: datetime) -> set[str | None]:
    """The issuers of the staff tokens that bear a name and hold at an instant; None where no account issued one."""
    if not keys.has_table("access_token"):
        return set()
    query = "SELECT name, role, expires_at, issued_by FROM access_token WHERE revoked_at IS NULL"
    return {
        issuer
        for name, role, expires_at, issuer in keys.db.execute(query).fetchall()
        if role in STAFF_ROLES and at < datetime.fromisoformat(expires_at) and identity_text(name) == identity
    }
