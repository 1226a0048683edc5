"""What the custody of a crossing's trips is evidence of, where a trip is evidence of it (`custody_grounds`).

Only what is cause to act is a fact: an intact seal states nothing, so it lowers nothing, and a policy that let one of
these facts lower a threat is refused. A silence counts while it goes on, or where what is missing never came; one that
was filled late shows in its readings what it hid. What the readings behind a fact are worth stays with it: one that no
signature vouches for is a fact of its own, only claimed, which a policy may weigh less. Of what is signed the trip's
cause tells by whom: a policy weighs by code, and to it that is proven.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from aforo.custody.cause import Matter
from aforo.custody.caused import asks, matter_of
from aforo.custody.trip import KnownTrip
from aforo.domain.stated import CLAIMED, CUSTODY
from aforo.domain.trip import TripCause
from aforo.flow.custody import Custody
from aforo.flow.custody_grounds import ground_of
from aforo.flow.stated import Fact, Facts

#: The fact that causes of a matter are. A policy document weighs it under this code, in [stated.custody], and with
#: CLAIMED behind the code where nobody signed.
CODES: Final[Mapping[Matter, str]] = {
    "seal": "broken",
    "record": "suspect",
    "silence": "silent",
    "route": "astray",
    "fence": "fenced",
    "stop": "stopped",
    "convoy": "split",
}
JAMMED: Final = "jammed"


def facts_by_crossing(
    custody: Custody, crossings: Sequence[str], carriers: Callable[[int], Collection[int]]
) -> dict[int, list[Fact]]:
    """The facts of crossings' trips, by the places of the crossings; those without any are left out. `carriers` tells
    those (keyed hashes) that the filings of the crossing at a place name."""
    trips, keys = custody.of_crossings(crossings), custody.log.keys
    made = {}
    for place, name in enumerate(crossings):
        if name in trips:
            named = carriers(place)
            made[place] = facts_of_trips(each for each in trips[name] if ground_of(each, named, keys) is not None)
    return {place: facts for place, facts in made.items() if facts}


def facts_of_trips(trips: Iterable[KnownTrip]) -> list[Fact]:
    """The facts of the trips of one crossing, each once, in the order of their codes. One proven cause proves the fact,
    whatever else is only claimed of it."""
    proven: dict[str, bool] = {}
    for trip in trips:
        for cause in () if trip.caused is None else trip.caused.causes:
            if _speaks(cause):
                code = _code(cause)
                proven[code] = proven.get(code, False) or cause.grade != "unsigned"
    return [Fact(CUSTODY, code if proven[code] else code + CLAIMED) for code in sorted(proven)]


def with_custody(facts: Facts, now: Facts) -> dict[int, list[Fact]]:
    """Facts of crossings, by their places, with those of custody as they are `now` in place of earlier ones."""
    made = {
        place: [*(each for each in facts.get(place, ()) if each.source != CUSTODY), *now.get(place, ())]
        for place in sorted({*facts, *now})
    }
    return {place: own for place, own in made.items() if own}


def _speaks(cause: TripCause) -> bool:
    """Whether it says anything of the load: what somebody is asked about, and a silence that is over and unfilled."""
    return asks(cause) or cause.gap == "permanent"


def _code(cause: TripCause) -> str:
    return JAMMED if cause.kind == "jammed" else CODES[matter_of(cause.kind)]
