"""Joining: a declaration that names no trip, of a shipment that a trip lists, is part of that trip's crossing.

Only by the shipment's own number, only where one trip alone lists it, and only for the trip's carrier: the declaration
names it, or names none and the shipment's number is of that carrier's series. By another carrier's number nobody gets
into a crossing. What does not join is linked.
"""

from __future__ import annotations

import re

import polars as pl

from aforo.domain.declaration import identity_text
from aforo.flow.node import Node
from aforo.flow.open_trucks import names_trip
from aforo.log.keys import KeyStore

#: A shipment control number as the field forms it: the carrier's SCAC, two to four letters, and a number behind it.
_CONTROL_NUMBER = re.compile(r"([A-Z]{4}(?=.)|[A-Z]{2,3}(?=[0-9])).*")
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
        if may_join(shipment, own, carrier, node.keys):
            made[row] = trip
    return made


def may_join(shipment: str, own: int, trips: int, keys: KeyStore) -> bool:
    """Whether what a carrier (keyed hash, 0 for none named) declared of a shipment may be part of a trip of the carrier
    `trips`."""
    if own:
        return own == trips
    issuer = _CONTROL_NUMBER.fullmatch(identity_text(shipment))
    return issuer is not None and int(keys.identity_hashes("carrier", [issuer[1]])[0]) == trips
