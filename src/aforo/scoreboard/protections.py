"""What protects each bridge: scanners, joint examination, trusted lanes, seals read, hours, as documents and log say.

What stands in a port document keeps its source, or the word `assumed`; what the log says is of its period. What neither
says is None, never zero. Of the crossings under seal `low` and `high` are the exact 95 % limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

import msgspec
import numpy as np

from aforo.domain.figure import ASSUMED, Figure
from aforo.domain.text import Text, catalogue
from aforo.measures.intervals import proportion
from aforo.ports.document import Bridge, PortDocument, Scanners
from aforo.ports.notes import in_both
from aforo.ports.schedule import MINUTES_A_DAY, Shift, Window, by_minute

#: What a bridge may have. `scanner_hours`: hours a week in which scanners are staffed, added up over crews;
#: `fast_hours` and `booth_hours`: staffed hours a week of FAST booths, and of all. `in_service` and `up`: scanners that
#: the log knows; `read_days`: days on which gates were read; `sealed`, `seals_read`: the share of crossings for which
#: a seal was put on, and of those of whose trip a seal's number was read on the way.
Protection = Literal[
    "scanners", "portals", "in_service", "up", "scanner_hours", "docks", "joint_docks", "joint_hours", "fast_booths",
    "fast_hours", "booth_hours", "open_hours", "yard_places", "readers", "read_days", "sealed",
    "seals_read",
]  # fmt: skip
PROTECTIONS: Final[tuple[Protection, ...]] = get_args(Protection)
#: Those that the log says; the others are of the port's document.
OF_THE_LOG: Final = frozenset({"in_service", "up", "read_days", "sealed", "seals_read"})
#: Those that are a share of the crossings.
SHARES: Final = frozenset({"sealed", "seals_read"})
#: Those that are compared by bridge as they are; the others for each thousand trucks a day.
AS_THEY_ARE: Final = frozenset({"joint_hours", "open_hours", "read_days", *SHARES})

#: What a figure of a protection is counted in.
Unit = Literal["number", "hours a week", "share", "days"]


def unit_of(name: Protection) -> Unit:
    """The unit of a protection's own figure, before it is compared."""
    if name in SHARES:
        return "share"
    if name == "read_days":
        return "days"
    return "hours a week" if name.endswith("_hours") else "number"


class Known(msgspec.Struct, frozen=True):
    """A figure of a protection. `sources` are citations or the word `assumed`, `sources_said` the same in both
    languages; `assumed` says that this word is among them; `notes` are those of the document, behind the windows of
    what has hours; `part` of `whole` are the crossings that a share is of."""

    name: Protection
    value: float
    sources: tuple[str, ...]
    assumed: bool
    notes: tuple[Text, ...] = ()
    low: float | None = None
    high: float | None = None
    part: int | None = None
    whole: int | None = None
    sources_said: tuple[Text, ...] = ()


class Seen(msgspec.Struct, frozen=True):
    """What the log says of a bridge: scanners in service and up, None where nothing was ever reported of any; days with
    readings of its gates; crossings that came to primary, and those of them for which a seal was put on, and whose seal
    was read; None where the log has no seal, or no reading of any, at all: that nobody records it is not to say that it
    is not done."""

    in_service: int | None = None
    up: int | None = None
    read_days: int = 0
    crossings: int = 0
    sealed: int | None = None
    seals_read: int | None = None


class Protected(msgspec.Struct, frozen=True):
    """A bridge with what protects it, in the order of `PROTECTIONS`. `trucks` a day are published counts of the port
    times the bridge's share of them, None where nobody counted; `share_assumed` says that the share is assumed."""

    bridge: str
    name: str
    port: str
    port_name: str
    trucks: float | None
    share_assumed: bool
    known: tuple[Known, ...]

    def of(self, name: Protection) -> Known | None:
        """What is known of one protection."""
        return next((each for each in self.known if each.name == name), None)

    def rate(self, name: Protection) -> float | None:
        """A protection as it is compared: for each thousand trucks a day, or as it is."""
        own = self.of(name)
        if own is None or name in AS_THEY_ARE:
            return None if own is None else own.value
        return None if not self.trucks else 1_000.0 * own.value / self.trucks


def protected(port: PortDocument, bridge: Bridge, trucks: float | None, seen: Seen | None, log: str) -> Protected:
    """A bridge's protections. `trucks` are those of the port a day; `seen` what the log says of the bridge, `log` how
    the log is cited; None and empty where there is no log."""
    share = 1.0 if bridge.share is None else bridge.share.share
    found = [*_of_document(port, bridge), *(() if seen is None else _of_log(seen, log))]
    found.sort(key=lambda each: PROTECTIONS.index(each.name))
    return Protected(
        bridge.id, bridge.name, port.code, port.name, None if trucks is None else trucks * share,
        bridge.share is not None and bridge.share.source == ASSUMED, tuple(found),
    )  # fmt: skip


