"""`aforo data`: take published figures from their owners, or from a file, and keep dated copies of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
import polars as pl
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text as RichText

from aforo.cli import terminal
from aforo.cli.data_changes import Before, changes_of, newest_copy, tell_changes
from aforo.cli.data_sums import (
    DrugHeld,
    FreightHeld,
    drugs_held,
    freight_held,
    table_of_drugs,
    table_of_freight,
)
from aforo.cli.found import place_in_words
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.domain.clock import system_clock
from aforo.domain.problem import Problem
from aforo.domain.text import Text
from aforo.domain.wait import PublishedWait
from aforo.intake import border_waits, bts, seizures, transborder
from aforo.intake.lists import copies
from aforo.intake.lists.fetch import FetchError, UnchangedError, Version, fetch_anew
from aforo.intake.published import MOST_BYTES
from aforo.intake.revised import Changes
from aforo.ports.shipped import feed_zone
from aforo.settings import data_folder, published_address

#: Kinds of problem that are told, and rows of one kind; --json has all.
_MOST_TOLD, _MOST_ROWS = 10, 20
#: Months that the table of counts sums up.
_A_YEAR = 12

DataFolder = Annotated[
    Path | None, typer.Option("--data", help="The folder of the copies (default: AFORO_DATA, else the platform's).")
]


class Kind(StrEnum):
    """What can be taken."""

    bts = "bts"
    bwt = "bwt"
    transborder = "transborder"
    seizures = "seizures"


class PortCounts(msgspec.Struct, frozen=True):
    """What the counts say of one port: `trucks` are those of the last twelve months, null where any of these are
    missing; `missing` says how many."""

    port: str
    name: str
    first: str
    last: str
    months: int
    trucks: int | None
    missing: int = 0


class Taken(msgspec.Struct, frozen=True):
    """What `data get` says; `copy` is null where nothing was kept. `counts` is how often each kind of problem was,
    `files` has the SHA-256 of each file by its name.

    `against` is the newest copy that was kept before, null where there was none that can be read; `same` says whether
    these files are those of it, and `changes` what they have otherwise: null where they are the same, and of waits, of
    which each feed has other hours. Of the figures only the kind that was asked for has any.
    """

    what: Kind
    source: str
    taken_at: datetime
    copy: str | None
    ports: list[PortCounts]
    waits: list[PublishedWait]
    problems: list[Problem]
    counts: dict[str, int]
    freight: list[FreightHeld] = []
    drugs: list[DrugHeld] = []
    files: dict[str, str] = {}
    against: str | None = None
    same: bool = False
    changes: Changes | None = None


@dataclass(frozen=True)
class Got:
    """Files by their names, and where they were. Of a download what their owner calls this version; `kept` is the copy
    that was there, where its owner says that it is still that."""

    files: Mapping[str, bytes]
    source: str
    version: Version | None = None
    kept: Before | None = None


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(
        no_args_is_help=True, help="Published figures: truck counts, border waits, freight, drug seizures."
    )
    group.command("get")(get)
    app.add_typer(group, name="data")


def get(
    what: Annotated[
        Kind,
        typer.Argument(
            metavar="dataset",
            help="bts: monthly truck counts; bwt: waits at the bridges; transborder: freight with Canada and Mexico; "
            "seizures: drugs seized.",
        ),
    ],
    files: Annotated[
        list[Path] | None,
        typer.Option("--file", help="Take it from this file instead; repeat for the tables and months of freight."),
    ] = None,
    folder: DataFolder = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Take published figures, say what they hold and what changed since the newest copy, and keep a dated copy.

    Exit 1 where a part cannot be read. What its owner says has not changed is not downloaded again, nor kept twice.

    Freight and seizures have no lasting address, and exit with 2 without --file: fetch them by hand, from the page
    TransBorder Raw Data of the Bureau of Transportation Statistics and the page Nationwide Drug Seizures of CBP.
    """
    say = Sentences("aforo.cli", lang)
    if files and len(files) > 1 and what in (Kind.bts, Kind.bwt):
        terminal.fail(say("data_one_file", what=what), to_do=say("data_one_file_to_do"))
    home = data_folder(folder)
    before = newest_copy(home, what.value)
    if isinstance(before, Text):
        terminal.err.print(say("data_before_unread", why=say.of(before)), markup=False)
        before = None
    got = _given(files, say) if files else _downloaded(what, before, say)
    at = system_clock() if got.kept is None else got.kept.taken_at
    taken = _read(what, list(got.files.values()), got.source, at)
    if taken.ports or taken.waits or taken.freight or taken.drugs:
        copy = _kept(home, what, got, at, say) if got.kept is None else got.kept.copy
        taken = _compared(msgspec.structs.replace(taken, copy=str(copy)), got.files, before)
    hashes = {name: sha256(data).hexdigest() for name, data in got.files.items()}
    taken = msgspec.structs.replace(taken, files=hashes)
    if as_json:
        terminal.emit(taken)
    else:
        _tell(taken, say)
    if taken.copy is None or any(problem.gravity == "refusal" for problem in taken.problems):
        raise typer.Exit(terminal.FOUND)


