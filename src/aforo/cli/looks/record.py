"""The record: its store, the database that holds it, its tree, and whether it can be signed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import msgspec

from aforo.bootstrap import in_force
from aforo.cli.looks.finding import Finding, found
from aforo.cli.looks.keys import private
from aforo.domain.clock import system_clock
from aforo.log import cosignatures, rotation
from aforo.log.address import UnknownStoreError, is_server, shown
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.cosignature import WitnessKey
from aforo.log.database import Database
from aforo.log.keys import KeyStore
from aforo.log.migrations import HEAD, StoreForeignError, StoreTooNewError, revision
from aforo.log.proof import last_checkpoint
from aforo.log.signing import EquivocationError, SigningKeyMissingError
from aforo.log.store import Log, StoreMissingError, StoreUnusableError, open_to_read
from aforo.log.tree import head, refuse_old_copy

#: How far ahead of this machine's clock the last event may be.
_AHEAD = timedelta(minutes=2)
#: How long events may stand outside the tree: a sequencer takes a second, and one that runs seldom an hour.
_OUTSIDE = timedelta(hours=1)


def store(url: str, keys: KeyStore | None) -> Iterator[Finding]:
    """What is wrong with a store, and with the database that holds it."""
    place = shown(url)
    try:
        database, origin = open_to_read(url)
    except StoreMissingError:
        yield found("store", "warning", "missing", store=place)
        return
    except UnknownStoreError:
        yield found("store", "error", "unknown", store=place)
        return
    except (StoreUnusableError, StoreTooNewError, StoreForeignError, ValueError) as error:
        yield found("store", "error", "unusable", store=place, problem=" ".join(str(error).split()))
        return
    with closing(database):
        yield from _record(database, origin, place, keys)
        yield from _witnesses(database)
    if not is_server(url):
        yield from private("store", Path(url.removeprefix("sqlite:///")))
    if keys is not None:
        yield from _code(url, keys)


def _record(database: Database, origin: str, place: str, keys: KeyStore | None) -> Iterator[Finding]:
    with database.read() as connection:
        stands_at = revision(connection)
        events = database.settled_position(connection)
        yield found("store", "ok", "is", store=place, origin=origin, events=f"{events:,}")
        name, version, least = database.version(connection)
        if version < least:
            told = {"version": _dotted(version), "least": _dotted(least)}
            yield found("version", "error", "old", name=name, **told)
        if stands_at != HEAD:
            yield found("revision", "warning", "is", store=place, stands_at=stands_at, head=HEAD)
        for setting, value, wanted in database.durability(connection):
            if value != wanted:
                yield found("durability", "error", "is", setting=setting, value=value, wanted=wanted)
        last = database.last_recorded(connection)
        if last is not None and last > system_clock() + _AHEAD:
            yield found("clock", "error", "behind", last=last.isoformat(timespec="seconds"))
        if stands_at == HEAD and last is not None:
            outside = events - head(connection).position
            if outside > 0 and system_clock() - last > _OUTSIDE:
                yield found(
                    "tree", "warning", "behind", outside=f"{outside:,}", last=last.isoformat(timespec="seconds")
                )
        if keys is None:
            return
        if not keys.signing.verifiers(origin):
            if events:
                yield found("signing", "error", "missing", origin=origin)
            return
        try:
            keys.signing.current(origin)
            refuse_old_copy(connection, origin, keys.signing.witnessed(origin))
        except SigningKeyMissingError:
            yield found("signing", "error", "gone", origin=origin, successor=keys.signing.successor(origin) or "–")
        except EquivocationError as error:
            yield found("signing", "error", "refused", origin=origin, problem=error)
        else:
            yield found("signing", "ok", "is", origin=origin)


def _witnesses(database: Database) -> Iterator[Finding]:
    """How far the witnesses went that ever cosigned a checkpoint of this log."""
    with database.read() as connection:
        if revision(connection) != HEAD:
            return
    newest = last_checkpoint(database)
    for text in sorted(cosignatures.last_cosigned(database)):
        name, _, _ = text.partition("+")
        last = cosignatures.last_attested(database, WitnessKey.parse(text))
        if last is None or newest is None:
            yield found("witness", "error", "bad", witness=name)
            continue
        at = datetime.fromtimestamp(last.at, UTC)
        told = {"witness": name, "size": f"{last.size:,}", "at": at.isoformat(timespec="seconds")}
        if last.size < newest.size and system_clock() - at > _OUTSIDE:
            yield found("witness", "warning", "behind", behind=f"{newest.size - last.size:,}", **told)
        else:
            yield found("witness", "ok", "is", **told)


def _code(url: str, keys: KeyStore) -> Iterator[Finding]:
    """Whether the key in force is here, and decisions were last made by this version."""
    try:
        with Log.open_to_read(url, keys) as log:
            chain = rotation.follow(keys.signing.first(log.origin), log.stream(rotation.STREAM))
            if chain.last not in keys.signing.verifiers(chain.last.name):
                yield found("signing", "error", "lost", key=chain.last.text)
            names = in_force(log)
    except (SigningKeyMissingError, ArtefactMissingError, ArtefactChangedError, msgspec.MsgspecError):
        return  # said by others: what is missing or damaged
    if names is not None and names.code != (here := metadata.version("aforo")):
        yield found("code", "warning", "other", made=names.code, here=here)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
