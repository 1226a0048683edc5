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
from aforo.cli.published_tables import Published, claims_of, read_published
from aforo.domain.clock import instant, microseconds
from aforo.flow.coverage import lately
from aforo.flow.forum_differs import counts_and_log, counts_apart
from aforo.flow.forum_report import forum, said
from aforo.flow.scoreboard import Board
from aforo.log.store import Log
from aforo.scoreboard.claim_verdicts import judge
from aforo.scoreboard.coverage import Coverage
from aforo.scoreboard.forum_paper import paper
from aforo.scoreboard.forum_report import Claimed, Forum, Refusal
from aforo.scoreboard.in_print import printed
from aforo.scoreboard.on_screen import page
from aforo.scoreboard.places import date_of, number_of
from aforo.scoreboard.size_classes import LARGE, MID
from aforo.scoreboard.state import DAYS
from aforo.twin import volumes

_LANGUAGES = ("en", "es")
#: Days that are looked back over unless others are asked for: a quarter of weeks.
_USUAL = 91
_DAY = "%Y-%m-%d"


def measure_report(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the files are written.")],
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
    fleet: Annotated[Path | None, typer.Option(metavar="LOG", help="A scanner log (CSV or NDJSON).")] = None,
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

    The public version, which is the usual one, has what was published and nothing else.
    """
    words = Sentences("aforo.cli")
    languages = _languages(lang, words)
    if not official and any((contracts, targets, scans)) and fleet is None:
        terminal.fail(words("report_no_log"), to_do=words("report_no_log_to_do"))
    names = _names(languages)
    keep_apart({f"-o {each}": out / each for each in names}, [fleet, *(contracts or ()), targets, scans, crossings,
               bridges, *(transborder_files or ()), *(seizure_files or ())])  # fmt: skip
    tables = None
    if any((crossings, bridges, transborder_files, seizure_files)):
        tables = read_published(crossings, bridges, transborder_files, seizure_files, words)
    with log_to_read(store, keys) as log:
        board = Board(log)
        with terminal.progress(words("report_making")):
            first, after = _period(board, log, since, until, words)
            made = forum(board, first, after, official=official)
        if tables is not None:
            made = _judged(made, board, tables, words)
        if official:
            made = msgspec.structs.replace(made, coverage=_coverage(log, board, made))
    if fleet is not None and official:
        spans = (f"{first}", f"{after}")
        made = _with_fleet(made, rebuilt(fleet, contracts, targets, scans, *spans, words))
    files = _write(made, out, languages)
    if as_json:
        terminal.emit({"files": [str(each) for each in files], "official": official, "report": made})
        return
    for each in files:
        terminal.out.print(str(each), markup=False)
    if fleet is not None and not official:
        terminal.paragraph(words("report_fleet_public"))
    if official:
        terminal.paragraph(words("report_official"), style="bold red")


def _languages(lang: str, words: Sentences) -> tuple[str, ...]:
    asked = [each.strip() for each in lang.split(",")]
    if not asked or any(each not in _LANGUAGES for each in asked):
        terminal.fail(words("report_languages"), where="--lang", to_do="--lang en,es")
    return tuple(each for each in _LANGUAGES if each in asked)


def _names(languages: Sequence[str]) -> list[str]:
    """The files that are written."""
    return ["report.json", *(f"report.{each}.{form}" for each in languages for form in ("html", "pdf"))]


def _period(
    board: Board, log: Log, since: datetime | None, until: datetime | None, words: Sentences
) -> tuple[date, date]:
    """The first local day, and the first no longer in the time."""
    today = max(board.places.day(each, microseconds(log.clock())) for each in board.places.zones)
    after = date_of(today + 1) if until is None else until.date()
    first = after - timedelta(days=_USUAL) if since is None else since.date()
    if first >= after:
        terminal.fail(words("fleet_report_backwards"), where="--from, --until")
    return first, after


def _coverage(log: Log, board: Board, made: Forum) -> Coverage:
    """The coverage by the local days of the report that are kept; of the fleet and the documents it is of now."""
    kept, today = lately(board, made.now, DAYS)
    last = min(number_of(made.until) - 1, today)
    first = min(max(number_of(made.since), kept), last)
    return of_log(log, board, volumes.shipped(), (first, last), MID, LARGE)


def _judged(made: Forum, board: Board, read: Published, words: Sentences) -> Forum:
    """The report with the claims that ship, judged by these tables, and with what sources of counts differ in."""
    document = claims_of(None, words)
    verdicts = tuple(judge(each, document, read.tables) for each in document.claims)
    inputs = tuple(
        f"{Path(each.file).name}, {each.first or '–'} – {each.last or '–'}, SHA-256 {each.sha256}"
        for each in read.inputs
    )
    differs = list(made.differs)
    if read.counts is not None:
        if made.official:
            differs += counts_and_log(board, read.counts.frame, made.since, made.until)
        if read.tables.bridges is not None:
            codes = [(name, code) for code, name in read.counts.names.items()]
            differs += counts_apart(read.counts.frame, read.tables.bridges, codes)
    claimed = Claimed(
        document.name, document.version, document.hash, verdicts,
        {key: source for key, source in document.sources.items() if key in {each.source for each in verdicts}}, inputs,
    )  # fmt: skip
    return msgspec.structs.replace(made, claims=claimed, differs=tuple(differs))


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


def _write(made: Forum, out: Path, languages: Sequence[str]) -> list[Path]:
    """Write all files into a folder, which is made where there is none; leaves with an error in words if it cannot."""
    files: dict[str, bytes] = {"report.json": msgspec.json.encode(made)}
    for language in languages:
        say, words = Sentences("aforo.scoreboard", language), Sentences("aforo.cli", language)
        others = [each for each in languages if each != language]
        other = (say(f"report.name_{others[0]}"), f"report.{others[0]}.html") if others else None
        told = paper(made, say, words, language, other)
        files[f"report.{language}.html"] = page(told)
        files[f"report.{language}.pdf"] = printed(told, made.now)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
    except OSError as wrong:
        common = Sentences("aforo.cli")
        terminal.fail(escape(common("cannot_write", why=wrong)), to_do=common("cannot_write_to_do"))
    return [out / name for name in sorted(files)]
