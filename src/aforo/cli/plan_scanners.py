"""`aforo plan scanners`: where to put them, against smugglers who choose the weakest bridge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.cli.plan_told import JsonOption, OutOption, check_form, give
from aforo.cli.port_documents import PortFolder, PortKeys, PortStore
from aforo.cli.twin_asked import CalibrationOption, CountsOption, border_with
from aforo.ports.document import Bridge, PortDocument
from aforo.routing import policy as policies
from aforo.twin import placing_figures
from aforo.twin.border import Border
from aforo.twin.placement import Asked, frame, placement
from aforo.twin.placing_figures import Figures, PlacingError
from aforo.twin.placing_plot import drawn
from aforo.twin.placing_told import told_of
from aforo.twin.scenario import ScenarioError, called

#: More scanners than the border has room for are a slip of the pen.
_MOST = 1_000


def plan_scanners(
    count: Annotated[int, typer.Option(min=1, max=_MOST, help="How many scanners there are to place.")],
    ports: Annotated[
        list[str] | None,
        typer.Option(help="Ports by name or code, `port/bridge` for one bridge; repeat for several. All unless given."),
    ] = None,
    kind: Annotated[
        Literal["secondary", "portal"], typer.Option(help="Scanners behind primary, or portals before it.")
    ] = "secondary",
    hours: Annotated[
        float | None,
        typer.Option(min=0.0, help="The most truck-hours a day beyond today, for all; without, as many as it takes."),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(help="A document of figures (TOML) instead of the one that ships.")
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="The policy document that says what a scan finds; by default the one that ships."),
    ] = None,
    counts: CountsOption = None,
    store: PortStore = None,
    keys: PortKeys = None,
    port_documents: PortFolder = None,
    calibration: CalibrationOption = None,
    draws: Annotated[int, typer.Option(min=40, max=10_000, help="How often the figures are drawn.")] = 400,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of the draws.")] = 1,
    out: OutOption = None,
    json: JsonOption = False,
    lang: LanguageOption = "",
) -> None:
    """Where to put scanners so that most is found where least is found, and what that makes trucks wait.

    OFFICIAL USE ONLY: the answer names the bridges where least is found. It rests on assumed figures, and says which.
    """
    say = Sentences("aforo.twin", lang)
    check_form(out, say)
    keep_apart({"-o": out}, [figures, policy, counts], lang)
    border = border_with(counts, say, store, keys, port_documents, calibration)
    own = _figures(figures, say)
    placed = own.kind(kind)
    if placed is None:
        known = ", ".join(each.id for each in own.kinds)
        terminal.fail(say("placing_no_kind", kind=kind, known=known), where="--kind")
    asked = Asked(count, placed, float("inf") if hours is None else hours, draws, seed)
    try:
        with terminal.progress(say("placing_trying"), draws) as advance:
            told_plan = placement(border, _bridges(ports, border, say), own, _policy(policy, say), asked, advance)
    except PlacingError as wrong:
        terminal.fail(escape(say.of(wrong.text)), to_do=say("placing_do") if figures is not None else "")
    language = terminal.language()
    told = told_of(told_plan, say, language)
    give(
        told_plan,
        told,
        frame(told_plan),
        lambda form: drawn(told_plan, say, language, form),
        out,
        json,
        say,
        border.refused,
    )


def _bridges(names: list[str] | None, border: Border, say: Sentences) -> list[tuple[PortDocument, Bridge]]:
    """The bridges that are asked for, each once."""
    found: dict[tuple[str, str], tuple[PortDocument, Bridge]] = {}
    for name in names or ["all"]:
        try:
            for port, bridge in called(name, border.ports):
                found[port.code, bridge.id] = (port, bridge)
        except ScenarioError as wrong:
            terminal.fail(escape(say.of(wrong.text)), where="--ports", to_do=say("ports_do"))
    return list(found.values())


def _figures(file: Path | None, say: Sentences) -> Figures:
    if file is None:
        return placing_figures.shipped()
    try:
        return placing_figures.parse(_read(file))
    except PlacingError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(file)), to_do=say("placing_do"))


def _policy(file: Path | None, say: Sentences) -> policies.Policy:
    if file is None:
        return policies.parse(policies.default_document())
    try:
        return policies.parse(_read(file))
    except policies.PolicyError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(str(file)))


def _read(file: Path) -> bytes:
    words = Sentences("aforo.cli")
    try:
        return file.read_bytes()
    except OSError as wrong:
        terminal.fail(escape(words("file_unusable", why=wrong)), to_do=words("no_such_file_to_do"))
