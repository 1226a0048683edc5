"""Splitting delimited text into records, so that damage stays within the record that has it.

A block of lines is split in one of two ways. Where every quote stands where quotes may stand, which is seen on whole
arrays of bytes, the records are found in columns. Else the lines are walked one by one: a record whose quotes do not
close in a way that fits is given up with its first line only, and reading goes on with the next. Either way the
records that fit are parsed together, in columns; a record at a time is parsed only what does not.

A quote opens a field only at its beginning. In the middle of a field it is a character like any other (5" pipe).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.intake.blocks import Blocks
from aforo.intake.limits import Limits

Int64Array = npt.NDArray[np.int64]
QUOTE, BREAK = ord('"'), ord("\n")
#: How compressed data begin (gzip, zlib, zstandard).
_PACKED = (b"\x1f\x8b", b"x\x01", b"x^", b"x\x9c", b"x\xda", b"(\xb5/\xfd")


@dataclass(frozen=True)
class Damaged:
    """A record that could not be taken: where, why, its bytes, and its fields as far as they can be told apart."""

    ordinal: int
    line: int
    code: str
    raw: bytes
    fields: tuple[str, ...]


@dataclass
class Split:
    """The records of a block: `frame` of text columns; `ordinals` count the records from 0, damaged ones included.

    `spans` are the (start, end) bytes of each row of the frame within `block`. `guessed` are ordinals of records that
    were not UTF-8 and were read as Windows-1252. `count` is the number of records; `used` the bytes of the block that
    they take, and `lines` the line breaks in them: what follows belongs to the next block.
    """

    block: bytes
    frame: pl.DataFrame
    ordinals: Int64Array
    lines: Int64Array
    spans: npt.NDArray[np.int64]
    damaged: list[Damaged] = field(default_factory=list)
    guessed: list[int] = field(default_factory=list)
    count: int = 0
    used: int = 0
    line_breaks: int = 0


@dataclass
class _Found:
    """Records by their bytes: `fits` says which can be parsed in columns, `broken` which have misplaced quotes."""

    starts: Int64Array
    ends: Int64Array
    fits: npt.NDArray[np.bool_]
    broken: npt.NDArray[np.bool_]
    used: int


class Splitter:
    """Splits blocks of one file, whose separator and columns are known from its header."""

    def __init__(self, separator: str, columns: list[str], limits: Limits) -> None:
        self._separator = separator.encode()
        self._columns = columns
        self._limits = limits
        mark = re.escape(self._separator)
        quoted = rb'"(?:[^"]++|"")*+"(?=[' + mark + rb"\n])"
        plain = rb'[^"\n' + mark + rb"][^\n" + mark + rb"]*+"
        value = rb"(?:" + quoted + rb"|" + plain + rb"|)"
        self._field = re.compile(rb"(" + quoted + rb"|" + plain + rb"|)(" + mark + rb"|\n)")
        self._loose = re.compile(rb"([^\n" + mark + rb"]*+)(" + mark + rb"|\n)")
        self._record = re.compile(rb"(?:" + value + mark + rb")*+" + value + rb"\n")
        self._open = re.compile(rb"(?:" + value + mark + rb')*+"(?:[^"]++|"")*+\Z')

    def split(self, block: bytes, breaks: Int64Array, first_line: int, *, last: bool, rows: int) -> Split:
        """The records of a block of whole lines, whose line breaks are at `breaks`. `last`: nothing follows it.

        Of a block with a quote out of place no more than `rows` records are taken.
        """
        content = np.frombuffer(block, np.uint8)
        records = self._in_columns(block, content, breaks, last=last)
        if records is None:
            records = self._line_by_line(block, last=last, rows=rows)
        kept = records.ends > records.starts
        if not kept.all():
            for each in np.flatnonzero(~kept):
                assert records.starts[each] == records.ends[each], "a record has no negative length"
            records = _Found(
                records.starts[kept], records.ends[kept], records.fits[kept], records.broken[kept], records.used
            )
        self._without_bad_bytes(block, content, records)
        return self._parsed(block, records, breaks, first_line)

    def _in_columns(
        self, block: bytes, content: npt.NDArray[np.uint8], breaks: Int64Array, *, last: bool
    ) -> _Found | None:
        """The records where every quote stands well; None where one does not, or is still open at the end."""
        marks = np.flatnonzero(content == self._separator[0])
        quotes = np.flatnonzero(content == QUOTE) if b'"' in block else np.zeros(0, np.int64)
        ends = breaks
        if len(quotes):
            if not self._well_placed(content, quotes):
                return None
            ends = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
            used = int(ends[-1]) + 1 if len(ends) else 0
            if used < len(block) and (last or len(block) - used > self._limits.record_bytes):
                return None
        starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1]) if len(ends) else ends
        counts = np.searchsorted(marks, ends) - np.searchsorted(marks, starts)
        if len(quotes):
            # Separators within quotes are text: taken off the records whose quotes they are in.
            opening, closing = quotes[0 : len(quotes) - 1 : 2], quotes[1::2]
            within = np.searchsorted(marks, closing) - np.searchsorted(marks, opening)
            owners = np.searchsorted(ends, opening)
            inside = owners < len(ends)
            counts -= np.bincount(owners[inside], within[inside], len(ends)).astype(np.int64)
        fits = (counts == len(self._columns) - 1) & (ends - starts <= self._limits.field_chars)
        if len(ends) < len(breaks):
            several = np.searchsorted(breaks, ends) - np.searchsorted(breaks, starts) > 0
            if bool((several & ~fits).any()):
                return None
        used = int(ends[-1]) + 1 if len(ends) else 0
        return _Found(starts, ends, fits, np.zeros(len(starts), np.bool_), used)

    def _well_placed(self, content: npt.NDArray[np.uint8], quotes: Int64Array) -> bool:
        """Whether quotes open fields at their beginning and close them at their end, or are doubled within."""
        opening, closing = quotes[0::2], quotes[1::2]
        before = content[np.maximum(opening - 1, 0)]
        after_close = np.concatenate([np.array([-2], np.int64), closing])[: len(opening)]
        good = (opening == 0) | (before == self._separator[0]) | (before == BREAK) | (after_close == opening - 1)
        if not good.all():
            return False
        behind = content[np.minimum(closing + 1, len(content) - 1)]
        next_open = np.concatenate([opening[1:], np.array([-2], np.int64)])[: len(closing)]
        return bool(((behind == self._separator[0]) | (behind == BREAK) | (next_open == closing + 1)).all())

    def _line_by_line(self, block: bytes, *, last: bool, rows: int) -> _Found:
        """The records of a block with a quote out of place, `rows` at most. The work is linear: a quote that does
        not close is looked at as far as the next one, and no farther than a record may be long."""
        starts: list[int] = []
        ends: list[int] = []
        fits: list[bool] = []
        broken: list[bool] = []
        wanted = len(self._columns) - 1
        position, size = 0, len(block)
        while position < size and len(starts) < rows:
            end = block.index(b"\n", position)
            bad = plain = False
            if block.find(b'"', position, end) < 0:
                plain = block.count(self._separator, position, end) == wanted
                plain = plain and end - position <= self._limits.field_chars
            else:
                match = self._record.match(block, position, min(size, position + self._limits.record_bytes))
                if match is None:
                    rest = size - position
                    if not last and rest <= self._limits.record_bytes and self._open.match(block, position):
                        break
                    bad = True
                elif match.end() - 1 > end:
                    if len(self._fields(block[position : match.end()])) == wanted + 1:
                        end = match.end() - 1
                    else:
                        bad = True
            starts.append(position)
            ends.append(end)
            fits.append(plain)
            broken.append(bad)
            position = end + 1
        return _Found(
            np.array(starts, np.int64),
            np.array(ends, np.int64),
            np.array(fits, np.bool_),
            np.array(broken, np.bool_),
            position,
        )

    def _without_bad_bytes(self, block: bytes, content: npt.NDArray[np.uint8], records: _Found) -> None:
        """Records with a NUL byte or that are not UTF-8 do not fit the columns."""
        if b"\0" in block:
            records.fits[self._owners(records, np.flatnonzero(content == 0))] = False
        if block.isascii():
            return
        try:
            block.decode()
        except UnicodeDecodeError:
            for each in np.unique(self._owners(records, np.flatnonzero(content > 127))):
                try:
                    block[records.starts[each] : records.ends[each]].decode()
                except UnicodeDecodeError:
                    records.fits[each] = False

    @staticmethod
    def _owners(records: _Found, positions: Int64Array) -> Int64Array:
        if not len(records.starts):
            return np.zeros(0, np.int64)
        owners = np.searchsorted(records.starts, positions, side="right") - 1
        inside = (owners >= 0) & (positions <= records.ends[np.maximum(owners, 0)])
        return owners[inside]

    def _parsed(self, block: bytes, records: _Found, breaks: Int64Array, first_line: int) -> Split:
        lines = first_line + np.searchsorted(breaks, records.starts)
        fitting = np.flatnonzero(records.fits)
        frame = self._columns_of(block, records, fitting)
        assert len(frame) == len(fitting), "what fits is one row each"
        result = Split(block, frame, fitting, lines[fitting], np.empty((0, 2), np.int64))
        loose: list[tuple[int, list[str]]] = []
        for each in np.flatnonzero(~records.fits).tolist():
            raw = block[records.starts[each] : records.ends[each]]
            # Text with NUL bytes is often UTF-16 without its mark, or padded: without them its fields are themselves.
            values = self._fields(raw.replace(b"\0", b"") + b"\n")
            utf8 = _is(raw, "utf-8")
            code = self._fault(raw, values, utf8=utf8, broken=bool(records.broken[each]))
            if code is not None:
                result.damaged.append(Damaged(each, int(lines[each]), code, raw, tuple(values)))
            else:
                loose.append((each, values))
                if not utf8:
                    result.guessed.append(each)
        if loose:
            ordinals = np.array([each for each, _ in loose], np.int64)
            more = pl.DataFrame(
                [values for _, values in loose], schema=dict.fromkeys(self._columns, pl.String), orient="row"
            )
            joined = np.concatenate([fitting, ordinals])
            order = np.argsort(joined, kind="stable")
            result.frame = pl.concat([frame, more])[order]
            result.ordinals = joined[order]
            result.lines = lines[result.ordinals]
        result.spans = np.stack([records.starts[result.ordinals], records.ends[result.ordinals]], axis=1)
        result.count = len(records.starts)
        result.used = records.used
        result.line_breaks = int(np.searchsorted(breaks, records.used))
        return result

    def _columns_of(self, block: bytes, records: _Found, fitting: Int64Array) -> pl.DataFrame:
        schema = dict.fromkeys(self._columns, pl.String)
        if not len(fitting):
            return pl.DataFrame(schema=schema)
        if len(fitting) == len(records.starts) and records.used - int(records.ends[-1]) == 1 and self._dense(records):
            text = block[: records.used]
        else:
            gaps = np.flatnonzero(records.starts[fitting[1:]] != records.ends[fitting[:-1]] + 1)
            heads = records.starts[fitting[np.concatenate([[0], gaps + 1])]]
            tails = records.ends[fitting[np.concatenate([gaps, [len(fitting) - 1]])]] + 1
            text = b"".join(block[head:tail] for head, tail in zip(heads.tolist(), tails.tolist(), strict=True))
        # polars takes what begins like a compressed file for one, as text may: then a row of dots goes before it.
        packed = text.startswith(_PACKED)
        if packed:
            text = self._separator.join([b"."] * len(schema)) + b"\n" + text
        frame = pl.read_csv(
            text,
            has_header=False,
            schema=schema,
            separator=self._separator.decode(),
            quote_char='"' if b'"' in text else None,
        )
        return frame.slice(1) if packed else frame

    @staticmethod
    def _dense(records: _Found) -> bool:
        return int(records.starts[0]) == 0 and bool((records.starts[1:] == records.ends[:-1] + 1).all())

    def _fault(self, raw: bytes, fields: list[str], *, utf8: bool, broken: bool) -> str | None:
        """The code of what is wrong with a record that has these fields, or None."""
        if len(raw) > self._limits.record_bytes:
            return "record_too_long"
        if b"\0" in raw:
            return "nul_byte"
        if broken:
            return "quotes_unbalanced"
        if not (utf8 or _is(raw, "cp1252")):
            return "encoding_unreadable"
        if len(fields) < len(self._columns):
            return "fields_missing"
        if len(fields) > len(self._columns):
            return "fields_surplus"
        if any(len(value) > self._limits.field_chars for value in fields):
            return "field_too_long"
        return None

    def _fields(self, record: bytes) -> list[str]:
        """The fields of a record that ends in a line break; where quotes do not fit, a field ends at a separator."""
        if b'"' not in record:
            return [decoded(value) for value in record[:-1].split(self._separator)]
        values: list[str] = []
        position, ending = 0, b""
        while position < len(record) and ending != b"\n":
            match = self._field.match(record, position) or self._loose.match(record, position)
            assert match is not None, "anything up to a separator or a line break is a loose field"
            value, ending = match.groups()
            if match.re is self._loose:
                value = value.strip(b'"')
            elif value.startswith(b'"'):
                value = value[1:-1].replace(b'""', b'"')
            values.append(decoded(value))
            position = match.end()
        return values


def splits(blocks: Blocks, splitter: Splitter, first_line: int, rows: int) -> Iterator[Split]:
    """Every record of a stream that stands at `first_line`, at most `rows` records at once."""
    wanted, beyond = rows, 0
    while True:
        first_line += blocks.pass_blank()
        block, breaks = blocks.take(wanted, beyond)
        if not block:
            return
        split = splitter.split(block, breaks, first_line, last=blocks.exhausted, rows=rows)
        blocks.put_back(block[split.used :])
        first_line += split.line_breaks
        # A record that is still open takes more lines to see its end, at most as many as a record may have bytes.
        wanted, beyond = (rows, 0) if split.used else (wanted * 2, max(len(block), 2 * beyond))
        if split.count:
            yield split


def _is(raw: bytes, encoding: str) -> bool:
    """Whether bytes are text in an encoding."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def decoded(raw: bytes) -> str:
    """The text of bytes in UTF-8, else in Windows-1252, else with a mark for each byte that is neither."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
