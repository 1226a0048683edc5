"""The port documents of a demonstration: those that ship, with a reader at the exit of each bridge that has any reader.

Crossing times end where a truck leaves the port, and no published description places a reader there: the demonstration
assumes one, and its documents say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from aforo.ports import shipped
from aforo.ports.directory import Directory
from aforo.ports.document import PortDocument

_BRIDGE = "[[bridge]]\n"
_EXIT = """
[[bridge.readers]]
id = "{bridge}-exit"
place = "exit"
where = "Exit of the port (assumed for the demonstration)"
source = "assumed"
"""


@cache
def _directory() -> Directory:
    return Directory.of(
        _with_exits(port, body) for port, body in zip(shipped.ports(), shipped.documents().values(), strict=True)
    )


def documents() -> Mapping[str, bytes]:
    """Each document, by Schedule D code, in the order of the codes."""
    return _directory().documents


def ports() -> tuple[PortDocument, ...]:
    """The ports, in the order of their Schedule D codes."""
    return _directory().ports


def _with_exits(port: PortDocument, body: bytes) -> bytes:
    head, *bridges = body.decode("utf-8").split(_BRIDGE)
    told = [head]
    for bridge, text in zip(port.bridges, bridges, strict=True):
        reads = {each.place for each in bridge.readers}
        told.append(
            text.rstrip("\n") + "\n" + _EXIT.format(bridge=bridge.id) + "\n"
            if reads - {"exit"} == reads != set()
            else text
        )
    return _BRIDGE.join(told).encode("utf-8")
