"""From a batch that is judged to the choices by price, crossing by crossing, in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np

from aforo.domain.decision import Examination, ScanImage
from aforo.domain.routed import DecisionStage
from aforo.domain.units import Int64Array
from aforo.flow.batch import Batch
from aforo.flow.judge import Judged, after_alarm, alarm_chance, prevented
from aforo.flow.node import Node
from aforo.flow.priced import (
    Bridges,
    Choice,
    Moment,
    Truck,
    chosen,
    draw_of,
    note_filed,
    note_gone,
    ordinary_minutes,
    place_now,
    strictest,
)
from aforo.flow.service_times import predicted
from aforo.flow.trips import ties_of
from aforo.log.keys import KeyStore
from aforo.ports.document import Bridge
from aforo.routing.choice import LANES, RESOURCES, SCAN
from aforo.routing.policy import Policy
from aforo.routing.rate import NANOMINUTES

#: What a choice needs of a truck's declaration.
_FIELDS = ("port", "bridge", "lane", "filed_at", "hs6", "declared_empty", "packages")
_STANDARD = LANES.index("standard")


def marking_key(keys: KeyStore) -> bytes:
    """The node's secret that the numbers of choices are marked with."""
    return keys.secret("routing")


def choices(
    batch: Batch, judged: Judged, speaker: Int64Array, lot: Int64Array, zones: Sequence[str], node: Node, moment: Moment
) -> dict[int, Choice]:
    """The choices of the crossings whose bridges have prices, by crossing; `speaker` is the row that speaks for each,
    below 0 where nothing stands. As they file, trucks are put on the lists of their bridges, in their order; of what is
    decided again and nothing new was filed, the list changes when that is recorded."""
    bridges = node.bridges
    if bridges is None:
        return {}
    ports = set(batch.table["port"].unique().to_list())
    if not any(bridges.at_port(port) for port in ports):
        return {}
    at, key = node.clock(), marking_key(node.keys)
    for c in np.flatnonzero(speaker < 0).tolist():
        note_gone(bridges, batch.names[c])
    live: list[int] = np.flatnonzero(speaker >= 0).tolist()
    reached = [_reached(batch, c, moment) for c in live]
    weighed = expected_worth(judged, batch, speaker[live], node.force.policy, [each.image for each in reached])
    found: dict[int, Choice] = {}
    for place, c in enumerate(live):
        name = batch.names[c]
        fields = _fields(batch, batch.rows[c][-1])
        stage, called, image = reached[place]
        called = called or fields["bridge"]
        places, doubtful = bridges.named(fields["port"], called), bridges.in_doubt(fields["port"], called)
        if not places:
            continue
        worth, alarm = weighed[place]
        arrives = _arrival(fields, node.force.policy)
        lane = LANES.index(fields["lane"]) if fields["lane"] in LANES else _STANDARD
        filer, ties = _hashes(batch, batch.rows[c][-1], fields["hs6"])
        alike = bridges.trips.counts(name, ties, worth[SCAN], at)
        own = []
        for bridge in places:
            there = place_now(bridges, bridge, fields["port"], at, stage, arrives, name)
            if doubtful:
                there = there._replace(fallback=["bridge", *there.fallback])
            minutes = minutes_of(bridge, fields, bridges)
            truck = Truck(lane, draw_of(int(lot[c])), worth, minutes, alarm, filer, ties, alike)
            own.append(chosen(name, stage, bridge.id, truck, there, key, image))
        found[c] = strictest(own)
        if stage == "filed" and batch.new_rows[c]:
            note_filed(bridges, name, found[c].bridge, found[c].routed, zones[c], at, found[c].option)
    return found


def note_ordered(
    batch: Batch, made: Mapping[int, Choice], ordered: Sequence[Examination], zones: Sequence[str], node: Node,
    at: datetime,
) -> None:  # fmt: skip
    """Put trucks that filed on the lists of their bridges with what was ordered of them in the end, where that is not
    what the price chose: by rule, by lot, or before."""
    for c, choice in made.items():
        if node.bridges is not None and choice.stage == "filed" and batch.new_rows[c] and ordered[c] != choice.option:
            note_filed(node.bridges, batch.names[c], choice.bridge, choice.routed, zones[c], at, ordered[c])


class _Reached(NamedTuple):
    """How far a truck has come: the stage, the bridge where it stands as far as it is known, and what a scan showed."""

    stage: DecisionStage
    bridge: str
    image: ScanImage | None


def _reached(batch: Batch, c: int, moment: Moment) -> _Reached:
    """How far the truck of a crossing has come. One that has arrived, and of which something is filed again, stands
    where it stood: it is not on its way a second time. That holds too where nothing was decided there, as of what an
    edge handed in."""
    name, before = batch.names[c], batch.earlier.get(c)
    if moment.stage == "filed" and before is not None:
        decided, routed = before.decided, before.decided.routing
        if routed is not None and decided.stage not in (None, "filed"):
            return _Reached(decided.stage, decided.bridge, routed.image)
        if before.came is not None:
            return _Reached(before.came.stage, before.came.bridge or decided.bridge, None)
    return _Reached(moment.stage, moment.bridges.get(name, ""), moment.images.get(name))


def expected_worth(
    judged: Judged, batch: Batch, rows: Int64Array, policy: Policy, images: Sequence[ScanImage | None]
) -> list[tuple[list[float], float]]:
    """For each of some rows, what each option is expected to prevent in truck-minutes, and the chance that a scan
    alarms; `images` are what scans showed before."""
    threat = judged.threat_ppb[rows]
    alarmed = np.array([image == "alarm" for image in images], dtype=np.bool_)
    if alarmed.any():
        threat[alarmed] = after_alarm(threat[alarmed], policy)
    programme = batch.table["trade_programme"][rows]
    worth = prevented(threat, judged.assessment.exploration[rows], programme, policy) / NANOMINUTES
    return list(zip(worth.tolist(), alarm_chance(threat, policy).tolist(), strict=True))


def minutes_of(bridge: Bridge, fields: dict[str, Any], bridges: Bridges) -> list[float]:
    """The minutes that are predicted for a truck at each resource of a bridge: as learnt from its examinations, else
    those of an ordinary truck; NaN where it cannot go."""
    minutes = ordinary_minutes(bridge)
    for resource, document in bridges.prices.service(bridge.id).items():
        place = RESOURCES.index(resource)
        if minutes[place] > 0.0:
            minutes[place] = predicted(document, fields)
    return minutes


def _fields(batch: Batch, row: int) -> dict[str, Any]:
    return {name: batch.table[name][row] for name in _FIELDS}


def _hashes(batch: Batch, row: int, goods: str | None) -> tuple[int, tuple[int, ...]]:
    """Who filed a truck, and what ties its trip to others."""
    own = {kind: int(batch.identities[kind][row]) for kind in ("carrier", "tractor", "importer", "exporter")}
    return own["carrier"], ties_of(own["tractor"], own["importer"], own["exporter"], goods)


def _arrival(fields: dict[str, Any], policy: Policy) -> datetime:
    lead = policy.lead.fast if fields["lane"] == "fast" else policy.lead.standard
    filed: datetime = fields["filed_at"]
    return filed + timedelta(minutes=lead.minutes)
