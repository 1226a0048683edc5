"""Guesses slowed down: who signs in with a wrong password waits, longer each time, and is never shut out for ever.

Failures are counted by the name that was typed and the address it came from, together and each by itself, whether or
not there is such an account: how long one waits tells nothing. The wait of a name from everywhere is short, and does
not concern an address from which its person has signed in before, so that who guesses at a name does not keep its
person out. An attempt counts as failed from its beginning, so that many at once are no way around it.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aforo.api.origin import network_of
from aforo.log.accounts import login_of
from aforo.log.attempts import Attempt


@dataclass(frozen=True)
class Measure:
    """So many failures cost nothing; each further one doubles the wait, from two seconds up to `longest`."""

    free: int
    longest: float


#: Of a name from one address, of an address, and of a name from anywhere.
PAIR, ADDRESS, NAME = Measure(4, 900.0), Measure(20, 60.0), Measure(20, 30.0)
#: Seconds without a failure after which failures are forgotten.
FORGOTTEN_S = 3_600.0
#: What is remembered at most; the longest untouched goes first.
MOST = 20_000


#: Seconds after which it is forgotten where a name signed in from.
KNOWN_S = 90 * 24 * 3_600.0


class Slowing:
    """The failures of one server. `now` is the machine's time, in seconds since 1970: what is kept outlives a start."""

    def __init__(self, now: Callable[[], float] = time.time, kept: Iterable[Attempt] = ()) -> None:
        """`kept` are the attempts of before, the oldest first."""
        self._now = now
        #: By digest: how many, and when the last one was.
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()
        #: Digests of names with the addresses that they signed in from, and when.
        self._known: OrderedDict[str, float] = OrderedDict()
        #: What is to be kept of both.
        self._changed: dict[str, Attempt] = {}
        for each in kept:
            if each.known:
                self._known[each.digest] = each.at
            else:
                self._failed[each.digest] = each.failures, each.at

    def attempt(self, name: str, address: str) -> float:
        """Seconds to wait before an attempt may be made; 0 where it may be made now, and is counted."""
        login, place = login_of(name), network_of(address)
        keys = [(_digest("pair", login, place), PAIR), (_digest("address", place), ADDRESS)]
        if _digest("known", login, place) not in self._known:
            keys.append((_digest("name", login), NAME))
        wait = max(self._wait(key, measure) for key, measure in keys)
        if wait > 0:
            return wait
        for key, _ in keys:
            self._count(key, self._failures(key)[0] + 1, self._now())
            self._failed.move_to_end(key)
        while len(self._failed) > MOST:
            self._failed.popitem(last=False)
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """The attempt was none of a guesser; what its name failed with from there before is forgotten."""
        login, place = login_of(name), network_of(address)
        pair = _digest("pair", login, place)
        if pair in self._failed:
            self._count(pair, 0, self._now())
            del self._failed[pair]
        for key in (_digest("address", place), _digest("name", login)):
            count, last = self._failures(key)
            if count:
                self._count(key, count - 1, last)
        known = _digest("known", login, place)
        self._known[known] = self._now()
        self._known.move_to_end(known)
        self._changed[known] = Attempt(known, 0, True, self._now())
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def changes(self) -> list[Attempt]:
        """What is to be kept that was not yet; it is told once."""
        changed, self._changed = self._changed, {}
        return list(changed.values())

    def _count(self, key: str, count: int, last: float) -> None:
        self._failed[key] = count, last
        self._changed[key] = Attempt(key, count, False, last)

    def _failures(self, key: str) -> tuple[int, float]:
        count, last = self._failed.get(key, (0, 0.0))
        return (0, last) if self._now() - last > FORGOTTEN_S else (count, last)

    def _wait(self, key: str, measure: Measure) -> float:
        count, last = self._failures(key)
        if count < measure.free:
            return 0.0
        due = min(2.0 ** min(count - measure.free + 1, 30), measure.longest)
        # No longer than that, though somebody set the machine's clock back.
        return min(due, max(0.0, last + due - self._now()))


def _digest(*of: str) -> str:
    """What stands for a name, an address, or both: what was typed as a name may be a password."""
    return hashlib.blake2b("\0".join(of).encode(), digest_size=16, person=b"aforo attempts").hexdigest()
