"""`aforo log`: verify the record, sign what it is now, and change the key it is signed with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from aforo.cli import terminal
from aforo.cli.language import LanguageOption
from aforo.cli.log_verification import log_sentence as say
from aforo.cli.log_verification import show_verification
from aforo.log.address import UnknownStoreError, is_server, shown
from aforo.log.cosignature import WitnessKey
from aforo.log.damage import stream_at
from aforo.log.database import ServedError
from aforo.log.decision_lock import DecisionLockedError
from aforo.log.key_tables import is_present
from aforo.log.keyfile import (
    ErasureIncompleteError,
    KeyStoreForeignError,
    KeyStoreUnreachableError,
    KeyStoreUnusableError,
)
from aforo.log.keys import KeyStore
from aforo.log.migrations import StoreForeignError, StoreTooNewError
from aforo.log.note import NoteError, Verifier
from aforo.log.opened import open_log
from aforo.log.origin import origin_of
from aforo.log.rotation import rotate_key
from aforo.log.sequencer import sequence
from aforo.log.signing import EquivocationError, SigningKeyMissingError, Witnessed
from aforo.log.store import ConcurrencyError, Log, StoreMissingError, StoreUnusableError, open_store, open_to_read
from aforo.log.stored import DamagedEventError
from aforo.log.succession import NothingLostError, SucceededError
from aforo.log.succession import succeed as go_on
from aforo.log.tree import head
from aforo.log.verify import contradiction_in
from aforo.log.verify import verify as verify_store
from aforo.settings import settings

Store = Annotated[str | None, typer.Option("--store", help="The log: a SQLite file or a database URL.")]
Keys = Annotated[
    str | None, typer.Option("--keys", help="The key store, apart from the log: a SQLite file or a database URL.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

ACTOR = "operator"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    log = typer.Typer(no_args_is_help=True, help="The record: verify it, sign it, change its key.")
    log.command("verify")(verify)
    log.command("checkpoint")(checkpoint)
    log.command("rotate-key")(rotate)
    log.command("succeed")(succeed)
    app.add_typer(log, name="log")


def verify(
    store: Store = None,
    keys: Keys = None,
    key: Annotated[
        str | None, typer.Option("--key", help="The log's first verifier key; otherwise the key store's.")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="A signed checkpoint of this log that was kept elsewhere.")
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option("--witness", help="The key of a witness that must have cosigned the log; may be repeated."),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", help="Where the log is not that of a kept checkpoint: the file for what convicts it."),
    ] = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Find every event that was changed, removed, reordered or inserted since it was recorded.

    Needs no secret: with --key and the checkpoints that you kept, you need not trust the node. Exit 1 on a finding.
    """
    where = settings(store, keys)
    notes = {str(path): _read(path) for path in checkpoint or ()}
    witnesses = [_witness_key(each) for each in witness or ()]
    with refusals(where.store):
        database, origin = open_to_read(where.store)
        with closing(database):
            first, known = _first_key(key, where.keys, origin)
            with terminal.progress(say("verifying")) as advance:
                report = verify_store(
                    database, first, notes=notes, witnessed=known.witnessed, witnesses=witnesses,
                    signed_since=known.erasures_signed_since, advance=advance,
                )  # fmt: skip
            convicts = contradiction_in(database, first, notes.values()) if proof and not report.good else None
    if proof and convicts:
        _write(proof, msgspec.json.encode(convicts))
    elif proof and not report.good:
        terminal.err.print(say("convicts_nobody"), markup=False)
    if as_json:
        terminal.emit(report)
    else:
        show_verification(report)
    if not report.good:
        raise typer.Exit(terminal.FOUND)


