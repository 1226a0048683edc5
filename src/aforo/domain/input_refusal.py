"""Rows of input that are in no figure, since they could not be read: of which kind, from where, how many and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal, get_args

import msgspec

from aforo.domain.payload import Payload
from aforo.domain.problem import Problem

#: What a refused row would have told. `trucks`: filings; `examinations`: passages, examinations and findings, seizures
#: among them; `readings`: readings of gates; `waits`: published waits; `scanner_rows`: reports and scans of scanners.
InputKind = Literal["trucks", "examinations", "readings", "waits", "scanner_rows"]
INPUT_KINDS: tuple[InputKind, ...] = get_args(InputKind)
#: What files alone hold, which figures are computed from and which no log keeps. `counts`: trucks by month, `hours`: by
#: hour; `history`: declarations with outcomes; `seizures`, `freight`: published tables; `service_times`: a sample.
FileKind = Literal["counts", "hours", "history", "seizures", "freight", "service_times"]
#: Reasons that are kept apart; further ones are counted together.
MOST_REASONS = 20
OTHER_REASONS = "other"
#: Characters of a source's name.
MOST_SOURCE = 120


class RefusedRows(msgspec.Struct, frozen=True):
    """How many `rows` of a `kind` were refused in a `source`, a file or a route; `reasons` counts the codes of what was
    wrong with them: of one row they may be several. `rows` is 0 where the source as a whole could not be read: how many
    rows it has is then not known."""

    kind: InputKind | FileKind
    source: str
    rows: int
    reasons: dict[str, int]

    @classmethod
    def of(
        cls,
        kind: InputKind | FileKind,
        source: str,
        problems: Iterable[Problem],
        counts: Mapping[str, int] | None = None,
    ) -> tuple[RefusedRows, ...]:
        """The refused rows of a source, by what is wrong with it; nothing where all were read. `counts` has how often
        each problem was found, where not all of them are listed."""
        refusals = [each for each in problems if each.gravity == "refusal"]
        if not refusals:
            return ()
        listed = Counter(each.code for each in refusals)
        reasons = {code: max(count, (counts or {}).get(code, 0)) for code, count in listed.items()}
        rows = len({each.record for each in refusals if each.record})
        further = sum(reasons.values()) - listed.total()
        return (cls(kind, source[:MOST_SOURCE], rows + further, bounded_reasons(reasons)),)


@dataclass
class RefusedTally:
    """Counts the refused rows of a source that is read in parts."""

    kind: InputKind | FileKind
    source: str
    rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, rows: int, reasons: Mapping[str, int]) -> None:
        """Count the refused rows of a part."""
        self.rows += rows
        self.reasons.update(reasons)

    @property
    def refused(self) -> tuple[RefusedRows, ...]:
        """The refused rows; nothing where all were read."""
        if not self.rows and not self.reasons:
            return ()
        return (RefusedRows(self.kind, self.source[:MOST_SOURCE], self.rows, bounded_reasons(self.reasons)),)


def bounded_reasons(reasons: Mapping[str, int]) -> dict[str, int]:
    """The most frequent reasons, the others together."""
    ranked = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    first, others = ranked[:MOST_REASONS], ranked[MOST_REASONS:]
    return dict(first) | ({OTHER_REASONS: sum(count for _, count in others)} if others else {})


class InputRowsRefused(Payload, frozen=True, omit_defaults=True, gc=False):
    """Rows of input were refused, and figures lack them. Stream `input-rows/<day>`; the same input is recorded once.

    `refusal` is the identifier by which a person settles it. `rows` is 0 where the input as a whole could not be read.
    `first` and `last` are the local days that the rows may be of: `first` is None where any earlier day may be.
    `bridges` are those that the input may speak of, empty where any. `at_least`: so much was refused on that day that
    no more is recorded of it. No value of a row is in it.
    """

    TYPE: ClassVar[str] = "input.rows_refused"

    refusal: str
    kind: InputKind
    source: str
    rows: int
    reasons: dict[str, int]
    last: date
    first: date | None = None
    bridges: tuple[str, ...] = ()
    at_least: bool = False


class InputRowsSettled(Payload, frozen=True, omit_defaults=True, gc=False):
    """A person attests that the rows of a refusal are in the record by now, or are owed to nobody. Stream
    `input-rows/settled`."""

    TYPE: ClassVar[str] = "input.rows_settled"

    refusal: str
    reason: str


INPUT_PAYLOADS: tuple[type[Payload], ...] = (InputRowsRefused, InputRowsSettled)