def _read(what: Kind, given: list[bytes], source: str, now: datetime) -> Taken:
    """What the files hold, before anything is kept of them."""
    if what is Kind.bts:
        counts = bts.read(given[0])
        return Taken(what, source, now, None, _ports(counts), [], list(counts.problems), counts.found)
    if what is Kind.bwt:
        feed = border_waits.read(given[0], now, feed_zone)
        return Taken(what, source, now, None, [], list(feed.readings), list(feed.problems), feed.found)
    if what is Kind.transborder:
        tables = [transborder.read(data) for data in given]
        joint_freight = transborder.together(tables)
        problems, found = _all_problems([*tables, joint_freight])
        freight = freight_held(joint_freight.frame)
        return Taken(what, source, now, None, [], [], problems, found, freight=freight)
    editions = [seizures.read(data) for data in given]
    joint = seizures.together(editions)
    problems, found = _all_problems([*editions, joint])
    return Taken(what, source, now, None, [], [], problems, found, drugs=drugs_held(joint.frame))


def _all_problems(
    read: Sequence[transborder.Freight] | Sequence[seizures.Seizures],
) -> tuple[list[Problem], dict[str, int]]:
    counts: Counter[str] = Counter()
    for own in read:
        counts.update(own.found)
    return [problem for own in read for problem in own.problems], dict(counts)


def _compared(taken: Taken, files: Mapping[str, bytes], before: Before | None) -> Taken:
    """With what the files have otherwise than the newest copy before."""
    if before is None:
        return taken
    same = sorted(files.values()) == sorted(before.files.values())
    found = None if same else changes_of(taken.what, before.files, files)
    return msgspec.structs.replace(taken, against=str(before.copy), same=same, changes=found)


def _given(files: list[Path], say: Sentences) -> Got:
    """The named files by their own names, and where they were."""
    given = {file.name: of_file(file, say)[0] for file in files}
    if len(given) < len(files):
        terminal.fail(say("data_same_name"), to_do=say("data_same_name_to_do"))
    return Got(given, ", ".join(map(str, files)))


def of_file(file: Path, say: Sentences) -> tuple[bytes, str]:
    """What a file of published figures holds, and its name; leaves with an error in words where it cannot be used."""
    try:
        if file.stat().st_size > MOST_BYTES:
            terminal.fail(say("data_too_large", most=MOST_BYTES // 1024 // 1024), where=escape(str(file)))
        return file.read_bytes(), str(file)
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong.strerror), where=escape(str(file)), to_do=say("port_file_to_do"))


def _downloaded(what: Kind, before: Before | None, say: Sentences) -> Got:
    """What its owner gives, or the copy before where the owner says that it is still that."""
    address = published_address(what.value)
    if address is None:
        variable = f"AFORO_{what.value.upper()}_ADDRESS"
        terminal.fail(
            say("data_no_address", what=what), to_do=say("data_no_address_to_do", what=what, variable=variable)
        )
    with terminal.progress(say("data_downloading")) as advance:
        try:
            got = fetch_anew(address, None if before is None else before.version, advance)
        except FetchError as wrong:
            terminal.fail(escape(say.of(wrong.text)), to_do=say("data_offline_to_do", what=what), code=terminal.FOUND)
        except UnchangedError:
            if before is None:
                raise
            return Got(before.files, address, kept=before)
    return Got({f"{what}{'.json' if what is Kind.bwt else '.csv'}": got.data}, address, got.version)


def _kept(folder: Path, what: Kind, got: Got, now: datetime, say: Sentences) -> Path:
    try:
        return copies.keep(folder, what.value, got.files, now, got.version)
    except OSError as wrong:
        terminal.fail(say("cannot_write", why=wrong), to_do=say("data_folder_to_do"))


def newest(folder: Path, what: Kind, say: Sentences) -> tuple[bytes, datetime]:
    """The newest copy and when it was taken; leaves with an error in words where there is none."""
    copy = copies.newest(folder, what.value)
    if copy is None:
        terminal.fail(say("data_none", what=what, folder=folder), to_do=say("data_none_to_do", what=what))
    try:
        files, taken_at = copies.files_of(copy)
    except copies.CopyDamagedError as wrong:
        terminal.fail(escape(say.of(wrong.text)), to_do=say("data_none_to_do", what=what))
    except OSError as wrong:
        terminal.fail(say("file_unusable", why=wrong), to_do=say("data_none_to_do", what=what))
    return b"".join(files.values()), taken_at


