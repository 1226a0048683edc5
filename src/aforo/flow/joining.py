"""Joining: a declaration that names no trip, of a shipment that a trip lists, is part of that trip's crossing.

Only by the shipment's own number, only where one trip alone lists it, and only for the trip's carrier or where the
declaration names none: by another carrier's number nobody gets into a crossing. What does not join is linked.
"""

from __future__ import annotations

import polars as pl

from aforo.flow.node import Node
from aforo.flow.open_trucks import names_trip

_COLUMNS = ("declaration_id", "crossing_id", "shipment_id", "amends", "carrier_id")


def joined(table: pl.DataFrame, crossing: list[str], node: Node) -> list[str]:
    """The crossing of each row: that of the trip which lists its shipment, in the batch or among those that are open;
    else as it is named, or that which took it in.
    """
    moved = node.trucks.moved
    if moved:
        crossing = [moved.get(name, name) for name in crossing]
    if table["shipment_id"].null_count() == table.height:
        return crossing
    rows = list(table.select(_COLUMNS).iter_rows())
    loose = [
        row
        for row, (own, named, shipment, amends, _) in enumerate(rows)
        if shipment and not amends and not names_trip(own, named, shipment)
    ]
    if not loose:
        return crossing
    carriers = node.keys.identity_hashes("carrier", [row[-1] for row in rows]).tolist()
    trips: dict[str, dict[str, int]] = {}
    for row, (own, named, shipment, amends, _) in enumerate(rows):
        if shipment and not amends and names_trip(own, named, shipment):
            trips.setdefault(shipment, {}).setdefault(crossing[row], carriers[row])
    made = list(crossing)
    for row in loose:
        shipment = rows[row][2]
        found = dict(trips.get(shipment, {}))
        if (open_trip := node.trucks.trip_of(shipment)) is not None:
            found.setdefault(open_trip, node.trucks.trucks[open_trip].carrier)
        if len(found) != 1:
            continue
        (trip, carrier), own = next(iter(found.items())), carriers[row]
        if own in (0, carrier):
            made[row] = trip
    return made
