"""Waits as agencies publish them enter the record, by bridge: a reading that is fetched twice is one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec

from aforo.domain.bridge import PublishedLaneWait, WaitsPublished
from aforo.domain.wait import PublishedWait
from aforo.flow.telemetry import Statement
from aforo.ports.document import PortDocument

#: The feed of US Customs and Border Protection, as events name it.
CBP = "cbp-bwt"


def waits_of(readings: Sequence[PublishedWait], ports: Iterable[PortDocument], source: str = CBP) -> list[Statement]:
    """What is to be recorded of published readings: by bridge and instant. Those of crossings that no document has a
    feed for are left out."""
    bridges = {
        word: bridge.id
        for port in ports
        for bridge in port.bridges
        for feed in bridge.waits
        for word in (feed.port_number, *feed.names)
    }
    found: dict[tuple[datetime, str], list[PublishedLaneWait]] = {}
    for each in readings:
        bridge = bridges.get(each.port_number or "") or bridges.get(each.crossing)
        if bridge is not None:
            said = PublishedLaneWait(each.lane, each.minutes, each.lanes_open)
            found.setdefault((each.at, bridge), []).append(said)
    said_of = []
    for (at, bridge), lanes in sorted(found.items(), key=lambda item: item[0]):
        payload = WaitsPublished(source, tuple(sorted(lanes, key=lambda lane: lane.lane)))
        digest = blake2b(f"{bridge}\0{at.timestamp()}\0".encode() + msgspec.json.encode(payload), digest_size=16)
        said_of.append(Statement(payload, f"port/{bridge}", at, f"waits:{digest.hexdigest()}"))
    return said_of
