"""The forum that governs the documents of measures: its steps in the log, and which version is in use on which day.

A local day is that of the first bridge of the node by name, as for what lies at no bridge.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date

from aforo.domain.artefact import ArtefactKind
from aforo.domain.clock import microseconds
from aforo.domain.event import Origin, new_event
from aforo.domain.forum import MeasureStage, MeasureStaged
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.measures.definition import Definition, Definitions, kept, parse
from aforo.scoreboard.forum import ForumError, Governance, Governed
from aforo.scoreboard.places import Places, date_of
from aforo.scoreboard.shipped import definitions

KIND: ArtefactKind = "measure"
_STREAM = "measure/"
_PAGE = 1_000


class Forum:
    """The forum of a log. Safe to share between threads."""

    def __init__(self, log: Log, places: Places) -> None:
        self._log, self._places = log, places
        self._lock = threading.RLock()
        self._known = Governance()
        self._after = 0
        #: Documents that were brought before the forum, by their hash.
        self._documents: dict[str, bytes] = {}
        self._made: tuple[int, Definitions] | None = None

    def today(self) -> date:
        """The local day."""
        return self._day(microseconds(self._log.clock()))

    def versions(self) -> list[Governed]:
        """The versions that the forum decided on, in the order in which they were brought."""
        with self._lock:
            self._look()
            return list(self._known.versions.values())

    def definitions(self, day: date | None = None) -> Definitions:
        """All versions, those that ship and those that were brought before the forum, with those in use on a local day
        (today unless given). Raises ArtefactMissingError, ArtefactChangedError."""
        with self._lock:
            self._look()
            if self._made is None or self._made[0] != len(self._documents):
                self._made = len(self._documents), self._together()
            return self._made[1].using(self._used(day or self.today()))

    def bring(
        self, document: bytes, by: str, *, stage: MeasureStage = "proposed", side: str = "",
        sides: tuple[str, ...] = (), reason: str = "", origin: Origin = "live",
    ) -> Definition:  # fmt: skip
        """Register a document as a draft, or propose it. Raises DefinitionError, ForumError, ConcurrencyError."""
        read = parse(document)
        shipped = next((own for own in definitions().all() if (own.id, own.version) == (read.id, read.version)), None)
        if shipped is not None and shipped.hash != read.hash:
            raise ForumError("taken", measure=f"{read.id}@{read.version}")
        said = MeasureStaged(read.id, read.version, read.hash, stage, side, sides, None, reason.strip())
        self._record(said, by, origin, document)
        return read

    def decide(
        self, code: str, stage: MeasureStage, by: str, *, side: str = "", since: date | None = None, reason: str = "",
        origin: Origin = "live",
    ) -> Definition:  # fmt: skip
        """Adopt a version, or retire it, from a local day on. Raises DefinitionError, ForumError, ConcurrencyError."""
        read = self.named(code)
        said = MeasureStaged(read.id, read.version, read.hash, stage, side, (), since, reason.strip())
        # What ships may be decided on before anything was published by it.
        self._record(said, by, origin, self.definitions().documents[read.hash])
        return read

    def named(self, code: str) -> Definition:
        """A version by `measure@version`. Raises DefinitionError, ForumError."""
        measure, _, version = code.partition("@")
        if not version.isascii() or not version.isdigit() or len(version) > 6:
            raise ForumError("code", measure=code[:100])
        return self.definitions().find(measure, int(version))

    def _record(self, said: MeasureStaged, by: str, origin: Origin, document: bytes) -> None:
        with self._lock:
            self._look()
            today = self.today()
            allowed = self._known.step(said, by, today, self._used(today))
            self._log.artefacts.put(KIND, document)
            at, stream = self._log.clock(), _STREAM + said.measure
            version = self._log.versions([stream]).get(stream, 0) + 1
            event = new_event(
                event_id(at), allowed, stream, version, occurred_at=at, recorded_at=at, actor=by, origin=origin
            )
            self._log.append([event])
            self._look()

    def _look(self) -> None:
        """Take in what was decided since it was looked at last."""
        end = self._log.position()
        while self._after < end:
            events = self._log.read(self._after, types=(MeasureStaged.TYPE,), limit=_PAGE)
            for stored in events:
                event, said = stored.event, stored.payload
                assert isinstance(said, MeasureStaged)
                if said.hash not in self._documents:
                    self._documents[said.hash] = self._log.artefacts.get(said.hash)
                self._known.apply(said, event.recorded_at, event.actor, self._day(microseconds(event.recorded_at)))
            self._after = events[-1].position if len(events) == _PAGE else end

    def _together(self) -> Definitions:
        """All documents. What the forum calls a version stands before what a newer product ships under the same."""
        brought = {(read.id, read.version) for read in map(kept, self._documents.values())}
        shipped = [
            document
            for document in definitions().documents.values()
            if ((read := kept(document)).id, read.version) not in brought
        ]
        return Definitions((*shipped, *self._documents.values()))

    def _used(self, day: date) -> Mapping[str, str | None]:
        """By measure the hash of the document in use on a local day: what ships, unless the forum says otherwise."""
        brought: dict[str, str | None] = {own.measure: None for own in self._known.versions.values()}
        ships: dict[str, str | None] = {own.id: own.hash for own in definitions().in_use()}
        return {**brought, **ships, **self._known.in_force(day)}

    def _day(self, at: int) -> date:
        return date_of(self._places.day(min(self._places.zones), at))
