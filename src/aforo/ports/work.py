"""Where trucks are: at which resource of which bridge a crossing waits or is served, by all that was said of it.

It follows from what was said and from nothing else: in whatever order the same events come, each truck is in the same
place. Two kinds of words meet. What somebody *saw* holds from the instant that they name; a late word changes nothing
that a later one has said. Where the node *sent* a truck is what it expects, and holds from when that was recorded. So a
truck that was sent somewhere waits there until it is seen there or elsewhere, has left, was examined as ordered, or is
let go. What was seen there and recorded afterwards is of the same visit, whichever clock is ahead (`ASKEW`); and an
examination that is told late, as a portal's when the booth has ordered a scan, ends the wait that was ordered before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from aforo.domain.bridge import RESOURCES, ExaminationEnded, ExaminationQueued, ExaminationStarted, Resource
from aforo.domain.clock import microseconds
from aforo.domain.decision import Examination
from aforo.domain.event import Event, Examined, Moved, Overridden, Passed, Payload
from aforo.ports.reads import LONGEST

#: Microseconds.
_MINUTE, _HOUR = 60_000_000, 3_600_000_000
#: How far what is seen may be dated before the word that sent the truck there.
ASKEW = 5 * _MINUTE
#: Crossings that are followed. The border has some thirty thousand trucks a day.
MOST_WORK = 100_000

#: What is said of a truck at a resource.
Said = ExaminationQueued | ExaminationStarted | ExaminationEnded
#: What is taken in.
TYPES: Sequence[str] = tuple(
    each.TYPE for each in (ExaminationQueued, ExaminationStarted, ExaminationEnded, Examined, Moved, Overridden, Passed)
)
#: Where an examination is made, at whichever bridge.
_MADE_AT: Mapping[Examination, tuple[Resource, ...]] = {
    "scan": ("scanner", "portal"), "scan_then_decide": ("scanner", "portal"), "secondary": ("dock",),
    "joint": ("joint",),
}  # fmt: skip

#: An instant (microseconds since 1970), and the position in the log, by which events of one instant follow each other.
Mark = tuple[int, int]
_NEVER: Mark = (-1, -1)
#: A mark, and a number more.
Three = tuple[int, int, int]
#: In the place of a position: after all else of its instant.
_LAST = (1 << 62) - 1


class Work(msgspec.Struct, frozen=True, array_like=True):
    """A crossing that waits at a resource, or is served there, since `at` (microseconds since 1970)."""

    bridge: str
    resource: Resource
    step: Literal["queued", "started"]
    at: int
    predicted_ms: int | None = None
    unit: str = ""


class _Put(msgspec.Struct, frozen=True, array_like=True):
    """A word that puts a truck at a resource."""

    bridge: str
    resource: Resource
    started: bool
    mark: Mark
    unit: str

    @property
    def place(self) -> str:
        return _place(self.bridge, self.resource)


#: Shared by all of whom nothing of the kind was said, which most are: nobody adds to it.
_NONE: dict[str, Any] = {}


class _Known(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was said of one crossing, of each kind the last: where it was sent; by place, how it was seen there, when it
    `left` or was examined there (and at which position that is recorded), and what was `predicted`, in milliseconds;
    when it was done with wherever it was (`over`), went on from primary (`passed`), and when it was recorded that the
    order was `carried_out`."""

    sent: _Put | None = None
    seen: dict[str, _Put] = msgspec.field(default_factory=lambda: _NONE)
    left: dict[str, Three] = msgspec.field(default_factory=lambda: _NONE)
    predicted: dict[str, Three] = msgspec.field(default_factory=lambda: _NONE)
    over: Mark = _NEVER
    passed: Mark = _NEVER
    carried_out: Mark = _NEVER


class Saved(msgspec.Struct, array_like=True):
    """All that is kept."""

    known: dict[str, _Known]
    moved: dict[str, str]
    latest: int


