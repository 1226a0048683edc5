"""`aforo fleet from-work-orders|to-work-orders`: between the scanner log and a maintenance system's CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.fleet_bounds_shown import show_bounds
from aforo.cli.fleet_log import period_of, read_log, written
from aforo.cli.fleet_terms import CauseOption, ZoneOption, checked_zone, meanings, scanner_terms
from aforo.cli.found import place_in_words
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.cli.port_live import contents
from aforo.domain.clock import system_clock
from aforo.fleet.bounds import bounds
from aforo.fleet.ledger import ledger
from aforo.fleet.places import places
from aforo.fleet.work_orders import orders_of
from aforo.flow.fleet_log import record_of
from aforo.intake import work_orders
from aforo.intake.scanner_log import ScannerReport

_COLUMNS = ("scanner_id", "event", "at", "cause", "reporter", "port", "planned", "note")
#: Problems that are listed.
_MOST = 20


def from_work_orders(
    file: Annotated[Path, typer.Argument(help="Work orders of scanners, CSV, as a maintenance system exports them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The scanner log to write, CSV.")],
    zone: Annotated[str, typer.Option(help="The time zone of times without an offset, such as America/Chicago.")] = "",
    cause: CauseOption = None,
    lang: LanguageOption = "",
) -> None:
    """Turn work orders into a scanner log. Exit 1 on a row that could not be read; the others are written."""
    say = Sentences("aforo.cli", lang)
    known_zone, known_causes = checked_zone(zone, say), meanings(cause, say)
    keep_apart({"-o": out}, [file], lang)
    told = work_orders.read(contents(file, say), system_clock(), known_zone, known_causes)
    reports = work_orders.reports_of(told.orders)
    written(out, _as_log(reports), say)
    for problem in told.problems[:_MOST]:
        terminal.err.print(f"{place_in_words(problem.place)}: {say.of(problem.reason)}", markup=False)
    if len(told.problems) > _MOST:
        terminal.err.print(say("telemetry_more", count=f"{len(told.problems) - _MOST:,}"), markup=False)
    for code, count in sorted(told.unknown.items()):
        terminal.err.print(say("fleet_orders_unknown", cause=code, count=f"{count:,}"), markup=False)
    counts = {
        "unstarted": sum(work_orders.unstarted(each) for each in told.orders),
        "open": sum(work_orders.unfinished(each) and not each.closed for each in told.orders),
        "closed": sum(work_orders.unfinished(each) and each.closed for each in told.orders),
    }
    for name, count in counts.items():
        if count:
            terminal.err.print(say(f"fleet_orders_{name}", count=f"{count:,}"), markup=False)
    terminal.paragraph(
        say(
            "fleet_orders_read",
            orders=f"{len(told.orders):,}",
            cancelled=f"{told.cancelled:,}",
            refused=f"{len(told.problems):,}",
            reports=f"{len(reports):,}",
            file=out,
        )
    )
    if reports:
        terminal.paragraph(say("fleet_orders_service"))
    if told.problems:
        raise typer.Exit(terminal.FOUND)


def to_work_orders(
    log: Annotated[Path, typer.Argument(help="The scanner log: CSV or NDJSON.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The work orders to write, CSV.")],
    since: Annotated[str, typer.Option("--from", help="Interruptions that began from this day or instant on.")] = "",
    until: Annotated[str, typer.Option(help="… and before this one.")] = "",
    zone: ZoneOption = "",
    cause: CauseOption = None,
    lang: LanguageOption = "",
) -> None:
    """Turn the interruptions of a scanner log into work orders. Exit 1 on a row that could not be read."""
    say = Sentences("aforo.cli", lang)
    keep_apart({"-o": out}, [log], lang)
    read = read_log(log, None, say, scanner_terms(zone, cause, say))
    refused = read.counts.total()
    record = record_of(read)
    start, end = period_of(since, until, [record.at], "UTC", say)
    found = ledger(record, end)
    orders = orders_of(found, places(record), start, end)
    written(out, work_orders.write(orders), say)
    terminal.paragraph(say("fleet_orders_written", orders=f"{len(orders):,}", refused=f"{refused:,}", file=out))
    show_bounds(bounds(read.tally.not_counted, record, found.rule), say)
    if refused:
        raise typer.Exit(terminal.FOUND)


def _as_log(reports: list[ScannerReport]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for each in reports:
        planned = "" if each.planned is None else int(each.planned)
        writer.writerow(
            (each.scanner_id, each.event, each.at.isoformat(), each.cause or "", each.reporter or "", each.port or "",
             planned, each.note or "")
        )  # fmt: skip
    return text.getvalue()
