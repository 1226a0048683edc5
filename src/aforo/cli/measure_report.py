"""`aforo measure report`: the forum's report in both languages, as HTML and PDF, public or official."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.fleet_rebuilt import ContractsOption, Rebuilt, ScansOption, TargetsOption, rebuilt
from aforo.cli.language import Sentences
from aforo.cli.log import AsJson, Keys, Store, log_to_read
from aforo.cli.measure_claims import BridgesOption, CrossingsOption, SeizuresOption, TransborderOption
from aforo.cli.measure_coverage import of_log
from aforo.cli.outputs import keep_apart
from aforo.cli.published_tables import Published, claims_of, read_published, tell_read, unread
from aforo.cli.refused_rows import leave_refused, refused_told, show_refused
from aforo.domain.clock import EARLIEST, LATEST, instant, microseconds
from aforo.domain.input_refusal import RefusedRows
from aforo.flow.coverage import lately
from aforo.flow.forum_differs import counts_and_log, counts_apart, not_compared, port_codes
from aforo.flow.forum_report import forum, lacking, said
from aforo.flow.scoreboard import Board
from aforo.log.origin import clock_of
from aforo.log.store import Log
from aforo.scoreboard.claim_verdicts import judge
from aforo.scoreboard.forum_paper import paper
from aforo.scoreboard.forum_report import Claimed, Forum, Refusal
from aforo.scoreboard.in_print import UnprintableError, printed
from aforo.scoreboard.input_refusals import RefusedShown
from aforo.scoreboard.on_screen import page
from aforo.scoreboard.places import date_of, number_of
from aforo.scoreboard.size_classes import LARGE, MID
from aforo.scoreboard.state import DAYS
from aforo.twin import volumes

_LANGUAGES = ("en", "es")
#: Days that are looked back over unless others are asked for: a quarter of weeks.
_USUAL = 91
_DAY = "%Y-%m-%d"
#: Days that a report may be of.
_FIRST, _LAST = EARLIEST.date(), LATEST.date() - timedelta(days=1)
#: What the files of each version are called: neither is taken for the other, in whatever folder it ends up.
_PUBLIC, _OFFICIAL = "report", "official"


def measure_report(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="folder", help="Where the files are written.")],
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=[_DAY], help="The first local day; thirteen weeks before --until unless given."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=[_DAY], help="… and before this one; tomorrow unless given.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="The languages of the report: en, es or en,es.")] = "en,es",
    official: Annotated[
        bool, typer.Option("--official", help="The version for staff: figures by bridge, fleet, coverage.")
    ] = False,
    fleet: Annotated[Path | None, typer.Option(metavar="log", help="A scanner log (CSV or NDJSON).")] = None,
    contracts: ContractsOption = None,
    targets: TargetsOption = None,
    scans: ScansOption = None,
    crossings: CrossingsOption = None,
    bridges: BridgesOption = None,
    transborder_files: TransborderOption = None,
    seizure_files: SeizuresOption = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
) -> None:
    """Write the forum's report: figures with intervals, counts and age, definitions, what differs between sources,
    incidents, claims, and what cannot be said; report.en.html, report.en.pdf and so on, and report.json.

    The public version, which is the usual one, has what was published and nothing else. The files of the official one
    are called official.*, and are never written beside the public ones. Exit 1 where rows that figures lack were
    refused, or a PDF cannot be made.
    """
    words = Sentences("aforo.cli")
    languages = _languages(lang, words)
    if not official and any((contracts, targets, scans)) and fleet is None:
        terminal.fail(words("report_no_log"), to_do=words("report_no_log_to_do"))
    stem = _OFFICIAL if official else _PUBLIC
    names = _names(stem, languages)
    _apart(out, stem, words)
    keep_apart({f"-o {each}": out / each for each in names}, [fleet, *(contracts or ()), targets, scans, crossings,
               bridges, *(transborder_files or ()), *(seizure_files or ())])  # fmt: skip
    tables = None
    if any((crossings, bridges, transborder_files, seizure_files)):
        tables = read_published(crossings, bridges, transborder_files, seizure_files, words)
    due: list[str] = []
    with log_to_read(store, keys) as log:
        log.clock = clock_of(log)
        board = Board(log)
        with terminal.progress(words("report_making")):
            first, after = _period(board, log, since, until, words)
            made = forum(board, first, after, official=official)
            refused: list[RefusedRows | RefusedShown] = [*lacking(board, made)]
        if tables is not None:
            made = _judged(made, board, tables, words)
        if official:
            made = _covered(log, board, made)
        else:
            due = [each.name for each in board.due()]
    if tables is not None:
        refused += tables.refused
    if fleet is not None and official:
        spans = (f"{first}", f"{after}")
        own = rebuilt(fleet, contracts, targets, scans, *spans, words)
        made = _with_fleet(made, own)
        refused += RefusedRows.of("scanner_rows", fleet.name, own.reading.problems)
    files, unprinted = _write(made, out, stem, languages)
    if as_json:
        terminal.emit(
            {
                "files": [str(each) for each in files], "official": official, "unpublished": due, "report": made,
                "inputs": [] if tables is None else tables.inputs,
                "problems": [] if tables is None else tables.between,
                "refused": refused_told(refused),
            }
        )  # fmt: skip
    else:
        _say_done(files, due, fleet is not None and not official, official, words)
        if tables is not None:
            tell_read(tables, words)
        show_refused(refused, words)
    if unprinted:
        told = words("report_unprinted", why="; ".join(unprinted))
        terminal.fail(escape(told), to_do=words("report_unprinted_to_do"), code=terminal.FOUND)
    leave_refused(refused)


def _say_done(files: Sequence[Path], due: Sequence[str], no_fleet: bool, official: bool, words: Sentences) -> None:
    for each in files:
        terminal.out.print(str(each), markup=False)
    if due:  # said to whoever makes the report, and not in it
        terminal.paragraph(words("report_due", periods=", ".join(due)))
    if no_fleet:
        terminal.paragraph(words("report_fleet_public"))
    if official:
        terminal.paragraph(words("report_official"), style="bold red")


def _languages(lang: str, words: Sentences) -> tuple[str, ...]:
    asked = [each.strip() for each in lang.split(",")]
    if not asked or any(each not in _LANGUAGES for each in asked):
        terminal.fail(words("report_languages"), where="--lang", to_do="--lang en,es")
    return tuple(each for each in _LANGUAGES if each in asked)


def _names(stem: str, languages: Sequence[str]) -> list[str]:
    """The files that are written."""
    return [f"{stem}.json", *(f"{stem}.{each}.{form}" for each in languages for form in ("html", "pdf"))]


def _apart(out: Path, stem: str, words: Sentences) -> None:
    """Leaves with an error in words where files of the other version are in the folder: who hands on a public report
    hands on its folder."""
    other = _PUBLIC if stem == _OFFICIAL else _OFFICIAL
    found = next((out / name for name in _names(other, _LANGUAGES) if (out / name).exists()), None)
    if found is not None:
        told = words("report_beside_public" if stem == _OFFICIAL else "report_beside_official", file=found)
        terminal.fail(escape(told), where="--out", to_do=words("report_beside_to_do"))


def _period(
    board: Board, log: Log, since: datetime | None, until: datetime | None, words: Sentences
) -> tuple[date, date]:
    """The first local day, and the first no longer in the time."""
    for each in (since, until):
        if each is not None and not _FIRST <= each.date() <= _LAST:
            told = words("report_far", given=f"{each.date()}", first=f"{_FIRST}", last=f"{_LAST}")
            terminal.fail(told, where="--from, --until")
    today = max(board.places.day(each, microseconds(log.clock())) for each in board.places.zones)
    after = date_of(today + 1) if until is None else until.date()
    first = after - timedelta(days=_USUAL) if since is None else since.date()
    if first >= after:
        terminal.fail(words("fleet_report_backwards"), where="--from, --until")
    return first, after


def _covered(log: Log, board: Board, made: Forum) -> Forum:
    """The report with the coverage by its local days that are kept, or with the word that none is; of the fleet and the
    documents it is of now."""
    kept, today = lately(board, made.now, DAYS)
    first, last = max(number_of(made.since), kept), min(number_of(made.until) - 1, today)
    if first > last:
        none = Refusal(said("coverage_name"), said("none_kept", days=DAYS))
        return msgspec.structs.replace(made, refused=(*made.refused, none))
    found = of_log(log, board, volumes.shipped(), (first, last), MID, LARGE)
    return msgspec.structs.replace(made, coverage=found)


def _judged(made: Forum, board: Board, read: Published, words: Sentences) -> Forum:
    """The report with the claims that ship, judged by these tables, what sources of counts differ in, and what of the
    tables could not be read or compared."""
    document = claims_of(None, words)
    verdicts = tuple(judge(each, document, read.tables) for each in document.claims)
    inputs = tuple(
        f"{Path(each.file).name}, {each.first or '–'} – {each.last or '–'}, SHA-256 {each.sha256}"
        for each in read.inputs
    )
    differs, refused = list(made.differs), [*made.refused, *unread(read)]
    if read.counts is not None:
        if made.official:
            differs += counts_and_log(board, read.counts.frame, made.since, made.until)
        if read.tables.bridges is not None:
            codes = port_codes(read.counts.names, read.tables.bridges, board.directory)
            differs += counts_apart(read.counts.frame, read.tables.bridges, codes)
            refused += not_compared(read.counts.frame, read.tables.bridges, codes)
    claimed = Claimed(
        document.name, document.version, document.hash, verdicts,
        {key: source for key, source in document.sources.items() if key in {each.source for each in verdicts}}, inputs,
    )  # fmt: skip
    return msgspec.structs.replace(made, claims=claimed, differs=tuple(differs), refused=tuple(refused))


def _with_fleet(made: Forum, told: Rebuilt) -> Forum:
    """The report with the fleet's; a log that does not speak of the time is not told of, and that is said."""
    first, last = told.spoken
    refused = list(made.refused)
    if told.found.end <= first or told.found.start >= last:
        span = {"first": f"{instant(first):%Y-%m-%d}", "last": f"{instant(last):%Y-%m-%d}"}
        refused.append(Refusal(said("fleet"), said("fleet_elsewhere", **span)))
        return msgspec.structs.replace(made, refused=tuple(refused))
    if told.reading.refused:
        refused.append(Refusal(said("fleet"), said("fleet_unread", count=f"{told.reading.refused:,}")))
    return msgspec.structs.replace(made, fleet=told.found, refused=tuple(refused))


def _write(made: Forum, out: Path, stem: str, languages: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Write all files into a folder, which is made where there is none: which were written, and why one in print could
    not be made. Leaves with an error in words if it cannot write."""
    files: dict[str, bytes] = {f"{stem}.json": msgspec.json.encode(made)}
    unprinted = []
    for language in languages:
        say, words = Sentences("aforo.scoreboard", language), Sentences("aforo.cli", language)
        others = [each for each in languages if each != language]
        other = (say(f"report.name_{others[0]}"), f"{stem}.{others[0]}.html") if others else None
        told = paper(made, say, words, language, other)
        files[f"{stem}.{language}.html"] = page(told)
        try:
            files[f"{stem}.{language}.pdf"] = printed(told, made.now)
        except UnprintableError as wrong:
            unprinted.append(str(wrong))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
    except OSError as wrong:
        common = Sentences("aforo.cli")
        terminal.fail(escape(common("cannot_write", why=wrong)), to_do=common("cannot_write_to_do"))
    return [out / name for name in sorted(files)], unprinted
