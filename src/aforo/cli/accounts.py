"""`aforo accounts`: the persons who may sign in to the console of a node, and as what."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.credential_log import credential_log
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, keys_present, refusals
from aforo.domain.credential_event import AccountAct
from aforo.flow.credential_record import record_account_added, record_account_changed, record_token_revoked
from aforo.log import passwords
from aforo.log.accounts import (
    NAMED,
    Account,
    Accounts,
    Language,
    NameReservedError,
    NameTakenError,
    Person,
)
from aforo.log.address import shown
from aforo.log.name_holders import NameHeldError
from aforo.log.passkeys import Passkeys
from aforo.log.sessions import Sessions
from aforo.log.store import Log
from aforo.log.tokens import STAFF, Token, Tokens
from aforo.settings import officer, settings

#: Who acts where an administrator types at the machine itself.
TERMINAL = "terminal"

Login = Annotated[str, typer.Argument(metavar="login", help="The name that the person signs in by.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    accounts = typer.Typer(no_args_is_help=True, help="People who may sign in to the console.")
    accounts.command("add")(add)
    accounts.command("list")(listed)
    accounts.command("disable")(disable)
    accounts.command("enable")(enable)
    accounts.command("password")(password)
    accounts.command("sessions")(sessions)
    app.add_typer(accounts, name="accounts")


def add(
    login: Login,
    role: Annotated[Person, typer.Option(help="What the person may do.")],
    name: Annotated[
        str,
        typer.Option(help="The name in the record of what the person does; else the one to sign in by."),
    ] = "",
    port: Annotated[list[str] | None, typer.Option(metavar="code", help="A port where staff act; repeat it.")] = None,
    carrier: Annotated[
        list[str] | None, typer.Option(metavar="code", help="A SCAC or RFC that a carrier files under; repeat it.")
    ] = None,
    bridge: Annotated[
        list[str] | None, typer.Option(metavar="id", help="A bridge of the town of a municipality; repeat it.")
    ] = None,
    language: Annotated[Language, typer.Option(help="What the person reads.")] = "en",
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Let a person sign in. The password is asked for, or read from standard input; it is never an argument."""
    say = Sentences("aforo.cli", lang)
    named = carrier if role == "carrier" else bridge if role == "municipality" else port
    codes = tuple(dict.fromkeys(code.strip() for code in named or () if code.strip()))
    wrong = bool(carrier) != (role == "carrier") or bool(bridge) != (role == "municipality")
    if not login.strip() or wrong or (bool(port) and role not in STAFF) or (role in NAMED and not codes):
        terminal.fail(say("accounts_codes"), to_do=say("accounts_codes_to_do"))
    shown = name.strip() or login.strip()
    with credential_log(store, keys) as log, _people(store, keys) as (accounts, *_):
        kept = _asked(say, login, shown)
        try:
            made = accounts.add(login, shown, role, codes, language, _now(), password=kept)
        except NameTakenError:
            terminal.fail(say("accounts_taken"), to_do=say("accounts_taken_to_do"), code=terminal.FOUND)
        except NameReservedError:
            terminal.fail(say("name_reserved"), to_do=say("name_reserved_to_do"))
        except NameHeldError:
            terminal.fail(say("name_held"), to_do=say("name_held_to_do"), code=terminal.FOUND)
        try:
            record_account_added(log, made, officer())
        except BaseException:  # nobody is given a power that the log does not name
            accounts.disable(made.id, _now())
            raise
        accounts.take_note(TERMINAL, "account_added", made.id, _now())
    if as_json:
        terminal.emit(made)
        return
    terminal.out.print(say("accounts_added", login=made.login, name=made.name), markup=False)


