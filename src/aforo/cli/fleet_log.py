"""What the commands of a fleet's history share: the scanner log of a file, its period, and files that are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Final, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.found import place_in_words
from aforo.cli.language import Sentences
from aforo.cli.port_live import contents
from aforo.domain.clock import EARLIEST, LATEST, microseconds, system_clock
from aforo.domain.units import Int64Array
from aforo.fleet.asked import Asked
from aforo.fleet.contract import Contract, ContractError
from aforo.fleet.versions import in_sequence
from aforo.intake import scanner_columns
from aforo.intake.scanner_columns import ScannerColumns, Words
from aforo.intake.scanner_terms import ScannerTerms

_Document = TypeVar("_Document")
#: No fleet has a history before the first of these years, or a plan after the last.
YEARS: Final = (EARLIEST.year, LATEST.year - 1)
#: Problems that are listed where nothing at all could be read.
_MOST: Final = 10
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_log(file: Path, words: dict[str, Words] | None, say: Sentences, terms: ScannerTerms) -> ScannerColumns:
    """The scanner log of a file, by some terms; leaves with an error in words where it cannot be read."""
    if file.is_dir():
        terminal.fail(say("fleet_log_folder", file=file), to_do=say("fleet_log_folder_to_do"))
    if not file.is_file():
        terminal.fail(say("no_such_file", file=file), to_do=say("no_such_file_to_do"))
    try:
        with file.open("rb") as stream, terminal.progress(file.name) as advance:
            before = 0

            def told(records: int) -> None:
                nonlocal before
                advance(records - before)
                before = records

            read = scanner_columns.read(stream, system_clock(), words, told, terms)
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("file_unusable_to_do"))
    if words is None and not len(read.reports["at"]) and not len(read.scans["at"]):
        # Nothing can be reckoned with: what is wrong with the file is said before whoever asked says that.
        for problem in read.problems[:_MOST]:
            terminal.paragraph(f"{place_in_words(problem.place)}: {say.of(problem.reason)}", console=terminal.err)
    return read


def period_of(since: str, until: str, columns: Sequence[Int64Array], zone: str, say: Sentences) -> tuple[int, int]:
    """The period in microseconds since 1970: as asked for, days being those of `zone`, else what the instants of
    `columns` span."""
    instants = [int(each) for column in columns if len(column) for each in (column.min(), column.max())]
    if not instants:
        terminal.fail(say("fleet_report_empty"), to_do=say("fleet_report_empty_to_do"), code=terminal.FOUND)
    start = instant_or_day(since, zone, say) if since else min(instants)
    end = instant_or_day(until, zone, say) if until else max(instants) + 1
    if start >= end:
        terminal.fail(say("fleet_report_backwards"), where="--from, --until", to_do=say("fleet_report_backwards_to_do"))
    return start, end


def document(file: Path, parse: Callable[[bytes], _Document], say: Sentences) -> _Document:
    """The document in a file; leaves with an error in words where it is not valid."""
    if file.is_dir():
        terminal.fail(say("fleet_log_folder", file=file), to_do=say("fleet_document_folder_to_do"))
    try:
        return parse(contents(file, say))
    except ContractError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(str(file)), to_do=say("fleet_document_to_do"))


def several(files: list[Path] | None, parse: Callable[[bytes], Contract], say: Sentences) -> list[Contract]:
    """The contracts in files, versions of one each for its own days; leaves where two hold on one day."""
    agreed = [document(file, parse, say) for file in files or []]
    try:
        return in_sequence(agreed)
    except ContractError as error:
        terminal.fail(escape(say.of(error.text)), where="--contracts", to_do=say("fleet_document_to_do"))


def asked(since: str, until: str) -> Asked:
    """How the period was asked for; the bounds are those that `period_of` understands."""
    first, last = (date.fromisoformat(each) if _DAY.fullmatch(each) else None for each in (since, until))
    return Asked(first, last, ended=bool(until))


def written(file: Path, text: str, say: Sentences) -> None:
    """Write a file, or leave with an error in words."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        unwritable(file, error, say)


def unwritable(file: Path, error: OSError, say: Sentences) -> NoReturn:
    """Leave with the words for a file that cannot be written."""
    told = escape(say("file_unusable", why=error.strerror or error))
    terminal.fail(told, where=escape(str(file)), to_do=say("fleet_written_to_do"))


def instant_or_day(text: str, zone: str, say: Sentences) -> int:
    """An instant, or the beginning of a local day, of the years that a fleet may have."""
    at = None
    if _DAY.fullmatch(text):
        try:
            at = datetime.combine(datetime.fromisoformat(text).date(), time(), ZoneInfo(zone))
        except (ValueError, OverflowError):
            at = None
    if at is None:
        at = _exact(text)
    if at is None:
        terminal.fail(say("fleet_report_day", given=escape(text)), to_do=say("fleet_report_day_to_do"))
    if not YEARS[0] <= at.year <= YEARS[1]:
        terminal.fail(say("fleet_report_far", given=escape(text), first=YEARS[0], last=YEARS[1]))
    return microseconds(at)


def _exact(text: str) -> datetime | None:
    """The instant that a text with an offset names; None where it names none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
