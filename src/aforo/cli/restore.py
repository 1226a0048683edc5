"""`aforo restore`: a backup of the record, and of the keys where they are lost too, back in its place."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store, existing_keys, refusals
from aforo.log.address import shown
from aforo.log.backup import TargetInUseError, newest_checkpoint, restore_keys, shut_out, witness
from aforo.log.backup import restore as restore_record
from aforo.log.erasure import erase_again
from aforo.log.key_tables import file_of
from aforo.log.note import NoteError
from aforo.log.store import Log, open_to_read
from aforo.log.verify import verify
from aforo.settings import checkpoints_folder, settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("restore")(restore)


def restore(
    record: Annotated[Path | None, typer.Argument(metavar="backup", help="A file that `aforo backup` made.")] = None,
    keys_backup: Annotated[Path | None, typer.Option(help="A backup of the key store, where that is lost too.")] = None,
    keys_restored: Annotated[
        bool,
        typer.Option("--keys-restored", help="The key store is a database, and pg_restore has just brought it back."),
    ] = False,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="The last signed checkpoint kept elsewhere, or a folder of checkpoints: the one with the most leaves "
            "counts; by default the folder of AFORO_CHECKPOINTS."
        ),
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Bring a backup into a store that does not exist yet, and verify it. Exit 1 where it does not verify, or is an old
    copy: one that lacks what the node has signed, or that another log goes on from.

    An old copy is read and not written to: whether its end is lost for ever is for you to say. A key store that is
    restored has forgotten what was signed since: give the last checkpoint that was kept elsewhere.

    Example: aforo restore record.sqlite --keys-backup keys.sqlite --checkpoint /var/lib/aforo-checkpoints
    """
    say = Sentences("aforo.log", lang)
    where = settings(store, keys)
    keys_are_old = keys_restored or keys_backup is not None
    if record is None and not keys_are_old:
        terminal.fail(say("cli_restore_of_nothing"), to_do=say("cli_restore_of_nothing_do"))
    folder = checkpoints_folder() if checkpoint is None else checkpoint
    if folder is not None and folder.is_dir():
        checkpoint = newest_checkpoint(folder)
        if checkpoint is None:
            terminal.fail(escape(say("cli_no_checkpoints", folder=folder)), to_do=say("cli_no_checkpoints_do"))
    for file in (record, keys_backup, checkpoint):
        if file is not None and not file.is_file():
            terminal.fail(escape(say("cli_no_backup", file=file)), to_do=say("cli_no_backup_do"))
    if keys_backup is not None and file_of(where.keys) is None:
        terminal.fail(say("cli_keys_on_server"), where=shown(where.keys), to_do=say("cli_keys_on_server_do"))
    if keys_are_old and checkpoint is None:
        terminal.fail(say("cli_restore_needs_checkpoint"), to_do=say("cli_restore_needs_checkpoint_do"))
    with refusals(where.store):
        try:
            if record is not None:
                with terminal.progress(say("cli_restoring")) as advance:
                    restore_record(record, where.store, advance)
            if keys_backup is not None:
                restore_keys(keys_backup, Path(where.keys.removeprefix("sqlite:///")))
            elif keys_restored:
                existing_keys(where.keys).close()
                shut_out(where.keys)
        except TargetInUseError as error:
            terminal.fail(escape(say("cli_target_in_use", target=error)), to_do=say("cli_target_in_use_do"))
        except OSError as error:
            terminal.fail(escape(say("cli_backup_failed", problem=error)), to_do=say("cli_backup_failed_do"))
        database, origin = open_to_read(where.store)
        with closing(database), closing(existing_keys(where.keys)) as key_store:
            if checkpoint is not None:
                try:
                    witness(key_store, origin, checkpoint.read_text(encoding="utf-8"))
                except (NoteError, UnicodeDecodeError) as error:
                    terminal.fail(say("cli_bad_note", problem=error), where=str(checkpoint), code=terminal.FOUND)
            witnessed = key_store.signing.witnessed(origin)
            if not key_store.signing.verifiers(origin):
                terminal.fail(say("cli_no_key"), to_do=say("cli_no_key_do"))
            first = key_store.signing.first(origin)
            with terminal.progress(say("cli_verifying")) as advance:
                report = verify(database, first, advance=advance)
            again = 0
            if keys_are_old:
                with Log.open_to_read(where.store, key_store) as log:
                    again = erase_again(log)
            behind = max(0, (witnessed.size if witnessed else 0) - report.leaves - report.waiting)
            successor = key_store.signing.successor(origin)
            if successor is not None and key_store.signing.witnessed(successor) is None:
                successor = None  # it was not begun: `aforo log succeed` completes it
    if as_json:
        counted = {"behind": behind, "successor": successor, "erased_again": again}
        terminal.emit({"origin": origin, "report": report, **counted})
    else:
        told = say("cli_restored", origin=origin, leaves=f"{report.leaves:,}", findings=len(report.findings))
        terminal.out.print(told, markup=False)
        if keys_are_old:
            terminal.out.print(say("cli_restored_keys", count=again), markup=False)
    if successor is not None:
        gone_on = say("cli_succeeded_before", successor=successor)
        terminal.fail(gone_on, to_do=say("cli_succeeded_before_do"), code=terminal.FOUND)
    if behind:
        missing = say("cli_restored_behind", behind=f"{behind:,}")
        terminal.fail(missing, to_do=say("cli_restored_behind_do"), code=terminal.FOUND)
    if not report.good:
        raise typer.Exit(terminal.FOUND)
