"""What a node remembers, as a projection of its log: memory of entities, price, passages, committed lottery days.

The memory starts from its snapshot as it came with the model. It takes in, in the log's order, every filing and finding
that the snapshot cannot have: what was recorded after the event that registered it, and what was recorded before that
and happened after the end of the history that made it. (A finding that came in after the history's last filing is taken
for new, so a history that has it already makes it count twice.) A finding that was corrected is taken in once, with the
last word in the place of the first. The rest is of the whole log. Dropped, it is made again from the log to the same
bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec
import numpy as np

from aforo.domain.event import ArtefactPromoted, Decided, Examined, Filed, LotteryCommitted, LotteryRevealed, Passed
from aforo.domain.threat import THREATS
from aforo.domain.units import PPB
from aforo.flow.earlier import amendment_of, filed_before, standing
from aforo.flow.examinations import Examination, examinations
from aforo.flow.order import order_of
from aforo.flow.passages import Count, PackedDay, Passages
from aforo.flow.recorded import columns_of
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.risk.columns import crossing_keys
from aforo.risk.memory import Memory, Outcomes
from aforo.routing.rate import RatePrice, next_price

#: Positions of the log that are looked through at once, from its end backwards.
_LOOKED_THROUGH = 5_000
_MISDECLARATION = THREATS.index("misdeclaration")


class _State(msgspec.Struct, array_like=True):
    memory: bytes
    price: int
    #: Those of states that were saved before days were packed.
    passages: list[Count]
    days: list[date]
    revealed: list[date]
    outdated: bool = False
    passed: list[PackedDay] = []


class NodeState:
    """The projection; see `aforo.log.projections.Projection`.

    `set_hash` is the artefact set in force; `since` the position of the event that registered the memory's snapshot;
    `stream` reads a crossing's events; `shares_price` tells whether the decisions of a set moved the same price (by
    default this set's alone); `history_end` is the instant after the last filing of the snapshot's history (None where
    it is not known: then only what is recorded after `since` is taken in). `outdated` tells that a finding was
    corrected which the memory had learnt from already: it must be made again from the first event.
    """

    version = 2
    types: Sequence[str] = (
        Filed.TYPE, Decided.TYPE, Passed.TYPE, Examined.TYPE, LotteryCommitted.TYPE, LotteryRevealed.TYPE,
    )  # fmt: skip

    def __init__(
        self,
        set_hash: str,
        memory: Memory,
        price: RatePrice,
        since: int,
        stream: Callable[[str], list[StoredEvent]],
        shares_price: Callable[[str], bool] | None = None,
        history_end: datetime | None = None,
    ) -> None:
        self.name = f"node/{set_hash}"
        self.memory = memory
        self.price = price
        self.passages = Passages()
        self.days: set[date] = set()
        self.revealed: set[date] = set()
        self.outdated = False
        #: The examinations that were taken in with a correction, by the event that recorded them first.
        self._corrected: dict[str, Examination] = {}
        self._shares_price = shares_price or set_hash.__eq__
        self._since = since
        self._history_end = history_end
        self._stream = stream

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        filed: list[tuple[Filed, StoredEvent]] = []
        examined: list[tuple[StoredEvent, Examined]] = []
        for stored in events:
            payload = stored.payload
            if isinstance(payload, Examined) and payload.corrects is not None:
                self._learn(examined)
                self._meet(stored, payload.corrects)
            elif isinstance(payload, Filed | Examined):
                if not self._is_new(stored):
                    continue
                if isinstance(payload, Filed):
                    self._learn(examined)
                    filed.append((payload, stored))
                else:
                    self._observe(filed)
                    examined.append((stored, payload))
            elif isinstance(payload, Decided):
                if moves_price(payload) and self._shares_price(payload.artefacts):
                    self.price = price_after(payload, self.price)
            elif isinstance(payload, Passed):
                self.passages.add(payload, self.revealed)
            elif isinstance(payload, LotteryCommitted):
                self.days.add(payload.day)
            elif isinstance(payload, LotteryRevealed):
                self.revealed.add(payload.day)
                self.passages.forget(payload.day)
        self._observe(filed)
        self._learn(examined)

    def _is_new(self, stored: StoredEvent) -> bool:
        """Whether the snapshot cannot have a filing or finding; see the module."""
        if stored.position > self._since:
            return True
        return self._history_end is not None and stored.event.occurred_at >= self._history_end

    def _observe(self, filed: list[tuple[Filed, StoredEvent]]) -> None:
        if filed:
            columns = columns_of([payload for payload, _ in filed], [stored.event.occurred_at for _, stored in filed])
            self.memory.features(*columns, crossing_keys([_crossing(stored) for _, stored in filed]))
            filed.clear()

    def _learn(self, examined: list[tuple[StoredEvent, Examined]]) -> None:
        for stored, payload in examined:
            own = stored.event
            events = self._stream(own.stream)
            if (known := _examination(events, own.event_id)) is not None and known.position > stored.position:
                self._corrected[own.event_id] = known
                payload = known.last
            learn_outcome(self.memory, [each for each in events if each.event.version < own.version], payload)
        examined.clear()

    def _meet(self, correction: StoredEvent, first: str) -> None:
        """A correction: it was taken in with the finding it corrects, or the memory has learnt from what was wrong."""
        taken = self._corrected.get(first)
        if taken is not None and taken.position >= correction.position:
            return
        known = _examination(self._stream(correction.event.stream), first)
        if known is not None and known.relearn and self._is_new(known.first):
            self.outdated = True

    def dump(self) -> bytes:
        """The state, without personal data in clear."""
        days, revealed = sorted(self.days), sorted(self.revealed)
        memory, price = self.memory.dump(), self.price.price
        state = _State(memory, price, [], days, revealed, self.outdated, self.passages.dump())
        return msgspec.msgpack.encode(state)

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_State)
        self.memory = Memory.load(saved.memory)
        self.price = RatePrice(saved.price, self.price.rise, self.price.fall)
        self.days, self.revealed = set(saved.days), set(saved.revealed)
        counts = [each for each in saved.passages if each[2] not in self.revealed]
        self.passages = Passages.load(saved.passed, counts)
        self.outdated = saved.outdated


def _examination(events: Sequence[StoredEvent], first: str) -> Examination | None:
    """The examination among a crossing's events that the event `first` recorded."""
    return next((each for each in examinations(events) if each.first.event.event_id == first), None)


