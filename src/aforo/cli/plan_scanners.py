"""`aforo plan scanners`: where to put them, against smugglers who choose the weakest bridge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.cli.twin_asked import CountsOption, border_with
from aforo.ports.document import Bridge, PortDocument
from aforo.routing import policy as policies
from aforo.twin import placing_figures
from aforo.twin.border import Border
from aforo.twin.placement import Asked, Placement, frame, placement
from aforo.twin.placing_figures import Figures, PlacingError
from aforo.twin.placing_page import rendered
from aforo.twin.placing_plot import drawn
from aforo.twin.placing_told import headline, sentences, tables, title
from aforo.twin.plots import PlotsMissingError
from aforo.twin.scenario import ScenarioError, called

#: More scanners than the border has room for are a slip of the pen.
_MOST = 1_000
_FORMS = (".html", ".png", ".csv", ".json")


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
    draws: Annotated[int, typer.Option(min=40, max=10_000, help="How often the figures are drawn.")] = 400,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of the draws.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it: .html, .png, .csv or .json.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Where to put scanners so that most is found where least is found, and what that makes trucks wait.

    OFFICIAL USE ONLY: the answer names the bridges where least is found. It rests on assumed figures, and says which.
    """
    say = Sentences("aforo.twin", lang)
    if out is not None and out.suffix.lower() not in _FORMS:
        told = say("placing_out_form", known=", ".join(_FORMS), given=out.name)
        terminal.fail(escape(told), where="-o", to_do=say("placing_out_form_do"))
    keep_apart({"-o": out}, [figures, policy, counts], lang)
    border = border_with(counts, say)
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
    if out is not None:
        _write(told_plan, out, say)
    if json:
        terminal.emit(told_plan)
        return
    _tell(told_plan, say)
    if out is not None:
        terminal.out.print(say("written", file=out), markup=False)


def _bridges(names: list[str] | None, border: Border, say: Sentences) -> list[tuple[PortDocument, Bridge]]:
    """The bridges that are asked for, each once."""
    found: dict[tuple[str, str], tuple[PortDocument, Bridge]] = {}
    for name in names or ["all"]:
        try:
            for port, bridge in called(name, border.ports):
                found[port.code, bridge.id] = (port, bridge)
        except ScenarioError as wrong:
            terminal.fail(escape(say.of(wrong.text)), where="--ports")
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


def _write(told: Placement, out: Path, say: Sentences) -> None:
    """Write the plan in the form that the file's name asks for; leaves with an error in words if that cannot be."""
    language = terminal.language()
    form = out.suffix.lower()
    try:
        if form == ".json":
            content = msgspec.json.encode(told)
        elif form == ".csv":
            content = frame(told).write_csv().encode("utf-8")
        elif form == ".png":
            content = drawn(told, say, language, "png")
        else:
            content = rendered(told, _picture(told, say, language), say, language)
    except PlotsMissingError:
        terminal.fail(say("plots_need"), to_do=say("plots_need_do"))
    try:
        out.write_bytes(content)
    except OSError as wrong:
        words = Sentences("aforo.cli")
        terminal.fail(escape(words("cannot_write", why=wrong)), to_do=words("cannot_write_to_do"))


def _picture(told: Placement, say: Sentences, language: str) -> bytes | None:
    """The picture of the page, which goes without where none can be drawn."""
    try:
        return drawn(told, say, language, "svg")
    except PlotsMissingError:
        terminal.err.print(f"{say('plots_need')}: {say('plots_need_do')}", markup=False)
        return None


def _tell(told: Placement, say: Sentences) -> None:
    """The plan for people."""
    marks: dict[str, Any] = {"style": "red", "markup": False}
    terminal.paragraph(title(told, say, terminal.language()), "bold")
    terminal.out.print(say("placing_official"), **marks)
    terminal.out.print(say("placing_synthetic"), **marks)
    terminal.paragraph(headline(told, say))
    for tabled in tables(told, say):
        table = Table(title=escape(tabled.title))
        table.add_column(escape(tabled.heads[0]))
        for number, head in enumerate(tabled.heads[1:], 1):
            # Numbers are not broken, so heads that are wider are.
            widest = max(len(row[number]) for row in tabled.rows)
            table.add_column(
                escape(head if len(head) <= widest else head.replace(" ", "\n")), justify="right", no_wrap=True
            )
        for row in tabled.rows:
            table.add_row(*map(escape, row))
        terminal.show(table)
    for sentence in sentences(told, say, terminal.language()):
        terminal.paragraph(sentence)
