"""Crossings on which something may still be ordered, however long ago: so that a node that starts again tells its ports
of an old hold as it did before. A projection of the log, saved beside it.

It holds too many rather than too few: whoever asks looks at each crossing's own events.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from aforo.domain.event import Decided, Examined, Filed, Moved, OrderUndone, Overridden, Passed
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

_TYPES = (Decided.TYPE, Overridden.TYPE, OrderUndone.TYPE, Examined.TYPE, Filed.TYPE, Moved.TYPE, Passed.TYPE)
_PAGE = 2_000
#: The state is saved when so many events were taken in since it was.
SAVE_AFTER = 20_000
#: How long what was ordered short of a hold is expected after the last that was heard of the truck. A hold is for ever.
ORDER_KEPT = timedelta(days=30)

Kind = Literal["hold", "order"]


class OpenOrders:
    """The projection; see `aforo.log.projections.Projection`. Not to be shared between threads."""

    name = "edge-open"
    version = 1
    types: Sequence[str] = _TYPES

    def __init__(self, log: Log) -> None:
        self.log = log
        #: By crossing: which kind of order there may be, and when something was recorded of it last.
        self.crossings: dict[str, tuple[Kind, datetime]] = {}
        self._position = self._since_saved = 0
        name = f"{self.name}/{self.version}"
        if (saved := log.projections.load(name)) is not None:
            self._position = saved[0]
            self.load(saved[1])

    def catch_up(self) -> OpenOrders:
        """Take in what the log has by now."""
        while events := self.log.read(self._position, types=_TYPES, limit=_PAGE):
            self.apply(events)
        return self

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order; those that were taken in before are passed over."""
        for stored in events:
            if stored.position > self._position:
                self._apply(stored)
                self._position = stored.position
                self._since_saved += 1
        if self._since_saved >= SAVE_AFTER:
            self._forget(events[-1].event.recorded_at - ORDER_KEPT)
            self.log.projections.save(f"{self.name}/{self.version}", self._position, self.dump())
            self._since_saved = 0

    def dump(self) -> bytes:
        """The state: names of crossings, which are the filers' own numbers."""
        return msgspec.msgpack.encode(self.crossings)

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        self.crossings = msgspec.msgpack.decode(state, type=dict[str, tuple[Kind, datetime]])

    def _apply(self, stored: StoredEvent) -> None:
        room, _, crossing = stored.event.stream.partition("/")
        if room != "crossing":
            return
        payload, known = stored.payload, self.crossings.get(crossing)
        kind: Kind | None = None if known is None else known[0]
        if isinstance(payload, Moved):
            kind = None
        elif isinstance(payload, Filed):
            floors = [taken.floor.examination for taken in payload.takes if taken.floor is not None]
            kind = "hold" if "hold" in floors else kind or ("order" if floors else None)
        elif isinstance(payload, Decided):
            kind = "hold" if payload.examination == "hold" else kind or _order(payload.examination != "release")
        elif isinstance(payload, Overridden):
            if payload.examination == "release":
                kind = None
            else:
                kind = "hold" if "hold" in (kind, payload.examination) else "order"
        elif isinstance(payload, OrderUndone):
            kind = "hold" if "hold" in (kind, payload.examination) else _order(payload.examination != "release")
        elif isinstance(payload, Examined):
            # The least that it can have ended is an order; a hold is none that an examination ends.
            found = bool(payload.outcome.violation)
            kind = "hold" if found or kind == "hold" else _order(payload.order_stands)
        elif isinstance(payload, Passed):
            kind = "hold" if kind == "hold" else None
        if kind is None:
            self.crossings.pop(crossing, None)
        else:
            self.crossings[crossing] = kind, stored.event.recorded_at

    def _forget(self, oldest: datetime) -> None:
        self.crossings = {
            name: known for name, known in self.crossings.items() if known[0] == "hold" or known[1] >= oldest
        }


def _order(there: bool) -> Kind | None:
    return "order" if there else None
