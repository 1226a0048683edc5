"""The documents of the roads that are in force: corridors, fences, and the limits from which on something alerts.

Each is an artefact, put in force by events (`documents`); the newest stands. A document that is damaged or gone is told
in the log of the process and left out: custody is judged by what is there.
"""

from __future__ import annotations

import logging
import threading
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from aforo.custody import corridor, fences, limits, road
from aforo.custody.document import RoadError
from aforo.custody.fences import Fence, Fences
from aforo.custody.limits import Limits
from aforo.custody.road import Road
from aforo.domain.artefact import ArtefactPromoted
from aforo.domain.event import Origin
from aforo.domain.problem import Problem
from aforo.flow import documents
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

logger = logging.getLogger("aforo.custody")

RoadKind = Literal["corridor", "fences", "limits"]
ROAD_KINDS: tuple[RoadKind, ...] = get_args(RoadKind)
#: The largest document of any kind, in bytes.
MOST_BYTES = fences.MOST_BYTES
#: All that a document of fences may say; others say more.
_OF_FENCES = frozenset({"id", "version", "fence", "sources"})
#: Documents that are kept in memory.
_KEPT = 256
#: Sets of fences that are: those of now, and of the days of trips that are over.
_KEPT_FENCES = 4


class RoadRefusedError(ValueError):
    """A document of the roads cannot be put in force; `problems` says all that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].reason.en)
        self.problems = problems


@dataclass(frozen=True)
class Checked:
    """A document that may be put in force: its kind, what names it there, and its version."""

    kind: RoadKind
    name: str
    version: str
    body: bytes


@dataclass(frozen=True)
class InForce:
    """A document that is in force: its kind, what names it, and its hash."""

    kind: RoadKind
    name: str
    hash: str


@dataclass(frozen=True)
class Ruled:
    """What a trip is judged by: its corridor, prepared, where one is in force; fences and limits; and the hashes of all
    documents that these are of."""

    road: Road | None
    fences: Fences
    limits: Limits
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class Fenced:
    """A fence in force: the document that it is of, and who stands behind its source there; empty where that is
    assumed."""

    fence: Fence
    document: str
    published: str


class Roads:
    """The documents of a log's roads, kept up to date. Safe to share between threads."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._lock = threading.Lock()
        self._cursor = -1
        self._hashes: dict[RoadKind, dict[str, str]] = {kind: {} for kind in ROAD_KINDS}
        #: All steps that documents took, by kind and name.
        self._steps: dict[RoadKind, dict[str, list[StoredEvent]]] = {}
        #: Fences that were asked for last, by the hashes of their documents.
        self._fences: dict[tuple[str, ...], tuple[Fences, tuple[Fenced, ...]]] = {}
        #: Those that were looked at, by their hashes.
        self._bodies: dict[str, bytes] = {}

    def in_force(self) -> list[InForce]:
        """All that are in force, by kind and name."""
        with self._lock:
            self._look()
            return _by_name(self._hashes)

    def in_force_at(self, at: datetime) -> list[InForce]:
        """All that were in force at an instant, by kind and name."""
        with self._lock:
            self._look()
            taken = {
                kind: {name: [each for each in events if each.event.recorded_at <= at] for name, events in own.items()}
                for kind, own in self._steps.items()
            }
        return _by_name({kind: documents.standing_in(own) for kind, own in taken.items()})

    def corridors(self) -> list[str]:
        """The corridors that trips may name."""
        return [each.name for each in self.in_force() if each.kind == "corridor"]

    def ruled(self, corridor_name: str, over: datetime | None) -> Ruled:
        """What a trip on a corridor is judged by, all of one instant: what is in force, and what was when the trip was
        `over`. What is told late of one is held to the documents of its day."""
        held = self.in_force() if over is None else self.in_force_at(over)
        own = [each for each in held if each.kind != "corridor" or each.name == corridor_name]
        fenced, hashes = self._fences_of(held)[0], tuple(each.hash for each in own)
        return Ruled(self._road(held, corridor_name), fenced, self._limits(held), hashes)

    def road(self, name: str) -> Road | None:
        """A corridor, prepared; None where none of this name is in force."""
        return self._road(self.in_force(), name)

    def fences(self) -> Fences:
        """The fences of all documents of fences."""
        return self._fences_of(self.in_force())[0]

    def fenced(self) -> tuple[Fenced, ...]:
        """The same fences in the same order, each with its document and who stands behind it."""
        return self._fences_of(self.in_force())[1]

    def limits(self) -> Limits:
        """The limits that were put in force last, else those that ship."""
        return self._limits(self.in_force())

    def _road(self, held: list[InForce], name: str) -> Road | None:
        own = next((each for each in held if (each.kind, each.name) == ("corridor", name)), None)
        return None if own is None or (body := self._body(own)) is None else road.read(body)

    def _fences_of(self, held: list[InForce]) -> tuple[Fences, tuple[Fenced, ...]]:
        own = [each for each in held if each.kind == "fences"]
        hashes = tuple(each.hash for each in own)
        with self._lock:
            if (known := self._fences.get(hashes)) is not None:
                return known
        found = [(each.name, fences.read(body)[0]) for each in own if (body := self._body(each)) is not None]
        told = tuple(
            Fenced(fence, name, made.sources.get(fence.source, "")) for name, made in found for fence in made.fences
        )
        made = Fences(tuple(each.fence for each in told))
        with self._lock:
            if len(self._fences) >= _KEPT_FENCES:
                self._fences.clear()
            self._fences[hashes] = made, told
        return made, told

    def _limits(self, held: list[InForce]) -> Limits:
        own = [each for each in held if each.kind == "limits"]
        body = self._body(own[-1]) if own else None
        return limits.shipped() if body is None else limits.read(body)

    def _body(self, each: InForce) -> bytes | None:
        with self._lock:
            known = self._bodies.get(each.hash)
        if known is not None:
            return known
        try:
            body = self.log.artefacts.get(each.hash)
            checked(body, each.kind)
        except (ArtefactMissingError, ArtefactChangedError, RoadRefusedError) as error:
            logger.error("a document of the roads cannot be used: %s", type(error).__name__)
            return None
        with self._lock:
            if len(self._bodies) >= _KEPT:
                self._bodies.clear()
            self._bodies[each.hash] = body
        return body

    def _look(self) -> None:
        """See which are in force, where a stage was changed since."""
        at = self.log.position()
        if at == self._cursor:
            return
        if self._cursor < 0 or self.log.read(self._cursor, types=(ArtefactPromoted.TYPE,), limit=1):
            self._steps = {kind: documents.steps(self.log, kind) for kind in ROAD_KINDS}
            self._hashes = {kind: documents.standing_in(own) for kind, own in self._steps.items()}
        self._cursor = at


