"""Events of credentials: who got the power to act under a name, from whom, and who lost it.

The log has those of the administration's own people, and of the machines and edges whose names stand in the record as
actors: their names are there in clear, as an actor is. Whom a carrier's or a town's credential is for may be a person
that the log must be able to forget: those stay in the key store alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from aforo.domain.payload import Payload
from aforo.domain.role import Role

#: What happened to an account after it was made.
AccountAct = Literal[
    "disabled", "enabled", "password_set", "password_changed", "sessions_ended", "role_changed", "passkey_registered",
    "passkey_removed",
]  # fmt: skip


class TokenIssued(Payload, frozen=True, omit_defaults=True, gc=False):
    """An access token was issued. Stream `credential/<token>`.

    `codes` are the ports of staff, the port of an edge, or the bridges of a device. `account` is the account that
    issued it to itself.
    """

    TYPE: ClassVar[str] = "credential.token_issued"

    name: str
    role: Role
    expires_at: datetime
    codes: tuple[str, ...] = ()
    account: str | None = None


class TokenRevoked(Payload, frozen=True, gc=False):
    """An access token became worthless before its time. Stream `credential/<token>`."""

    TYPE: ClassVar[str] = "credential.token_revoked"


class AccountAdded(Payload, frozen=True, omit_defaults=True, gc=False):
    """A person may sign in from here on. Stream `credential/account:<account>`."""

    TYPE: ClassVar[str] = "credential.account_added"

    name: str
    role: Role
    codes: tuple[str, ...] = ()


class AccountChanged(Payload, frozen=True, omit_defaults=True, gc=False):
    """An account changed. Stream `credential/account:<account>`. `role` and `codes` are those it has from here on,
    where these changed; `passkey` is the digest of a passkey's identifier, where the act is about one."""

    TYPE: ClassVar[str] = "credential.account_changed"

    act: AccountAct
    role: Role | None = None
    codes: tuple[str, ...] = ()
    passkey: str = ""


CREDENTIAL_PAYLOADS: tuple[type[Payload], ...] = (TokenIssued, TokenRevoked, AccountAdded, AccountChanged)
