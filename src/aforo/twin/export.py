"""A window of a run as live events, so that whatever reads the log can be tried on a simulated day.

The payloads are those of the live path, with `origin` "twin" and identifiers that a live node never gives. What the
twin does not know (names, features, artefacts) is empty, and a reader must take it as missing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from aforo.domain.arrival import Arrived
from aforo.domain.decision import EXAMINATIONS, Basis, Examination, ScanImage
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.event import Decided, Event, Examined, Filed, Passed, new_event
from aforo.domain.outcome import Outcome
from aforo.domain.payload import Payload
from aforo.domain.routed import STAGES
from aforo.domain.threat import THREATS
from aforo.domain.units import PPB
from aforo.routing.choice import FILED, PRIMARY, RELEASE, SCAN, SCAN_THEN_DECIDE, SCANNED
from aforo.twin.network import LANES, NEVER
from aforo.twin.trucks import (
    BY_ALARM,
    BY_HAND,
    BY_LOT,
    BY_MANDATE,
    BY_POLICY,
    NO_CHOICE,
    SCANS,
    Fates,
    Trucks,
    decided_at,
)

ACTOR: Final = "twin"
#: The basis of a decision by whose choice it was; after an alarm the value decides anew.
_BASES: Final[dict[int, Basis]] = {BY_MANDATE: "mandatory", BY_LOT: "random", BY_POLICY: "priced", BY_ALARM: "priced"}
_NO_IDENTITIES: Final = base64.b64encode(bytes(8 * len(ENTITY_KINDS))).decode()


def events_of(
    trucks: Trucks, fates: Fates, started: datetime, bridge: str, *, since: int = 0, until: int = NEVER
) -> Iterator[Event]:
    """The events of these trucks that happened in [since, until) µs of the run, in the order of their instants.

    `started` is the instant 0 of the run, with the bridge's zone; `fates` has a row for each truck, in the same order.
    A truck's events are filed, decided (before arrival, at primary, after a scan that alarms), arrived, passed and
    examined (a scan, and by hand), as far as it came to them; an examination's outcome says what the run found.
    Raises ValueError where the columns are not of the same trucks or `started` has no offset.
    """
    if not np.array_equal(trucks.number, fates.number):
        raise ValueError("fates and trucks are not those of the same trucks in the same order")
    if started.tzinfo is None:
        raise ValueError("the start of a run has an offset")
    happened: list[tuple[int, int, int, Payload]] = []
    for i in range(len(trucks)):
        for order, (at, payload) in enumerate(_of_truck(trucks, fates, i, started, bridge)):
            if since <= at < until:
                happened.append((at, i, order, payload))
    happened.sort(key=lambda each: each[:3])
    versions: dict[int, int] = {}
    for at, i, _, payload in happened:
        versions[i] = versions.get(i, 0) + 1
        crossing = crossing_of(bridge, int(trucks.number[i]))
        instant = started + timedelta(microseconds=at)
        yield new_event(
            f"twin-{crossing}-{versions[i]}",
            payload,
            f"crossing/{crossing}",
            versions[i],
            occurred_at=instant,
            recorded_at=instant,
            actor=ACTOR,
            origin="twin",
        )


def crossing_of(bridge: str, number: int) -> str:
    """The identifier of a simulated crossing."""
    return f"{bridge}-{number}"


def _of_truck(trucks: Trucks, fates: Fates, i: int, started: datetime, bridge: str) -> Iterator[tuple[int, Payload]]:
    """What is told of one truck, with the instants; what happens at one instant in its order."""
    crossing = crossing_of(bridge, int(trucks.number[i]))
    filed, arrives = int(trucks.filed[i]), int(trucks.arrives[i])
    day = f"{started + timedelta(microseconds=arrives):%Y-%m-%d}"
    made = _Decisions(trucks, fates, i, bridge, day, str(started.tzinfo))
    if filed < NEVER:
        declaration = {"declaration_id": crossing, "crossing_id": crossing, "bridge": bridge}
        declaration["lane"] = LANES[trucks.lane[i]]
        content = hashlib.blake2b(crossing.encode(), digest_size=16).hexdigest()
        yield filed, Filed(declaration, _NO_IDENTITIES, content, "twin", i)
        if made.told(FILED):
            yield filed, made.at(FILED)
    if not trucks.shows[i]:
        return
    yield arrives, Arrived()
    passed, scanned = int(fates.primary_end[i]), int(fates.scan_end[i])
    if passed >= 0:
        # Who was scanned before the booth is not decided there again.
        if not 0 <= scanned < passed:
            yield passed, made.at(PRIMARY)
        yield passed, Passed(0, bridge, day)
    carried = int(fates.carried[i])
    sent_on = bool(carried & ~SCANS)
    if scanned >= 0:
        outcome = _outcome(trucks, fates, i, crossing, started + timedelta(microseconds=scanned), sent_on, False)
        image: ScanImage = "alarm" if made.told(SCANNED) or (fates.alarm[i] and not sent_on) else "clear"
        yield scanned, Examined(outcome, carried_out=made.scan(), image=image)
        if made.told(SCANNED):
            yield scanned, made.at(SCANNED)
    if sent_on and fates.exam_end[i] >= 0:
        ended = int(fates.exam_end[i])
        by_hand = bool(carried & BY_HAND)
        outcome = _outcome(trucks, fates, i, crossing, started + timedelta(microseconds=ended), False, by_hand)
        yield ended, Examined(outcome, carried_out=EXAMINATIONS[fates.option[i]])


def _outcome(
    trucks: Trucks, fates: Fates, i: int, crossing: str, ended: datetime, went_on: bool, by_hand: bool
) -> Outcome:
    """What an examination found: nothing is said of one after which the truck was examined again, since the last one
    speaks. A scan that saw nothing is no proof of clean: only who looked inside says that there is nothing."""
    found = bool(fates.found[i]) and not went_on
    return Outcome(
        crossing, ended, True if found else False if by_hand else None, THREATS[trucks.threat[i]] if found else None
    )


class _Decisions:
    """What was decided of one truck, stage by stage, as the live path records it."""

    def __init__(self, trucks: Trucks, fates: Fates, i: int, bridge: str, day: str, zone: str) -> None:
        self._trucks, self._i, self._bridge, self._day, self._zone = trucks, i, bridge, day, zone
        row = fates.orders[i : i + 1]
        self._made = [(int(option[0]), int(by[0])) for option, by in (decided_at(row, s) for s in range(len(STAGES)))]

    def told(self, stage: int) -> bool:
        """Whether anything was decided at a stage."""
        return self._made[stage][0] >= 0

    def scan(self) -> Examination:
        """Which examination a scan carries out: that which ordered it."""
        orders = [option for option, _ in self._made[:SCANNED] if option in (SCAN, SCAN_THEN_DECIDE)]
        return EXAMINATIONS[orders[-1] if orders else SCAN]

    def at(self, stage: int) -> Decided:
        """The decision at a stage; at primary what was ordered before, where nothing new was decided."""
        option, by = self._made[stage]
        if option < 0:
            before = [made for made in self._made[:stage] if made[0] >= 0]
            option, by = before[-1] if before else (RELEASE, NO_CHOICE)
        trucks, i = self._trucks, self._i
        basis = _BASES.get(by) if option != RELEASE else None
        worth = float(trucks.prevented[i].max())
        return Decided(
            examination=EXAMINATIONS[option],
            basis=basis,
            control=bool(trucks.lottery[i] >= 0),
            lot=0,
            control_propensity=0,
            propensity=PPB if option != RELEASE and basis != "random" else 0,
            value=0 if np.isnan(worth) else round(worth * PPB),
            price=0,
            features="",
            position=0,
            artefacts="",
            code="",
            day=self._day,
            zone=self._zone,
            again=any(option >= 0 for option, _ in self._made[:stage]),
            stage=STAGES[stage],
            bridge=self._bridge,
        )
