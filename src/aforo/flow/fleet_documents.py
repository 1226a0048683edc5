"""Contracts and targets of the fleet that are in force in a log.

Each is an artefact, put in force by events (`documents`): a contract under its own identifier, targets as one document.
A contract's versions follow each other by the days that they say themselves: each runs from its `from` on, until a
version that was put in force later begins. So an amendment changes what it is of, what went before stays as it was
agreed, and a corrected version with the same `from` takes the place of the one that it corrects.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal, get_args

import msgspec

from aforo.domain.artefact import ArtefactPromoted, ArtefactRegistered
from aforo.domain.event import Origin
from aforo.fleet import contract, target
from aforo.fleet.contract import Contract, ContractError
from aforo.fleet.target import Targets
from aforo.flow import documents
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.store import Log

logger = logging.getLogger("aforo.fleet")

FleetKind = Literal["fleet_contract", "fleet_targets"]
FLEET_KINDS: Final[tuple[FleetKind, ...]] = get_args(FleetKind)
#: The name under which targets stand: one document is in force.
TARGETS: Final = "targets"
#: Documents that are kept in memory, read.
_KEPT: Final = 1_000


class Kept(msgspec.Struct, frozen=True):
    """A version of a document that was ever registered: who registered it and when; whether it is in force, and from
    which local day until before which it is what holds, for a contract. Both are None of one that never holds."""

    kind: FleetKind
    name: str
    hash: str
    version: int
    at: datetime
    by: str
    in_force: bool
    holds_from: date | None = None
    holds_until: date | None = None


class FleetDocuments:
    """The documents of a log's fleet, kept up to date. Safe to share between threads."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._cursor = -1
        #: The hashes of the versions in force, the oldest first, by kind and name.
        self._active: dict[FleetKind, dict[str, list[str]]] = {kind: {} for kind in FLEET_KINDS}
        self._read: dict[str, Contract | Targets | None] = {}

    def contracts(self) -> list[Contract]:
        """The versions of contracts in force, each for the days that it holds, by identifier and day."""
        with self._lock:
            self._look()
            found: list[Contract] = []
            for _, hashes in sorted(self._active["fleet_contract"].items()):
                read = [self._made("fleet_contract", hash_) for hash_ in hashes]
                found += in_turn([each for each in read if isinstance(each, Contract)])
            return found

    def targets(self) -> Targets:
        """The targets that were put in force last; none are aimed at where there are none."""
        with self._lock:
            self._look()
            hashes = self._active["fleet_targets"].get(TARGETS, [])
            found = self._made("fleet_targets", hashes[-1]) if hashes else None
        return found if isinstance(found, Targets) else Targets(version=1)

    def called(self, hash_: str) -> Contract | Targets | None:
        """A document that was ever registered, whatever became of it since; None where there is none of this hash."""
        kind = next((each.kind for each in kept(self._log) if each.hash == hash_), None)
        if kind is None:
            return None
        with self._lock:
            return self._made(kind, hash_)

    def mark(self) -> tuple[str, ...]:
        """What is in force, in a value that changes with it."""
        with self._lock:
            self._look()
            return tuple(
                hash_ for kind in FLEET_KINDS for _, own in sorted(self._active[kind].items()) for hash_ in (*own, "")
            )

    def _made(self, kind: FleetKind, hash_: str) -> Contract | Targets | None:
        if hash_ not in self._read:
            if len(self._read) >= _KEPT:
                self._read.clear()
            self._read[hash_] = _parsed(self._log, kind, hash_)
        return self._read[hash_]

    def _look(self) -> None:
        """See which are in force, where a stage was changed since."""
        at = self._log.position()
        if at == self._cursor:
            return
        if self._cursor < 0 or self._log.read(self._cursor, types=(ArtefactPromoted.TYPE,), limit=1):
            for kind in FLEET_KINDS:
                own = documents.steps(self._log, kind)
                self._active[kind] = {name: documents.active_in(events) for name, events in own.items()}
        self._cursor = at


def in_turn(versions: Sequence[Contract]) -> list[Contract]:
    """Versions of one contract, those that were put in force first coming first, each with the days that it holds: one
    that a later version leaves no day is left out."""
    found: list[Contract] = []
    for place, each in enumerate(versions):
        ends = [day for day in (each.until, *(later.since for later in versions[place + 1 :])) if day is not None]
        until = min(ends, default=None)
        if until is None or until > each.since:
            found.append(msgspec.structs.replace(each, until=until))
    return sorted(found, key=lambda each: each.since)


def kept(log: Log) -> list[Kept]:
    """Every version of every document, by kind and name in the order in which they were registered."""
    found: list[Kept] = []
    for kind in FLEET_KINDS:
        for name in sorted(documents.steps(log, kind)):
            events = log.stream(documents.stream_of(kind, name))
            active = documents.active_in(events)
            read = [each for hash_ in active if isinstance(each := _parsed(log, kind, hash_), Contract)]
            holds = {each.hash: each for each in in_turn(read)}
            for stored in events:
                step = stored.payload
                if not isinstance(step, ArtefactRegistered):
                    continue
                held = holds.get(step.hash)
                current = step.hash in holds if kind == "fleet_contract" else active[-1:] == [step.hash]
                found.append(
                    Kept(
                        kind, name, step.hash, int(step.version), stored.event.recorded_at, step.author, current,
                        None if held is None else held.since, None if held is None else held.until,
                    )
                )  # fmt: skip
    return found


def put_contract(log: Log, body: bytes, by: str, *, origin: Origin = "live") -> Contract:
    """Put a version of a contract in force. Raises ContractError, ConcurrencyError."""
    made = contract.parse(body)
    _put(log, "fleet_contract", made.id, made.version, body, by, origin)
    return made


def put_targets(log: Log, body: bytes, by: str, *, origin: Origin = "live") -> Targets:
    """Put targets in force, in place of those before. Raises ContractError, ConcurrencyError."""
    made = target.parse(body)
    _put(log, "fleet_targets", TARGETS, made.version, body, by, origin)
    return made


def _put(log: Log, kind: FleetKind, name: str, version: int, body: bytes, by: str, origin: Origin) -> None:
    """Raises ContractError where another document of this version is known: a claim names the version."""
    hash_ = contract.hash_of(body)
    for stored in log.stream(documents.stream_of(kind, name)):
        step = stored.payload
        if isinstance(step, ArtefactRegistered) and step.version == str(version) and step.hash != hash_:
            raise ContractError("contract_version_known", version=version, what=name)
    documents.put(log, kind, name, body, str(version), by, origin=origin)


def _parsed(log: Log, kind: FleetKind, hash_: str) -> Contract | Targets | None:
    """A document, read; None where it is damaged or gone, which is told in the log of the process."""
    try:
        body = log.artefacts.get(hash_)
        return contract.parse(body) if kind == "fleet_contract" else target.parse(body)
    except (ArtefactMissingError, ArtefactChangedError, ContractError) as error:
        logger.error("a document of the fleet cannot be used: %s", type(error).__name__)
        return None
