"""`aforo fleet report`: what a fleet's log says of a period, under its contracts and targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aforo.cli import terminal
from aforo.cli.fleet_log import written
from aforo.cli.fleet_rebuilt import ContractsOption, ScansOption, TargetsOption, rebuilt
from aforo.cli.fleet_report_shown import show_report
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store
from aforo.domain.clock import instant
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
        Path | None, typer.Option("-o", "--output", help="Write the credits that are owed, line by line, as CSV.")
    ] = None,
    store: Store = None,
    keys: Keys = None,
    as_json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Rebuild from a scanner log what was up and down and why, where purchases stand, and what is owed. Exit 1 on a
    row that could not be read: nothing of it is counted. Of a store, the contracts and targets in force there count
    where none are given."""
    say = Sentences("aforo.cli", lang)
    made = rebuilt(log, contracts, targets, scans, since, until, say, store, keys)
    found, reading = made.found, made.reading
    if out is not None:
        written(out, claim(found.contracts), say)
    if as_json:
        terminal.emit({"read": reading, "from": instant(found.start), "until": instant(found.end), "report": found})
    else:
        show_report(found, reading, say)
        if out is not None:
            terminal.paragraph(say("fleet_report_written", file=out))
    if reading.refused:
        raise typer.Exit(terminal.FOUND)
