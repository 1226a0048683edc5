"""What a reader of declarations hands on: the good rows in columns, what was found wrong, and what was refused."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.problem import Gravity, Problem
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.domain.text import Text, catalogue

Int64Array = npt.NDArray[np.int64]

LONGEST_NAME = 100
#: Places of one kind of finding that are listed for people; the others are counted.
MOST_PLACES = 3
#: Unicode categories that a terminal acts on instead of showing.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

#: Columns from which the identity of a person or a party can be read, in a refused record too.
IDENTITY_COLUMNS: tuple[str, ...] = (
    "importer_id",
    "exporter_id",
    "broker_id",
    "carrier_id",
    "driver_id",
    "tractor_id",
    "seal_id",
    "importer_name",
    "exporter_name",
    "carrier_name",
    "driver_name",
)


def printable(text: str) -> str:
    """Text from a file as it may be shown: without control and direction marks, at most 100 characters."""
    shown = text
    if not (text.isascii() and text.isprintable()):
        shown = "".join(character for character in text if unicodedata.category(character) not in _UNSEEN)
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"


def identity(value: str) -> str:
    """Whom a field of a refused record names: its text without control characters, which no accepted identity has."""
    return "".join(character for character in value if unicodedata.category(character) != "Cc").strip()


@lru_cache(maxsize=4096)
def reason(code: str, column: str = "") -> Text:
    """The sentence of a finding's code, in both languages. It never quotes the value: the value may be personal."""
    return catalogue("aforo.intake").say(code, column=printable(column))


@dataclass(frozen=True)
class Findings:
    """One kind of finding and every record that has it, in columns.

    `column` is the name as the file has it, empty where the whole record is meant. `record` 0 and line 0 mean the file.
    `places` says where each is, for formats that have no lines: a segment, a path. Where a sentence shows the value
    that it is about, `values` has the value of each record and `value_text` makes the sentence of one; `text` is then
    that of the first. Dates and rates alone are shown: any other value may be personal. Findings of one code whose
    sentences say different things differ in their `kind`.
    """

    code: str
    column: str
    gravity: Gravity
    records: Int64Array
    lines: Int64Array
    text: Text
    unit: str = "line"
    places: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    value_text: Callable[[str], Text] | None = None
    kind: str = ""

    def place(self, number: int) -> str:
        """Of the finding of that number: `line 17, column filed_at`, or `row …` where the file has no lines; a segment
        or a path where the format has them; `file` where it is of the whole."""
        if self.places:
            return self.places[number]
        line = int(self.lines[number])
        where = f"{self.unit} {line}" if line else "file"
        return f"{where}, column {printable(self.column)}" if self.column else where

    def without(self, records: Sequence[int]) -> Findings:
        """The same without those of some records."""
        return self._only(~np.isin(self.records, records))

    def elsewhere(self, places: Collection[str]) -> Findings:
        """The same without those at some places."""
        return self._only(np.array([place not in places for place in self.places], dtype=np.bool_))

    def _only(self, kept: npt.NDArray[np.bool_]) -> Findings:
        places, values = (
            tuple(each for each, keep in zip(all_of, kept.tolist(), strict=False) if keep)
            for all_of in (self.places, self.values)
        )
        return replace(self, records=self.records[kept], lines=self.lines[kept], places=places, values=values)

    def reason(self, number: int) -> Text:
        """The sentence of the finding of that number."""
        return self.value_text(self.values[number]) if self.value_text and self.values else self.text

    def problems(self, limit: int | None = None) -> list[Problem]:
        """The findings record by record, at most `limit` of them."""
        return [
            Problem(record, self.place(number), self.code, self.reason(number), self.gravity)
            for number, record in enumerate(self.records[:limit].tolist())
        ]


@dataclass(frozen=True)
class RefusedRecord:
    """A record that was not taken, whole, so that it can be kept in quarantine with its reasons.

    `raw` is the record's text as it came (for Parquet, the row as JSON). `identities` are pairs of column and value
    that could be read from it, so that it can be sealed under the keys of the persons it speaks of. A record whose
    fields do not line up gives the readings from its left and from its right end.
    """

    record: int
    place: str
    raw: str
    identities: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Notice:
    """A message that declares nothing: a status, an answer, a query. It is read and kept, and nothing is assessed.

    `kind` is the message's own name in its format; `fields` what it says, by place; `raw` its text as it came.
    """

    record: int
    place: str
    kind: str
    fields: Mapping[str, str]
    raw: str

    @property
    def identities(self) -> tuple[tuple[str, str], ...]:
        """Pairs of column and value of whom it names, as those of a refused record."""
        named = ((column, identity(self.fields.get(column, ""))) for column in IDENTITY_COLUMNS)
        return tuple((column, value) for column, value in named if value)


