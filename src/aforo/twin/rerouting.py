"""Where the trucks of a bridge would go if it were closed, by the model of `diversion`, and how that model did on the
closure that it was not fitted on: El Paso, 2023.

Everything here is a model's: synthetic. Its shares are of the trucks that are turned away; monthly counts cannot tell
what is lost from what is put off, so both are `nowhere`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from aforo.domain.units import Float64Array
from aforo.ports.document import Bridge, PortDocument
from aforo.twin.diversion import FITTED, Alternative, drawn_shares
from aforo.twin.diversion_fit import alternatives_of
from aforo.twin.shocks import Place, known, road_minutes

#: Alternatives are at most so many minutes by road away, and at most so many: as far, and as many, as those that the
#: model was fitted on.
FARTHEST_MINUTES, MOST = 180.0, 4
#: The age of the closure at which shares are told, in days: the middle of a month of it.
DAYS: Final = 15.0
DRAWS, SEED = 4_000, 1
_ENDS: Final = (0.025, 0.5, 0.975)
_EL_PASO: Final = "el_paso_2023"
#: Which places of `shocks.toml` are bridges of the documents, where the port's place is not the bridge's.
_PLACES: Final = {"world-trade": "World Trade Bridge", "colombia": "Colombia Solidarity Bridge"}
#: What counts showed of the gross loss of El Paso and Ysleta: the share that each alternative gained, September and
#: October 2023 (Bureau of Transportation Statistics, against what `expected_counts` expects).
_OBSERVED: Final = {"Santa Teresa": (0.25, 0.50), "Tornillo": (0.10, 0.13)}
#: Trucks a month as counted (Bureau of Transportation Statistics): September and October 2022, August to November 2023.
MONTHS: Final = ("2022-09", "2022-10", "2023-08", "2023-09", "2023-10", "2023-11")
COUNTED: Final[dict[str, tuple[int | None, ...]]] = {
    "Ysleta": (54_607, 55_033, 62_030, 37_144, 37_188, 54_194),
    "El Paso (Bridge of the Americas)": (14_794, 14_650, 11_190, 5_203, 5_859, 9_739),
    "Tornillo": (None, None, 7, 2_785, 3_423, 453),
    "Santa Teresa": (13_293, 12_800, 13_558, 20_032, 26_046, 12_687),
}


class Taken(msgspec.Struct, frozen=True):
    """What another bridge takes: the share of the trucks turned away, the middle of the draws with the ends of 95 % of
    them. `minutes` by road are between the places of the documents; `lanes_assumed`: how many lanes it has is."""

    bridge: str
    name: str
    minutes: float
    share: float
    low: float
    high: float
    lanes_assumed: bool


class Closed(msgspec.Struct, frozen=True):
    """A bridge that is closed: the alternatives, the nearest first, and what goes nowhere. No alternative within reach
    is none at all, and `nowhere` is then None: the model knows no such bridge."""

    bridge: str
    name: str
    taken: tuple[Taken, ...]
    nowhere: tuple[float, float, float] | None


class Held(msgspec.Struct, frozen=True):
    """The model against counts: the share of what was lost that an alternative gained in a month."""

    name: str
    month: str
    counted: float
    share: float
    low: float
    high: float

    @property
    def within(self) -> bool:
        """Whether what was counted lies between the ends."""
        return self.low <= self.counted <= self.high


def closures(ports: Sequence[PortDocument]) -> tuple[Closed, ...]:
    """Every bridge of some documents as if it were closed to trucks for a month, the others as they are."""
    bridges = [(port, bridge, place) for port in ports for bridge in port.bridges if (place := _place(port, bridge))]
    return tuple(_closed(bridge, place, bridges) for _, bridge, place in bridges)


def held_against_el_paso() -> tuple[Held, ...]:
    """What the model says of El Paso in 2023, beside what was counted."""
    shocks = known()
    shock = shocks.named(_EL_PASO)
    options = alternatives_of(shock, shocks)
    months = shock.shown()
    drawn = drawn_shares(FITTED, options, [shock.age(month) for month in months], DRAWS, SEED)
    found = []
    for at, (year, month) in enumerate(months):
        for place, option in enumerate(options):
            low, middle, high = _quantiles(drawn[:, at, place])
            counted = _OBSERVED[option.name][at]
            found.append(Held(option.name, f"{year}-{month:02}", counted, middle, low, high))
    return tuple(found)


def _closed(home: Bridge, at: Place, bridges: Sequence[tuple[PortDocument, Bridge, Place]]) -> Closed:
    near = sorted(
        (
            (road_minutes(at, place), bridge, place)
            for _, bridge, place in bridges
            if bridge.id != home.id and road_minutes(at, place) <= FARTHEST_MINUTES
        ),
        key=lambda each: (each[0], each[1].id),
    )[:MOST]
    if not near:
        return Closed(home.id, home.name, (), None)
    options = [Alternative(bridge.name, place.lanes, minutes) for minutes, bridge, place in near]
    drawn = drawn_shares(FITTED, options, [DAYS], DRAWS, SEED)[:, 0]
    taken = tuple(
        Taken(bridge.id, bridge.name, minutes, middle, low, high, place.assumed)
        for (minutes, bridge, place), (low, middle, high) in zip(near, map(_quantiles, drawn.T), strict=True)
    )
    low, middle, high = _quantiles(1.0 - drawn.sum(axis=1))
    return Closed(home.id, home.name, taken, (middle, low, high))


def _place(port: PortDocument, bridge: Bridge) -> Place | None:
    """Where a bridge stands and its lanes, as the shocks' document or its own has them; None where neither says."""
    told = known().place.get(_PLACES.get(bridge.id, ""))
    if told is not None:
        return told
    if port.place is None or bridge.booths is None:
        return None
    return Place(port.place.lat, port.place.lon, max(1, bridge.booths.count), bridge.booths.source == "assumed")


def _quantiles(drawn: Float64Array) -> tuple[float, float, float]:
    low, middle, high = np.quantile(drawn, _ENDS)
    return float(low), float(middle), float(high)
