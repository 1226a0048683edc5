"""The record of credentials: what is issued, changed and revoked is an event of the log (see `credential_event`)."""

from __future__ import annotations

from hashlib import sha256

from aforo.domain.credential import account_credential
from aforo.domain.credential_event import AccountAct, AccountAdded, AccountChanged, TokenIssued, TokenRevoked
from aforo.domain.event import new_event
from aforo.domain.payload import Payload
from aforo.domain.role import STAFF_ROLES, Role
from aforo.log.accounts import Account
from aforo.log.contention import retried
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.log.tokens import Token

PREFIX = "credential/"
#: The roles whose credentials the log has: those that act under names.
RECORDED_ROLES: tuple[Role, ...] = (*STAFF_ROLES, "device", "port")


def record_token_issued(log: Log, token: Token, actor: str) -> None:
    """Record durably that a token was issued."""
    if token.role in RECORDED_ROLES:
        codes = token.carriers or token.ports
        _append(log, token.id, TokenIssued(token.name, token.role, token.expires_at, codes, token.owner), actor)


def record_token_revoked(log: Log, token: Token, actor: str) -> None:
    """Record durably, once, that a token was revoked."""
    if token.role in RECORDED_ROLES:
        _append(log, token.id, TokenRevoked(), actor, key=f"{PREFIX}{token.id}:revoked")


def record_account_added(log: Log, account: Account, actor: str) -> None:
    """Record durably that an account was made."""
    if account.role in RECORDED_ROLES:
        _append(log, account_credential(account.id), AccountAdded(account.name, account.role, account.ports), actor)


def record_account_changed(log: Log, account: Account, act: AccountAct, actor: str, *, passkey: bytes = b"") -> None:
    """Record durably what changed of an account, which is as it is now; `passkey` is the identifier of one."""
    role, codes = (account.role, account.ports) if act == "role_changed" else (None, ())
    changed = AccountChanged(act, role, codes, sha256(passkey).hexdigest()[:32] if passkey else "")
    # A carrier's account that becomes an officer's, or the other way, is an affair of the administration's too.
    if account.role in RECORDED_ROLES or act == "role_changed":
        _append(log, account_credential(account.id), changed, actor)


def _append(log: Log, name: str, payload: Payload, actor: str, key: str | None = None) -> None:
    def append() -> None:
        at, stream = log.clock(), PREFIX + name
        version = log.versions([stream]).get(stream, 0) + 1
        made = new_event(
            event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor, idempotency_key=key
        )
        log.append([made])

    retried(append)
