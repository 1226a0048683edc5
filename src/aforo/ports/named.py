"""Which bridge a word for a place means, as reports of scanners name places."""

from __future__ import annotations

from collections.abc import Iterable

from aforo.ports.document import Bridge, PortDocument


def bridge_of(port: str | None, ports: Iterable[PortDocument]) -> Bridge | None:
    """The bridge that a report's word for the place means: a bridge's id, name or alias, or the code or name of a port
    that has but one bridge; None where it means none, or one of several."""
    wanted = (port or "").strip().casefold()
    if not wanted:
        return None
    for each in ports:
        if (named := each.bridge(wanted)) is not None:
            return named
        if wanted in (each.code.casefold(), each.name.casefold()) and len(each.bridges) == 1:
            return each.bridges[0]
    return None
