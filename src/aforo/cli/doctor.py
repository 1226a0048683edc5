"""`aforo doctor`: what is wrong with a set-up, and what to do about it. It looks and changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from rich.table import Table
from rich.text import Text as RichText

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store
from aforo.domain.clock import system_clock
from aforo.domain.text import Text, catalogue
from aforo.log.address import UnknownStoreError, is_server, shown
from aforo.log.database import Database
from aforo.log.keyfile import KeyStoreForeignError, KeyStoreUnusableError
from aforo.log.keys import KeyStore
from aforo.log.migrations import HEAD, StoreForeignError, StoreTooNewError, revision
from aforo.log.signing import EquivocationError
from aforo.log.store import StoreMissingError, StoreUnusableError, open_to_read
from aforo.log.tree import refuse_old_copy
from aforo.risk import artefacts
from aforo.settings import Settings, settings

State = Literal["good", "odd", "wrong"]
_COLOURS = {"good": "green", "odd": "yellow", "wrong": "red"}
#: Space below which it is said: a busy port writes about a gigabyte a month.
_SPACE_BYTES = 2 << 30
#: A sync to the disk that takes longer holds every single filing up.
_SLOW_SYNC_SECONDS = 0.02
#: How far ahead of this machine's clock the last event may be.
_AHEAD = timedelta(minutes=2)


class Finding(msgspec.Struct, frozen=True):
    """What one look found. `to_do` is empty where nothing is to be done."""

    what: str
    state: State
    said: Text
    to_do: Text | None = None


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("doctor")(doctor)


def doctor(
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="The folder that `aforo learn` made, to be looked at too.")
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Say what is wrong with a set-up, and what to do. Exit 1 where something is."""
    found = list(look(settings(store, keys), model))
    if as_json:
        terminal.emit(found)
    else:
        _show(found, Sentences("aforo.cli", lang))
    if any(each.state == "wrong" for each in found):
        raise typer.Exit(terminal.FOUND)


def look(where: Settings, model: Path | None) -> Iterator[Finding]:
    """Every look at a set-up, in the order in which one depends on another."""
    folders = {Path(url.removeprefix("sqlite:///")).parent for url in (where.store, where.keys) if _is_file(url)}
    for folder in sorted(folders):
        yield from _folder(folder)
    key_store = None
    try:
        if not Path(where.keys.removeprefix("sqlite:///")).is_file():
            yield _found("keys", "odd", "missing", keys=where.keys)
        else:
            key_store = KeyStore(where.keys)
            yield from _keys(key_store)
    except (KeyStoreForeignError, KeyStoreUnusableError, OSError, ValueError) as error:
        yield _found("keys", "wrong", "unusable", keys=where.keys, problem=error)
    yield from _store(where, key_store)
    if model is not None:
        yield from _model(model, key_store)
    if key_store is not None:
        key_store.close()


def _found(what: str, state: State, code: str, **fields: object) -> Finding:
    """A finding in the words of its code; one that is not good says what to do."""
    say = catalogue("aforo.cli").say
    told = say(f"doctor_{what}_{code}", **fields)
    return Finding(what, state, told, say(f"doctor_{what}_{code}_to_do") if state != "good" else None)


def _is_file(url: str) -> bool:
    try:
        return not is_server(url)
    except UnknownStoreError:
        return False


def _folder(folder: Path) -> Iterator[Finding]:
    """Whether a folder can be written to, how much room it has, and how long its disk takes to sync."""
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    room = f"{free / 2**30:,.1f}"
    yield _found("space", "good" if free >= _SPACE_BYTES else "odd", "is", folder=folder, room=room)
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            took = []
            for _ in range(5):
                file.write(b"a crossing" * 100)
                file.flush()
                started = time.perf_counter()
                os.fsync(file.fileno())
                took.append(time.perf_counter() - started)
    except OSError as error:
        yield _found("disk", "wrong", "unusable", folder=there, problem=error.strerror)
        return
    middle = sorted(took)[len(took) // 2]
    state: State = "good" if middle <= _SLOW_SYNC_SECONDS else "odd"
    yield _found("disk", state, "syncs", folder=there, milliseconds=f"{middle * 1000:,.1f}")


def _keys(key_store: KeyStore) -> Iterator[Finding]:
    mode = stat.S_IMODE(key_store.path.stat().st_mode)
    if mode & 0o077:
        yield _found("keys", "wrong", "readable", keys=key_store.path)
    else:
        yield _found("keys", "good", "are", keys=key_store.path)


def _store(where: Settings, key_store: KeyStore | None) -> Iterator[Finding]:
    place = shown(where.store)
    try:
        database, origin = open_to_read(where.store)
    except StoreMissingError:
        yield _found("store", "odd", "missing", store=place)
        return
    except UnknownStoreError:
        yield _found("store", "wrong", "unknown", store=place)
        return
    except (StoreUnusableError, StoreTooNewError, StoreForeignError, ValueError) as error:
        yield _found("store", "wrong", "unusable", store=place, problem=" ".join(str(error).split()))
        return
    with closing(database):
        yield from _record(database, origin, place, key_store)


def _record(database: Database, origin: str, place: str, key_store: KeyStore | None) -> Iterator[Finding]:
    with database.read() as connection:
        stands_at = revision(connection)
        events = database.settled_position(connection)
        yield _found("store", "good", "is", store=place, origin=origin, events=f"{events:,}")
        if stands_at != HEAD:
            yield _found("revision", "odd", "is", store=place, stands_at=stands_at, head=HEAD)
        for setting, value, wanted in database.durability(connection):
            if value != wanted:
                yield _found("durability", "wrong", "is", setting=setting, value=value, wanted=wanted)
        last = database.last_recorded(connection)
        if last is not None and last > system_clock() + _AHEAD:
            yield _found("clock", "wrong", "behind", last=last.isoformat(timespec="seconds"))
        if key_store is None:
            return
        if not key_store.signing.verifiers(origin):
            if events:
                yield _found("signing", "wrong", "missing", origin=origin)
            return
        try:
            refuse_old_copy(connection, origin, key_store.signing.witnessed(origin))
        except EquivocationError as error:
            yield _found("signing", "wrong", "refused", origin=origin, problem=error)
        else:
            yield _found("signing", "good", "is", origin=origin)


def _model(folder: Path, key_store: KeyStore | None) -> Iterator[Finding]:
    try:
        held = artefacts.load(folder)
    except artefacts.DamagedArtefactError as error:
        yield _found("model", "wrong", "unusable", model=folder, problem=error)
        return
    mark = held.manifest.keys
    if key_store is not None and mark not in ("", key_store.identity_mark()):
        yield _found("model", "wrong", "foreign", model=folder)
        return
    training = held.artefacts.training
    said = {"rows": f"{training.rows:,}", "violations": f"{training.violations:,}", "last": training.last or "–"}
    yield _found("model", "good", "is", model=folder, **said)


def _show(found: list[Finding], words: Sentences) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column()
    for each in found:
        said = words.of(each.said) + (f"\n→ {words.of(each.to_do)}" if each.to_do else "")
        table.add_row(RichText(words(f"doctor_{each.state}"), style=_COLOURS[each.state]), RichText(said))
    terminal.show(table)
