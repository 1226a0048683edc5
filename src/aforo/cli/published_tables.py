"""Published tables that claims are computed from: read from files, joined, with what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import msgspec
import polars as pl
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.data import of_file, tell_problems
from aforo.cli.found import place_told
from aforo.cli.language import Sentences
from aforo.domain.input_refusal import FileKind, RefusedRows
from aforo.domain.problem import Problem
from aforo.domain.text import Text
from aforo.flow.forum_report import said
from aforo.intake import bts, seizures, texas_bridges, transborder
from aforo.intake.bts import Counts
from aforo.scoreboard import shipped
from aforo.scoreboard.claim_tables import Tables
from aforo.scoreboard.claims import Claims
from aforo.scoreboard.claims_reading import MOST_BYTES, ClaimsError, parse
from aforo.scoreboard.forum_report import Refusal

TableName = Literal["crossings", "bridges", "transborder", "seizures"]
_KINDS: dict[TableName, FileKind] = {
    "crossings": "counts", "bridges": "counts", "transborder": "freight", "seizures": "seizures",
}  # fmt: skip


class Read(Protocol):
    """What a reader of published figures gives."""

    @property
    def frame(self) -> pl.DataFrame: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...
    @property
    def found(self) -> dict[str, int]: ...


class Input(msgspec.Struct, frozen=True):
    """A file that was read: SHA-256, first and last month (null where it holds none), and what is wrong with it."""

    table: TableName
    file: str
    sha256: str
    first: str | None
    last: str | None
    problems: list[Problem]
    counts: dict[str, int]


_Read = TypeVar("_Read", bound=Read)


@dataclass(frozen=True)
class Published:
    """Tables with what was read for them, in the order of the files; `counts` is that of crossings, `joint` are those
    that are made of several files."""

    tables: Tables
    inputs: list[Input]
    joint: list[Read]
    counts: Counts | None

    @property
    def between(self) -> list[Problem]:
        """What is wrong between files."""
        return [problem for each in self.joint for problem in each.problems]

    @property
    def refused(self) -> tuple[RefusedRows, ...]:
        """The rows that could not be read, or are in none of the tables, by file; those between files together."""
        found = [
            rows
            for each in self.inputs
            for rows in RefusedRows.of(_KINDS[each.table], each.file, each.problems, each.counts)
        ]
        for joint in self.joint:
            kind: FileKind = "seizures" if isinstance(joint, seizures.Seizures) else "freight"
            names = ", ".join(each.file for each in self.inputs if _KINDS[each.table] == kind)
            found += RefusedRows.of(kind, names, joint.problems, joint.found)
        return tuple(found)


def read_published(
    crossings: Path | None,
    bridges: Path | None,
    transborder_files: Sequence[Path] | None,
    seizure_files: Sequence[Path] | None,
    say: Sentences,
) -> Published:
    """The tables of files and folders; leaves with an error in words where one cannot be read."""
    files = {
        "crossings": [crossings] if crossings else [],
        "bridges": [bridges] if bridges else [],
        "transborder": _files(transborder_files, say),
        "seizures": _files(seizure_files, say),
    }
    inputs: list[Input] = []
    with terminal.progress(say("claims_reading"), total=sum(map(len, files.values()))) as advance:
        counted = _read("crossings", files["crossings"], bts.read, inputs, advance, say)
        by_bridge = _read("bridges", files["bridges"], texas_bridges.read, inputs, advance, say)
        freight = _read("transborder", files["transborder"], transborder.read, inputs, advance, say)
        seized = _read("seizures", files["seizures"], seizures.read, inputs, advance, say)
    joint_freight = transborder.together(freight) if freight else None
    joint_seizures = seizures.together(seized) if seized else None
    tables = Tables(
        counted[0].frame if counted else None,
        by_bridge[0].frame if by_bridge else None,
        joint_freight.frame if joint_freight else None,
        joint_seizures.frame if joint_seizures else None,
    )
    joint: list[Read] = [each for each in (joint_freight, joint_seizures) if each is not None]
    return Published(tables, inputs, joint, counted[0] if counted else None)


def tell_read(read: Published, say: Sentences) -> None:
    """Which files were read, and what is wrong with them, for people at a terminal."""
    for own in read.inputs:
        span = own.first or say("claims_nothing")
        span += f"–{own.last}" if own.last != own.first else ""
        terminal.paragraph(say("claims_input", file=own.file, span=span, hash=own.sha256[:12]))
        tell_problems(own.problems, own.counts, say)
    for each in read.joint:
        tell_problems(each.problems, each.found, say)


def unread(read: Published) -> list[Refusal]:
    """What of the files could not be read, as a report tells it: of each kind the first, and how many there are."""
    told = [(Path(own.file).name, own.problems, own.counts) for own in read.inputs]
    found = [each for name, problems, counts in told for each in _refusals(Text(name, name), problems, counts)]
    for joint in read.joint:
        found += _refusals(said("several_files"), joint.problems, joint.found)
    return found


def _refusals(what: Text, problems: Sequence[Problem], counts: Mapping[str, int]) -> list[Refusal]:
    firsts = {each.code: each for each in reversed(problems) if each.gravity == "refusal"}
    return [
        Refusal(
            what, said("table_unread", why=each.reason, place=place_told(each.place), count=f"{counts[each.code]:,}")
        )
        for _, each in sorted(firsts.items())
    ]


def claims_of(file: Path | None, say: Sentences) -> Claims:
    if file is None:
        return shipped.claims()
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ClaimsError("claims.too_large", most=MOST_BYTES // 1024)
        return parse(file.read_bytes())
    except ClaimsError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(file)), to_do=say("claims_document_to_do"))
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("port_file_to_do"))


def _files(given: Sequence[Path] | None, say: Sentences) -> list[Path]:
    """The files that were named, and the CSV files of the folders that were."""
    found: list[Path] = []
    for path in given or ():
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(each for each in path.iterdir() if each.suffix.lower() == ".csv" and each.is_file())
        if not inside:
            terminal.fail(say("claims_no_csv"), where=escape(str(path)), to_do=say("port_file_to_do"))
        found += inside
    return list(dict.fromkeys(found))


def _read(
    table: TableName,
    files: Sequence[Path],
    read: Callable[[bytes], _Read],
    inputs: list[Input],
    advance: Callable[[int], None],
    say: Sentences,
) -> list[_Read]:
    """What each file of a table holds; what is to be told of it is added to `inputs`."""
    made: list[_Read] = []
    for file in files:
        data, name = of_file(file, say)
        own = read(data)
        counted = own.frame.drop_nulls("count") if "count" in own.frame.columns else own.frame
        months: list[date] = counted["month"].unique().to_list()
        first, last = (f"{edge(months):%Y-%m}" if months else None for edge in (min, max))
        inputs.append(Input(table, name, sha256(data).hexdigest(), first, last, list(own.problems), own.found))
        made.append(own)
        advance(1)
    return made
