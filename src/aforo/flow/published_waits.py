"""Waits as agencies publish them enter the record, by bridge: a reading that is fetched twice is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec

from aforo.domain.bridge import LaneClass, PublishedLaneWait, WaitsPublished
from aforo.domain.problem import Problem
from aforo.domain.wait import PublishedWait
from aforo.flow.telemetry import Statement
from aforo.ports.bounds import lanes_beyond
from aforo.ports.document import Bridge, PortDocument

#: The feed of US Customs and Border Protection, as events name it.
CBP = "cbp-bwt"


class _Feeds:
    """Which bridge a published reading is of."""

    def __init__(self, ports: Iterable[PortDocument]) -> None:
        self._bridges = {
            word: bridge
            for port in ports
            for bridge in port.bridges
            for feed in bridge.waits
            for word in (feed.port_number, *feed.names)
        }

    def of(self, reading: PublishedWait) -> Bridge | None:
        """The bridge; None for a crossing that no document has a feed for."""
        return self._bridges.get(reading.port_number or "") or self._bridges.get(reading.crossing)


def believed(
    readings: Sequence[PublishedWait], ports: Iterable[PortDocument]
) -> tuple[list[PublishedWait], list[Problem]]:
    """The readings, without the lanes of those instants at which a feed has more of them open than booths stand at the
    bridge; and what is wrong with these. Their waits stay."""
    bridges = _Feeds(ports)
    lanes: dict[tuple[datetime, str], dict[LaneClass, int]] = {}
    for each in readings:
        if each.lanes_open is not None and (bridge := bridges.of(each)) is not None:
            lanes.setdefault((each.at, bridge.id), {})[each.lane] = each.lanes_open
    kept: list[PublishedWait] = []
    problems: dict[tuple[datetime, str], Problem] = {}
    for each in readings:
        bridge = bridges.of(each)
        stated = {} if bridge is None else lanes.get((each.at, bridge.id), {})
        wrong = None if bridge is None else lanes_beyond(stated, bridge, "feed_lanes_beyond", each.crossing)
        if bridge is not None and wrong is not None:
            problems[each.at, bridge.id] = Problem(0, wrong.place, wrong.code, wrong.text)
            each = msgspec.structs.replace(each, lanes_open=None)
        kept.append(each)
    return kept, list(problems.values())


def waits_of(readings: Sequence[PublishedWait], ports: Iterable[PortDocument], source: str = CBP) -> list[Statement]:
    """What is to be recorded of published readings: by bridge and instant. Those of crossings that no document has a
    feed for are left out."""
    bridges = _Feeds(ports)
    found: dict[tuple[datetime, str], list[PublishedLaneWait]] = {}
    for each in readings:
        bridge = bridges.of(each)
        if bridge is not None:
            said = PublishedLaneWait(each.lane, each.minutes, each.lanes_open)
            found.setdefault((each.at, bridge.id), []).append(said)
    said_of = []
    for (at, name), lanes in sorted(found.items(), key=lambda item: item[0]):
        payload = WaitsPublished(source, tuple(sorted(lanes, key=lambda lane: lane.lane)))
        digest = blake2b(f"{name}\0{at.timestamp()}\0".encode() + msgspec.json.encode(payload), digest_size=16)
        said_of.append(Statement(payload, f"port/{name}", at, f"waits:{digest.hexdigest()}"))
    return said_of