def _ports(counts: bts.Counts) -> list[PortCounts]:
    """Ports with trucks, the busiest of the last year first."""
    if counts.frame.is_empty():
        return []
    trucks = counts.frame.filter(pl.col("measure") == "trucks")
    ports: list[PortCounts] = []
    for (code,), own in trucks.group_by("port"):
        of_year = bts.monthly(counts.frame, [str(code)])["count"].tail(_A_YEAR)
        missing = _A_YEAR - len(of_year) + of_year.null_count()
        whole = None if missing else int(of_year.sum())
        first, last = own["month"].sort()[0], own["month"].sort()[-1]
        name, since, until = counts.names[str(code)], f"{first:%Y-%m}", f"{last:%Y-%m}"
        ports.append(PortCounts(str(code), name, since, until, len(own), whole, missing))
    return sorted(ports, key=lambda port: (-(port.trucks or 0), port.port))


def _tell(taken: Taken, say: Sentences) -> None:
    if taken.ports:
        terminal.show(_table_of_ports(taken.ports, say))
        names = {port.port: f"{port.name} ({port.port})" for port in taken.ports}
        for recut in bts.RECUTS:
            others = ", ".join(names[each] for each in sorted(recut.held - {recut.code}) if each in names)
            if others and any(port.port == recut.code and port.first < f"{recut.since:%Y-%m}" for port in taken.ports):
                told = say("data_recut", port=names[recut.code], others=others, until=f"{recut.since:%Y-%m}")
                terminal.out.print(told, markup=False)
    if taken.waits:
        terminal.show(_table_of_waits(taken.waits, taken.taken_at, say))
    if taken.freight:
        terminal.show(table_of_freight(taken.freight, say))
    if taken.drugs:
        terminal.show(table_of_drugs(taken.drugs, say))
    tell_problems(taken.problems, taken.counts, say)
    for name, hash_ in taken.files.items():
        terminal.out.print(say("data_file", file=name, hash=hash_), markup=False)
    if taken.copy is None:
        terminal.out.print(say("data_not_kept"), markup=False)
    elif taken.copy == taken.against:
        terminal.out.print(say("data_unchanged", copy=taken.copy), markup=False)
    else:
        terminal.out.print(say("data_kept", copy=taken.copy), markup=False)
        if taken.same:
            terminal.out.print(say("data_same", copy=taken.against), markup=False)
        elif taken.changes is not None and taken.against is not None:
            tell_changes(taken.changes, taken.against, say)


def tell_problems(
    problems: Sequence[Problem], counts: Mapping[str, int], say: Sentences, console: Console = terminal.out
) -> None:
    """What is wrong with a file of published figures, kind by kind, the gravest first."""
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.code, []).append(problem)
    for own in sorted(kinds.values(), key=lambda each: (each[0].gravity != "refusal", each[0].code))[:_MOST_TOLD]:
        _tell_kind(own, counts[own[0].code], say, console)


def _tell_kind(problems: list[Problem], count: int, say: Sentences, console: Console) -> None:
    """Each row that was refused for one reason, since each is to be mended; of a warning the first, and how many."""
    first = problems[0]
    if first.gravity == "warning":
        told = f"{say('warning')} ×{count:,} ({place_in_words(first.place)}): {say.of(first.reason)}"
        console.print(told, markup=False)
        return
    for each in problems[:_MOST_ROWS]:
        told = f"{say('refusal')} ({place_in_words(each.place)}): {say.of(each.reason)}"
        console.print(told, markup=False)
    if count > _MOST_ROWS:
        console.print(say("telemetry_more", count=f"{count - _MOST_ROWS:,}"), markup=False)


def _table_of_ports(ports: list[PortCounts], say: Sentences) -> Table:
    table = terminal.listing(say, "data", "port", "first", "last", "months", "trucks", right=("months", "trucks"))
    for port in ports:
        trucks = say("data_missing", count=port.missing, of=_A_YEAR) if port.trucks is None else f"{port.trucks:,}"
        if port.missing == _A_YEAR:
            trucks = say("data_ended")
        name = escape(f"{port.name} ({port.port})")
        table.add_row(name, port.first, port.last, str(port.months), trucks)
    return table


def _table_of_waits(waits: list[PublishedWait], now: datetime, say: Sentences) -> Table:
    """The last reading of each lane class. What the crossing does not have is left out."""
    last: dict[tuple[str, str], PublishedWait] = {}
    for wait in waits:
        before = last.get((wait.crossing, wait.lane))
        if wait.missing != "not_there" and (before is None or before.at <= wait.at):
            last[wait.crossing, wait.lane] = wait
    table = terminal.listing(say, "data", "crossing", "lane", "wait", "lanes", "at", right=("wait", "lanes"))
    for (crossing, lane), wait in sorted(last.items()):
        figure: str | RichText = (
            RichText(say(f"wait_{wait.missing}"), style="dim")
            if wait.minutes is None
            else say("data_minutes", minutes=wait.minutes)
        )
        at = wait.at.astimezone(UTC)
        old = now - at > timedelta(hours=3)
        table.add_row(
            escape(crossing), say(f"lane_{lane}"), figure,
            "" if wait.lanes_open is None else str(wait.lanes_open),
            RichText(f"{at:%Y-%m-%d %H:%M}Z", style="dim" if old else ""),
        )  # fmt: skip
    return table
