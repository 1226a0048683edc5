"""What the readers of published figures share: rows of a delimited table of known columns, and what is wrong with them.

Published tables are of bounded size and are read whole; damage to a row stays in it, as in every table of intake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO

from aforo.domain.problem import Gravity, Problem
from aforo.domain.text import Text, catalogue
from aforo.intake import header as headers
from aforo.intake.batch import printable, reason
from aforo.intake.blocks import Blocks
from aforo.intake.delimited import Split, Splitter, splits
from aforo.intake.limits import STANDARD
from aforo.intake.mapping import fold

#: A file of published figures is smaller.
MOST_BYTES = 128 * 1024 * 1024
#: Problems of one kind that are kept one by one; further ones are counted.
MOST_PROBLEMS = 1_000
_ROWS_AT_ONCE = 16_384


@dataclass
class Found:
    """Problems as they are found: `counts` how often each kind was, `problems` the first of each."""

    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, record: int, place: str, *, gravity: Gravity = "refusal", **fields: object) -> None:
        """One more problem; what comes from the file is made printable."""
        self.counts[code] += 1
        if self.counts[code] <= MOST_PROBLEMS:
            shown = {
                name: value if isinstance(value, Text) else printable(str(value)) for name, value in fields.items()
            }
            said = catalogue("aforo.intake").say(code, **shown)
            self.problems.append(Problem(record, place, code, said, gravity))

    def damaged(self, code: str, record: int, place: str, column: str = "") -> None:
        """A record, or a file, that cannot be split."""
        self.counts[code] += 1
        if self.counts[code] <= MOST_PROBLEMS:
            self.problems.append(Problem(record, place, code, reason(code, column), "refusal"))


#: Number of the record from 1, its line, and its fields by the column's name in lower case, words joined by `_`.
Row = tuple[int, int, Mapping[str, str]]


def rows(data: bytes, needed: Collection[str], found: Found) -> Iterator[Row]:
    """The rows of a table; columns are called as `fold` calls them. What cannot be read is added to `found`."""
    if len(data) > MOST_BYTES:
        found.add("published_too_large", 0, "file", most=MOST_BYTES // 1024 // 1024)
        return
    blocks = Blocks(BytesIO(data), STANDARD)
    line, number = blocks.first()
    if not line or data.startswith(headers.BINARY_MARKS):
        found.add("published_no_table", 0, "file")
        return
    try:
        header = headers.read(line, None, STANDARD)
    except headers.HeaderError as error:
        found.damaged(error.code, 0, f"line {number}", error.column)
        return
    columns = [fold(name).replace(" ", "_") for name in header.columns]
    if lacking := sorted(set(needed) - set(columns)):
        found.add("published_columns", 0, f"line {number}", columns=", ".join(lacking))
        return
    before = 0
    for split in splits(blocks, Splitter(header.separator, columns, STANDARD), number + 1, _ROWS_AT_ONCE):
        yield from _of_split(split, before, found)
        before += split.count


def _of_split(split: Split, before: int, found: Found) -> Iterator[Row]:
    for each in split.damaged:
        found.damaged(each.code, before + each.ordinal + 1, f"line {each.line}")
    numbers = zip(split.ordinals.tolist(), split.lines.tolist(), strict=True)
    for (ordinal, line), row in zip(numbers, split.frame.iter_rows(named=True), strict=True):
        yield before + ordinal + 1, line, {name: (value or "").strip() for name, value in row.items()}


def whole_number(text: str, most: int) -> int | None:
    """A number that is written in ASCII digits alone, at most `most`; None for anything else."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)):
        return None
    return value if (value := int(text)) <= most else None
