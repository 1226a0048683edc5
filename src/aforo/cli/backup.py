"""`aforo backup`: the record, and apart from it the keys, into files, while they are in use."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, existing_keys, refusals
from aforo.cli.outputs import keep_apart
from aforo.log.backup import TargetInUseError, back_up, back_up_keys
from aforo.settings import settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("backup")(backup)


def backup(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file for the record; it is new.")] = None,
    keys_output: Annotated[
        Path | None, typer.Option(help="The file for the key store; it is new, and must live shorter.")
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Copy the record, the key store, or both, while they are in use."""
    say = Sentences("aforo.log", lang)
    where = settings(store, keys)
    if output is None and keys_output is None:
        terminal.fail(say("cli_backup_of_nothing"), to_do=say("cli_backup_of_nothing_do"))
    keep_apart({"-o": output, "--keys-output": keys_output}, [where.store, where.keys], lang)
    copied = None
    with refusals(where.store):
        try:
            if output is not None:
                with terminal.progress(say("cli_backing_up")) as advance:
                    copied = back_up(where.store, output, advance)
            if keys_output is not None:
                with closing(existing_keys(where.keys)) as key_store:
                    back_up_keys(key_store, keys_output)
        except TargetInUseError as error:
            terminal.fail(escape(say("cli_target_in_use", target=error)), to_do=say("cli_target_in_use_do"))
        except OSError as error:
            terminal.fail(escape(say("cli_backup_failed", problem=error)), to_do=say("cli_backup_failed_do"))
    if as_json:
        terminal.emit({"record": copied, "keys": keys_output is not None})
        return
    if copied is not None:
        told = say("cli_backed_up", origin=copied.origin, events=f"{copied.events:,}", file=output)
        terminal.out.print(told, markup=False)
    if keys_output is not None:
        terminal.out.print(say("cli_keys_backed_up", file=keys_output), markup=False)