def learn_outcome(memory: Memory, events: Sequence[StoredEvent], examined: Examined) -> None:
    """Teach the memory what was found at a crossing, from its events before that: its declarations that stood, the
    propensity it was examined with, and whether an officer had chosen it."""
    filings = filed_before(events, events[-1].event.version)
    decided, _ = order_of(events)
    upkeep = 1 if decided is None else decided.upkeep
    kept = [filings[place] for place in standing([amendment_of(filed) for _, filed in filings], upkeep)]
    if not kept:
        return
    propensity = PPB if decided is None else decided.propensity
    outcome = examined.outcome
    table, identities = columns_of([filed for _, filed in kept], [at for at, _ in kept])
    count = len(kept)
    found = -1 if outcome.violation is None else int(outcome.violation)
    threat = _MISDECLARATION if outcome.threat is None else THREATS.index(outcome.threat)
    memory.learn(
        table,
        identities,
        Outcomes.of(
            np.full(count, found, np.int8),
            np.full(count, threat, np.int64),
            np.full(count, max(propensity, 1) / PPB),
            np.full(count, outcome.by_override, np.bool_),
        ),
        crossing_keys([_crossing(events[0])] * count),
    )


def moves_price(decided: Decided) -> bool:
    """Whether a decision moved the price of its rate. Of a crossing without features nothing stood any more: it was
    cancelled as soon as it was filed. One that met the price of its bridge moved no other."""
    return decided.routing is None and bool(decided.features) and not decided.again


def price_after(decided: Decided, price: RatePrice) -> RatePrice:
    """The price after a decision that met it; `price` has how fast it rises and falls."""
    moved = next_price(decided.price, decided.basis is not None, price.rise, price.fall)
    return RatePrice(int(moved), price.rise, price.fall)


def price_lately(
    log: Log, sets: Sequence[StoredEvent], shares_price: Callable[[str], bool], start: RatePrice
) -> RatePrice:
    """The price that the last decision left of those that share it, as the projection has it; `start` where there is
    none. `sets` are the events of the stream of artefact sets: decisions are looked for where such a set was in force.
    """
    promoted = [each for each in sets if isinstance(each.payload, ArtefactPromoted)]
    ends = [*(each.position for each in promoted[1:]), log.position()]
    for stored, end in reversed(list(zip(promoted, ends, strict=True))):
        assert isinstance(stored.payload, ArtefactPromoted)
        if not shares_price(stored.payload.hash):
            continue
        while end > stored.position:
            begin = max(stored.position, end - _LOOKED_THROUGH)
            page = log.read(begin, types=(Decided.TYPE,), limit=_LOOKED_THROUGH)
            for own in reversed([each for each in page if each.position <= end]):
                decided = own.payload
                if isinstance(decided, Decided) and moves_price(decided) and shares_price(decided.artefacts):
                    return price_after(decided, start)
            end = begin
    return start


def _crossing(stored: StoredEvent) -> str:
    """The crossing whose stream an event is in."""
    return stored.event.stream.removeprefix("crossing/")
