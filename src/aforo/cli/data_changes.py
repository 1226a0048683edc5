"""What published figures that were taken have otherwise than the newest copy that was kept before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.codes import port_named
from aforo.domain.text import Text
from aforo.intake import bts, seizures, transborder
from aforo.intake.decimals import MILLIONTHS
from aforo.intake.lists import copies
from aforo.intake.lists.fetch import Version
from aforo.intake.revised import Changes, Row, changes

#: The figures of each kind; waits have none to compare, since each feed is of other hours.
_FIGURES = {"bts": ("count",), "transborder": ("dollars",), "seizures": ("events", "micropounds")}


@dataclass(frozen=True)
class Before:
    """The newest copy: its folder, when it was taken, its files, and what their owner calls this version of them."""

    copy: Path
    taken_at: datetime
    files: Mapping[str, bytes]
    version: Version | None


def newest_copy(folder: Path, what: str) -> Before | Text | None:
    """The newest copy of a kind; None where there is none, or why it cannot be read."""
    copy = copies.newest(folder, what)
    if copy is None:
        return None
    try:
        files, taken_at = copies.files_of(copy)
        return Before(copy, taken_at, files, copies.version_of(copy)) if files else None
    except copies.CopyDamagedError as wrong:
        return wrong.text
    except OSError as wrong:
        return Text(str(wrong), str(wrong))


def changes_of(what: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Changes | None:
    """What the files have otherwise than those before; None of waits."""
    figures = _FIGURES.get(what)
    return None if figures is None else changes(_frame(what, before), _frame(what, after), figures)


def tell_changes(found: Changes, against: str, say: Sentences) -> None:
    """The counts of the rows, and the first of them."""
    counts = {name: f"{count:,}" for name, count in (("added", found.added), ("gone", found.gone))}
    terminal.paragraph(say("data_changes", copy=against, changed=f"{found.changed:,}", **counts))
    for each in found.rows:
        terminal.out.print(f"  {_row(each, say)}", markup=False)
    if rest := found.added + found.gone + found.changed - len(found.rows):
        terminal.out.print(f"  {say('data_changes_more', count=f'{rest:,}')}", markup=False)


def _frame(what: str, files: Mapping[str, bytes]) -> pl.DataFrame:
    if what == "bts":
        return bts.read(b"".join(files.values())).frame.drop_nulls("count")  # a count that is missing is none
    if what == "transborder":
        return transborder.together([transborder.read(data) for data in files.values()]).frame
    return seizures.together([seizures.read(data) for data in files.values()]).frame


def _row(each: Row, say: Sentences) -> str:
    of = ", ".join(_called(column, value, say) for column, value in each.of.items())
    kind = "changed" if each.before and each.after else "gone" if each.before else "added"
    before, after = ("" if own is None else _figures(own, say) for own in (each.before, each.after))
    return say(f"data_row_{kind}", of=of, before=before, after=after)


def _called(column: str, value: str, say: Sentences) -> str:
    if column == "measure":
        return say(f"data_measure_{value}")
    return port_named(value) if column == "port" else value


def _figures(own: Mapping[str, int], say: Sentences) -> str:
    told = {
        "count": f"{own.get('count', 0):,}",
        "dollars": f"{own.get('dollars', 0):,} USD",
        "events": f"{own.get('events', 0):,} {say('data_events')}",
        "micropounds": f"{own.get('micropounds', 0) / MILLIONTHS[0]:,.2f} {say('data_pounds')}",
    }
    return ", ".join(told[name] for name in own)
