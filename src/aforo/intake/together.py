"""Many messages read as one: what is asked of columns costs about the same for one message as for a hundred.

Each message keeps what is its own: its problems are told by its own records, and what is refused of one leaves the
others as they are. In the table, `record` counts within all that was read together, so that no two rows share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

import msgspec
import polars as pl

from aforo.domain.problem import Problem
from aforo.intake import declarations
from aforo.intake.assembly import Assembly
from aforo.intake.batch import Findings, IntakeBatch, Notice, RefusedRecord, empty_table, printable, reason, refusal
from aforo.intake.limits import STANDARD, Limits
from aforo.intake.message import Fault, Messages, Said, batch_of, of_message, plan_of
from aforo.intake.window import Window

#: Records of one message that is read with others: one with more would keep those waiting, and is to be split.
MOST_RECORDS = 1_000


@dataclass
class Letter:
    """A message that was `received` then, as its format gives it: records that are not checked yet, or those of a
    table."""

    source: str
    received: datetime
    said: list[Said] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    read: list[IntakeBatch] = field(default_factory=list)
    form: Messages | None = None

    @property
    def records(self) -> int:
        """How many records it has."""
        return len(self.said) + sum(batch.records for batch in self.read)

    def named(self, *columns: str) -> frozenset[str]:
        """All that its records say in some columns of identifiers."""
        said = {name for each in self.said for column in columns if (name := each.fields.get(column, "").strip())}
        tables = (batch.table[column].drop_nulls().to_list() for batch in self.read for column in columns)
        return frozenset(said.union(*tables))

    def place(self, record: int, column: str) -> str:
        """Where a record says a column: its segment or path where the format has them, else the record's number."""
        return printable(self.said[record - 1].place_of(column)) if self.said else f"record {record}"

    @property
    def undated(self) -> bool:
        """Whether a record has no time of filing but that of its receipt."""
        return any(each.undated for each in self.said)


def opened(form: Messages, data: bytes, received: datetime) -> Letter:
    """A message of a format of messages; one of too many records is refused as a whole."""
    letter = Letter(form.NAME, received, form=form)
    for each in form.parse(data, received):
        if len(letter.said) + len(letter.faults) == MOST_RECORDS:
            return Letter(form.NAME, received, faults=[Fault("records_too_many", "file")], form=form)
        if isinstance(each, Fault):
            letter.faults.append(each)
        else:
            letter.said.append(each)
    return letter


def opened_table(data: bytes, received: datetime) -> Letter:
    """A declaration table in memory; one of too many records is refused as a whole."""
    letter = Letter(declarations.NAME, received)
    for batch in declarations.read_bytes(data, batch_rows=MOST_RECORDS, window=Window(received)):
        letter.read.append(batch)
        if letter.records > MOST_RECORDS:
            return Letter(declarations.NAME, received, read=[refusal("records_too_many")])
    return letter


@dataclass
class Told:
    """What became of one message: records in all, its problems (refusals first), what was refused, and the records
    that declare nothing."""

    source: str
    records: int = 0
    problems: list[Problem] = field(default_factory=list)
    refused: list[RefusedRecord] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing of it was refused."""
        return not any(each.gravity == "refusal" for each in self.problems)


@dataclass(frozen=True)
class Together:
    """Messages read together: the good rows of all, and by `record` the message, and its own number there, and the
    warnings; `told` is of each message."""

    table: pl.DataFrame
    told: list[Told]
    of: dict[int, tuple[int, int]]
    warnings: dict[int, tuple[str, ...]]


def read_together(letters: Sequence[Letter], limits: Limits = STANDARD) -> Together:
    """Check all records of some messages, those of one format that were received together in one pass. Never raises for
    what they contain."""
    told = [Told(letter.source, letter.records) for letter in letters]
    tables: list[pl.DataFrame] = []
    of: dict[int, tuple[int, int]] = {}
    warnings: dict[int, tuple[str, ...]] = {}
    reached = 0

    def kind(at: int) -> tuple[str, datetime]:
        return letters[at].source, letters[at].received

    for (_, received), group in groupby(sorted(range(len(letters)), key=kind), key=kind):
        said: list[Said] = []
        form: Messages | None = None
        first = reached
        for at in group:
            letter = letters[at]
            for batch in letter.read:
                tables.append(batch.table.with_columns(pl.col("record") + reached))
                _keep(batch.findings, told[at])
                told[at].refused += batch.refused
                of |= {number + reached: (at, number) for number in batch.table["record"].to_list()}
                warnings |= {number + reached: codes for number, codes in batch.warnings().items() if number}
            if letter.read:
                reached += letter.records
                continue
            form = letter.form
            of |= {reached + number: (at, number) for number in range(1, len(letter.said) + 1)}
            reached += len(letter.said)
            said += letter.said
            _keep(tuple(of_message(each) for each in letter.faults), told[at])
            if not letter.said and not letter.faults:
                told[at].problems.append(Problem(0, "file", "no_records", reason("no_records")))
        if said and form is not None:
            assembly = Assembly(plan_of(form.names), limits, window=Window(received))
            assembly.records = first
            batch = batch_of(said, assembly, form.names, limits)
            tables.append(batch.table)
            warnings |= batch.warnings()
            _share(batch, of, told)
    for each in told:
        each.problems.sort(key=Problem.rank)
    return Together(pl.concat(tables) if tables else empty_table(), told, of, warnings)


def _keep(findings: Sequence[Findings], told: Told) -> None:
    told.problems += [problem for each in findings for problem in each.problems()]


def _share(batch: IntakeBatch, of: dict[int, tuple[int, int]], told: list[Told]) -> None:
    """Give each message what was found in its records, under their numbers in it."""
    for found in batch.findings:
        for problem in found.problems():
            if problem.record:
                at, number = of[problem.record]
                told[at].problems.append(msgspec.structs.replace(problem, record=number))
    for notice in batch.notices:
        at, number = of[notice.record]
        told[at].notices.append(replace(notice, record=number))
        said = reason("notice_kept")
        told[at].problems.append(Problem(number, notice.place, "notice_kept", said, "warning"))
    for refused in batch.refused:
        at, number = of[refused.record]
        problems = tuple(msgspec.structs.replace(each, record=number) for each in refused.problems)
        told[at].refused.append(RefusedRecord(number, refused.place, refused.raw, refused.identities, problems))
