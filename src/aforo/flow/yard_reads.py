"""A truck is read at the gate of a pre-check yard: it is decided again there, as if somebody had reported it.

A plate's hash is that of a filing's tractor. Of several open crossings of a tractor the one that was filed last for the
bridge is meant: the others have not passed, and were forgotten or will be filed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aforo.domain.bridge import GateReads
from aforo.flow.at_booth import AtBooth, at_yard
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.log.stored import StoredEvent
from aforo.ports.reads import of_block

#: Who says so: the readers of a bridge.
READER = "gate-reads"


def come_to_yards(events: Iterable[StoredEvent], node: Node) -> list[AtBooth]:
    """Record the trucks that blocks of readings saw at yards, durably, each once; those of no crossing that has prices
    are passed over. Raises ConcurrencyError, with those before recorded."""
    if node.bridges is None:
        return []
    made = [at_yard(crossing, node, READER, bridge) for crossing, bridge in dict.fromkeys(_seen(events, node))]
    return [each for each in made if not each.repeated]


def _seen(events: Iterable[StoredEvent], node: Node) -> Iterator[tuple[str, str]]:
    """The crossings whose tractors were read at a yard, and its bridge."""
    for stored in events:
        block = stored.payload
        if not isinstance(block, GateReads) or block.place != "yard":
            continue
        for plate in dict.fromkeys(of_block(block, 0).plate.tolist()):
            for crossing in reversed(list(node.trucks.of_tractor(plate))) if plate else ():
                decided, _ = order_of(node.log.stream(stream_of(crossing)))
                if decided is not None and decided.bridge == block.bridge:
                    yield crossing, block.bridge
                    break
