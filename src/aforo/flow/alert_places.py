"""Where the trucks are that alerts are about: bridge and port, and the place there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from aforo.domain.clock import instant
from aforo.flow.dossiers import Dossiers, Followed
from aforo.flow.node import Node
from aforo.flow.people_found import Standing

Where = Literal["", "yard", "primary", "held", "gone"]


class TruckPlace(msgspec.Struct, frozen=True):
    """Where a truck is, or is expected: the code of the port and the bridge, by its identifier or as it was named,
    empty where nobody named one. `at` is how far it has come, empty for one that is on its way, `held` for one that may
    not leave; `stands` is null where the bridge knows of no place of it now."""

    port: str
    bridge: str
    at: Where
    stands: Standing | None


def places_of(crossings: Collection[str], node: Node) -> dict[str, TruckPlace]:
    """Where the trucks of crossings are, of those that the dossiers still follow."""

    def known(dossiers: Dossiers) -> list[tuple[str, Followed]]:
        return [
            (name, msgspec.structs.replace(dossiers.crossings[name]))
            for name in crossings
            if name in dossiers.crossings
        ]

    live, now = node.live(), node.clock()
    found: dict[str, TruckPlace] = {}
    for name, each in node.dossiers.ask(known):
        bridge = live.called(each.bridge)
        work = None if bridge is None else live.work_of(bridge, now).get(name)
        stands = None if work is None else Standing(work.resource, work.step, work.unit, instant(work.at))
        at: Where = "yard" if each.at == "yard" else "primary" if each.at else ""
        if each.held and not each.gone and at:
            at = "held"
        elif each.gone or (each.examined and not each.held and not each.ordered):
            at = "gone"
        found[name] = TruckPlace(each.port, bridge or each.bridge, at, stands)
    return found
