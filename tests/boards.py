"""A log with crossings, readings and incidents written into it as they are recorded, for tests of the scoreboard."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from aforo.domain.bridge import GateReads, LaneClass, ReadPlace
from aforo.domain.clock import microseconds
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.event import Arrived, Decided, Event, Examined, Filed, Passed, Payload, new_event
from aforo.domain.incident import IncidentClosed, IncidentReported
from aforo.domain.outcome import Outcome
from aforo.domain.units import PPB
from aforo.log.ids import event_ids
from aforo.log.keys import KeyStore
from aforo.log.store import Log

CHANCE = PPB // 20
BRIDGES = ("world-trade", "pharr", "ysleta", "mariposa")


class Clock:
    """A clock in the test's hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Written:
    """What is written: (stream, payload, occurred, recorded), in the order in which it is recorded."""

    events: list[tuple[str, Payload, datetime, datetime]] = field(default_factory=list)

    def say(self, stream: str, payload: Payload, at: datetime, later: timedelta = timedelta(0)) -> None:
        self.events.append((stream, payload, at, at + later))

    def put(self, log: Log) -> list[Event]:
        """Write all into a log, by the instants at which they were recorded."""
        versions: dict[str, int] = {}
        made = []
        ordered = sorted(self.events, key=lambda each: each[3])
        for own, (stream, payload, at, recorded) in zip(event_ids(len(ordered), ordered[0][3]), ordered, strict=True):
            versions[stream] = version = versions.get(stream, 0) + 1
            made.append(
                new_event(own, payload, stream, version, occurred_at=at, recorded_at=recorded, actor="tester")
            )  # fmt: skip
        for first in range(0, len(made), 1_000):
            log.append(made[first : first + 1_000])
        return made


@contextmanager
def a_log(folder: Path, now: datetime) -> Iterator[tuple[Log, Clock]]:
    """A log of its own, with a clock that stands at `now`."""
    clock = Clock(now)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        closing(KeyStore(f"sqlite:///{folder / 'keys.sqlite'}")) as keys,
        Log.open(f"sqlite:///{folder / 'log.sqlite'}", keys, synchronous="OFF", clock=clock) as log,
    ):
        yield log, clock


def filed(**fields: Any) -> Filed:
    nobody = base64.b64encode(bytes(8 * len(ENTITY_KINDS))).decode()
    return Filed({"port": "2304", "bridge": "World Trade Bridge"} | fields, nobody, "", "test", 1)


def decided(examination: str = "release", **fields: Any) -> Decided:
    base = {
        "basis": None, "control": False, "lot": 0, "control_propensity": CHANCE, "propensity": CHANCE, "value": 0,
        "price": 0, "features": "", "position": 0, "artefacts": "", "code": "", "stratum": "2304/*/*",
    }  # fmt: skip
    return Decided(examination=examination, **(base | fields))


def examined(crossing: str, at: datetime, violation: bool | None, corrects: str | None = None, **more: Any) -> Examined:
    by_order = more.pop("by_override", False)
    return Examined(Outcome(crossing, at, violation, by_override=by_order), corrects, **more)


def truck(
    said: Written, name: str, at: datetime, bridge: str, *, lane: str = "standard", programme: str = "none",
    scan: bool = False, hand: bool = False, found: bool = False, drawn: bool = False, targeted: bool = False,
    by_order: bool = False, later: timedelta = timedelta(minutes=40),
) -> None:  # fmt: skip
    """One crossing from filing to release."""
    stream = f"crossing/{name}"
    order = "scan" if scan else "secondary" if hand else "release"
    said.say(stream, filed(declaration_id=name, lane=lane, trade_programme=programme), at - timedelta(hours=1))
    said.say(
        stream,
        decided(
            order, control=drawn, propensity=PPB if targeted else CHANCE, stratum=f"{bridge}/{lane}/*", bridge=bridge
        ),
        at - timedelta(hours=1) + timedelta(seconds=1),
    )
    said.say(stream, Arrived(bridge), at)
    if scan or hand:
        done = examined(name, at + later, found, carried_out=order, by_override=by_order)
        said.say(stream, done, at + later)
    said.say(stream, Passed(0, "2304", f"{at:%Y-%m-%d}"), at + later + timedelta(minutes=5))


