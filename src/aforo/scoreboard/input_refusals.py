"""Refusals of input that nobody settled, a projection of the log: what figures lack, and which bounds they are so.

Three kinds of events tell of them: rows of input that were refused, filings that are in quarantine, and rows of scanner
logs. What is kept is bounded: filings are counted by day and source, and of very many refusals the oldest together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from hashlib import blake2b
from typing import Final

import msgspec

from aforo.domain.clock import instant, microseconds
from aforo.domain.event import Quarantined, payload_of
from aforo.domain.input_refusal import (
    INPUT_KINDS,
    MOST_REASONS,
    InputKind,
    InputRowsRefused,
    InputRowsSettled,
    RefusedRows,
    bounded_reasons,
)
from aforo.domain.scanner import ScannerRowsRefused, ScannerRowsSettled
from aforo.domain.text import Text, catalogue
from aforo.log.stored import StoredEvent
from aforo.measures.definition import Definition

#: Refusals that are kept one by one.
MOST: Final = 1_000
#: The refusal that all rows of scanner logs are; `aforo fleet settle` settles it.
SCANNER_ROWS: Final = "scanner-rows"
#: The events that rows of each kind would have been.
_EVENTS: Final[dict[InputKind, frozenset[str]]] = {
    "trucks": frozenset({"crossing.filed"}),
    "examinations": frozenset({"crossing.passed", "crossing.examined"}),
    "readings": frozenset({"device.gate_reads"}),
    "waits": frozenset({"device.gate_reads"}),
    "scanner_rows": frozenset({"scanner.reported", "scanner.scanned"}),
}
#: A day of a place is not the same day elsewhere, and rows speak of the day of their place.
_DAY = timedelta(days=1)
_SHOWN_REASONS = 3


class OpenRefusal(msgspec.Struct, frozen=True):
    """A refusal of input that nobody settled. `rows` is 0 where the input as a whole could not be read, `at_least` says
    that there are more; `first` and `last` are the local days that its rows may be of, None where any before or after
    may be; `bridges` are those that it may speak of, empty where any. `by` reported it, at `at` (microseconds since
    1970)."""

    refusal: str
    kind: InputKind
    source: str
    rows: int
    reasons: dict[str, int]
    at: int
    by: str
    first: date | None = None
    last: date | None = None
    bridges: tuple[str, ...] = ()
    at_least: bool = False

    def concerns(self, bridges: Collection[str], first: date, last: date) -> bool:
        """Whether a row of it may be of some bridges and local days."""
        near = not self.bridges or not set(self.bridges).isdisjoint(bridges)
        return near and (self.first is None or self.first - _DAY <= last) and (
            self.last is None or first <= self.last + _DAY
        )  # fmt: skip

    def measures(self, measures: Sequence[Definition]) -> tuple[str, ...]:
        """Those measures that lack its rows."""
        own = _EVENTS[self.kind]
        return tuple(dict.fromkeys(each.id for each in measures if not own.isdisjoint(each.events)))

    @property
    def words(self) -> Text:
        """What it is, and which bound it makes the figures."""
        return words_of(RefusedRows(self.kind, self.source, self.rows, self.reasons), at_least=self.at_least)


class RefusedShown(msgspec.Struct, frozen=True):
    """A refusal beside figures: the `measures` that lack its rows, and `words` for which bound they are. `rows` is 0
    where the input as a whole could not be read; `at_least`: there are more."""

    refusal: str
    kind: InputKind
    source: str
    rows: int
    reasons: dict[str, int]
    first: date | None
    last: date | None
    bridges: tuple[str, ...]
    at_least: bool
    measures: tuple[str, ...]
    words: Text

    @classmethod
    def of(cls, refusal: OpenRefusal, measures: Sequence[Definition]) -> RefusedShown:
        """The refusal beside figures of these measures."""
        return cls(
            refusal.refusal, refusal.kind, refusal.source, refusal.rows, refusal.reasons, refusal.first, refusal.last,
            refusal.bridges, refusal.at_least, refusal.measures(measures), refusal.words,
        )  # fmt: skip


def words_of(refused: RefusedRows, *, at_least: bool = False) -> Text:
    """What rows were refused, and which bound that makes the figures."""
    say = catalogue("aforo.scoreboard").say
    ranked = sorted(refused.reasons.items(), key=lambda each: (-each[1], each[0]))
    reasons = [f"{code} {count:,}" for code, count in ranked[:_SHOWN_REASONS]]
    reasons += ["…"] if len(ranked) > _SHOWN_REASONS else []
    code = "whole" if not refused.rows else "row" if refused.rows == 1 and not at_least else "rows"
    lacking = say(
        f"refused.{code}",
        source=refused.source,
        rows=f"{'≥ ' if at_least else ''}{refused.rows:,}",
        reasons=", ".join(reasons),
    )
    return say(f"refused.{refused.kind}", lacking=lacking)


class _Saved(msgspec.Struct, array_like=True):
    open: list[OpenRefusal]


class InputRefusals:
    """The projection; see `aforo.log.projections.Projection`."""

    name = "input_refusals"
    version = 1
    types: Sequence[str] = (
        InputRowsRefused.TYPE, InputRowsSettled.TYPE, Quarantined.TYPE, ScannerRowsRefused.TYPE,
        ScannerRowsSettled.TYPE,
    )  # fmt: skip

    def __init__(self) -> None:
        self._open: dict[str, OpenRefusal] = {}

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            event = stored.event
            payload = payload_of(event.type, event.schema, event.data)
            at, by = microseconds(event.recorded_at), event.actor
            if isinstance(payload, InputRowsRefused):
                self._add(
                    OpenRefusal(
                        payload.refusal, payload.kind, payload.source, payload.rows, payload.reasons, at, by,
                        payload.first, payload.last, payload.bridges, payload.at_least,
                    )
                )  # fmt: skip
            elif isinstance(payload, Quarantined):
                self._add(_filing(payload, at, by))
            elif isinstance(payload, ScannerRowsRefused):
                counts = msgspec.to_builtins(payload.rows)
                reasons = {kind: counts[kind] for kind in counts if kind != "scanners" and counts[kind]}
                self._add(OpenRefusal(SCANNER_ROWS, "scanner_rows", "fleet", payload.rows.rows, reasons, at, by))
            elif isinstance(payload, InputRowsSettled):
                self._open.pop(payload.refusal, None)
            elif isinstance(payload, ScannerRowsSettled):
                self._open.pop(SCANNER_ROWS, None)

    def open(self) -> list[OpenRefusal]:
        """The refusals that nobody settled, the oldest first."""
        return sorted(self._open.values(), key=lambda each: (each.at, each.refusal))

    def concerning(self, bridges: Collection[str], first: date, last: date) -> Iterator[OpenRefusal]:
        """Those whose rows may be of some bridges and local days."""
        return (each for each in self.open() if each.concerns(bridges, first, last))

    def dump(self) -> bytes:
        """The state: counts and codes, and who reported them."""
        return msgspec.msgpack.encode(_Saved(self.open()))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        self._open = {each.refusal: each for each in msgspec.msgpack.decode(state, type=_Saved).open}

    def _add(self, more: OpenRefusal) -> None:
        known = self._open.get(more.refusal)
        self._open[more.refusal] = more if known is None else _together(known, more)
        if len(self._open) > MOST:
            kinds = {each.kind: sum(own.kind == each.kind for own in self._open.values()) for each in self.open()}
            most = max(INPUT_KINDS, key=lambda kind: kinds.get(kind, 0))
            first, second, *_ = (each for each in self.open() if each.kind == most)
            del self._open[first.refusal], self._open[second.refusal]
            joint = msgspec.structs.replace(_together(first, second), refusal=f"{most}-earlier", source="earlier")
            self._open[joint.refusal] = joint


def _filing(kept: Quarantined, at: int, by: str) -> OpenRefusal:
    """A filing in quarantine: with those of its source and day it is one refusal. Its truck may have come any day."""
    day = instant(at).date()
    mark = blake2b(kept.source.encode(), digest_size=3).hexdigest()
    reasons = {each.code: 1 for each in kept.problems[:MOST_REASONS] if each.gravity == "refusal"}
    return OpenRefusal(f"trucks-{day}-{mark}", "trucks", kept.source, 1, reasons, at, by)


def _together(one: OpenRefusal, other: OpenRefusal) -> OpenRefusal:
    """Two refusals as one: what either may concern, it may concern."""
    reasons = bounded_reasons(
        {code: one.reasons.get(code, 0) + other.reasons.get(code, 0) for code in (*one.reasons, *other.reasons)}
    )
    return msgspec.structs.replace(
        other, rows=one.rows + other.rows, reasons=reasons, by=one.by if one.by == other.by else "",
        first=None if one.first is None or other.first is None else min(one.first, other.first),
        last=None if one.last is None or other.last is None else max(one.last, other.last),
        bridges=tuple(sorted({*one.bridges, *other.bridges})) if one.bridges and other.bridges else (),
        at_least=one.at_least or other.at_least,
    )  # fmt: skip
