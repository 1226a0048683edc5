"""Who acts on custody in tests, as acts on devices and trips take it: `**ACT`."""

from __future__ import annotations

from typing import Final, TypedDict

from aforo.domain.event import Origin


class Act(TypedDict):
    """Who does something, and whence it is."""

    actor: str
    origin: Origin


ACT: Final[Act] = {"actor": "tester", "origin": "live"}
