"""What a node is given to work with: a model, published lists, schemas, extras, backups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata, util
from pathlib import Path

from aforo.cli.list_check import freshness
from aforo.cli.looks.finding import Finding, State, found
from aforo.cli.looks.keys import private
from aforo.console.files import INDEX, built
from aforo.domain.clock import system_clock
from aforo.domain.watchlist import PUBLISHERS
from aforo.intake.lists import copies
from aforo.intake.lists.sources import SourcesError, load
from aforo.log.address import UnknownStoreError, is_server
from aforo.log.backup import newest_checkpoint
from aforo.log.keys import KeyStore
from aforo.log.migrations import StoreForeignError, StoreTooNewError
from aforo.log.store import StoreMissingError, StoreUnusableError, open_to_read
from aforo.risk import artefacts

#: How old the newest backup may be: one a day, and a night that failed.
OLDEST_BACKUP = timedelta(days=2)
#: The extras, each with a module that it brings.
EXTRAS: Mapping[str, str] = {"postgres": "psycopg", "otel": "opentelemetry.sdk"}


def model(folder: Path, keys: KeyStore | None) -> Iterator[Finding]:
    """What is wrong with the folder of a model."""
    try:
        held = artefacts.load(folder)
    except artefacts.DamagedArtefactError as error:
        yield found("model", "error", "unusable", model=folder, problem=error.text)
        return
    mark = held.manifest.keys
    if keys is not None and mark not in ("", keys.identity_mark()):
        yield found("model", "error", "foreign", model=folder)
        return
    training = held.artefacts.training
    said = {"rows": f"{training.rows:,}", "violations": f"{training.violations:,}", "last": training.last or "–"}
    yield found("model", "ok", "is", model=folder, **said)
    if training.code != (here := metadata.version("aforo")):
        yield found("model", "warning", "older", model=folder, made=training.code, here=here)


def lists(folder: Path) -> Iterator[Finding]:
    """Which lists are missing, damaged or stale; where none was ever fetched, that nobody is screened."""
    if not folder.is_dir():
        yield found("lists", "warning", "none", folder=folder)
        return
    try:
        sources = load(None, folder)
        kept = copies.load(folder).lists
    except (SourcesError, copies.CopyDamagedError) as error:
        yield found("lists", "error", "damaged", folder=folder, problem=error.text)
        return
    except OSError as error:
        yield found("lists", "error", "damaged", folder=folder, problem=error.strerror)
        return
    now = system_clock()
    missing = [publisher for publisher in PUBLISHERS if publisher not in {each.publisher for each in kept}]
    fresh = [freshness(each, sources, now) for each in kept]
    stale = [f"{each.publisher} ({each.age_days:,.0f})" for each in fresh if each.stale]
    if missing:
        yield found("lists", "error", "missing", lists=", ".join(missing))
    if stale:
        yield found("lists", "error", "stale", lists=", ".join(stale))
    if not missing and not stale:
        yield found("lists", "ok", "are", folder=folder, days=f"{max(each.age_days for each in fresh):,.0f}")


def schemas(folders: Mapping[str, Path | None]) -> Iterator[Finding]:
    """Folders of schemas, by the setting that names each, that are not there."""
    for setting, folder in folders.items():
        if folder is not None and not folder.is_dir():
            yield found("schemas", "error", "missing", setting=setting, folder=folder)


def extras(store: str) -> Iterator[Finding]:
    """Which extras are installed, and which is needed and is not."""
    there = [name for name, module in EXTRAS.items() if _is_there(module)]
    try:
        needed = ["postgres"] if is_server(store) else []
    except UnknownStoreError:
        needed = []
    for name in needed:
        if name not in there:
            yield found("extras", "error", "missing", extra=name)
    yield found("extras", "ok", "are", extras=", ".join(there) or "–")


def _is_there(module: str) -> bool:
    try:
        return util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def backups(folder: Path) -> Iterator[Finding]:
    """How old the newest backup of a record is that can be opened, and who may read it."""
    now = system_clock()
    newest: tuple[datetime, Path] | None = None
    files = sorted(folder.iterdir(), key=lambda each: -each.stat().st_mtime) if folder.is_dir() else []
    for file in files:
        if file.is_file() and _is_record(file):
            newest = datetime.fromtimestamp(file.stat().st_mtime, UTC), file
            break
    if newest is None:
        yield found("backups", "error", "none", folder=folder)
        return
    at, file = newest
    hours = f"{(now - at) / timedelta(hours=1):,.0f}"
    old = now - at > OLDEST_BACKUP
    yield found("backups", "error" if old else "ok", "old" if old else "are", file=file, hours=hours)
    yield from private("backups", file)


def checkpoints(folder: Path) -> Iterator[Finding]:
    """How old the newest signed checkpoint is that a restore would find."""
    file = newest_checkpoint(folder) if folder.is_dir() else None
    if file is None:
        yield found("checkpoints", "error", "none", folder=folder)
        return
    age = system_clock() - datetime.fromtimestamp(file.stat().st_mtime, UTC)
    code = "old" if age > OLDEST_BACKUP else "are"
    state: State = "error" if code == "old" else "ok"
    yield found("checkpoints", state, code, file=file, hours=f"{age / timedelta(hours=1):,.0f}")


def console() -> Finding:
    """Whether the package has the built console, without which the node has no pages."""
    files = built()
    return found("console", "ok", "is", files=len(files)) if INDEX in files else found("console", "error", "missing")


def _is_record(file: Path) -> bool:
    try:
        store, _ = open_to_read(f"sqlite:///{file.resolve()}")
    except (StoreMissingError, StoreUnusableError, StoreTooNewError, StoreForeignError, ValueError):
        return False
    with closing(store):
        return True
