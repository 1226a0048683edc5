"""A node makes the bundle of a port: the trucks to expect, what is in force, and the keys of today and tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from aforo.domain.text import Text
from aforo.flow.commitments import commit_to
from aforo.flow.edge_bundle import Bundle, Signed, sign
from aforo.flow.edge_enrolled import Edge, bridge_at
from aforo.flow.edge_expected import Expecting, digest_of
from aforo.flow.edge_marks import lottery_key
from aforo.flow.edge_pricing import NAN, PricedBridge, known
from aforo.flow.node import InForce, Node
from aforo.flow.priced import BridgeNow, ordinary_minutes
from aforo.log import rotation
from aforo.log.store import Log
from aforo.log.tokens import HandedToken
from aforo.routing.choice import RESOURCES

#: How long the node keeps a key that an edge seals under, after its day: a port may be cut off for as long.
SEALING_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """What an edge says when it asks: its nonce, the position of its bundle in force with the event there, and its
    digest; nothing of these where it has none. `cursor` is how many of its leaves the node has."""

    nonce: str = ""
    since: int | None = None
    last: str = ""
    cursor: int = 0


def stated_of(force: InForce) -> dict[str, Text]:
    """What rules state for filers, by their codes."""
    return {rule.code: Text(rule.public_reason.en, rule.public_reason.es) for rule in force.rules.active}


def days_of(port: str, node: Node) -> tuple[date, date]:
    """Today and tomorrow at a port, by its calendar; by UTC where its zone is not known."""
    zone = node.zone_of(port)
    now = node.clock()
    today = (now.astimezone(ZoneInfo(zone)) if zone else now).date()
    return today, today + timedelta(days=1)


def sealing_keys(edge: Edge, node: Node) -> dict[date, str]:
    """The public keys that an edge seals under today and tomorrow; those of all edges whose time is over are
    destroyed."""
    days = days_of(edge.port, node)
    node.keys.sealing.destroy_before(days[0] - SEALING_KEPT)
    return {day: node.keys.sealing.public_key(edge.origin, day) for day in days}


def commit_to_days(port: str, node: Node) -> None:
    """Commit to the lottery keys of today and tomorrow, so that none is handed out before. Raises ConcurrencyError."""
    commit_to(days_of(port, node), node, node.clock())


def issue(edge: Edge, asked: Asked, expecting: Expecting, node: Node, tokens: Sequence[HandedToken] = ()) -> Signed:
    """The signed bundle of an edge: a delta where that can be made, else the whole. The keys of its days must have been
    committed to (`commit_to_days`)."""
    log, force = node.log, node.force
    trucks, position = expecting.trucks()
    knows = not asked.last or log.event(asked.last) is not None
    delta = expecting.delta(asked.since) if knows and asked.since is not None and asked.since <= position else None
    master_days = [day for day in days_of(edge.port, node) if day in node.committed_days]
    bundle = Bundle(
        origin=log.origin,
        edge=edge.origin,
        port=edge.port,
        bridge=edge.bridge,
        position=position,
        last=_last(log, position),
        issued_at=node.clock(),
        artefacts=force.hash,
        set=force.set,
        key=expecting.key.hex(),
        lottery={day: lottery_key(node.keys, edge.port, day).hex() for day in master_days},
        control_propensity=_chance(edge.port, force),
        digest=digest_of(trucks),
        trucks=tuple(trucks if delta is None else delta[0]),
        gone=() if delta is None else tuple(delta[1]),
        done=() if delta is None else tuple(delta[2]),
        since=None if delta is None else asked.since,
        known=knows,
        cursor=asked.cursor,
        nonce=asked.nonce,
        chain=tuple(stored.body.decode() for stored in log.stream(rotation.STREAM)),
        tokens=_of_bridge(edge, tokens, node),
        readers=_readers(edge, node),
        priced=priced_of(edge, node),
        sealing=sealing_keys(edge, node),
    )
    return sign(bundle, log.keys.signing.current(log.origin))


def _of_bridge(edge: Edge, tokens: Sequence[HandedToken], node: Node) -> tuple[HandedToken, ...]:
    """The tokens that an edge takes of those of its port: of devices those alone that speak for its bridge."""
    live = node.live()
    own = bridge_at(edge, live.directory)
    return tuple(
        each for each in tokens if each.role != "device" or (own is not None and own in map(live.called, each.bridges))
    )


def _readers(edge: Edge, node: Node) -> tuple[str, ...]:
    """The readers of an edge's bridge; of a bridge that no document has, none: nobody can say which are its own."""
    live = node.live()
    own = bridge_at(edge, live.directory)
    return tuple(sorted(name for name, at in live.readers.items() if at.bridge == own))


def priced_of(edge: Edge, node: Node) -> PricedBridge | None:
    """The bridge of an edge with its prices, and how it stands; None where it has none, or is not one of the port's."""
    bridges = node.bridges
    own = [] if bridges is None else bridges.named(edge.port, edge.bridge)
    if bridges is None or len(own) != 1:
        return None
    bridge, at = own[0], node.clock()
    now = bridges.state(bridge.id, at, at)
    if not bridges.believes(now, at):
        now = BridgeNow([NAN] * len(RESOURCES), now.up, NAN, None)
    lately = bridges.lately(bridge.id, at)
    return PricedBridge(
        bridge.id,
        bridges.zone(edge.port).key,
        bridges.prices.index.bridges[bridge.id],
        known(ordinary_minutes(bridge)),
        known(now.backlog),
        tuple(now.up),
        None if now.arrivals != now.arrivals else now.arrivals,
        at,
        None if lately != lately else lately,
    )


def document(hash_: str, edge: Edge, node: Node) -> bytes | None:
    """A document that the bundle of an edge names; None for any other."""
    priced = priced_of(edge, node)
    return node.log.artefacts.get(hash_) if priced is not None and hash_ in priced.hashes() else None


def _chance(port: str, force: InForce) -> int:
    """The lottery's chance of a truck of which no more is known than its port."""
    nothing = pl.Series([None], dtype=pl.String)
    return int(force.plan.propensity_ppb(pl.Series([port]), nothing, nothing)[0])


def _last(log: Log, position: int) -> str:
    """The event at a position, which names how far a log had come."""
    found = log.read(max(0, position - 1), limit=1)
    return found[0].event.event_id if found and found[0].position == position else ""
