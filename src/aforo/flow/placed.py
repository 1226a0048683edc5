"""Ports and prices in force, read from the log: what a node needs to decide by the price of a bridge's minutes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from aforo.flow.bridge_state import BridgeStates
from aforo.flow.documents import in_force
from aforo.flow.live_bridges import Live
from aforo.flow.on_the_way import OnTheWay
from aforo.flow.priced import Bridges, LatelyOf, unforeseen
from aforo.flow.prices import Index, Prices
from aforo.flow.trips import Trips
from aforo.log.projections import Follower
from aforo.log.store import Log
from aforo.ports.document import PortDocument
from aforo.ports.reading import parse as parse_port


@dataclass(frozen=True)
class Placed:
    """The port documents in force by code, the books of prices, and the hashes of the indexes of both; empty without
    any."""

    ports: dict[str, PortDocument]
    prices: Prices | None
    ports_hash: str = ""
    prices_hash: str = ""


def placed_in(log: Log) -> Placed:
    """What is in force now; the indexes are kept as artefacts. Raises PortError, BookError, ArtefactMissingError,
    ArtefactChangedError."""
    get = log.artefacts.get
    documents = in_force(log, "port")
    ports = {port.code: port for hash_ in documents.values() for port in [parse_port(get(hash_))]}
    ports_hash = log.artefacts.put("port", msgspec.json.encode(documents, order="sorted")) if documents else ""
    books = index_of(log)
    if not books.bridges:
        return Placed(ports, None, ports_hash)
    return Placed(ports, Prices(books, get), ports_hash, log.artefacts.put("prices", books.document()))


def index_of(log: Log) -> Index:
    """The index of the tables and policies in force."""
    index = Index()
    for name, hash_ in in_force(log, "prices").items():
        index.put(name, hash_)
    return index


def bridges_of(log: Log, placed: Placed, live: Live, lately: LatelyOf = unforeseen) -> Bridges | None:
    """The bridges that have prices, with how they are now and the trucks on the way; None where there are none.
    `lately` is what arrivals are held against where prices bring no forecast."""
    own = [bridge.id for port in placed.ports.values() for bridge in port.bridges]
    if placed.prices is None or not any(map(placed.prices.has, own)):
        return None
    way, trips = OnTheWay(believes=placed.prices.believes), Trips()
    followers = [Follower(log, each) for each in (way, trips)]

    def keep_up() -> None:
        for each in followers:
            each.look()

    def save() -> None:
        keep_up()
        for each in followers:
            each.save()

    save()
    states = BridgeStates(live, keep_up)

    def catch_up() -> None:
        keep_up()
        states.look_again()

    return Bridges(
        placed.ports, placed.prices, states, way, trips, look_again=states.look_again, catch_up=catch_up, save=save,
        lately=lately,
    )  # fmt: skip
