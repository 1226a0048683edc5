"""SYNTHETIC traffic over one bridge for `edge_cut_off`: trucks as they truly are, and what is filed of them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

PORT, BRIDGE = "2304", "World Trade"
BEFORE_H, CUT_H, AFTER_H = 2.0, 8.0, 2.0
START = datetime(2024, 3, 20, 10, tzinfo=UTC)


@dataclass
class Truck:
    """One passage, as it truly is."""

    own: str
    trip: str
    plate: str
    arrives: datetime
    files: datetime | None
    visit: str = ""
    examined: int = 0
    left: bool = False
    lowered: bool = False
    #: What the node had ordered when it left the bridge.
    held_when_left: bool = False


def traffic(dice: random.Random, start: datetime, count: int) -> list[Truck]:
    """The trucks of a trial, with what each of them truly does."""
    made = []
    plates = [f"PL-{n}" for n in range(max(4, int(count * 0.7)))]
    trips: dict[str, list[datetime]] = {}
    for number in range(count):
        arrives = start + timedelta(minutes=dice.uniform(30, (BEFORE_H + CUT_H) * 60 + 30))
        plate = dice.choice(plates)
        # A tractor needs three hours for a trip.
        if any(abs(other - arrives) < timedelta(hours=3) for other in trips.get(plate, ())):
            plate = f"PX-{number}"
        trips.setdefault(plate, []).append(arrives)
        draw = dice.random()
        files: datetime | None = arrives - timedelta(minutes=dice.uniform(40, 80))
        if draw < 0.03:
            files = None
        elif draw < 0.08:
            files = arrives + timedelta(minutes=dice.uniform(5, 50))
        made.append(Truck(f"D{number}", f"T{number}", plate, arrives, files))
    return made


def fields(own: str, truck: Truck, filed_at: datetime, dice: random.Random, **more: Any) -> dict[str, Any]:
    """What is filed of a truck."""
    return {
        "declaration_id": own, "crossing_id": truck.trip, "filed_at": filed_at.isoformat(), "port": PORT,
        "bridge": BRIDGE, "carrier_id": f"CA-{dice.randrange(20)}", "driver_id": f"DR-{truck.plate}",
        "tractor_id": truck.plate, "importer_id": f"IM-{dice.randrange(30)}",
        "exporter_id": f"EX-{dice.randrange(30)}", "hs6": "870829", "description": "brackets", "origin": "MX",
        "departure": "MX", "gross_mass_kg": dice.uniform(2_000, 30_000), "value_usd": 50_000.0,
        "duty_rate": 0.025, "packages": 20.0, "declared_empty": 0, "trade_programme": "none", "lane": "standard",
    } | more  # fmt: skip
