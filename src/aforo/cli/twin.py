"""`aforo twin`: ask what happens to waits and to detection if …, on ports simulated with the live policy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal, twin_sweep
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.port_documents import PortFolder, PortKeys, PortStore
from aforo.cli.refused_rows import leave_refused, show_refused, with_refused
from aforo.cli.twin_asked import Asked, CalibrationOption, CountsOption, WaitCeiling, asked, border_with
from aforo.cli.twin_calibrate import twin_calibrate
from aforo.cli.twin_compare_runs import compare_runs
from aforo.cli.twin_services import twin_services
from aforo.cli.twin_written import write_out
from aforo.ports import shipped as ships
from aforo.routing.choice import POLICIES
from aforo.twin import scenario as scenarios
from aforo.twin.border import Border
from aforo.twin.comparison import Row
from aforo.twin.page import change, headline, heads, lacking, level, sentences
from aforo.twin.premises import premises
from aforo.twin.replication import Replication, replications
from aforo.twin.results import Held, Result, result_of
from aforo.twin.scenario import Scenario, ScenarioError
from aforo.twin.threats import threat_cells, threat_heads

ScenarioArgument = Annotated[str, typer.Argument(metavar="scenario", help="A scenario (TOML), or one that ships.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="folder", help="A folder for data, plots and the page."),
]
HalfWidth = Annotated[
    float | None, typer.Option(min=0.0, help="Say how many replications tell the mean wait to ± so many minutes.")
]
Workers = Annotated[int, typer.Option(min=1, help="Replications at a time.")]
Bridges = Annotated[bool, typer.Option("--bridges", help="A table for each bridge as well.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Replications = Annotated[
    int | None, typer.Option("--replications", min=2, max=10_000, help="In place of the scenario's own.")
]
Seed = Annotated[int | None, typer.Option(min=0, max=2**31, help="In place of the scenario's own.")]
Policy = Annotated[str | None, typer.Option(help="In place of the scenario's own: " + ", ".join(POLICIES))]

_WORKERS = min(4, os.cpu_count() or 1)
#: How many places of assumed figures a table names.
_NAMED = 4
#: On fewer trucks than this no change in per cent is shown.
_FEW = 100


def register(app: typer.Typer) -> None:
    """Add the group of commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Ask what happens to waits and detection if …: simulated ports.")
    group.command("list")(list_scenarios)
    group.command("show")(show)
    group.command("run")(run)
    group.command("compare")(compare)
    group.command("compare-runs")(compare_runs)
    group.command("sweep")(twin_sweep.sweep)
    group.command("calibrate")(twin_calibrate)
    group.command("services")(twin_services)
    app.add_typer(group, name="twin")


def list_scenarios(json: AsJson = False, lang: LanguageOption = "") -> None:
    """The scenarios that ship with the product."""
    say = Sentences("aforo.twin", lang)
    found = [scenarios.parse(document, ships.directory()) for document in scenarios.ready().values()]
    if json:
        terminal.emit([{"name": each.name, "title": each.title, "ports": each.ports} for each in found])
        return
    table = Table(say("column_name"), say("column_title"))
    for each in found:
        table.add_row(each.name, escape(each.title.es if terminal.language() == "es" else each.title.en))
    terminal.show(table)


def show(scenario: ScenarioArgument, lang: LanguageOption = "") -> None:
    """Print a scenario that ships, to start one's own from."""
    say = Sentences("aforo.twin", lang)
    document = scenarios.ready().get(scenario)
    if document is None:
        terminal.fail(escape(say("scenario_unknown", name=scenario)), to_do=escape(say("scenario_unknown_do")))
    terminal.out.print(document.decode("utf-8"), markup=False, end="")


