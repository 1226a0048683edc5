"""The trucks that came to an edge: a projection of the edge's own log, made again from it when it opens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.edge import EdgeArrived, EdgeExamined, EdgeOrdered, EdgePassed
from aforo.flow.edge_expected import Expected
from aforo.log.stored import StoredEvent

TYPES = (EdgeArrived.TYPE, EdgeExamined.TYPE, EdgePassed.TYPE, EdgeOrdered.TYPE)
_ROOM = "truck/"
#: Visits of trucks without a filing that one may still be found for: more than a day's at the busiest bridge.
_MOST_UNKNOWN = 10_000


@dataclass
class Visit:
    """A truck at an edge, by whatever it is known: `ref` is the mark of its crossing's name, or, where no filing is
    known, the first mark that it was known by, with the number of the visit behind it."""

    ref: str
    marks: dict[str, None] = field(default_factory=dict)
    arrived: EdgeArrived | None = None
    arrived_at: datetime | None = None
    decision: str | None = None
    #: When something last happened with it, by this machine's clock or as it was reported.
    last_at: datetime | None = None
    passed: bool = False
    examined: list[tuple[datetime, EdgeExamined]] = field(default_factory=list)
    ordered: EdgeOrdered | None = None
    #: Whether an examination found something, and no officers have released the truck since; no other word ends that.
    found: bool = False
    version: int = 0

    @property
    def stream(self) -> str:
        """Its stream in the edge's log."""
        return _ROOM + self.ref

    @property
    def carried_out(self) -> bool:
        """Whether what was ordered last was carried out, and nothing was found."""
        last = self.examined[-1][1] if self.examined else None
        return last is not None and not last.order_stands and not self.found

    @property
    def gone(self) -> bool:
        """Whether it has left: another truck of the same plate is another visit."""
        return self.passed or self.carried_out

    @property
    def numbered(self) -> bool:
        """Whether the booth named its trip."""
        return self.arrived is not None and self.arrived.number != ""

    def older_than(self, trucks: Sequence[Expected]) -> bool:
        """Whether it came before all of these trucks filed: then they are later trips, and nobody told that it left."""
        at = self.arrived_at
        return at is not None and all(each.filed > at.timestamp() for each in trucks)

    @property
    def stays(self) -> bool:
        """Whether it stands at the bridge, or officers here ordered something of it before it came: what is ordered of
        it then is not ended by a bundle that leaves it out."""
        return (self.arrived is not None or self.ordered is not None) and not self.gone

    def standing(self, truck: Expected | None) -> Examination:
        """What is to be carried out now. `truck` is what the bundle in force says of it. One that the bundle does not
        name (any more) is not freed by that: it may have been cancelled after it came."""
        if self.found:
            return "hold"
        fresh = truck is not None and self._unseen(truck)
        if self.carried_out:
            return "hold" if truck is not None and truck.order == "hold" and fresh else "release"
        base: Examination = truck.order if truck is not None else self._chosen
        if self.arrived is not None and (self._drawn or self.arrived.reason in ("edge_priced", "edge_mistakable")):
            base = max(base, self._chosen, key=STRICTNESS.__getitem__)
        if self.ordered is None:
            return base
        wanted = self.ordered.examination
        return base if fresh and STRICTNESS[base] > STRICTNESS[wanted] else wanted

    def _unseen(self, truck: Expected) -> bool:
        """Whether what is ordered is something else than what officers here ordered over."""
        over = self.ordered
        return over is None or truck.decision != over.over or STRICTNESS[truck.order] > STRICTNESS[over.was]

    @property
    def _drawn(self) -> bool:
        """Whether it was drawn while no filing was known, or could not be, without a key: then it is examined, whatever
        its filing says."""
        arrived = self.arrived
        if self.decision is not None or arrived is None:
            return False
        return arrived.control or arrived.reason in ("edge_no_key", "edge_no_bundle")

    @property
    def _chosen(self) -> Examination:
        return "release" if self.arrived is None else self.arrived.examination

    def apply(self, stored: StoredEvent) -> None:
        """Take in the next event of its stream."""
        event, payload = stored.event, stored.payload
        self.version = event.version
        self.last_at = event.occurred_at if self.last_at is None else max(self.last_at, event.occurred_at)
        if isinstance(payload, EdgeArrived):
            self.arrived, self.arrived_at, self.decision = payload, event.occurred_at, payload.decision
            self.marks |= dict.fromkeys(payload.marks)
            self.passed = payload.examination == "release"
        elif isinstance(payload, EdgeExamined):
            if payload.corrects:
                self.examined = [each for each in self.examined if each[0] != event.occurred_at]
            self.examined.append((event.occurred_at, payload))
            if payload.violation:
                self.found, self.passed = True, False
        elif isinstance(payload, EdgePassed):
            self.passed = True
        elif isinstance(payload, EdgeOrdered):
            self.ordered = payload
            self.decision = self.decision or payload.over
            if payload.examination == "release":
                self.found = False
            else:
                self.passed = False


