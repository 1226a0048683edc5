"""`aforo fleet report`: what a fleet's log says of a period, under its contracts and targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.fleet_log import unwritable, written
from aforo.cli.fleet_rebuilt import ContractsOption, Rebuilt, ScansOption, TargetsOption, rebuilt
from aforo.cli.fleet_report_shown import show_report
from aforo.cli.fleet_terms import CauseOption, ZoneOption, scanner_terms
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store
from aforo.cli.outputs import keep_apart
from aforo.domain.clock import instant
from aforo.fleet.interruption_rule import interruption_rules
from aforo.fleet.listing import Listed, listed
from aforo.fleet.places import places
from aforo.flow import fleet_interruptions
from aforo.flow.fleet_claim import claim


def report(
    log: Annotated[
        Path | None,
        typer.Argument(help="The scanner log: CSV or NDJSON, reports and scans; by default what the store has."),
    ] = None,
    contracts: ContractsOption = None,
    targets: TargetsOption = None,
    scans: ScansOption = None,
    since: Annotated[
        str, typer.Option("--from", help="The period: from this day or instant on; by default from the first report.")
    ] = "",
    until: Annotated[str, typer.Option(help="… and before this one; by default until the last report or scan.")] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the credits that are owed, line by line, as CSV."),
    ] = None,
    interruptions: Annotated[
        Path | None, typer.Option(help="Write every interruption of the period, line by line, as CSV.")
    ] = None,
    zone: ZoneOption = "",
    cause: CauseOption = None,
    rule: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="version",
            help="The version of the definition of an outage; by default that of the documents, else the newest.",
        ),
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Rebuild from a scanner log what was up and down and why, where purchases stand, and what is owed. Exit 1 on a
    row that could not be read: nothing of it is counted, and the figures say which bounds they are. Of a store, the
    contracts and targets in force there count where none are given."""
    say = Sentences("aforo.cli", lang)
    written_to = {"-o": out, "--interruptions": interruptions}
    keep_apart(written_to, [log, *(contracts or []), targets, scans, store, keys], lang)
    definition = None if rule is None else interruption_rules().get(rule)
    if rule is not None and definition is None:
        known = ", ".join(map(str, interruption_rules()))
        terminal.fail(say("fleet_report_rule", version=rule), where="--rule", to_do=known)
    terms = scanner_terms(zone, cause, say)
    made = rebuilt(log, contracts, targets, scans, since, until, say, store, keys, terms, definition)
    found, reading = made.found, made.reading
    if out is not None:
        written(out, claim(found.contracts), say)
    if interruptions is not None:
        count = _listed(made, interruptions, say)
    if as_json:
        terminal.emit({"read": reading, "from": instant(found.start), "until": instant(found.end), "report": found})
    else:
        show_report(found, reading, say)
        if out is not None:
            terminal.paragraph(say("fleet_report_written", file=out))
        if interruptions is not None:
            terminal.paragraph(say("fleet_interruptions_written", count=f"{count:,}", file=interruptions))
    if reading.refused:
        raise typer.Exit(terminal.FOUND)


def _listed(made: Rebuilt, file: Path, say: Sentences) -> int:
    """Write every interruption, or leave with an error in words; how many there are."""
    rows = listed(made.record, places(made.record), made.found.start, made.found.end, made.rule)
    try:
        with file.open("w", encoding="utf-8", newline="") as stream, terminal.progress(file.name) as advance:
            return fleet_interruptions.write(_counted(rows, advance), stream)
    except OSError as error:
        unwritable(file, error, say)


def _counted(rows: Iterator[Listed], advance: Callable[[int], None]) -> Iterator[Listed]:
    """The same, told by thousands as they are taken."""
    for number, each in enumerate(rows, 1):
        if number % 1_000 == 0:
            advance(1_000)
        yield each
