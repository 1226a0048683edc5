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
from aforo.domain.decision import EXAMINATIONS, Basis
from aforo.domain.declaration import ENTITY_KINDS
from aforo.domain.event import Decided, Event, Examined, Filed, Passed, new_event
from aforo.domain.outcome import Outcome
from aforo.domain.payload import Payload
from aforo.domain.threat import THREATS
from aforo.domain.units import PPB
from aforo.routing.choice import RELEASE, RESOURCES
from aforo.twin.network import LANES, NEVER
from aforo.twin.trucks import BY_ALARM, BY_LOT, BY_MANDATE, BY_POLICY, Fates, Trucks

ACTOR: Final = "twin"
#: The basis of a decision by whose choice it was; after an alarm the value decides anew.
_BASES: Final[dict[int, Basis]] = {BY_MANDATE: "mandatory", BY_LOT: "random", BY_POLICY: "priced", BY_ALARM: "priced"}
#: By hand: the places where a truck is opened.
_BY_HAND: Final = (1 << RESOURCES.index("dock")) | (1 << RESOURCES.index("joint"))
_NO_IDENTITIES: Final = base64.b64encode(bytes(8 * len(ENTITY_KINDS))).decode()


def events_of(
    trucks: Trucks, fates: Fates, started: datetime, bridge: str, *, since: int = 0, until: int = NEVER
) -> Iterator[Event]:
    """The events of these trucks that happened in [since, until) µs of the run, in the order of their instants.

    `started` is the instant 0 of the run, with the bridge's zone; `fates` has a row for each truck, in the same order.
    A truck's events are filed, decided, arrived, passed and examined, as far as it came to them; an examination's
    outcome says what the run found. Raises ValueError where the columns are not of the same trucks or `started` has no
    offset.
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
    """What is told of one truck, with the instants, in their order."""
    crossing = crossing_of(bridge, int(trucks.number[i]))
    filed, arrives = int(trucks.filed[i]), int(trucks.arrives[i])
    if filed < NEVER:
        declaration = {"declaration_id": crossing, "crossing_id": crossing, "bridge": bridge}
        declaration["lane"] = LANES[trucks.lane[i]]
        content = hashlib.blake2b(crossing.encode(), digest_size=16).hexdigest()
        yield filed, Filed(declaration, _NO_IDENTITIES, content, "twin", i)
    if not trucks.shows[i]:
        return
    primary, option = int(fates.primary[i]), int(fates.option[i])
    decided = int(fates.primary_end[i]) if fates.primary_end[i] >= 0 else arrives
    day = f"{started + timedelta(microseconds=arrives):%Y-%m-%d}"
    yield arrives, Arrived()
    if primary >= 0 and fates.primary_end[i] >= 0:
        yield decided, _decision(trucks, fates, i, option, day, str(started.tzinfo))
        yield int(fates.primary_end[i]), Passed(0, bridge, day)
    if fates.exam_end[i] >= 0 and fates.carried[i]:
        ended = int(fates.exam_end[i])
        by_hand = bool(int(fates.carried[i]) & _BY_HAND)
        found = bool(fates.found[i])
        threat = THREATS[trucks.threat[i]] if found else None
        # A scan that saw nothing is no proof of clean: only who looked inside says that there is nothing.
        violation = True if found else False if by_hand else None
        outcome = Outcome(crossing, started + timedelta(microseconds=ended), violation, threat)
        yield ended, Examined(outcome, carried_out=EXAMINATIONS[option] if option != RELEASE else "scan")


def _decision(trucks: Trucks, fates: Fates, i: int, option: int, day: str, zone: str) -> Decided:
    basis = _BASES.get(int(fates.basis[i]))
    drawn = bool(trucks.lottery[i] >= 0)
    worth = float(trucks.prevented[i].max())
    value = 0 if np.isnan(worth) else round(worth * PPB)
    return Decided(
        examination=EXAMINATIONS[option],
        basis=basis,
        control=drawn,
        lot=0,
        control_propensity=0,
        propensity=PPB if option != RELEASE and basis != "random" else 0,
        value=value,
        price=0,
        features="",
        position=0,
        artefacts="",
        code="",
        day=day,
        zone=zone,
    )
