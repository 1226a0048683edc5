"""Which scanner stands at which bridge, and what it is used as there: what `fleet` knows, as values for `ports`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aforo.domain.bridge import Resource
from aforo.fleet.standing import Standing
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.named import bridge_of as bridge_of
from aforo.ports.standing import Capacity

#: The resources that scanners are, by bridge.
Capacities = dict[str, dict[Resource, Capacity]]


def only_at_port(port: str | None, ports: Iterable[PortDocument]) -> str | None:
    """The code of the port that a report's word for the place means, where that has several bridges and the word names
    none of them: the scanner is at none of them then, which is not to say that it is nowhere."""
    wanted = (port or "").strip().casefold()
    every = list(ports)
    if not wanted or bridge_of(port, every) is not None:
        return None
    return next((each.code for each in every if wanted in (each.code.casefold(), each.name.casefold())), None)


def zones_of_places(ports: Iterable[PortDocument]) -> dict[str, str]:
    """The IANA zone of each word by which a report may name a port or a bridge, in small letters."""
    found: dict[str, str] = {}
    for each in ports:
        named = [each.code, each.name, *(word for own in each.bridges for word in (own.id, own.name, *own.aliases))]
        found |= {word.strip().casefold(): each.zone for word in named}
    return found


def used_as(kind: str | None, bridge: Bridge) -> Resource:
    """What a scanner of a kind is at a bridge: that which the document lists under the kind, else the only one that the
    bridge has, else a scanner in secondary."""
    wanted = (kind or "").casefold()
    for resource, groups in (("scanner", bridge.scanners), ("portal", bridge.portals)):
        if any(group.kind.casefold() == wanted for group in groups):
            return "portal" if resource == "portal" else "scanner"
    return "portal" if bridge.portals and not bridge.scanners else "scanner"


def capacities(fleet: Sequence[Standing], ports: Sequence[PortDocument]) -> Capacities:
    """How many scanners are up, and how many stand, by bridge and resource; those that no bridge can be told of are at
    none, and readers, cameras and weighbridges are no scanners. A bridge of whose scanners nothing was ever reported
    is not in it."""
    found: Capacities = {}
    for each in fleet:
        bridge = bridge_of(each.port, ports) if each.in_service and each.device == "scanner" else None
        if bridge is None:
            continue
        resource = used_as(each.kind, bridge)
        before = found.setdefault(bridge.id, {}).get(resource, Capacity(0, 0, 0))
        heard = max(before.at, each.heard or 0)
        found[bridge.id][resource] = Capacity(before.up + (each.status == "up"), before.stands + 1, heard)
    return found