def checkpoint(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Bring all events into the tree and print the signed checkpoint, to be kept where the node cannot change it."""
    with opened_log(store, keys) as log:
        sequence(log)
        with log.database.read() as connection:
            last = head(connection)
        first = log.keys.signing.first(log.origin).text
    if last.note is None:
        terminal.fail(say("no_checkpoint"), to_do=say("no_checkpoint_do"), code=terminal.FOUND)
    if as_json:
        terminal.emit({"origin": log.origin, "size": last.size, "note": last.note, "first_key": first})
    else:
        typer.echo(last.note, nl=False)


def rotate(store: Store = None, keys: Keys = None, as_json: AsJson = False, lang: LanguageOption = "") -> None:
    """Put a new signing key in force, vouched for by the old one, and destroy the old private key."""
    with opened_log(store, keys) as log:
        new = rotate_key(log, actor=ACTOR)
        sequence(log)
    if as_json:
        terminal.emit({"origin": log.origin, "key": new.text})
    else:
        typer.echo(say("rotated", key=new.text))
        terminal.err.print(say("rotated_do"), markup=False)


def succeed(
    reason: Annotated[str, typer.Option("--reason", help="How the end was lost; it stays in the record, in clear.")],
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Go on from a restored old copy whose end is lost for ever, as a new log that says so. It cannot be undone.

    The new log begins with all that is left, and names the last checkpoint that the old one had signed. The old log's
    key is destroyed: a newer copy that turns up later can be read, and not gone on with.
    """
    where = settings(store, keys)
    if not reason.strip():
        terminal.fail(say("succeed_reason"), to_do=say("succeed_reason_do"))
    with refusals(where.store), closing(existing_keys(where.keys)) as key_store:
        database, origin = open_to_read(where.store)
        with closing(database):
            first, _ = _first_key(None, where.keys, origin)
            with terminal.progress(say("verifying")) as advance:
                report = verify_store(database, first, advance=advance)
        if not report.good:
            show_verification(report)
            terminal.fail(say("succeed_damaged"), to_do=say("succeed_damaged_do"), code=terminal.FOUND)
        database, origin = open_store(where.store)
        with closing(database):
            try:
                done = go_on(database, origin, key_store, reason.strip(), actor=ACTOR)
            except NothingLostError:
                terminal.fail(say("succeed_nothing"), where=origin, to_do=say("succeed_nothing_do"))
            except SucceededError as error:
                told = say("succeeded_before", successor=error.successor)
                terminal.fail(told, where=origin, to_do=say("succeeded_before_do"), code=terminal.FOUND)
        with Log.open(where.store, key_store) as log:
            sequence(log)
    if as_json:
        terminal.emit(done)
        return
    fields = msgspec.structs.asdict(done) | {"held": f"{done.held:,}", "lost": f"{done.size - done.held:,}"}
    terminal.out.print(say("succeeded", **fields), markup=False)
    terminal.out.print(say("last_key", key=done.key), markup=False)


@contextmanager
def opened_log(store: str | None, keys: str | None) -> Iterator[Log]:
    """The existing log of a command's options with its existing key store, to be written to, whose events are marked
    as `origin_of` says; leaves with an error in words where the log refuses."""
    where = settings(store, keys)
    with refusals(where.store):
        open_to_read(where.store)[0].close()
        with closing(existing_keys(where.keys)) as key_store, Log.open(where.store, key_store) as log:
            log.marks = origin_of(log)
            yield log


@contextmanager
def log_to_read(store: str | None, keys: str | None) -> Iterator[Log]:
    """As `opened_log`, for a command that only looks."""
    where = settings(store, keys)
    with refusals(where.store), log_if_there(where.store, where.keys) as log:
        yield log


@contextmanager
def made_log(store: str | None, keys: str | None) -> Iterator[Log]:
    """The log of a command's options, made where there is none, whose events are marked as `origin_of` says; leaves
    with an error in words where the log refuses. What was appended is in the tree on leaving."""
    where = settings(store, keys)
    with refusals(where.store), open_log(where) as log:
        yield log


@contextmanager
def log_if_there(store: str, keys: str) -> Iterator[Log]:
    """A log with its existing key store, for a command that only looks: see `Log.open_to_read`.

    Raises StoreMissingError where there is no log.
    """
    open_to_read(store)[0].close()
    with closing(existing_keys(keys)) as key_store, Log.open_to_read(store, key_store) as log:
        yield log


def existing_keys(keys: str) -> KeyStore:
    """A key store that is there; leaves with an error in words where it is not."""
    if not keys_present(keys):
        terminal.fail(say("no_keys", keys=shown(keys)), to_do=say("no_keys_do"))
    return open_keys(keys)


def keys_present(keys: str) -> bool:
    """Whether a key store is there; leaves with an error in words where that cannot be told."""
    try:
        return is_present(keys)
    except (KeyStoreUnusableError, ValueError) as error:
        _fail_without_keys(error)


def open_keys(keys: str) -> KeyStore:
    """A key store, made where there is none; leaves with an error in words where it cannot be."""
    try:
        return KeyStore(keys)
    except (KeyStoreUnusableError, OSError, ValueError) as error:
        _fail_without_keys(error)


def _fail_without_keys(error: Exception) -> NoReturn:
    """Say why a key store cannot be used."""
    if isinstance(error, KeyStoreForeignError):
        terminal.fail(say("keys_foreign", keys=error.path), to_do=say("keys_foreign_do"))
    if isinstance(error, KeyStoreUnreachableError):
        terminal.fail(say("keys_unreachable", problem=" ".join(str(error).split())), to_do=say("keys_unreachable_do"))
    if isinstance(error, UnknownStoreError):
        terminal.fail(say("keys_unknown"), to_do=say("keys_unknown_do"))
    terminal.fail(say("keys_unusable", problem=error), to_do=say("no_keys_do"))


@contextmanager
def refusals(store: str) -> Iterator[None]:
    """What the log refuses, as an error that says what, where and what to do."""
    try:
        yield
    except StoreMissingError as error:
        terminal.fail(say("no_store", store=error), to_do=say("no_store_do"))
    except StoreForeignError:
        terminal.fail(say("foreign", store=shown(store)), to_do=say("no_store_do"))
    except UnknownStoreError:
        terminal.fail(say("unknown_store", store=shown(store)), to_do=say("unknown_store_do"))
    except DamagedEventError as error:
        fail_of_damage(error, store)
    except (StoreUnusableError, ValueError, StoreTooNewError) as error:
        code = "unreachable" if isinstance(error, StoreUnusableError) and is_server(store) else "unreadable"
        told = say(code, problem=" ".join(str(error).split()))
        terminal.fail(told, where=shown(store), to_do=say(f"{code}_do"))
    except KeyStoreUnusableError as error:
        _fail_without_keys(error)
    except ServedError:
        code = "served_server" if is_server(store) else "served"
        terminal.fail(say(code), where=shown(store), to_do=say(f"{code}_do"), code=terminal.FOUND)
    except DecisionLockedError:
        terminal.fail(say("decided"), where=shown(store), to_do=say("decided_do"), code=terminal.FOUND)
    except ErasureIncompleteError as error:
        told = say("erasure_incomplete", problem=error)
        terminal.fail(told, where=shown(store), to_do=say("erasure_incomplete_do"), code=terminal.FOUND)
    except (EquivocationError, SigningKeyMissingError, ConcurrencyError) as error:
        terminal.fail(say("refused", problem=error), where=shown(store), to_do=say("refused_do"), code=terminal.FOUND)


def fail_of_damage(error: DamagedEventError, store: str) -> NoReturn:
    """Leave with the place of a damaged event, and how the record is had again."""
    told = say("damaged", position=error.position, stream=stream_at(store, error.position) or "?")
    terminal.fail(told, where=shown(store), to_do=say("damaged_do"), code=terminal.FOUND)


class _Remembered(msgspec.Struct, frozen=True):
    """What the key store remembers of a log, if it is here."""

    witnessed: Witnessed | None = None
    erasures_signed_since: int | None = None


def _first_key(key: str | None, keys: str, origin: str) -> tuple[Verifier, _Remembered]:
    """The key to begin with, and what the key store remembers."""
    first: Verifier | None = None
    remembered = _Remembered()
    if key is not None:
        try:
            first = Verifier.parse(key)
        except NoteError as error:
            terminal.fail(say("bad_key", problem=error), to_do=say("bad_key_do"))
    if keys_present(keys):
        key_store = open_keys(keys)
        if first is None and key_store.signing.verifiers(origin):
            first = key_store.signing.first(origin)
        signing = key_store.signing
        remembered = _Remembered(signing.witnessed(origin), signing.erasures_signed_since(origin))
        key_store.close()
    if first is None:
        terminal.fail(say("no_key"), to_do=say("no_key_do"))
    return first, remembered


def _witness_key(text: str) -> WitnessKey:
    try:
        return WitnessKey.parse(text)
    except NoteError as error:
        terminal.fail(say("bad_key", problem=error), to_do=say("bad_key_do"))


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        terminal.fail(say("unreadable", problem=error), where=str(path), to_do=say("unreadable_do"))
    terminal.err.print(say("convicts", file=path), markup=False)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        terminal.fail(say("unreadable", problem=error), where=str(path), to_do=say("unreadable_do"))
