"""`aforo fleet report`: what a fleet's log says of a period, under its contracts and targets."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.fleet_log import document, period_of, read_log, several, written
from aforo.cli.fleet_report_shown import Reading, show_report
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson
from aforo.domain.clock import instant
from aforo.domain.spreadsheet import cell
from aforo.fleet import contract as contracts_of
from aforo.fleet import target as targets_of
from aforo.fleet.report import FleetFound
from aforo.fleet.report import report as report_of
from aforo.fleet.target import Targets
from aforo.flow.fleet_log import record_of, scans_of

ContractsOption = Annotated[list[Path] | None, typer.Option(help="A contract (TOML); may be given several times.")]
TargetsOption = Annotated[Path | None, typer.Option(help="Targets of ports (TOML).")]
ScansOption = Annotated[Path | None, typer.Option(help="Scans, where they are in a file of their own.")]


@dataclass(frozen=True)
class Rebuilt:
    """What a scanner log says of a period, and how it was read; `spoken` is what all of its reports and scans span."""

    found: FleetFound
    reading: Reading
    spoken: tuple[int, int]


def report(
    log: Annotated[Path, typer.Argument(help="The scanner log: CSV or NDJSON, reports and scans.")],
    contracts: ContractsOption = None,
    targets: TargetsOption = None,
    scans: ScansOption = None,
    since: Annotated[
        str, typer.Option("--from", help="The period: from this day or instant on; by default from the first report.")
    ] = "",
    until: Annotated[str, typer.Option(help="… and before this one; by default until the last report or scan.")] = "",
    out: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the credits that are owed, line by line, as CSV.")
    ] = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Rebuild from a scanner log what was up and down and why, where purchases stand, and what is owed. Exit 1 on a
    row that could not be read: nothing of it is counted."""
    say = Sentences("aforo.cli", lang)
    made = rebuilt(log, contracts, targets, scans, since, until, say)
    found, reading = made.found, made.reading
    if out is not None:
        written(out, claim(found), say)
    if as_json:
        terminal.emit({"read": reading, "from": instant(found.start), "until": instant(found.end), "report": found})
    else:
        show_report(found, reading, say)
        if out is not None:
            terminal.paragraph(say("fleet_report_written", file=out))
    if reading.refused:
        raise typer.Exit(terminal.FOUND)


def rebuilt(
    log: Path,
    contracts: list[Path] | None,
    targets: Path | None,
    scans: Path | None,
    since: str,
    until: str,
    say: Sentences,
) -> Rebuilt:
    """The report of a scanner log for a period; leaves with an error in words where something cannot be read."""
    agreed = several(contracts, contracts_of.parse, say)
    aims = Targets(version=1) if targets is None else document(targets, targets_of.parse, say)
    read = read_log(log, None, say)
    more = None if scans is None else read_log(scans, read.words, say)
    made = scans_of(read) if more is None else scans_of(read, more)
    reading = Reading.of(read, more, len(made.at))
    record = record_of(read)
    zones = {each.zone for each in agreed} if targets is None else {aims.zone}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    spoken = period_of("", "", [record.at, made.at], zone, say)
    start, end = period_of(since, until, [record.at, made.at], zone, say)
    return Rebuilt(report_of(record, made, agreed, aims, start, end), reading, spoken)


def claim(found: FleetFound) -> str:
    """The credits that are owed as CSV, one line each; caps are lines with a negative amount."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("contract", "version", "document", "supplier", "month", "scanner_id", "reason", "clause", "promised",
         "reached", "reported", "amount", "currency", "events")
    )  # fmt: skip
    for own in found.contracts:
        for line in own.lines:
            reached = None if line.reached is None else round(line.reached, 6)
            writer.writerow(
                (
                    cell(own.id), own.version, own.document, cell(own.supplier), line.month, cell(line.scanner),
                    line.reason, cell(line.clause), cell(line.promised), cell(reached), int(line.reported),
                    f"{Decimal(line.cents) / 100:.2f}", own.currency, " ".join(map(str, line.events)),
                )
            )  # fmt: skip
    return text.getvalue()