class Whereabouts:
    """See the module. `standing` are the crossings that wait or are served, by name. What is a day old when something
    newer is heard, of whatever truck, is forgotten."""

    def __init__(self) -> None:
        self.standing: dict[str, Work] = {}
        self._known: dict[str, _Known] = {}
        #: Crossings that are part of others.
        self._moved: dict[str, str] = {}
        #: The last instant that was heard of.
        self._latest = 0

    def take(self, position: int, event: Event, payload: Payload) -> str | None:
        """Take in an event; the crossing whose whereabouts it is about, None where it is about none's."""
        room, _, name = event.stream.partition("/")
        at = microseconds(event.occurred_at)
        happened, recorded = (at, position), (microseconds(event.recorded_at), position)
        if isinstance(payload, Said):
            # What somebody saw was reported under a key; without one it is the node that says where it sends.
            return self._add(payload.crossing, _said(name, payload, happened, event.idempotency_key is not None), at)
        if room != "crossing":
            return None
        if isinstance(payload, Moved):
            return self._move(name, payload.into)
        if isinstance(payload, Examined):
            done = recorded if not payload.order_stands else _NEVER
            made_at = RESOURCES if payload.carried_out is None else _MADE_AT.get(payload.carried_out, ())
            left = {_place("", resource): (*happened, position) for resource in made_at}
            return self._add(name, _Known(left=left, carried_out=done), max(happened, done)[0])
        if isinstance(payload, Overridden) and payload.examination == "release":
            return self._add(name, _Known(over=happened), at)
        if isinstance(payload, Passed):
            return self._add(name, _Known(passed=happened), at)
        return None

    def save(self) -> Saved:
        """What is to be kept: names of crossings, and hashes of no one."""
        return Saved(self._known, self._moved, self._latest)

    def take_over(self, saved: Saved) -> None:
        """Go on from what was kept."""
        self._known, self._moved, self._latest = saved.known, saved.moved, saved.latest
        self.standing = {name: work for name, each in self._known.items() if (work := _standing(each)) is not None}

    def _add(self, crossing: str, told: _Known, at: int) -> str:
        name = self.named(crossing)
        self._hear(at)
        known = self._known.pop(name, None)
        known = _since(told if known is None else _both(known, told), self._oldest())
        if known is not None:
            self._known[name] = known
        self._settle(name, known)
        if len(self._known) > MOST_WORK:
            first = next(iter(self._known))
            del self._known[first]
            self.standing.pop(first, None)
        return name

    def _move(self, crossing: str, into: str) -> str:
        """A crossing is part of another from here on, and so is what is said of it later."""
        name = self.named(into)
        if name == crossing:
            return name
        self._moved[crossing] = name
        if len(self._moved) > MOST_WORK:
            del self._moved[next(iter(self._moved))]
        self.standing.pop(crossing, None)
        taken = self._known.pop(crossing, None)
        return name if taken is None else self._add(name, taken, 0)

    def named(self, crossing: str) -> str:
        """What a crossing is part of by now, most often itself."""
        while (into := self._moved.get(crossing)) is not None:
            crossing = into
        return crossing

    def _settle(self, name: str, known: _Known | None) -> None:
        work = None if known is None else _standing(known)
        self.standing.pop(name, None)
        if work is not None:
            self.standing[name] = work

    def _hear(self, at: int) -> None:
        """Forget what is a day old when something later is heard."""
        before, self._latest = self._oldest(), max(self._latest, at)
        if self._oldest() > before:
            oldest = self._oldest()
            aged = [(name, _since(each, oldest)) for name, each in self._known.items() if _has_older(each, oldest)]
            for name, each in aged:
                if each is None:
                    del self._known[name]
                else:
                    self._known[name] = each
            for name in [name for name, work in self.standing.items() if work.at <= oldest]:
                del self.standing[name]

    def _oldest(self) -> int:
        """The instant after which words are kept; in steps of hours, since what is older is then looked for."""
        return self._latest // _HOUR * _HOUR - LONGEST


def _place(bridge: str, resource: Resource) -> str:
    """A resource of a bridge; of any bridge where none is named."""
    return f"{bridge}/{resource}"


def _said(bridge: str, said: Said, mark: Mark, seen: bool) -> _Known:
    place = _place(bridge, said.resource)
    if isinstance(said, ExaminationEnded):
        return _Known(left={place: (mark[0], _LAST if seen else mark[1], mark[1])})
    unit = said.unit if isinstance(said, ExaminationStarted) else ""
    put = _Put(bridge, said.resource, isinstance(said, ExaminationStarted), mark, unit)
    predicted = _NONE if said.predicted_ms is None else {place: (*mark, said.predicted_ms)}
    return _Known(seen={place: put}, predicted=predicted) if seen else _Known(put, predicted=predicted)


def _both(one: _Known, other: _Known) -> _Known:
    """Of each kind of word the last."""
    seen = {place: max(put, one.seen.get(place, put), key=_step) for place, put in other.seen.items()}
    sent = one.sent if other.sent is None else other.sent if one.sent is None else max(one.sent, other.sent, key=_when)
    return _Known(
        sent,
        one.seen | seen if seen else one.seen,
        _latest_of(one.left, other.left),
        _latest_of(one.predicted, other.predicted),
        max(one.over, other.over),
        max(one.passed, other.passed),
        max(one.carried_out, other.carried_out),
    )