@dataclass(frozen=True)
class IntakeBatch:
    """One batch of a file.

    `table` has exactly the columns of DECLARATION_SCHEMA and holds good rows only; `labels` the same rows in
    LABEL_SCHEMA, or None where the file has no label column. `records` counts the data records that the batch covers:
    those of the table, the refused, the `notices` (messages that declare nothing) and the `repeated` (the same
    declaration again, with the same content, kept once). `fields` are the columns of the table that the file has; the
    others are missing in all of its rows.
    """

    table: pl.DataFrame
    labels: pl.DataFrame | None
    findings: tuple[Findings, ...]
    refused: list[RefusedRecord]
    records: int
    repeated: int = 0
    fields: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()

    @cached_property
    def problems(self) -> list[Problem]:
        """Every finding of every record, refusals first, by record; made when first asked for, since warnings can be
        many."""
        return sorted((problem for each in self.findings for problem in each.problems()), key=Problem.rank)

    @property
    def stopped(self) -> bool:
        """Whether the file as a whole was refused, or could not be read to its end."""
        return any(each.gravity == "refusal" and bool((each.records == 0).any()) for each in self.findings)

    @property
    def refusal_reasons(self) -> dict[str, int]:
        """How often each refusal was found, by its code."""
        counts: Counter[str] = Counter()
        for each in self.findings:
            if each.gravity == "refusal":
                counts[each.code] += len(each.records)
        return dict(counts)

    def warnings(self) -> dict[int, tuple[str, ...]]:
        """The codes of the warnings of each record that has any; record 0 is the file."""
        codes: dict[int, tuple[str, ...]] = {}
        for each in self.findings:
            if each.gravity == "warning":
                for record in each.records.tolist():
                    codes[record] = (*codes.get(record, ()), each.code)
        return codes


@dataclass
class Summary:
    """Findings counted by kind, for people: a million equal warnings are one line."""

    @dataclass
    class Line:
        """One kind of finding; `places` are its first occurrences: findings and the number among them."""

        code: str
        column: str
        gravity: Gravity
        text: Text
        count: int
        places: list[tuple[Findings, int]]

    lines: dict[tuple[str, str, str, str], Line] = field(default_factory=dict)

    def add(self, findings: Iterable[Findings]) -> None:
        for each in findings:
            if not len(each.records):
                continue
            key = (each.gravity, each.code, each.column, each.kind)
            line = self.lines.get(key)
            if line is None:
                line = self.lines[key] = Summary.Line(each.code, each.column, each.gravity, each.text, 0, [])
            line.count += len(each.records)
            room = min(MOST_PLACES - len(line.places), len(each.records))
            line.places += [(each, number) for number in range(room)]

    def ordered(self) -> list[Line]:
        """Refusals first, then by count."""
        return sorted(self.lines.values(), key=lambda line: (line.gravity != "refusal", -line.count, line.code))


def found(
    code: str,
    column: str,
    gravity: Gravity,
    records: Sequence[int] | Int64Array,
    lines: Sequence[int] | Int64Array,
    *,
    unit: str = "line",
    text: Text | None = None,
    places: tuple[str, ...] = (),
) -> Findings:
    """Findings of one kind, with the sentence of its code unless `text` is given."""
    return Findings(
        code,
        column,
        gravity,
        np.asarray(records, dtype=np.int64),
        np.asarray(lines, dtype=np.int64),
        text or reason(code, column),
        unit,
        places,
    )


def of_file(code: str, gravity: Gravity, column: str = "", text: Text | None = None) -> Findings:
    """A finding about the file as a whole."""
    return found(code, column, gravity, [0], [0], text=text)


@cache
def empty_table() -> pl.DataFrame:
    """A declaration table without rows; frames are not changed in place."""
    return pl.DataFrame(schema=DECLARATION_SCHEMA)


def refusal(code: str, column: str = "") -> IntakeBatch:
    """The batch of a file that is refused as a whole."""
    return refused_whole(of_file(code, "refusal", column))


def refused_whole(finding: Findings) -> IntakeBatch:
    """The batch of a file that is refused as a whole for that."""
    return IntakeBatch(empty_table(), None, (finding,), [], 0)
