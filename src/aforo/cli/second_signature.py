"""The second officer at a terminal: on a node with accounts, by the password of an account of their own."""

from __future__ import annotations

import sys
from contextlib import closing

import typer

from aforo.api.access import permitting
from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.credential import account_credential, command_credential
from aforo.domain.declaration import identity_text
from aforo.log import passwords
from aforo.log.accounts import Account, Accounts


def refuse_account_name(keys: str, name: str, say: Sentences) -> None:
    """Leave with an error in words where an account of the key store bears a name: nobody orders in it here."""
    with closing(Accounts(keys)) as accounts:
        found = _bearer(accounts, name)
    if found is not None:
        terminal.fail(
            say("override_by_account", name=found.name), to_do=say("override_by_account_to_do", name=found.name)
        )


def second_signature(keys: str, named: str | None, say: Sentences) -> tuple[str | None, str | None]:
    """The second officer's name and credential. On a node without accounts the name is taken as it is typed, by the
    credential of this command; on any other it is an account's, whose password is typed or piped in."""
    if named is None:
        return None, None
    with closing(Accounts(keys)) as accounts:
        if not accounts.any():
            return named, command_credential()
        found = _bearer(accounts, named)
        typed = _password(say, named)
        kept = None if found is None else accounts.password_of(found.id)
    fits = passwords.matches(typed, kept)
    if found is None or not fits or not _may_sign(found):
        terminal.fail(say("override_second_refused"), to_do=say("override_second_refused_to_do"), code=terminal.FOUND)
    return found.name, account_credential(found.id)


def _bearer(accounts: Accounts, name: str) -> Account | None:
    """The account that signs in by a name, or is shown by it."""
    identity = identity_text(name)
    return accounts.by_login(name) or next(
        (each for each in accounts.all() if identity in (identity_text(each.name), identity_text(each.login))), None
    )


def _may_sign(account: Account) -> bool:
    barred = account.disabled_at is not None or account.first_password or account.subject is not None
    return not barred and permitting(account.role, "second_examination", False) is not None


def _password(say: Sentences, name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(say("override_second_prompt", name=name), hide_input=True))
    return sys.stdin.readline().rstrip("\r\n")
