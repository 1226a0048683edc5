"""Messages of the trade: what a format's module gives for each record, and how that becomes a batch.

A format of messages reads bytes into `Said`: a record's fields under the names of the declaration table, where each was
read, all that the table has no column for, and what the standard refuses or finds odd. The fields are then checked as
those of a table are. A message is held in memory whole, up to a limit; a large file of messages is split before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
import polars as pl

from aforo.domain.envelope import X12Reference
from aforo.domain.problem import Gravity
from aforo.domain.table import DECLARATION_SCHEMA
from aforo.intake.assembly import Assembly
from aforo.intake.batch import Findings, IntakeBatch, Notice, empty_table, found, printable, reason, refusal
from aforo.intake.limits import STANDARD, Limits
from aforo.intake.mapping import CANONICAL, ColumnRule, Plan, Source
from aforo.intake.mapping import Mapping as Renames
from aforo.intake.validation import Rows

#: Records of one batch.
BATCH_RECORDS = 4_096
#: Columns of the table that a record may fill; `extra` is filled from what is left.
COLUMNS: tuple[str, ...] = tuple(name for name in DECLARATION_SCHEMA if name not in ("record", "extra"))


class Fault(NamedTuple):
    """Something that the format found: `code` is the sentence's in the room's catalogue, with `name` as its `column`:
    the element's or field's name as the format has it, never its value."""

    code: str
    place: str
    gravity: Gravity = "refusal"
    name: str = ""


@dataclass
class Said:
    """One record of a message. `place` is where it stands (`interchange 1, set 0001, LX 2`; a path), `raw` its text.

    `fields` are the table's columns as text, in the table's units and codes; `places` where each was read; `extra` all
    else that the record says, by its own name or path. A record with a `notice`, the message's own name for what it is,
    declares nothing: no row is made of it. `undated` tells that its time of filing is that of its receipt. `named` says
    that the record calls its fields by the table's own names, which then say where each stands. `reply` is the envelope
    that an answer to it goes back in, where its format has one.
    """

    place: str
    raw: str
    fields: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notice: str = ""
    undated: bool = False
    named: bool = False
    reply: X12Reference | None = None

    def filed_when_received(self, received: datetime) -> None:
        """Fill the time of filing of a record that says none."""
        self.undated = True
        self.put("filed_at", iso(received), self.place)

    def put(self, column: str, value: str | None, place: str) -> None:
        """Fill a column, where there is something to fill it with."""
        if value:
            self.fields[column] = value
            self.places[column] = place

    def place_of(self, column: str) -> str:
        """Where a column was read; where the record stands, if that is not known."""
        if self.named and column in self.fields:
            return f"{self.place}, {column}"
        return self.places.get(column) or self.place

    @property
    def refused(self) -> bool:
        return any(each.gravity == "refusal" for each in self.faults)


class MessageFormat(Protocol):
    """What a module of a message format has."""

    NAME: str
    #: How people who write this format call what a column of the table is made from, for sentences about it.
    NAMES: Mapping[str, str]

    def recognises(self, head: bytes, name: str) -> bool:
        """Whether a file that begins with `head` and is called `name` is in this format."""
        ...

    def parse(self, data: bytes, received: datetime) -> Iterator[Said | Fault]:
        """The records of a message, in order, and faults of the message as a whole.

        `received` stands for the time of filing where the format has none. Never raises for what `data` holds.
        """
        ...


class Messages:
    """A message format as one of the formats that the product reads (see `registry.Format`)."""

    def __init__(self, form: MessageFormat) -> None:
        self.NAME = form.NAME
        self._form = form

    def recognises(self, head: bytes, name: str) -> bool:
        """Whether a file that begins with `head` is in this format."""
        return self._form.recognises(head, name)

    @property
    def names(self) -> Mapping[str, str]:
        """How the format calls what a column of the table is made from."""
        return self._form.NAMES

    def parse(self, data: bytes, received: datetime) -> Iterator[Said | Fault]:
        """The records of a message that was `received` then, not checked yet, and faults of the message as a whole."""
        return self._form.parse(data, received)

    def read(self, path: Path, *, mapping: Renames | None = None, limits: Limits = STANDARD) -> Iterator[IntakeBatch]:
        """The file's records in batches. A file that gives no time of filing was filed when it was last written, so
        that reading it again says the same. `mapping` is for tables. Raises OSError."""
        status = path.stat()
        if status.st_size > limits.message_bytes:
            yield refusal("message_too_large")
            return
        received = datetime.fromtimestamp(int(status.st_mtime), UTC)
        yield from self.read_bytes(path.read_bytes(), path.name, received=received, limits=limits)

    def read_bytes(
        self,
        data: bytes,
        name: str = "message",
        *,
        mapping: Renames | None = None,
        received: datetime | None = None,
        limits: Limits = STANDARD,
    ) -> Iterator[IntakeBatch]:
        """As `read`, for a message in memory that was `received` then; without it, one that gives no time of filing is
        refused for that."""
        if len(data) > limits.message_bytes:
            yield refusal("message_too_large")
            return
        assembly = Assembly(plan_of(self._form.NAMES), limits)
        held: list[Said] = []
        whole: list[Fault] = []
        for each in self._form.parse(data, received or _NEVER):
            if isinstance(each, Fault):
                whole.append(each)
                continue
            if received is None and each.undated:
                each.fields.pop("filed_at", None)
            held.append(each)
            if len(held) == BATCH_RECORDS:
                yield batch_of(held, assembly, self._form.NAMES, limits)
                held = []
        if held:
            yield batch_of(held, assembly, self._form.NAMES, limits)
        elif not assembly.started and not whole:
            yield assembly.of_nothing()
        if whole:
            yield IntakeBatch(empty_table(), None, tuple(of_message(each) for each in whole), [], 0)


#: What formats find of a country that the list does not know, in elements that may become columns as well.
COUNTRY_FAULTS = frozenset({"x12_country", "bc_country_unknown", "wco_country"})
#: Stands for a time of receipt that is not known.
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def amendment_name(of: str, filed_at: str, content: str | bytes) -> str:
    """The identifier of an amendment that has none of its own: what it amends, `~`, and a hash of what it says and of
    its time of filing. Sent again it is the same; who says the same at another time means another."""
    digest = blake2b(filed_at.encode(), digest_size=4)
    digest.update(content.encode() if isinstance(content, str) else content)
    return f"{of}~{digest.hexdigest()}"


def iso(at: datetime) -> str:
    """An instant as the table takes it."""
    return at.isoformat()


def plan_of(names: Mapping[str, str]) -> Plan:
    """Every column of the table, under the name that the format has for it."""
    fields = {column: Source(names.get(column, column), ColumnRule(column)) for column in COLUMNS}
    return Plan(fields, {}, (), (), CANONICAL, ())


def of_message(fault: Fault) -> Findings:
    """The finding of a fault of a message as a whole."""
    return found(
        fault.code, fault.name, fault.gravity, [0], [0], text=reason(fault.code, fault.name), places=(fault.place,)
    )


def batch_of(said: list[Said], assembly: Assembly, names: Mapping[str, str], limits: Limits) -> IntakeBatch:
    """The batch of some records: rows of those that declare, notices of the others."""
    first = assembly.records + 1
    numbers = np.arange(first, first + len(said), dtype=np.int64)
    declaring = np.array([not each.notice or each.refused for each in said], np.bool_)
    # What gives no field at all is refused for what the format found: that every field is missing says nothing more.
    hollow = [number for number, each in zip(numbers.tolist(), said, strict=True) if each.refused and not each.fields]
    rows = [each for each, declares in zip(said, declaring.tolist(), strict=True) if declares]
    filled = frozenset[str]().union(*(each.fields for each in rows))
    nothing: list[str | None] = [None] * len(rows)
    texts: dict[str, list[str | None]] = {
        names.get(column, column): [each.fields.get(column) for each in rows] if column in filled else nothing
        for column in COLUMNS
    }
    encode = msgspec.json.encode
    extra = pl.Series([encode(each.extra).decode() if each.extra else None for each in rows], dtype=pl.String)
    longest = limits.field_chars
    over = {
        column
        for each in rows
        if max(map(len, each.fields.values()), default=0) > longest
        for column, value in each.fields.items()
        if len(value) > longest
    }
    too_long = {
        own: pl.Series([value is not None and len(value) > longest for value in texts[own]])
        for own in (names.get(column, column) for column in COLUMNS if column in over)
    }
    column_of = {own: column for column, own in names.items()}
    of_rows = numbers[declaring]
    batch = assembly.batch(
        Rows(
            texts,
            of_rows,
            of_rows,
            "record",
            too_long,
            lambda row, own: rows[row].place_of(column_of.get(own, own)),
            extra,
        ),
        len(said),
        lambda row: rows[row].raw,
        _faults(said, numbers.tolist()),
        hollow,
    )
    notices = tuple(
        Notice(number, printable(each.place), each.notice, {**each.fields, **each.extra}, each.raw)
        for number, each, declares in zip(numbers.tolist(), said, declaring.tolist(), strict=True)
        if not declares
    )
    # Nobody can add what the format has no place for.
    own = frozenset(names.values())
    told = tuple(each for each in batch.findings if each.code != "party_missing" or not own or each.column in own)
    # A country that the format itself has looked up is told once.
    places = {printable(fault.place) for each in rows for fault in each.faults if fault.code in COUNTRY_FAULTS}
    if places:
        told = tuple(each.elsewhere(places) if each.code == "country_unknown" else each for each in told)
    # What one record lacks is missing in its row alone; crossings are always brought together.
    return replace(batch, findings=told, fields=filled | {"crossing_id"}, notices=notices)


def _faults(said: Iterable[Said], numbers: Iterable[int]) -> list[Findings]:
    """The records' own faults, those of one kind together."""
    kinds: dict[tuple[str, str, Gravity], list[tuple[int, str]]] = {}
    for number, each in zip(numbers, said, strict=True):
        for fault in each.faults:
            kinds.setdefault((fault.code, fault.name, fault.gravity), []).append((number, printable(fault.place)))
    return [
        found(code, name, gravity, records, records, places=places)
        for (code, name, gravity), occurrences in kinds.items()
        for records, places in [tuple(zip(*occurrences, strict=True))]
    ]
