"""`aforo backup`: the record, and apart from it the keys, into files, while they are in use."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, existing_keys, refusals
from aforo.cli.outputs import keep_apart
from aforo.log.address import shown
from aforo.log.backup import KeysOnServerError, TargetInUseError, back_up, back_up_keys, last_checkpoint
from aforo.settings import settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("backup")(backup)


def backup(
    output: Annotated[Path | None, typer.Option("--out", "-o", help="The file for the record; it is new.")] = None,
    keys_output: Annotated[
        Path | None, typer.Option(help="The file for the key store; it is new, and must live shorter.")
    ] = None,
    checkpoint_output: Annotated[
        Path | None,
        typer.Option(help="The file for the newest signed checkpoint; it is new. `aforo restore` asks for it."),
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Copy the record, the key store, the newest signed checkpoint, or all of them, while they are in use.

    Example: aforo backup -o record.sqlite --checkpoint-output record.checkpoint
    """
    say = Sentences("aforo.log", lang)
    where = settings(store, keys)
    if output is None and keys_output is None and checkpoint_output is None:
        terminal.fail(say("cli_backup_of_nothing"), to_do=say("cli_backup_of_nothing_do"))
    outputs = {"-o": output, "--keys-output": keys_output, "--checkpoint-output": checkpoint_output}
    keep_apart(outputs, [where.store, where.keys], lang)
    copied = note = None
    with refusals(where.store):
        try:
            if output is not None:
                with terminal.progress(say("cli_backing_up")) as advance:
                    copied = back_up(where.store, output, advance)
            if keys_output is not None:
                with closing(existing_keys(where.keys)) as key_store:
                    back_up_keys(key_store, keys_output)
            if checkpoint_output is not None:
                note = _keep_checkpoint(where.store, checkpoint_output, say)
        except KeysOnServerError:
            terminal.fail(say("cli_keys_on_server"), where=shown(where.keys), to_do=say("cli_keys_on_server_do"))
        except TargetInUseError as error:
            terminal.fail(escape(say("cli_target_in_use", target=error)), to_do=say("cli_target_in_use_do"))
        except OSError as error:
            terminal.fail(escape(say("cli_backup_failed", problem=error)), to_do=say("cli_backup_failed_do"))
    if as_json:
        terminal.emit({"record": copied, "keys": keys_output is not None, "checkpoint": note})
        return
    if copied is not None:
        told = say("cli_backed_up", origin=copied.origin, events=f"{copied.events:,}", file=output)
        terminal.out.print(told, markup=False)
    if keys_output is not None:
        terminal.out.print(say("cli_keys_backed_up", file=keys_output), markup=False)
    if note is not None:
        terminal.out.print(say("cli_checkpoint_written", file=checkpoint_output), markup=False)


def _keep_checkpoint(store: str, file: Path, say: Sentences) -> str:
    """Write the newest checkpoint of a record to a new file, durably. Raises TargetInUseError, OSError."""
    note = last_checkpoint(store)
    if note is None:
        terminal.fail(say("no_checkpoint"), to_do=say("no_checkpoint_do"), code=terminal.FOUND)
    try:
        with open(file, "x", encoding="utf-8") as target:
            target.write(note)
            target.flush()
            os.fsync(target.fileno())
    except FileExistsError:
        raise TargetInUseError(str(file)) from None
    return note
