"""Which trucks go under seal, from where and since when, and what happens to their seals: drawn by name, as all else.

They drive the corridor that ships, to the bridge at its end. One in so many trucks is sealed there (assumed: no public
figure tells how many are), and of these most arrive as they were sealed. What happens to the others is dealt in turn,
so that a few hours show each: much more often than on any road, for there is something to be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

import msgspec

from aforo.custody import corridor
from aforo.custody.road import Road
from aforo.custody.road import read as road_of
from aforo.demo.outside import forms
from aforo.demo.outside.breaking import chance
from aforo.demo.outside.timetable import Due
from aforo.demo.outside.traders import BEGINS
from aforo.domain.clock import microseconds
from aforo.domain.reading import GRADES, Grade
from aforo.domain.threat import Threat

MINUTE: Final = 60_000_000
#: What the name of a trip ends in, after its crossing's.
TRIP: Final = "-T"
#: The bridge at the end of the corridor that ships.
BRIDGE: Final = "world-trade"
#: One truck in so many is sealed (assumed), and the first of them by its number at its bridge.
EVERY, _FIRST = 50, 7
#: How long before it comes to the bridge a truck is sealed, at least and at most; and announced before that, at most.
LEAST, MOST, ANNOUNCED = 90 * MINUTE, 210 * MINUTE, 25 * MINUTE
#: Trucks that are on the road when the demonstration begins are announced within this time and sealed there, if they
#: are not nearly at the bridge.
_AT_FIRST, _NEARLY = 5 * MINUTE, 30 * MINUTE
#: What happens: opened on the road and closed again; another number on it at the booth; a second device that signs as
#: this one; a battery that dies on the way; opened by the consignor, in its yard; a trip not discharged in time.
Mishap = Literal["opened", "swapped", "cloned", "battery", "reopened", "forgotten"]
#: What is dealt, in turn: None is nothing.
_DEALT: Final[tuple[Mishap | None, ...]] = (
    None, "opened", None, None, "swapped", None, "reopened", None, None, "cloned", None, None, "battery", None,
    "forgotten", None,
)  # fmt: skip
#: Who opened a seal on the road: its driver, to see to the load; somebody who took nothing; somebody who did. What is
#: hidden in a truck, or missing from it, is the truck's own truth.
Opening = Literal["driver", "tried", "robbed"]
#: Shares of the first two (assumed).
_BY_DRIVER, _IN_VAIN = 0.3, 0.4
#: Shares of seals by who signs: the seal itself, a gateway for it, nobody (assumed).
_SIGNED, _BY_GATEWAY = 0.6, 0.15


class Journey(msgspec.Struct, frozen=True):
    """One truck under seal. Instants are microseconds since 1970: it is announced, sealed, and comes to the bridge.

    `seal_id` is the number on the seal, which is declared; `grade` is who signs what it says, `interval` the median
    seconds between two of its readings; `threat` is what is true of the truck, None where nothing is hidden.
    """

    crossing: str
    carrier: str
    seal_id: str
    grade: Grade
    mishap: Mishap | None
    interval: int
    announced: int
    begins: int
    arrives: int
    threat: Threat | None = None

    @property
    def trip(self) -> str:
        """The name of its trip."""
        return f"{self.crossing}{TRIP}"


@cache
def road() -> Road:
    """The corridor that they drive."""
    return road_of(corridor.example())


def may_be_sealed(due: Due) -> bool:
    """Whether a truck is one of those that are under seal, if it has goods and a seal."""
    return due.bridge == BRIDGE and due.fate == "comes" and (due.number - _FIRST) % EVERY == 0


def journey_of(due: Due, declared: Mapping[str, Any], seed: int) -> Journey | None:
    """The journey of a truck, by what is declared of it; None where it is not under seal."""
    if not may_be_sealed(due):
        return None
    if not (seal_id := str(declared.get("seal_id") or "")) or not forms.is_laden(declared):
        return None
    name = due.crossing
    lead = LEAST + round(chance(seed, name, "sealed") * (MOST - LEAST))
    begins = due.arrives - lead
    announced = begins - round((0.3 + 0.7 * chance(seed, name, "announced")) * ANNOUNCED)
    if announced < (first := microseconds(BEGINS)):
        announced = first + round(chance(seed, name, "at first") * _AT_FIRST)
        begins = max(begins, announced + MINUTE)
    if due.arrives - begins < _NEARLY:
        return None
    mishap = _DEALT[(due.number - _FIRST) // EVERY % len(_DEALT)]
    drawn = 0.0 if mishap == "cloned" else chance(seed, name, "signs")
    grade = GRADES[0 if drawn < _SIGNED else 1 if drawn < _SIGNED + _BY_GATEWAY else 2]
    interval = (60, 90, 120)[int(3 * chance(seed, name, "interval"))]
    carrier = str(declared["carrier_id"])
    return Journey(name, carrier, seal_id, grade, mishap, interval, announced, begins, due.arrives, due.threat)


def opened_by(journey: Journey, seed: int) -> Opening:
    """Who opened the seal of a journey on whose way it was opened."""
    if journey.threat == "theft":
        return "robbed"
    drawn = chance(seed, journey.crossing, "opened by")
    return "driver" if drawn < _BY_DRIVER else "tried" if drawn < _BY_DRIVER + _IN_VAIN else "robbed"