def _by_name(hashes: Mapping[RoadKind, Mapping[str, str]]) -> list[InForce]:
    return [InForce(kind, name, hash_) for kind in ROAD_KINDS for name, hash_ in sorted(hashes[kind].items())]


def checked(body: bytes, kind: RoadKind | None = None) -> Checked:
    """A document, of a kind or of that which it looks like. Raises RoadRefusedError with all that is wrong."""
    kind = kind or kind_of(body)
    if wrong := tuple(_wrong(body, kind)):
        raise RoadRefusedError(wrong)
    if kind == "corridor":
        made = corridor.read(body)
        return Checked(kind, made.id, made.version, body)
    if kind == "limits":
        # One is in force, whatever it calls itself.
        return Checked(kind, "alerts", limits.read(body).version, body)
    return Checked(kind, fences.name_of(body), fences.read(body)[0].version, body)


def kind_of(body: bytes) -> RoadKind:
    """What a document looks like, by its tables; what is no TOML looks like a corridor, which then says so."""
    try:
        table = tomllib.loads(body[: MOST_BYTES + 1].decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError):
        return "corridor"
    if "saves" in table or "deviation" in table:
        return "limits"
    return "fences" if table and table.keys() <= _OF_FENCES else "corridor"


def put(
    log: Log, document: Checked, author: str, *, activate: bool = True, origin: Origin = "live"
) -> tuple[str, bool]:
    """Put a document in force, or keep it as a draft; its hash, and whether that changed anything.

    Raises ConcurrencyError.
    """
    return documents.put(
        log, document.kind, document.name, document.body, document.version, author, activate=activate, origin=origin
    )


def _wrong(body: bytes, kind: RoadKind) -> Iterator[Problem]:
    """All that is wrong with a document."""
    try:
        if kind == "fences":
            yield from fences.read(body)[1]
        elif kind == "limits":
            limits.read(body)
        else:
            for error in corridor.wrong(body):
                yield Problem(0, kind, error.code, error.text)
    except RoadError as error:
        yield Problem(0, kind, error.code, error.text)
