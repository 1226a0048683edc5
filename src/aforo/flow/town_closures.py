"""What a town is told of closures: how many trucks come to its bridges where another closes, and the reverse.

SIMULATED, by the twin's diversion and the counts that ship."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from aforo.domain.text import Text, catalogue
from aforo.measures.intervals import Interval
from aforo.ports.directory import Directory
from aforo.twin import border
from aforo.twin.closures import DAYS, MOST, closure, coming_to, nearest_minutes, reach_minutes, trucks_a_working_day
from aforo.twin.diversion import FITTED


class TrucksRange(msgspec.Struct, frozen=True):
    """Trucks on a working day: the middle of what may be and its interval of 95 %, to tens."""

    value: int
    low: int
    high: int


class GoneTo(msgspec.Struct, frozen=True):
    """Where trucks go: a bridge and the minutes by road that it adds; these are null where the documents give both
    bridges one place. The bridge is null where trucks cross nowhere, or later."""

    bridge: str | None
    name: str | None
    added_minutes: int | None
    trucks: TrucksRange


class ClosureShown(msgspec.Struct, frozen=True):
    """A bridge of the town that closes: its trucks on a working day by the counts, null where they are not known.
    `farther`: names of bridges that are within reach too, and no part of the model, which has the nearest alone."""

    bridge: str
    name: str
    trucks: int | None
    to: tuple[GoneTo, ...]
    farther: tuple[str, ...] = ()


class ComingShown(msgspec.Struct, frozen=True):
    """Another bridge that closes, and the trucks that come from it to the town's bridges together."""

    bridge: str
    name: str
    trucks: TrucksRange


class TownClosures(msgspec.Struct, frozen=True):
    """Closures of the first `days` days; `simulated` is always true. `reach_minutes` is the road that trucks take to
    another bridge at most, `most` to how many places they go, `nearest_minutes` what is taken for a road that is not
    known (assumed), `fitted_on` the shocks that the model was fitted on."""

    simulated: bool
    days: int
    reach_minutes: int
    nearest_minutes: int
    most: int
    fitted_on: tuple[str, ...]
    closes: tuple[ClosureShown, ...]
    comes: tuple[ComingShown, ...]
    said: tuple[Text, ...]


def closures(ports: Directory, bridges: Sequence[str]) -> TownClosures:
    """What closures do to a town of these bridges, and from it. Raises KeyError for one that no document has."""
    whole = border.counted(ports)
    names = {bridge.id: bridge.name for port in ports.ports for bridge in port.bridges}
    gone = []
    for each in bridges:
        made = closure(whole, each)
        to = tuple(
            GoneTo(
                moved.bridge,
                None if moved.bridge is None else names[moved.bridge],
                None if moved.added_minutes is None else round(moved.added_minutes),
                _tens(moved.trucks),
            )
            for moved in made.to
        )
        trucks = None if made.trucks is None else int(round(made.trucks, -1))
        gone.append(ClosureShown(each, names[each], trucks, to, made.farther))
    comes = tuple(ComingShown(each, names[each], _tens(trucks)) for each, trucks in coming_to(whole, bridges))
    reach, nearest = round(reach_minutes()), round(nearest_minutes())
    say = catalogue("aforo.flow")
    said = (
        say.template("town_closures"), say.say("town_closures_reach", most=MOST, minutes=reach, nearest=nearest),
        say.template("town_closures_room"),
    )  # fmt: skip
    return TownClosures(True, DAYS, reach, nearest, MOST, FITTED.shocks, tuple(gone), comes, said)


def share_of(ports: Directory, bridges: Sequence[str]) -> float | None:
    """The part of the whole border's trucks that cross at these bridges, by the counts; None where it is not known."""
    whole = border.counted(ports)
    trucks = {
        bridge.id: trucks_a_working_day(port, bridge, whole.counts.get(port.code, {}))
        for port in ports.ports
        for bridge in port.bridges
    }
    own = [trucks[each] for each in dict.fromkeys(bridges)]
    known = [each for each in own if each is not None]
    if len(known) < len(own) or not known:
        return None
    return sum(known) / sum(each for each in trucks.values() if each is not None)


def _tens(own: Interval) -> TrucksRange:
    return TrucksRange(*(int(round(each, -1)) for each in (own.value or 0.0, own.low, own.high)))
