"""`aforo seal inspect`: an inspection of a seal, or of a truck and its trailer, is recorded."""

from __future__ import annotations

from typing import Annotated, get_args

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.custody_written import custody_written
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store
from aforo.cli.port_live import instant_of
from aforo.domain.trip import POINTS, Found, Inspected, InspectedPoint, InspectionKind
from aforo.flow import trip_acts
from aforo.settings import officer


def inspect(
    trip: Annotated[str, typer.Argument(help="The trip's identifier.")],
    kind: Annotated[InspectionKind, typer.Option(help="vvtt: of the seal; conveyance: of truck and trailer.")],
    point: Annotated[
        list[str] | None,
        typer.Option(help="POINT or POINT=pass|fail|not_done; may be repeated. Without any all of them passed."),
    ] = None,
    seal_id: Annotated[str, typer.Option(help="The number on the seal.")] = "",
    at: Annotated[str, typer.Option(help="When (ISO 8601 with an offset); by default now.")] = "",
    where: Annotated[str, typer.Option(help="The name of the place.")] = "",
    person: Annotated[str, typer.Option(help="Who inspected; kept as a keyed hash alone.")] = "",
    note: Annotated[str, typer.Option(help="What was found; names nobody.")] = "",
    by: Annotated[str, typer.Option(help="Who records it; by default this terminal's user.")] = "",
    store: Store = None,
    keys: Keys = None,
    lang: LanguageOption = "",
) -> None:
    """Record an inspection: view, verify, tug and twist of a seal, or the seventeen points of truck and trailer."""
    say = Sentences("aforo.cli", lang)
    points = tuple(_point(each, kind, say) for each in point or POINTS[kind])
    when = instant_of(at, say) if at else None
    with custody_written(store, keys) as custody:
        said = Inspected(kind, points, seal_id, trip_acts.person_of(custody.log, person), where, note)
        trip_acts.inspect(custody, trip, said, when, actor=officer(by or None), origin=custody.log.marks)
    terminal.out.print(say("seal_inspected" if said.passed else "seal_inspected_not_passed", trip=trip), markup=False)


def _point(text: str, kind: InspectionKind, say: Sentences) -> InspectedPoint:
    name, _, found = text.partition("=")
    for each in get_args(Found):
        if name in POINTS[kind] and (found or "pass") == each:
            return InspectedPoint(name, each)
    terminal.fail(say("seal_bad_point", point=escape(text)), to_do=", ".join(POINTS[kind]))