def run(
    scenario: ScenarioArgument,
    counts: CountsOption = None,
    store: PortStore = None,
    keys: PortKeys = None,
    port_documents: PortFolder = None,
    calibration: CalibrationOption = None,
    replications_: Replications = None,
    seed: Seed = None,
    policy: Policy = None,
    wait_ceiling: WaitCeiling = None,
    out: OutOption = None,
    half_width: HalfWidth = None,
    workers: Workers = _WORKERS,
    bridges: Bridges = False,
    json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Run a scenario beside the same world without its changes, on the same trucks."""
    border = border_with(counts, Sentences("aforo.twin", lang), store, keys, port_documents, calibration)
    own = asked(scenario, Asked(replications_, seed, policy, wait_ceiling), border.ports, lang)
    _compared(own.base(), own, border, out, half_width, workers, bridges, json, lang)


def compare(
    first: ScenarioArgument,
    second: ScenarioArgument,
    counts: CountsOption = None,
    store: PortStore = None,
    keys: PortKeys = None,
    port_documents: PortFolder = None,
    calibration: CalibrationOption = None,
    replications_: Replications = None,
    seed: Seed = None,
    policy: Policy = None,
    wait_ceiling: WaitCeiling = None,
    out: OutOption = None,
    half_width: HalfWidth = None,
    workers: Workers = _WORKERS,
    bridges: Bridges = False,
    json: AsJson = False,
    lang: LanguageOption = "",
) -> None:
    """Compare two scenarios: paired differences on the same trucks, with 95 % intervals.

    Days, seed and replications are those of the first. Both are of the same ports.
    """
    say = Sentences("aforo.twin", lang)
    changed = Asked(replications_, seed, policy, wait_ceiling)
    border = border_with(counts, say, store, keys, port_documents, calibration)
    one, other = asked(first, changed, border.ports, lang), asked(second, changed, border.ports, lang)
    if (ours := _places(one, border)) != (theirs := _places(other, border)):
        told = say("compare_elsewhere", first=_some(ours - theirs), second=_some(theirs - ours))
        terminal.fail(escape(told), where=escape(f"{first}, {second}"), to_do=say("compare_elsewhere_do"))
    other = msgspec.structs.replace(other, first=one.first, days=one.days, seed=one.seed, replications=one.replications)
    _compared(one, other, border, out, half_width, workers, bridges, json, lang)


def _places(scenario: Scenario, border: Border) -> set[str]:
    return {f"{port.code}/{bridge.id}" for port, bridge in scenario.bridges(border.ports)}


def _some(places: set[str]) -> str:
    named = sorted(places)
    return ", ".join([*named[:_NAMED], *(["…"] if len(named) > _NAMED else [])]) or "–"


def _compared(
    one: Scenario,
    other: Scenario,
    border: Border,
    out: Path | None,
    half_width: float | None,
    workers: int,
    bridges: bool,
    json: bool,
    lang: str,
) -> None:
    """Run both and tell the result in every form that was asked for."""
    say = Sentences("aforo.twin", lang)
    pairs: list[tuple[Replication, ...]] = []
    try:
        with terminal.progress(say("running"), one.replications) as advance:
            for _, made in replications([one, other], border, range(one.replications), workers):
                pairs.append(made)
                advance(1)
        told = result_of(
            one,
            other,
            [(pair[0], pair[1]) for pair in pairs],
            border,
            {"wait_mean": half_width} if half_width else None,
        )
    except ScenarioError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=escape(other.name), to_do=say("scenario_do"))
    files = write_out(told, border.refused, out, say) if out is not None else []
    if json:
        terminal.emit(with_refused(told, border.refused))
        leave_refused(border.refused)
        return
    _tell(told, say, bridges)
    show_refused(border.refused, say)
    for file in files:
        terminal.out.print(say("written", file=file), markup=False)
    leave_refused(border.refused)


def _tell(result: Result, say: Sentences, bridges: bool) -> None:
    """The result for people."""
    terminal.paragraph(say.of(result.title), "bold")
    terminal.paragraph(headline(result, say))
    terminal.out.print(say("synthetic"), style="red", markup=False)
    called = heads(result, say)
    _table(result.comparison.rows[""], called, say("all_bridges"), say)
    _threats(result, called, say)
    if bridges:
        for name, rows in result.comparison.rows.items():
            if name:
                _table(rows, called, f"{result.bridge_names[name]} ({name})", say)
    if result.held:
        table = Table(title=say("observed_title"))
        for head in ("port", "month", "fed", "modelled", "counted"):
            table.add_column(say(f"observed_{head}"), justify="left" if head in ("port", "month") else "right")
        for held in result.held:
            table.add_row(held.port, held.month, f"{held.fed:,}", escape(_modelled(held)), _counted(held))
        terminal.show(table)
    _published(result, say)
    tables = result.comparison.rows.values() if bridges else [result.comparison.rows[""]]
    for sentence in [
        *lacking(tables, say),
        *premises(result, called, say, terminal.language()),
        *sentences(result, say, terminal.language()),
    ]:
        terminal.paragraph(sentence)
    row = next((row for row in result.comparison.rows[""] if row.figure == "wait_mean"), None)
    if row is not None and row.needed is not None and row.half_width is not None:
        told = say("needed_told", half=f"{row.half_width:.2g}", needed=row.needed, made=result.comparison.replications)
        terminal.paragraph(told)
    places = ", ".join(result.assumed[:_NAMED])
    if len(result.assumed) > _NAMED:
        places = say("assumed_more", places=places, more=len(result.assumed) - _NAMED)
    terminal.paragraph(say("assumed_told", count=len(result.assumed), places=places))


def _table(rows: Sequence[Row], called: tuple[str, str], title: str, say: Sentences) -> None:
    table = Table(title=escape(title))
    table.add_column(say("column_figure"))
    for head in (*called, say("column_difference"), say("column_needed").replace(" ", "\n")):
        table.add_column(escape(head), justify="right")
    for row in rows:
        table.add_row(
            say(f"figure_{row.figure}"),
            level(row.first, row.figure),
            level(row.second, row.figure),
            escape(change(row.difference, row.figure)),
            "" if row.needed is None else f"{row.needed:,}",
        )
    terminal.show(table)


def _published(result: Result, say: Sentences) -> None:
    """Published waits beside the base's own, where there are any."""
    if not result.published:
        return
    table = Table(title=escape(say("published_title")))
    for head in ("bridge", "lane", "source", "readings", "minutes", "base"):
        left = head in ("bridge", "lane", "source")
        table.add_column(say(f"published_{head}"), justify="left" if left else "right")
    for each in result.published:
        table.add_row(
            escape(result.bridge_names.get(each.place, each.place)),
            say(f"calibrate_lane_{each.lane}"),
            escape(say.of(each.source)),
            f"{each.readings:,}",
            f"{each.published:.1f}",
            "–" if each.base is None else f"{each.base:.1f}",
        )
    terminal.show(table)


def _threats(result: Result, called: tuple[str, str], say: Sentences) -> None:
    table = Table(title=escape(say("threats_title")))
    for number, head in enumerate(threat_heads(called, say)):
        table.add_column(escape(head), justify="right" if number else "left")
    for finds in result.threats:
        table.add_row(*map(escape, threat_cells(finds, say)))
    terminal.show(table)


def _modelled(held: Held) -> str:
    limits = f"{held.modelled:,.0f} [{held.low:,.0f}, {held.high:,.0f}]"
    return f"{limits} ({held.modelled / held.fed - 1:+.1%})" if held.fed > _FEW else limits


def _counted(held: Held) -> str:
    return f"{held.counted:,} ({held.counted / held.fed - 1:+.1%})" if held.fed > _FEW else f"{held.counted:,}"
