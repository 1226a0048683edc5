"""`aforo tokens`: who may speak to a node over HTTP, as what, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.credential_log import credential_log
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, keys_present, refusals
from aforo.domain.actor import is_reserved
from aforo.domain.credential import command_credential
from aforo.domain.role import Role
from aforo.flow.credential_record import record_token_issued, record_token_revoked
from aforo.log.address import shown
from aforo.log.name_holders import NameHeldError
from aforo.log.tokens import STAFF, Token, Tokens
from aforo.settings import officer, settings


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    tokens = typer.Typer(no_args_is_help=True, help="Access tokens of the API: issue, list, revoke.")
    tokens.command("issue")(issue)
    tokens.command("list")(listed)
    tokens.command("revoke")(revoke)
    app.add_typer(tokens, name="tokens")


def issue(
    name: Annotated[str, typer.Argument(help="Whose it is; officers' names stand in the record of what they order.")],
    role: Annotated[Role, typer.Option(help="What it may do.")],
    carrier: Annotated[
        list[str] | None, typer.Option(metavar="code", help="A SCAC or RFC that a carrier files under; repeat it.")
    ] = None,
    port: Annotated[
        list[str] | None,
        typer.Option(
            metavar="code",
            help="The port that an edge stands at, for the role `port`; for staff, one where they act: repeat it.",
        ),
    ] = None,
    bridge: Annotated[
        list[str] | None,
        typer.Option(
            metavar="id",
            help="A bridge that a device speaks for, or of the town of a municipality; repeat it.",
        ),
    ] = None,
    days: Annotated[int, typer.Option(help="Days until it expires.", min=1, max=3_660)] = 365,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Issue a token. Its text is printed once, and cannot be had again."""
    say = Sentences("aforo.cli", lang)
    codes = tuple(dict.fromkeys(code.strip() for code in carrier or () if code.strip()))
    if not name.strip() or (role == "carrier") != bool(codes):
        terminal.fail(say("tokens_carrier"), to_do=say("tokens_carrier_to_do"))
    if is_reserved(name):
        terminal.fail(say("name_reserved"), to_do=say("name_reserved_to_do"))
    ports = tuple(dict.fromkeys(code.strip() for code in port or () if code.strip()))
    if (role == "port" and len(ports) != 1) or (ports and role not in ("port", *STAFF)):
        terminal.fail(say("tokens_port"), to_do=say("tokens_port_to_do"))
    codes = codes or ports
    own = tuple(dict.fromkeys(each.strip() for each in bridge or () if each.strip()))
    if (role in ("device", "municipality")) != bool(own):
        terminal.fail(say("tokens_device"), to_do=say("tokens_device_to_do"))
    codes = codes or own
    now = datetime.now(UTC)
    with credential_log(store, keys) as log, _tokens(store, keys) as tokens:
        try:
            text, token = tokens.issue(name.strip(), role, codes, now, now + timedelta(days=days), command_credential())
        except NameHeldError:
            terminal.fail(say("name_held"), to_do=say("name_held_to_do"), code=terminal.FOUND)
        try:
            record_token_issued(log, token, officer())
        except BaseException:  # nobody is given a power that the log does not name
            tokens.revoke(token.id, now)
            raise
    if as_json:
        terminal.emit({"token": text, "id": token.id, "expires_at": token.expires_at})
        return
    typer.echo(text)
    terminal.err.print(say("tokens_issued", id=token.id, day=token.expires_at.date().isoformat()), markup=False)


def listed(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """List the tokens that were issued, without their texts."""
    say = Sentences("aforo.cli", lang)
    with _tokens(store, keys) as tokens:
        every = tokens.all()
    if as_json:
        terminal.emit(every)
        return
    table = terminal.listing(say, "tokens", "id", "name", "role", "carriers", "expires", "state")
    now = datetime.now(UTC)
    for token in every:
        day = token.expires_at.date().isoformat()
        table.add_row(
            token.id,
            token.name,
            token.role,
            ", ".join((*token.carriers, *token.ports)),
            day,
            say(f"tokens_{_state(token, now)}"),
        )
    terminal.show(table)


def revoke(
    token_id: Annotated[str, typer.Argument(metavar="id", help="The identifier that `aforo tokens list` shows.")],
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Make a token worthless, and end its subscriptions. A server that is running knows within two seconds."""
    say = Sentences("aforo.cli", lang)
    with credential_log(store, keys) as log, _tokens(store, keys) as tokens:
        done = tokens.revoke(token_id, datetime.now(UTC))
        found = next((each for each in tokens.all() if each.id == token_id), None)
        if found is not None:
            record_token_revoked(log, found, officer())
    if not done:
        terminal.fail(say("tokens_unknown"), to_do=say("tokens_unknown_to_do"), code=terminal.FOUND)
    terminal.out.print(say("tokens_revoked_now", id=token_id), markup=False)


@contextmanager
def _tokens(store: str | None, keys: str | None) -> Iterator[Tokens]:
    """The tokens of a log's key store, which must be there: a misspelt path shall make no new one."""
    where = settings(store, keys)
    say = Sentences("aforo.log")
    if not keys_present(where.keys):
        terminal.fail(say("cli_no_keys", keys=shown(where.keys)), to_do=say("cli_no_keys_do"))
    with refusals(where.store), closing(Tokens(where.keys)) as tokens:
        yield tokens


def _state(token: Token, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "good" if token.holds(now) else "expired"
