"""What the booths of the node did lately, and which examinations are open at the docks: a projection of the log."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

import msgspec

from aforo.domain.booth import BoothInstructed, BoothMistaken
from aforo.domain.decision import Examination
from aforo.domain.dock import ExaminationBegun, ExaminationClosed
from aforo.domain.event import Event
from aforo.domain.instants import with_readable_instants
from aforo.log.projections import Follower
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Acts that are kept of one bridge, the last ones, and examinations that are open.
MOST_ACTS, MOST_OPEN = 500, 500


class Act(msgspec.Struct, array_like=True):
    """One act at a booth: when the driver was told, and when the node heard of it; `among` is false where what was
    typed does not mean the crossing, and `said_at` what the clock of the booth said, where it is doubted; `key` is the
    booth's own name for the act, empty where it gave none."""

    act: str
    at: datetime
    recorded_at: datetime
    actor: str
    instruction: Examination
    crossing: str | None
    late: bool
    would: Examination | None
    mistaken: str = ""
    among: bool = True
    said_at: datetime | None = None
    key: str = ""


def act_key_of(event: Event, bridge: str) -> str:
    """The booth's own name for an act, out of that by which the act is recorded once."""
    start = f"booth:{bridge}:{event.actor}:"
    named = event.idempotency_key or ""
    return named.removeprefix(start).removesuffix(":told") if named.startswith(start) else ""


class OpenExamination(msgspec.Struct, frozen=True, array_like=True):
    """An examination that began and has not been closed."""

    crossing: str
    name: str
    bridge: str
    dock: str
    examination: Examination
    since: datetime
    actor: str


class BoothBook:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "booth-book"
    version = 3
    types: Sequence[str] = (BoothInstructed.TYPE, BoothMistaken.TYPE, ExaminationBegun.TYPE, ExaminationClosed.TYPE)

    def __init__(self) -> None:
        self.acts: dict[str, dict[str, Act]] = {}
        self.open: dict[str, OpenExamination] = {}

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            event, payload = stored.event, stored.payload
            _, _, name = event.stream.partition("/")
            if isinstance(payload, BoothInstructed):
                acts = self.acts.setdefault(name, {})
                acts[event.event_id] = Act(
                    event.event_id, event.occurred_at, event.recorded_at, event.actor, payload.instruction,
                    payload.crossing, payload.list_at is not None, payload.would, "",
                    "not_among" not in payload.effects, event.said_at, act_key_of(event, name),
                )  # fmt: skip
                while len(acts) > MOST_ACTS:
                    del acts[next(iter(acts))]
            elif isinstance(payload, BoothMistaken):
                if (act := self.acts.get(name, {}).get(payload.act)) is not None:
                    act.mistaken = payload.reason
            elif isinstance(payload, ExaminationBegun):
                self.open[payload.name] = OpenExamination(
                    name, payload.name, payload.bridge, payload.dock, payload.examination, event.occurred_at,
                    event.actor,
                )  # fmt: skip
                while len(self.open) > MOST_OPEN:
                    del self.open[next(iter(self.open))]
            elif isinstance(payload, ExaminationClosed):
                self.open.pop(payload.name, None)

    def dump(self) -> bytes:
        """The state: no person's data is in it."""
        return msgspec.msgpack.encode((self.acts, self.open))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=tuple[dict[str, dict[str, Act]], dict[str, OpenExamination]])
        self.acts, self.open = with_readable_instants(saved)


class BoothBooks:
    """The book of a log, brought up to date whenever it is asked. Safe to share between threads."""

    def __init__(self, log: Log) -> None:
        self._book = BoothBook()
        self._follower = Follower(log, self._book)
        self._lock = threading.Lock()

    def acts(self, bridge: str) -> list[Act]:
        """What the booth of a bridge did lately, the first told first; those told while it was cut off by their true
        time."""
        with self._lock:
            self._follower.look()
            acts = [msgspec.structs.replace(each) for each in self._book.acts.get(bridge, {}).values()]
        return sorted(acts, key=lambda each: each.at)

    def open_at(self, bridge: str) -> list[OpenExamination]:
        """The examinations that are open at the docks of a bridge."""
        with self._lock:
            self._follower.look()
            return [each for each in self._book.open.values() if each.bridge == bridge]
