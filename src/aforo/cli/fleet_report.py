"""`aforo fleet report`: what a fleet's log says of a period, under its contracts and targets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.fleet_log import period_of, read_log, written
from aforo.cli.fleet_recorded import recorded_in
from aforo.cli.fleet_report_shown import Reading, show_report
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import AsJson, Keys, Store
from aforo.cli.port_live import contents
from aforo.domain.clock import instant
from aforo.fleet import contract as contracts_of
from aforo.fleet import target as targets_of
from aforo.fleet.contract import Contract, ContractError
from aforo.fleet.report import report as report_of
from aforo.fleet.target import Targets
from aforo.flow.fleet_claim import claim
from aforo.flow.fleet_log import record_of, scans_of

_Document = TypeVar("_Document", Contract, Targets)


def report(
    log: Annotated[
        Path | None,
        typer.Argument(help="The scanner log: CSV or NDJSON, reports and scans; by default what the store has."),
    ] = None,
    contracts: Annotated[list[Path] | None, typer.Option(help="A contract (TOML); may be given several times.")] = None,
    targets: Annotated[Path | None, typer.Option(help="Targets of ports (TOML).")] = None,
    scans: Annotated[Path | None, typer.Option(help="Scans, where they are in a file of their own.")] = None,
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
    agreed = [_document(file, contracts_of.parse, say) for file in contracts or []]
    aims = Targets(version=1) if targets is None else _document(targets, targets_of.parse, say)
    _once(agreed, say)
    if log is None:
        known = recorded_in(store, keys, scans, say)
        record, made, reading = known.record, known.scans, known.reading
        agreed, aims = agreed or list(known.contracts), known.targets if targets is None else aims
    else:
        read = read_log(log, None, say)
        more = None if scans is None else read_log(scans, read.words, say)
        made = scans_of(read) if more is None else scans_of(read, more)
        reading = Reading.of(read, more, len(made.at))
        record = record_of(read)
    zones = {aims.zone} if aims.hash else {each.zone for each in agreed}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    start, end = period_of(since, until, [record.at, made.at], zone, say)
    found = report_of(record, made, agreed, aims, start, end)
    if out is not None:
        written(out, claim(found.contracts), say)
    if as_json:
        terminal.emit({"read": reading, "from": instant(start), "until": instant(end), "report": found})
    else:
        show_report(found, reading, say)
        if out is not None:
            terminal.paragraph(say("fleet_report_written", file=out))
    if reading.refused:
        raise typer.Exit(terminal.FOUND)


def _document(file: Path, parse: Callable[[bytes], _Document], say: Sentences) -> _Document:
    """The document in a file; leaves with an error in words where it is not valid."""
    try:
        return parse(contents(file, say))
    except ContractError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(str(file)), to_do=say("fleet_document_to_do"))


def _once(agreed: list[Contract], say: Sentences) -> None:
    """Leaves where a contract is given twice: what is owed would be doubled."""
    names = [each.id for each in agreed]
    for each in names:
        if names.count(each) > 1:
            terminal.fail(say("fleet_contract_twice", contract=escape(each)), where="--contracts")
