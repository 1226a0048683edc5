"""The bridges that a demonstration shows, by their names in the port documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aforo.demo import gates
from aforo.ports import shipped
from aforo.ports.document import Bridge, PortDocument
from aforo.trials.world_places import PLACES

#: Bridges that show different things: the busiest one, with a portal; its neighbour, with joint docks; both at the
#: Pacific; produce at Nogales; and a small one.
DEFAULT = ("world-trade", "colombia", "otay-mesa", "mariposa", "santa-teresa")


@dataclass(frozen=True)
class Shown:
    """One bridge that is shown, with its port; `number` is its own in every chance, as the twin has it."""

    port: PortDocument
    bridge: Bridge
    number: int

    @property
    def place(self) -> int:
        """The place in the synthetic world whose traders cross here; another one's where it has none there."""
        for index, each in enumerate(PLACES):
            if each.port == self.port.code and self.port.bridge(each.bridge) == self.bridge:
                return index
        return self.number % len(PLACES)


class NoBridgeError(ValueError):
    """No shipped document has a bridge of this name."""


def every() -> list[Shown]:
    """All bridges of the demonstration's documents."""
    return [
        Shown(port, bridge, int(port.code) * 100 + index)
        for port in gates.ports()
        for index, bridge in enumerate(port.bridges)
        if bridge.week_shape() is not None
    ]


def chosen(names: Sequence[str]) -> list[Shown]:
    """The bridges of these names, each once, in the order of their ports. Raises NoBridgeError with the first name that
    is none."""
    places = every()
    wanted = set()
    for name in names:
        found = shipped.bridge_called(name)
        if found is None:
            raise NoBridgeError(name)
        wanted.add(found[1].id)
    return [each for each in places if each.bridge.id in wanted]
