"""Scanners that break and are repaired: each unit's history, drawn from the availability of the port document.

A unit is up and down in turns, for exponential times whose means give the document's share of time up and its mean
repair. Every turn is drawn by the unit's name and its number: so it breaks at the same instants whatever else happens,
and a history goes on after a restart where it was.
"""

from __future__ import annotations

import hashlib
import math

import msgspec

from aforo.domain.bridge import Resource
from aforo.domain.scanner import CAUSES, Cause
from aforo.ports.document import Bridge

_HOUR = 3_600_000_000
#: Hours of a repair where the document says nothing (as the twin takes it).
_REPAIR_HOURS = 24.0
#: Shares of outages by cause: nothing public tells causes apart, so this is assumed; the last have none reported.
_SHARES: tuple[float, ...] = (0.05, 0.35, 0.2, 0.08, 0.07, 0.1, 0.05)


def chance(*names: object) -> float:
    """A number from 0 to 1 that these names draw, always the same one."""
    digest = hashlib.blake2b("/".join(map(str, names)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") + 0.5) / 2.0**64


class Unit(msgspec.Struct):
    """One scanner: what it is used as, its kind, the share of time that it is up, the mean repair in hours; whether it
    is up, and how many turns it has had."""

    name: str
    resource: Resource
    kind: str
    availability: float
    repair_hours: float
    up: bool = True
    turns: int = 0

    def begin(self, seed: int) -> None:
        """Be up or down at the beginning, as it is at any instant."""
        self.up = chance(seed, self.name, "begins") < self.availability

    def lasts(self, seed: int) -> int:
        """Microseconds that the turn which it is in lasts from its beginning."""
        hours = self.repair_hours
        if self.up:
            hours *= self.availability / max(1.0 - self.availability, 1e-9)
        return round(min(-math.log(chance(seed, self.name, self.turns)) * hours, 1e5) * _HOUR)

    def turn(self) -> None:
        """Break, or be repaired."""
        self.up, self.turns = not self.up, self.turns + 1

    def cause(self, seed: int) -> Cause | None:
        """Why it is down, where that is reported."""
        drawn = chance(seed, self.name, self.turns, "cause")
        for cause, share in zip(CAUSES, _SHARES, strict=True):
            drawn -= share
            if drawn < 0.0:
                return cause
        return None


def units_of(bridge: Bridge) -> list[Unit]:
    """The scanners of a bridge, each with a name of its own."""
    return [
        Unit(
            f"{group.id}-{number}",
            resource,
            group.kind,
            group.availability.share if group.availability is not None else 1.0,
            group.repair.hours if group.repair is not None else _REPAIR_HOURS,
        )
        for resource, groups in _GROUPS
        for group in getattr(bridge, groups)
        for number in range(1, group.units.count + 1)
    ]


_GROUPS: tuple[tuple[Resource, str], ...] = (("scanner", "scanners"), ("portal", "portals"))