def day_of_trucks(said: Written, draw: Random, midnight: datetime, bridge: str, trucks: int, share: float) -> None:
    """A day of crossings at a bridge, of which about `share` are examined, one in six of those finding something."""
    for number in range(trucks):
        at = midnight + timedelta(seconds=draw.randrange(86_400))
        drawn, targeted = draw.random() < 0.05, draw.random() < share
        truck(
            said, f"{bridge}-{midnight:%m%d}-{number}", at, bridge,
            lane=draw.choice(["standard", "fast", "empty"]), programme=draw.choice(["none", "ctpat2"]),
            scan=(drawn or targeted) and draw.random() < 0.7, hand=drawn or targeted,
            found=draw.random() < 1 / 6, drawn=drawn, targeted=targeted, by_order=draw.random() < 0.02,
        )  # fmt: skip


def reads(
    said: Written, bridge: str, place: ReadPlace, at: Sequence[datetime], tags: Sequence[int],
    lane: LaneClass | None = None, later: timedelta = timedelta(minutes=1),
) -> None:  # fmt: skip
    """Readings of one place, in blocks of an hour."""
    order = sorted(range(len(at)), key=lambda place: at[place])
    hours: dict[datetime, list[int]] = {}
    for own in order:
        hours.setdefault(at[own].replace(minute=0, second=0, microsecond=0), []).append(own)
    for own_hour in hours.values():
        block = GateReads(
            f"{bridge}-{place}-{lane}", bridge, place,
            _packed([microseconds(at[own]) for own in own_hour], "<i8"),
            tags=_packed([tags[own] for own in own_hour], "<u8"), lane=lane,
        )  # fmt: skip
        said.say(f"device/{bridge}-{place}-{lane}", block, at[own_hour[-1]], later)


def day_of_waits(
    said: Written, draw: Random, midnight: datetime, bridge: str, trucks: int, mean: float, *, exits: bool = True
) -> list[tuple[datetime, float, LaneClass]]:
    """A day of readings at the end of the queue, primary and the exit; (when, minutes waited, lane) of each truck."""
    waited: list[tuple[datetime, float, LaneClass]] = []
    begun, tags, left = [], [], []
    for _ in range(trucks):
        minutes = min(draw.gammavariate(3.0, mean / 3.0), 600.0)
        reached = midnight + timedelta(seconds=draw.randrange(86_400))
        lane: LaneClass = "fast" if draw.random() < 0.3 else "standard"
        waited.append((reached, minutes, lane))
        begun.append(reached - timedelta(minutes=minutes))
        tags.append(draw.randrange(1, 2**63))
        left.append(reached + timedelta(minutes=12 + (55 if draw.random() < 0.2 else 0)))
    reads(said, bridge, "queue_end", begun, tags)
    for lane in ("fast", "standard"):
        own = [place for place, each in enumerate(waited) if each[2] == lane]
        reads(said, bridge, "primary", [waited[n][0] for n in own], [tags[n] for n in own], lane)
    if exits:
        reads(said, bridge, "exit", left, tags)
    return waited


def _packed(values: Sequence[int], kind: str) -> str:
    return base64.b64encode(np.array(values, dtype=kind).tobytes()).decode()


def a_border(monday: datetime, weeks: int = 13, of_waits: int = 3) -> Written:
    """Weeks of crossings at three bridges from a Monday on, the last few with readings of gates; hardly any at a
    fourth; and incidents."""
    said, draw = Written(), Random(8)
    trucks = {"world-trade": (5, 70, 34.0), "pharr": (4, 50, 22.0), "ysleta": (4, 40, 48.0)}
    for day in range(7 * weeks):
        at = monday + timedelta(days=day)
        for bridge, (crossings, read, wait) in trucks.items():
            day_of_trucks(said, draw, at, bridge, crossings, 0.25)
            if day >= 7 * (weeks - of_waits):
                day_of_waits(said, draw, at, bridge, read, wait * draw.uniform(0.8, 1.25))
        if day >= 7 * (weeks - of_waits):
            day_of_waits(said, draw, at, "mariposa", 1, 12.0)
    last = monday + timedelta(days=7 * weeks - 4, hours=9)
    said.say("incident/one", IncidentReported("closure", "world-trade", "port", 4, "The gates do not open."), last)
    said.say("incident/one", IncidentClosed("Open again."), last + timedelta(hours=3))
    said.say("incident/two", IncidentReported("scanner_outage", "pharr", "fleet", 2), last)
    return said
