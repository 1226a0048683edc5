"""A town with two bridges: days of waits at both, and at one of them a queue that has grown into the street."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from boards import Written, day_of_trucks, day_of_waits, reads

TOWN = ("world-trade", "colombia")
#: Trucks that came to Colombia over five hours, and those of them that reached primary.
CAME, SERVED = 500, 222


def a_town(now: datetime, days: int = 4) -> tuple[Written, dict[str, list[float]]]:
    """What is recorded of a town until `now`, and the minutes that each truck waited at World Trade, by local day."""
    said, draw = Written(), Random(3)
    waited: dict[str, list[float]] = {}
    for back in range(days, 0, -1):
        midnight = (now - timedelta(days=back)).replace(hour=6, minute=0, second=0, microsecond=0)
        for bridge, trucks, mean in (("world-trade", 200, 40.0), ("colombia", 60, 25.0)):
            each = day_of_waits(said, draw, midnight, bridge, trucks, mean)
            day_of_trucks(said, draw, midnight, bridge, trucks // 4, 0.2)
            if bridge == "world-trade":
                for at, minutes, _ in each:
                    waited.setdefault(str((at - timedelta(hours=6)).date()), []).append(minutes)
    tags = [draw.randrange(1, 2**63) for _ in range(CAME)]
    reads(said, "colombia", "queue_end", [now - timedelta(minutes=300, seconds=-36 * n) for n in range(CAME)], tags)
    at = [now - timedelta(minutes=298, seconds=-80 * n) for n in range(SERVED)]
    reads(said, "colombia", "primary", at, tags[:SERVED], "standard")
    return said, waited
