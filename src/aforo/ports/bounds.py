"""Whether what is stated of a bridge can be: no more lanes are open, and no more units manned, than stand there.

What the port document does not say bounds nothing. Where it is wrong, it is the document that is to be mended: the
statement is then taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aforo.domain.bridge import LaneClass, Resource
from aforo.ports.document import Bridge
from aforo.ports.finding import Finding, say


def standing_units(resource: Resource, bridge: Bridge) -> int | None:
    """How many units of a resource stand at a bridge by its document, at whatever hour; None where it does not say."""
    groups = {"scanner": bridge.scanners, "portal": bridge.portals}.get(resource, ())
    if groups:
        return sum(group.units.count for group in groups)
    if resource == "booth":
        return None if bridge.booths is None else bridge.booths.count
    places = {"dock": bridge.docks, "joint": bridge.joint, "yard": bridge.yard}
    place = places.get(resource)
    return None if place is None else place.units.count


def lanes_beyond(
    lanes: Mapping[LaneClass, int], bridge: Bridge, code: str = "lanes_beyond", place: str = "lanes"
) -> Finding | None:
    """What is wrong with lanes that are stated to be open at once, by class: more of them than booths stand there.
    `code` names the sentence, `place` where they are stated."""
    stands, stated = standing_units("booth", bridge), sum(lanes.values())
    if stands is None or stated <= stands:
        return None
    return say(code, place, bridge=bridge.name, stated=stated, stands=stands)


def posts_beyond(
    posts: Mapping[Resource, int], bridge: Bridge, in_service: Mapping[Resource, int]
) -> Iterator[Finding]:
    """What is wrong with posts that are stated to be manned. Of scanners `in_service` are those that the scanner log
    has at the bridge: where they are more than the document says, they are what stands there."""
    for resource, stated in posts.items():
        documented = standing_units(resource, bridge)
        if documented is None:
            continue
        stands = max(documented, in_service.get(resource, 0))
        if stated > stands:
            yield say(
                "posts_beyond", f"posts.{resource}", bridge=bridge.name, resource=resource, stated=stated, stands=stands
            )
