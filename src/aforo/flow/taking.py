"""A trip takes in what was filed before of the shipments that it lists: these crossings become part of its crossing.

Only what names no trip is taken, only for the trip's own carrier (see `joining.may_join`), and only while nothing but
filings and decisions happened to it; the rest is linked. Its filings are copied into the filing that takes them, so
that the crossing is whole in its own stream; what was ordered for them stands. The lot is the trip's: who files
shipments first, and then lists those that were released, has drawn nothing by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from aforo.domain.event import Assessed, Decided, Filed, Taken, TakenFiling
from aforo.flow.earlier import EarlierCrossing, as_decided, filed_before
from aforo.flow.filing import Filings
from aforo.flow.joining import may_join
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.open_trucks import names_trip
from aforo.log.stored import StoredEvent

#: Filings of a crossing that is taken in: they are copied into one event.
MOST_TAKEN = 256
_ORDINARY = (Filed, Assessed, Decided)
_COLUMNS = ("declaration_id", "crossing_id", "shipment_id", "amends")


def taking(filings: Filings, node: Node, width: int, ready: Callable[[list[str]], None]) -> Filings:
    """The filings, with what they take in; `width` is the feature count, `ready` is called as `settle` has it."""
    asked = _asked(filings, node)
    ready(list(dict.fromkeys([*filings.crossing, *(loose for own in asked.values() for loose in own)])))
    found = {}
    for trip, loose in asked.items():
        taken = [each for name in loose if (each := _taken(name, node.log.stream(stream_of(name)), width)) is not None]
        if taken:
            found[trip] = taken
    return replace(filings, taking=found) if found else filings


def _asked(filings: Filings, node: Node) -> dict[str, list[str]]:
    """The open crossings of shipments that trips of the batch list, by the trip's crossing."""
    table, trucks = filings.table, node.trucks
    if table["shipment_id"].null_count() == table.height:
        return {}
    here, gone = set(filings.crossing), set()
    asked: dict[str, list[str]] = {}
    carriers = filings.identities["carrier"].tolist()
    for row, (own, named, shipment, amends) in enumerate(table.select(_COLUMNS).iter_rows()):
        if not shipment or amends or not names_trip(own, named, shipment):
            continue
        for name in trucks.of_shipment(shipment):
            truck = trucks.trucks[name]
            if truck.trip or name in here or name in gone:
                continue
            if may_join(shipment, truck.carrier, carriers[row], node.keys):
                gone.add(name)
                asked.setdefault(filings.crossing[row], []).append(name)
    return asked


def _taken(name: str, events: Sequence[StoredEvent], width: int) -> tuple[Taken, EarlierCrossing] | None:
    """A crossing as it is taken in; None where more happened to it than filings, too many of them, or
    nothing of it stands."""
    old = as_decided(events, width)
    if old is None or not old.stood or not all(isinstance(stored.payload, _ORDINARY) for stored in events):
        return None
    filings = filed_before(events, events[-1].event.version)
    if len(filings) > MOST_TAKEN:
        return None
    return Taken(name, tuple(TakenFiling(at, filed) for at, filed in filings), old.floor), old