class Visits:
    """All visits, by their names and by marks."""

    def __init__(self) -> None:
        self.by_ref: dict[str, Visit] = {}
        self._by_mark: dict[str, list[str]] = {}
        self._unknown: list[Visit] = []
        self._staying: dict[str, Visit] = {}
        self._arrived: list[tuple[Visit, datetime]] = []
        #: How many trucks have arrived.
        self.arrivals = 0
        #: How often a mark was seen on a local day: what a lot is drawn from.
        self._seen: dict[tuple[str, str], int] = {}

    def apply(self, events: Iterable[StoredEvent]) -> None:
        """Take in the next events of the log."""
        for stored in events:
            ref = stored.event.stream.removeprefix(_ROOM)
            visit = self.by_ref.get(ref)
            if visit is None:
                visit = self.by_ref[ref] = Visit(ref)
            before = set(visit.marks)
            visit.apply(stored)
            if visit.stays:
                self._staying[ref] = visit
            else:
                self._staying.pop(ref, None)
            for each in visit.marks.keys() - before:
                self._by_mark.setdefault(each, []).append(ref)
            payload = stored.payload
            if isinstance(payload, EdgeArrived):
                self.arrivals += 1
                self._arrived.append((visit, stored.event.occurred_at))
                if payload.decision is None:
                    self._unknown.append(visit)
                if payload.subject:
                    seen = payload.subject, payload.day
                    self._seen[seen] = self._seen.get(seen, 0) + 1

    def known(self, mark: str) -> list[Visit]:
        """The visits under a mark, the first one first."""
        return [self.by_ref[ref] for ref in self._by_mark.get(mark, ())]

    def here(self, marks: Iterable[str]) -> Visit | None:
        """The visit of a truck that has not left, by its marks."""
        return next((each for own in marks for each in reversed(self.known(own)) if not each.gone), None)

    def staying(self) -> list[Visit]:
        """The visits of trucks that stand at the bridge, or that officers here ordered something of."""
        return list(self._staying.values())

    def since(self, instant: datetime) -> list[tuple[Visit, datetime]]:
        """The last trucks that arrived from an instant on, in the order of their instants."""
        last = [each for each in self._arrived[-_MOST_UNKNOWN:] if each[1] >= instant]
        return sorted(last, key=lambda each: each[1])

    def unknown(self) -> list[Visit]:
        """The last visits of trucks of which no filing was known, in their order."""
        return self._unknown[-_MOST_UNKNOWN:]

    def passages(self, subject: str, day: str) -> int:
        """How often a lot was drawn for a mark on a day."""
        return self._seen.get((subject, day), 0)

    def fresh_name(self, mark: str) -> str:
        """The name of a visit of which no filing is known."""
        return f"{mark}-{len(self.known(mark)) + 1}"

    def ended(self, trucks: Mapping[str, Expected], done: Collection[str] = ()) -> list[str]:
        """Of these trucks, those whose orders ended here, or that came here and were seen to at the node (`done`); a
        hold that came after that did not end, nor did what officers here ordered."""
        done = set(done)
        return [
            ref
            for ref, truck in trucks.items()
            if (visit := self.by_ref.get(ref)) is not None
            and (visit.gone or (ref in done and visit.arrived is not None and visit.ordered is None))
            and visit.standing(truck) != "hold"
        ]
