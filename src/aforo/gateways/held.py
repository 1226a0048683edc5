"""What could not be put aside now is left with its broker, and holds one of the places that a broker has for what is
not acknowledged: so few that everybody else's messages go on, and of those so few in one device's name that a flood in
it leaves the others theirs. What finds no place is refused as what finds no room aside is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aforo.log.put_aside import Later

#: Seconds until what could not be put aside is tried again.
AGAIN_S = 10.0
#: The part of the places that messages in one device's name have.
_OF_ONE = 8


class Held:
    """The places of one session; not to be shared between threads."""

    def __init__(self, most: int) -> None:
        """`most` are the messages that may be held at once."""
        self._most, self._each = most, max(most // _OF_ONE, 1)
        self._count, self._of = 0, Counter[str]()
        self.again_s = AGAIN_S

    def take(self, later: Sequence[Later]) -> bool:
        """Hold a message that this is to be put aside of; whether there was a place."""
        devices = {each.device for each in later}
        if self._count >= self._most or any(self._of[each] >= self._each for each in devices):
            return False
        self._count += 1
        self._of.update(devices)
        return True

    def give_back(self, later: Sequence[Later]) -> None:
        """Its place is free again."""
        self._count -= 1
        self._of -= Counter({each.device for each in later})