def listed(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """List who may sign in, and who might once."""
    say = Sentences("aforo.cli", lang)
    with _people(store, keys) as (accounts, *_):
        every = accounts.all()
    if as_json:
        terminal.emit(every)
        return
    table = terminal.listing(say, "accounts", "login", "name", "role", "codes_column", "state")
    for each in every:
        state = say("accounts_good") if each.disabled_at is None else say("accounts_disabled")
        table.add_row(each.login, each.name, each.role, ", ".join((*each.carriers, *each.ports)), state)
    terminal.show(table)


def disable(login: Login, store: Store = None, keys: Keys = None, lang: LanguageOption = "") -> None:
    """Let a person in no more; sessions and the tokens that it issued for itself end, passkeys are removed.

    A server that is running knows within two seconds.
    """
    say = Sentences("aforo.cli", lang)
    with credential_log(store, keys) as log, _people(store, keys) as (accounts, open_sessions, passkeys, tokens):
        found = _found(accounts, login, say)
        if not accounts.disable(found.id, _now()):
            terminal.fail(say("accounts_disabled_before"), code=terminal.FOUND)
        passkeys.remove_all(found.id)
        open_sessions.end_all(found.id, _now())
        accounts.take_note(TERMINAL, "account_disabled", found.id, _now())
        _record(found, "disabled", _revoke(found, accounts, tokens), log)
    terminal.out.print(say("accounts_disabled_now", login=found.login), markup=False)


def enable(login: Login, store: Store = None, keys: Keys = None, lang: LanguageOption = "") -> None:
    """Let a person in again who was let in no more, as all were whose key store was brought back from a backup."""
    say = Sentences("aforo.cli", lang)
    with credential_log(store, keys) as log, _people(store, keys) as (accounts, *_):
        found = _found(accounts, login, say)
        if found.disabled_at is not None:
            _record(found, "enabled", [], log)  # nobody is given a power that the log does not name
        if not accounts.enable(found.id):
            terminal.fail(say("accounts_enabled_before"), code=terminal.FOUND)
        accounts.take_note(TERMINAL, "account_enabled", found.id, _now())
    terminal.out.print(say("accounts_enabled_now", login=found.login), markup=False)


def password(login: Login, store: Store = None, keys: Keys = None, lang: LanguageOption = "") -> None:
    """Give a person another password, asked for or read from standard input.

    Sessions and the tokens that the account issued for itself end, passkeys are removed.
    """
    say = Sentences("aforo.cli", lang)
    with credential_log(store, keys) as log, _people(store, keys) as (accounts, open_sessions, passkeys, tokens):
        found = _found(accounts, login, say)
        if found.subject is not None:
            terminal.fail(say("accounts_vouched"), to_do=say("accounts_vouched_to_do"), code=terminal.FOUND)
        kept = _asked(say, found.login, found.name)
        _record(found, "password_set", [], log)  # nobody is given a power that the log does not name
        accounts.keep_password(found.id, kept)
        passkeys.remove_all(found.id)
        open_sessions.end_all(found.id, _now())
        accounts.take_note(TERMINAL, "password_set", found.id, _now())
        _record(found, None, _revoke(found, accounts, tokens), log)
    terminal.out.print(say("accounts_password_kept", login=found.login), markup=False)


def sessions(
    end: Annotated[str | None, typer.Option(metavar="login", help="End all sessions of this person.")] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """List who is signed in now; or end a person's sessions, passkeys, and the tokens issued with the account."""
    say = Sentences("aforo.cli", lang)
    with _people(store, keys) as (accounts, open_sessions, passkeys, tokens):
        if end is not None:
            found = _found(accounts, end, say)
            passkeys.remove_all(found.id)
            ended = open_sessions.end_all(found.id, _now())
            accounts.take_note(TERMINAL, "sessions_ended", found.id, _now())
            with credential_log(store, keys) as log:
                _record(found, "sessions_ended", _revoke(found, accounts, tokens), log)
            terminal.out.print(say("accounts_sessions_ended", login=found.login, count=ended), markup=False)
            return
        every = open_sessions.open(_now())
    if as_json:
        terminal.emit(every)
        return
    table = terminal.listing(say, "accounts", "session", "login", "role", "began", "seen")
    for each in every:
        times = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (each.began_at, each.seen_at))
        table.add_row(each.id, each.account.login, each.account.role, *times)
    terminal.show(table)


def _revoke(account: Account, accounts: Accounts, tokens: Tokens) -> list[Token]:
    """Make worthless the tokens that an account issued to itself; those that were good."""
    revoked = tokens.revoke_of(account.id, _now())
    for token in revoked:
        accounts.take_note(TERMINAL, "token_revoked", token, _now())
    return [each for each in tokens.all() if each.id in revoked]


def _record(account: Account, act: AccountAct | None, revoked: Sequence[Token], log: Log) -> None:
    """Record in the log what was done to an account, if anything, and its tokens that were revoked."""
    if act is not None:
        record_account_changed(log, account, act, officer())
    for token in revoked:
        record_token_revoked(log, token, officer())


def _now() -> datetime:
    return datetime.now(UTC)


def _asked(say: Sentences, *named: str) -> str:
    """A new password, as it is kept: typed twice, or the first line of what is piped in."""
    if sys.stdin.isatty():
        typed = typer.prompt(say("accounts_prompt"), hide_input=True, confirmation_prompt=say("accounts_prompt_again"))
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if passwords.is_poor(typed, *named):
        terminal.fail(say("accounts_poor"), to_do=say("accounts_poor_to_do"))
    return passwords.hashed(typed)


def _found(accounts: Accounts, login: str, say: Sentences) -> Account:
    found = accounts.by_login(login)
    if found is None:
        terminal.fail(say("accounts_unknown"), to_do="aforo accounts list", code=terminal.FOUND)
    return found


@contextmanager
def _people(store: str | None, keys: str | None) -> Iterator[tuple[Accounts, Sessions, Passkeys, Tokens]]:
    """What a log's key store has of persons. It must be there: a misspelt path shall make no new one."""
    where = settings(store, keys)
    say = Sentences("aforo.log")
    if not keys_present(where.keys):
        terminal.fail(say("cli_no_keys", keys=shown(where.keys)), to_do=say("cli_no_keys_do"))
    with (
        refusals(where.store),
        closing(Accounts(where.keys)) as accounts,
        closing(Sessions(where.keys)) as sessions,
        closing(Passkeys(where.keys)) as passkeys,
        closing(Tokens(where.keys)) as tokens,
    ):
        yield accounts, sessions, passkeys, tokens
