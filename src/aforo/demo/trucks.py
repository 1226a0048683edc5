"""The trucks that were chosen: what an officer sees of each, and whether the examination found anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from aforo.demo.scene import Finding
from aforo.domain.codes import port_zone, schedule_d
from aforo.domain.decision import Basis, Examination
from aforo.domain.text import Text
from aforo.domain.threat import Threat
from aforo.flow.selection import Selection

#: How many trucks are explained in words.
MOST_EXPLAINED = 6


class Truck(msgspec.Struct, frozen=True):
    """One crossing that was ordered to be examined.

    `filed_at` is local to the port, whose `zone` is IANA's; `hs6` and `goods` are None for an empty trailer. `value`
    and `price` are in truck-minutes. `found` is what the examination found; `threat` and `severity` (in the unit of the
    synthetic world) are None where it found nothing.
    """

    crossing_id: str
    declaration_id: str
    filed_at: datetime
    zone: str
    port: str
    port_name: str
    bridge: str
    hs6: str | None
    goods: str | None
    declared_empty: bool
    trade_programme: str
    lane: str
    probability: float
    value: float
    price: float
    examination: Examination
    basis: Basis
    control: bool
    found: bool
    threat: Threat | None
    severity: float | None
    reasons: Text
    decision: str


def local(instant: datetime, port: str | None) -> tuple[datetime, str]:
    """An instant on the clock of a port, and the name of its zone; UTC where the port is not known."""
    zone = port_zone(port) or "UTC"
    return instant.astimezone(ZoneInfo(zone)), zone


def trucks(table: pl.DataFrame, answers: Sequence[Selection], truth: dict[str, Finding]) -> list[Truck]:
    """The examined trucks among the answers, in order of filing. `table` holds the same declarations."""
    fields = {row["declaration_id"]: row for row in table.iter_rows(named=True)}
    made = []
    for answer in answers:
        if answer.basis is None:
            continue
        row, finding = fields[answer.declaration_id], truth[answer.declaration_id]
        filed_at, zone = local(row["filed_at"], row["port"])
        port = schedule_d().get(row["port"])
        made.append(
            Truck(
                crossing_id=answer.crossing_id,
                declaration_id=answer.declaration_id,
                filed_at=filed_at,
                zone=zone,
                port=row["port"],
                port_name=port.name if port else row["port"],
                bridge=row["bridge"],
                hs6=row["hs6"],
                goods=row["description"],
                declared_empty=bool(row["declared_empty"]),
                trade_programme=row["trade_programme"] or "none",
                lane=row["lane"],
                probability=answer.probability,
                value=answer.value,
                price=answer.price,
                examination=answer.examination,
                basis=answer.basis,
                control=answer.control,
                found=finding.violation,
                threat=finding.threat,
                severity=finding.severity,
                reasons=answer.reasons,
                decision=answer.decision,
            )
        )
    return made


def most_telling(selection: Sequence[Truck]) -> list[str]:
    """Crossings worth a sentence: of every kind of basis and outcome the likeliest, the finds first, at most six."""
    by_kind: dict[tuple[bool, str], list[Truck]] = {}
    for truck in sorted(selection, key=lambda each: (-each.probability, each.crossing_id)):
        by_kind.setdefault((truck.found, truck.basis), []).append(truck)
    order = sorted(by_kind, key=lambda kind: (not kind[0], kind[1]))
    chosen = [by_kind[kind][0] for kind in order]
    rest = [truck for kind in order for truck in by_kind[kind][1:] if truck.found]
    return [truck.crossing_id for truck in (*chosen, *rest)][:MOST_EXPLAINED]
