"""What a crossing has to do with others that are open: the same tractor, the same seal, the same shipment.

Crossings that share one of them may be one truck, declared under two names; they stay two, and the officer sees the
link. What cannot be is a contradiction, and evidence: one tractor at two ports at once, one seal on two tractors. The
accounts that two crossings give of one shipment are compared like those of one.
"""

from __future__ import annotations

from collections.abc import Reversible, Sequence
from datetime import datetime

import polars as pl

from aforo.domain.declaration import identity_text
from aforo.domain.event import Filed
from aforo.domain.stated import Contradiction, Link
from aforo.flow.accounts import contradicting, lines_of
from aforo.flow.batch import Batch
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.open_trucks import OpenTrucks, Sighting, names_trip
from aforo.flow.recorded import columns_of
from aforo.routing.policy import Policy

#: How many links of one kind are recorded of a crossing, the latest ones.
MOST = 4

Found = tuple[dict[int, list[Link]], dict[int, list[Contradiction]]]


def met(batch: Batch, node: Node, at: datetime) -> Found:
    """The links of a batch's crossings to open ones, and what contradicts these, by crossing; the batch's own crossings
    are open from then on, in their order, and closed where nothing of them stands.
    """
    sightings = _sightings(batch)
    cancels = [action == "cancel" for action in batch.table["action"].to_list()]
    now = int(at.timestamp())
    trucks, policy = node.trucks, node.force.policy
    links: dict[int, list[Link]] = {}
    contradictions: dict[int, list[Contradiction]] = {}
    for c, rows in enumerate(batch.new_rows):
        name, standing = batch.names[c], set(batch.rows[c])
        for taken in batch.taken.get(c, ()):
            trucks.take(name, taken, now)
        for row in rows:
            if row in standing:
                _look(c, name, sightings[row], trucks, policy, links, contradictions)
        for row in rows:
            if not cancels[row]:
                trucks.enter(name, sightings[row], now)
        if not standing:
            trucks.close(name)
    links = {c: list(dict.fromkeys(found)) for c, found in links.items()}
    shared = {c: own for c, found in links.items() if (own := [e.crossing for e in found if e.kind == "shipment"])}
    filed = _filed({name for own in shared.values() for name in own}, node)
    for c, own in shared.items():
        theirs = [filing for name in own for filing in filed.get(name, ())]
        if theirs:
            contradictions.setdefault(c, []).extend(_of_shipments(batch, c, theirs, node))
    return links, contradictions


def _sightings(batch: Batch) -> list[Sighting]:
    """What each new row says of its truck."""
    count = sum(map(len, batch.new_rows))
    table = batch.table[:count] if count < batch.table.height else batch.table
    columns = ("declaration_id", "crossing_id", "shipment_id", "port", "seal_id")
    said = zip(
        *(table[name].to_list() for name in columns),
        table["filed_at"].cast(pl.Int64).to_list(),
        batch.identities["tractor"][:count].tolist(),
        batch.identities["carrier"][:count].tolist(),
        strict=True,
    )
    return [
        Sighting(
            own, filed // 1_000_000, port or "", tractor, carrier, identity_text(seal) if seal else "", shipment or "",
            (crossing or "") if names_trip(own, crossing, shipment) else "",
        )
        for own, crossing, shipment, port, seal, filed, tractor, carrier in said
    ]  # fmt: skip


def _look(
    c: int,
    name: str,
    said: Sighting,
    trucks: OpenTrucks,
    policy: Policy,
    links: dict[int, list[Link]],
    contradictions: dict[int, list[Contradiction]],
) -> None:
    """What one declaration has to do with open crossings other than its own."""
    at_once, same_truck = policy.joining.at_once.minutes * 60, policy.joining.same_truck.minutes * 60
    for other in _latest(trucks.of_tractor(said.tractor), name) if said.tractor else ():
        truck = trucks.trucks[other]
        apart = abs(truck.filed - said.filed)
        if said.port and truck.port and said.port != truck.port:
            if apart <= at_once:
                places = said.port, truck.port
                contradictions.setdefault(c, []).append(
                    Contradiction("tractor_elsewhere", said.declaration, truck.declaration, *places)
                )
        elif apart <= same_truck:
            links.setdefault(c, []).append(Link("tractor", other))
    for other in _latest(trucks.of_seal(said.seal), name) if said.seal else ():
        truck = trucks.trucks[other]
        if said.tractor and truck.tractor and said.tractor != truck.tractor:
            contradictions.setdefault(c, []).append(
                Contradiction("seal_elsewhere", said.declaration, truck.declaration, said.seal, said.seal)
            )
        else:
            links.setdefault(c, []).append(Link("seal", other))
    for other in _latest(trucks.of_shipment(said.shipment), name) if said.shipment else ():
        links.setdefault(c, []).append(Link("shipment", other))


def _latest(crossings: Reversible[str], own: str) -> list[str]:
    """The latest ones but a crossing's own; who declares one seal for many thousand trucks has not all looked at."""
    latest: list[str] = []
    for name in reversed(crossings):
        if name != own:
            latest.append(name)
            if len(latest) == MOST:
                break
    return latest[::-1]


#: A filing, and when it was filed.
_Filing = tuple[Filed, datetime]


def _filed(crossings: set[str], node: Node) -> dict[str, list[_Filing]]:
    """The filings of those crossings that the log has; asked for once, since many of a batch may share a shipment."""
    found: dict[str, list[_Filing]] = {}
    for stream in node.log.versions([stream_of(name) for name in sorted(crossings)]) if crossings else ():
        filings = [(e.payload, e.event.occurred_at) for e in node.log.stream(stream) if isinstance(e.payload, Filed)]
        found[stream.removeprefix("crossing/")] = filings
    return found


def _of_shipments(batch: Batch, c: int, theirs: Sequence[_Filing], node: Node) -> list[Contradiction]:
    """What contradicts what between a crossing's accounts of its shipments and those of crossings that share them."""
    table, _ = columns_of([filed for filed, _ in theirs], [at for _, at in theirs])
    return contradicting(lines_of(pl.concat([batch.table[batch.rows[c]], table])), node.force.policy.tolerance)
