"""What was made before in this process, by a key of all that it was made from; what was used longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Recalled(Generic[T]):
    """Holds at most so many bytes; what is larger is not held at all."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> T | None:
        """What was put there, if it is still held."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: str, made: T, size: int) -> None:
        """Hold it, of so many bytes."""
        if key in self._held or size > self._most:
            return
        self._held[key] = (made, size)
        self._bytes += size
        while self._bytes > self._most:
            _, (_, freed) = self._held.popitem(last=False)
            self._bytes -= freed
