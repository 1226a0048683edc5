"""What a person says of a scanner log on the command line: what causes in words mean, and whose time it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.domain.codes import zones
from aforo.domain.scanner import CAUSES, Cause
from aforo.flow.scanner_places import zones_of_places
from aforo.intake.scanner_terms import ScannerTerms
from aforo.ports import shipped
from aforo.ports.document import PortDocument

ZoneOption = Annotated[
    str,
    typer.Option(
        "--zone",
        metavar="zone",
        help="The zone of times without an offset, such as America/Chicago; by default that of the scanner's port.",
    ),
]
CauseOption = Annotated[
    list[str] | None,
    typer.Option("--cause", metavar="text=code", help="Which cause a text of the log means; repeat it for more."),
]


def scanner_terms(
    zone: str, causes: list[str] | None, say: Sentences, ports: Iterable[PortDocument] | None = None
) -> ScannerTerms:
    """The terms by which a log is read; leaves with an error in words where they are wrong. Ports are those that ship
    unless others are given."""
    known = shipped.ports() if ports is None else ports
    return ScannerTerms(meanings(causes, say), checked_zone(zone, say), zones_of_places(known))


def checked_zone(zone: str, say: Sentences) -> str | None:
    """The zone of an option, None of an empty one; leaves with an error in words where there is no such zone."""
    if zone and zone not in zones():
        terminal.fail(say("fleet_orders_zone", zone=escape(zone)), where="--zone", to_do="America/Chicago")
    return zone or None


def meanings(told: list[str] | None, say: Sentences) -> dict[str, Cause]:
    """The causes that texts mean, by the text in small letters; leaves with an error in words."""
    found: dict[str, Cause] = {}
    for each in told or []:
        text, _, cause = each.rpartition("=")
        if not text.strip() or cause.strip().lower() not in CAUSES:
            known = ", ".join(CAUSES)
            terminal.fail(say("fleet_orders_cause", told=escape(each)), where="--cause", to_do=f"TEXT={known}")
        found[text.strip().casefold()] = next(one for one in CAUSES if one == cause.strip().lower())
    return found
