"""What waits to be come back to: challenges that are not answered yet, and persons who are away at a provider.

Each thing has a holder, such as the network that it was asked for from. One holder has few at once, and a full table
makes room at the cost of whoever holds most: who begins many loses their own, and nobody else's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Waiting(Generic[K, V]):
    """Things by their keys, in the memory of the server, for so long `within`: `most` at once, and `most_of_one`."""

    def __init__(self, clock: Callable[[], datetime], within: timedelta, *, most: int, most_of_one: int) -> None:
        self._clock = clock
        self._within = within
        self._most = most
        self._most_of_one = most_of_one
        #: By key, the oldest first: what waits, its holder, and since when.
        self._kept: dict[K, tuple[V, str, datetime]] = {}

    def put(self, key: K, value: V, holder: str) -> None:
        """Have something wait. The oldest of the same holder goes where that has enough, and of whoever holds most
        where all is full."""
        at = self._clock()
        self._kept = {own: each for own, each in self._kept.items() if at - each[2] < self._within}
        held = Counter(each[1] for each in self._kept.values())
        if held[holder] >= self._most_of_one:
            self._drop_oldest(holder)
        elif len(self._kept) >= self._most:
            self._drop_oldest(max(held, key=lambda each: (held[each], each == holder)))
        self._kept[key] = value, holder, at

    def take(self, key: K) -> V | None:
        """What waits by a key, and waits no more after this; None where nothing does, or did for too long."""
        value, _, at = self._kept.pop(key, (None, "", None))
        return None if at is None or self._clock() - at >= self._within else value

    def _drop_oldest(self, holder: str) -> None:
        del self._kept[next(key for key, each in self._kept.items() if each[1] == holder)]
