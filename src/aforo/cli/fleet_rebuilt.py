"""A fleet's history as commands take it, of a scanner log or of what a store has, and the report of a period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from aforo.cli.fleet_log import asked, document, period_of, read_log, several
from aforo.cli.fleet_reading import Reading
from aforo.cli.fleet_recorded import recorded_in
from aforo.cli.language import Sentences
from aforo.cli.log import Keys, Store
from aforo.fleet import contract as contracts_of
from aforo.fleet import target as targets_of
from aforo.fleet.interruption_rule import InterruptionRule
from aforo.fleet.record import Record
from aforo.fleet.report import FleetFound, rule_of
from aforo.fleet.report import report as report_of
from aforo.fleet.target import Targets
from aforo.flow.fleet_log import record_of, scans_of
from aforo.intake.scanner_terms import PLAIN_TERMS, ScannerTerms

ContractsOption = Annotated[list[Path] | None, typer.Option(help="A contract (TOML); may be given several times.")]
TargetsOption = Annotated[Path | None, typer.Option(help="Targets of ports (TOML).")]
ScansOption = Annotated[Path | None, typer.Option(help="Scans, where they are in a file of their own.")]


@dataclass(frozen=True)
class Rebuilt:
    """The reports of a scanner log, what it says of a period, and how it was read; `spoken` is what all of its reports
    and scans span, `rule` by which outages are counted."""

    record: Record
    found: FleetFound
    reading: Reading
    spoken: tuple[int, int]
    rule: InterruptionRule


def rebuilt(
    log: Path | None,
    contracts: list[Path] | None,
    targets: Path | None,
    scans: Path | None,
    since: str,
    until: str,
    say: Sentences,
    store: Store = None,
    keys: Keys = None,
    terms: ScannerTerms = PLAIN_TERMS,
    rule: InterruptionRule | None = None,
) -> Rebuilt:
    """The report of a scanner log, read by some terms, or without one of a store, for a period; leaves with an error in
    words where something cannot be read. Of a store, the contracts and targets in force there count where none are
    given. Outages are counted by `rule`, else by the definition that the documents name."""
    agreed = several(contracts, contracts_of.parse, say)
    aims = Targets(version=1) if targets is None else document(targets, targets_of.parse, say)
    if log is None:
        known = recorded_in(store, keys, scans, say)
        record, made, reading = known.record, known.scans, known.reading
        agreed, aims = agreed or list(known.contracts), known.targets if targets is None else aims
    else:
        read = read_log(log, None, say, terms)
        # The log says where the scanners stand, and so whose time the file of their scans keeps.
        there = terms if scans is None else replace(terms, zones_of_scanners=read.zones(terms))
        more = None if scans is None else read_log(scans, read.words, say, there)
        made = scans_of(read) if more is None else scans_of(read, more)
        reading = Reading.of(read, more, len(made.at), (log, scans))
        record = record_of(read)
    zones = {aims.zone} if aims.hash else {each.zone for each in agreed}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    # Months of ports whose targets nobody gave are of the days of the period.
    aims = msgspec.structs.replace(aims, zone=zone)
    spoken = period_of("", "", [record.at, made.at], zone, say)
    start, end = period_of(since, until, [record.at, made.at], zone, say)
    made_of = report_of(record, made, agreed, aims, start, end, asked(since, until), rule, reading.not_counted)
    return Rebuilt(record, made_of, reading, spoken, rule or rule_of(aims))
