"""How one bridge's yard stands: every truck in it and where, as one structure that is kept over a restart."""

from __future__ import annotations

import msgspec

from aforo.demo.outside.breaking import Unit
from aforo.demo.outside.roster import ENDLESS
from aforo.demo.outside.timetable import Due
from aforo.domain.decision import Examination


class Service(msgspec.Struct, array_like=True):
    """A truck that is served: at which unit, and when that ends; 0 where an officer says when."""

    unit: str
    ends: int


class Standing(msgspec.Struct):
    """A yard. `events` is a heap of (instant, serial number, what happens, to whom).

    `lines` are the trucks that wait for a booth, by the class whose booths those are; `booths` those that stand at one,
    with that class; `queues` those that wait for a resource and `serving` those that are served at it, by resource.
    `blocked` are done where they stand and find no room at the resource they are sent to. `arrived` is what the node
    answered of each truck that it was told stands at the booth, and `raised` what officers ordered since; `ordered` is
    what was ordered of those that have not come yet. `scanned` have been, and in those of `found` something was
    found. `asks` are the trucks for which an officer at the console is waited, with where they stand. `ended` counts
    the ways in which trucks ended.
    """

    at: int
    units: list[Unit]
    serial: int = 0
    trucks: dict[str, Due] = {}
    events: list[tuple[int, int, str, str]] = []
    lines: dict[str, list[str]] = {}
    booths: dict[str, str] = {}
    queues: dict[str, list[str]] = {}
    serving: dict[str, dict[str, Service]] = {}
    blocked: list[tuple[str, str]] = []
    arrived: dict[str, Examination] = {}
    raised: dict[str, Examination] = {}
    ordered: dict[str, Examination] = {}
    scanned: set[str] = set()
    found: set[str] = set()
    asks: dict[str, str] = {}
    lanes: dict[str, int] = {}
    posts: dict[str, int] = {}
    ended: dict[str, int] = {}

    def is_up(self, place: str) -> bool:
        """Whether any unit of a scanner's place is up and manned."""
        return self.posts.get(place, 0) > 0 and any(each.up for each in self.units if each.resource == place)

    def free(self, place: str, bridge: str) -> str | None:
        """A unit of a resource of the bridge that can take a truck now; None where there is none."""
        serving = self.serving.get(place, {})
        if len(serving) >= self.posts.get(place, 0):
            return None
        taken = {each.unit for each in serving.values()}
        if place in ("scanner", "portal"):
            up = (each.name for each in self.units if each.resource == place and each.up)
        else:
            up = (f"{bridge}-{place}-{number}" for number in range(1, ENDLESS))
        return next((each for each in up if each not in taken), None)