def _of_document(port: PortDocument, bridge: Bridge) -> Iterable[Known]:
    """What the port's document says."""

    def made(name: Protection, value: float, figures: Iterable[Figure]) -> Known:
        own = list(figures)
        sources = tuple(dict.fromkeys(port.sources.get(each.source, each.source) for each in own))
        notes = tuple(in_both(each) for each in dict.fromkeys(each.note for each in own if each.note))
        return _known(name, value, sources, any(each.source == ASSUMED for each in own), notes)

    standing: tuple[tuple[Protection, tuple[Scanners, ...]], ...] = (
        ("scanners", bridge.scanners), ("portals", bridge.portals),
    )  # fmt: skip
    for name, groups in standing:
        if groups:
            yield made(name, sum(each.units.count for each in groups), [each.units for each in groups])
    if crews := bridge.staff.get("scanner", ()):
        yield made("scanner_hours", _hours(crews), crews)
    if bridge.docks is not None:
        yield made("docks", bridge.docks.units.count, [bridge.docks.units])
    if bridge.joint is not None:
        yield made("joint_docks", bridge.joint.units.count, [bridge.joint.units])
        yield _scheduled(made("joint_hours", _open_hours(bridge.joint.open), bridge.joint.open), bridge.joint.open)
    fast = bridge.lanes.get("fast")
    if fast is not None and fast.booths:
        most = max(each.count for each in fast.booths)
        yield made("fast_booths", most, [next(each for each in fast.booths if each.count == most)])
        yield made("fast_hours", _hours(fast.booths), fast.booths)
    if booths := [shift for lane in bridge.lanes.values() for shift in lane.booths]:
        yield made("booth_hours", _hours(booths), booths)
    yield _scheduled(made("open_hours", _open_hours(bridge.open), bridge.open), bridge.open)
    if bridge.yard is not None:
        yield made("yard_places", bridge.yard.units.count, [bridge.yard.units])
    if bridge.readers:
        cited = tuple(dict.fromkeys(port.sources.get(each.source, each.source) for each in bridge.readers))
        yield _known("readers", len(bridge.readers), cited, any(each.source == ASSUMED for each in bridge.readers))


def _known(
    name: Protection, value: float, sources: tuple[str, ...], assumed: bool, notes: tuple[Text, ...] = (),
    low: float | None = None, high: float | None = None, part: int | None = None, whole: int | None = None,
) -> Known:  # fmt: skip
    """A figure with its sources in both languages."""
    return Known(name, value, sources, assumed, notes, low, high, part, whole, tuple(in_both(each) for each in sources))


def _scheduled(known: Known, windows: tuple[Window, ...]) -> Known:
    """A figure with its windows before its notes: which days, from when until when."""
    say = catalogue("aforo.scoreboard").say
    told = []
    for each in windows:
        days = [say(f"coverage.day_{day}") for day in each.days]
        named = Text(" ".join(day.en for day in days), " ".join(day.es for day in days))
        told.append(say("coverage.window", days=named, since=each.since, until=each.until))
    return msgspec.structs.replace(known, notes=(*told, *known.notes))


def _of_log(seen: Seen, log: str) -> Iterable[Known]:
    """What the log says."""
    if seen.in_service is not None:
        yield _known("in_service", seen.in_service, (log,), False)
    if seen.up is not None:
        yield _known("up", seen.up, (log,), False)
    if seen.read_days:
        yield _known("read_days", seen.read_days, (log,), False)
    shares: tuple[tuple[Protection, int | None], ...] = (("sealed", seen.sealed), ("seals_read", seen.seals_read))
    for name, part in shares:
        if seen.crossings and part is not None:
            own = proportion(part, seen.crossings)
            yield _known(name, part / seen.crossings, (log,), False, (), own.low, own.high, part, seen.crossings)


def _hours(shifts: Iterable[Shift]) -> float:
    """Hours a week, added up over the units of each window."""
    return float(sum(each.count * len(each.days) * (each.minutes[1] - each.minutes[0]) for each in shifts) / 60.0)


def _open_hours(windows: tuple[Window, ...]) -> float:
    """Hours a week in which at least one unit works."""
    return float(np.minimum(by_minute(windows), 1).sum() * (7 * 24) / (7 * MINUTES_A_DAY))