def _when(put: _Put) -> Mark:
    return put.mark


def _step(put: _Put) -> tuple[int, bool, int]:
    """Of what is seen at a place at one instant the later step counts."""
    return put.mark[0], put.started, put.mark[1]


def _latest_of(one: dict[str, Three], other: dict[str, Three]) -> dict[str, Three]:
    return one | {place: max(mark, one.get(place, mark)) for place, mark in other.items()} if other else one


def _since(known: _Known, oldest: int) -> _Known | None:
    """What is left of words that are newer than an instant: the same where all are; None where nothing is."""
    if not _has_older(known, oldest):
        return None if known == _NOTHING else known
    left = {place: mark for place, mark in known.left.items() if mark[0] > oldest}
    predicted = {place: mark for place, mark in known.predicted.items() if mark[0] > oldest}
    seen = {place: put for place, put in known.seen.items() if put.mark[0] > oldest}
    sent = known.sent if known.sent is not None and known.sent.mark[0] > oldest else None
    over, passed, carried_out = (
        mark if mark[0] > oldest else _NEVER for mark in (known.over, known.passed, known.carried_out)
    )
    kept = _Known(sent, seen or _NONE, left or _NONE, predicted or _NONE, over, passed, carried_out)
    return None if kept == _NOTHING else kept


def _has_older(known: _Known, oldest: int) -> bool:
    # Written out, since it is asked of every truck when an hour is over.
    if known.sent is not None and known.sent.mark[0] <= oldest:
        return True
    for mark in (known.over, known.passed, known.carried_out):
        if _NEVER[0] < mark[0] <= oldest:
            return True
    for put in known.seen.values():
        if put.mark[0] <= oldest:
            return True
    for marks in (known.left, known.predicted):
        for each in marks.values():
            if each[0] <= oldest:
                return True
    return False


_NOTHING = _Known()


def _standing(known: _Known) -> Work | None:
    """Where all that was said of a crossing has it; None where it waits for nothing."""
    put = _where(known)
    if put is None:
        return None
    predicted = known.predicted.get(put.place)
    return Work(
        put.bridge, put.resource, "started" if put.started else "queued", put.mark[0],
        None if predicted is None else predicted[2], put.unit,
    )  # fmt: skip


def _where(known: _Known) -> _Put | None:
    sent = known.sent if known.sent is not None and _waits(known.sent, known) else None
    # Of places of one instant the one that it has not left.
    seen = max(known.seen.values(), key=lambda put: (put.mark[0], _is_there(put, known), put.mark[1]), default=None)
    if sent is None:
        return seen if seen is not None and _is_there(seen, known) else None
    here = known.seen.get(sent.place)
    if here is not None and _of_this_visit(sent, here.mark[0], here.mark[1]):
        later = seen if seen is not None and seen.mark > max(here.mark, sent.mark) else here
        return later if _is_there(later, known) else None
    return seen if seen is not None and seen.mark > sent.mark and _is_there(seen, known) else sent


def _waits(sent: _Put, known: _Known) -> bool:
    """Whether a truck may still be where it was sent."""
    ends = (_left(sent, known), known.over, known.passed, known.carried_out)
    of_now = (_of_this_visit(sent, at, recorded) for at, _, recorded in _ends(sent, known))
    return all(end < sent.mark for end in ends) and not any(of_now)


def _of_this_visit(sent: _Put, at: int, recorded: int) -> bool:
    """Whether what was seen where a truck was sent, dated so, was recorded after it was sent."""
    return recorded > sent.mark[1] and at >= sent.mark[0] - ASKEW


def _is_there(seen: _Put, known: _Known) -> bool:
    """Whether a truck is still where it was seen. One that is seen somewhere as it passes primary went there."""
    return max(_left(seen, known), known.over) < seen.mark and known.passed[0] <= seen.mark[0]


def _left(put: _Put, known: _Known) -> Mark:
    return max(((at, order) for at, order, _ in _ends(put, known)), default=_NEVER)


def _ends(put: _Put, known: _Known) -> list[Three]:
    """When a truck left a place: as was said of it, and as it was examined at any of the kind."""
    return [known.left[each] for each in (put.place, _place("", put.resource)) if each in known.left]
