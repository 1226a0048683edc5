"""What `aforo demo` tells on the terminal while it goes on: how the world stands, once a minute."""

from __future__ import annotations

import logging

from aforo.api.demo_clock import Stage
from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.flow.looking import Looking

logger = logging.getLogger("aforo.cli")
#: Seconds between two sentences.
_EVERY_S = 60.0


class Telling(Looking):
    """A context manager: inside, it is told how things stand, where that changed."""

    def __init__(self, stage: Stage, say: Sentences) -> None:
        super().__init__("telling", _EVERY_S, "how the demo stands could not be told", logger)
        self._stage, self._say = stage, say
        self._before = stage.world

    def look(self) -> None:
        """Tell once."""
        clock, world = self._stage.clock, self._stage.world
        if world == self._before:
            return
        self._before = world
        ended = world.ended
        told = self._say(
            "demo_stands", at=f"{clock():%Y-%m-%d %H:%M} UTC", asked=f"{clock.speed:g}", filed=f"{world.filed:,}",
            attained=f"{clock.attained:.1f}", inside=f"{world.inside:,}", gone=f"{sum(ended.values()):,}",
            examined=f"{sum(count for how, count in ended.items() if how != 'released'):,}",
            found=f"{ended.get('found', 0):,}",
        )  # fmt: skip
        terminal.err.print(told, markup=False)
