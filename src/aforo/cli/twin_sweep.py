"""`aforo twin sweep`: a scenario over ranges of values; what is done stays done, so a killed sweep goes on."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.port_documents import PortFolder, PortKeys, PortStore
from aforo.cli.refused_rows import leave_refused, show_refused
from aforo.cli.sweep_crews import Crew, NoClusterError, NoRayError, processes, ray_cluster
from aforo.cli.sweep_folder import Folder, OtherProgramError, OtherSweepError, code
from aforo.cli.twin_asked import Asked, CalibrationOption, CountsOption, asked, border_with
from aforo.cli.twin_swept import Swept, Work, tell
from aforo.twin import sweeping
from aforo.twin.border import Border
from aforo.twin.scenario import Scenario, ScenarioError
from aforo.twin.sweep_points import KINDS, Design, overs


def sweep(
    scenario: Annotated[str, typer.Argument(metavar="scenario", help="A scenario (TOML), or one that ships.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to work in, and to go on from.")],
    over: Annotated[
        list[str], typer.Option("--over", help="FIELD=VALUE,VALUE… or FIELD=LOW..HIGH; several are combined.")
    ],
    design: Annotated[
        str, typer.Option(help="grid: every combination; sobol: --points of a Sobol sequence; saltelli: with indices.")
    ] = "grid",
    points: Annotated[int, typer.Option(min=0, max=100_000, help="Of a Sobol sequence: a power of two.")] = 0,
    scramble_seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of a Sobol sequence.")] = 0,
    counts: CountsOption = None,
    store: PortStore = None,
    keys: PortKeys = None,
    port_documents: PortFolder = None,
    calibration: CalibrationOption = None,
    replications: Annotated[int | None, typer.Option(min=2, max=10_000, help="In place of the scenario's own.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31, help="In place of the scenario's own.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    ray: Annotated[bool, typer.Option("--ray", help="On a Ray cluster in place of processes (extra ray).")] = False,
    ray_address: Annotated[
        str | None, typer.Option(metavar="host:port", help="The cluster; by default one that runs here, or is begun.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Run a scenario for every point of a design, and say what each comes to, and how it differs from the first."""
    say, common = Sentences("aforo.twin", lang), Sentences("aforo.cli", lang)
    if design not in KINDS:
        terminal.fail(escape(say("sweep_design", given=design, known=", ".join(KINDS))), where="--design")
    border = border_with(counts, say, store, keys, port_documents, calibration)
    own = asked(scenario, Asked(replications, seed), border.ports, lang)
    crew = ray_cluster(ray_address) if ray or ray_address is not None else processes(workers)
    try:
        told = _swept(own, border, Design(design, overs(over), points, scramble_seed), Folder(out), crew, say)
    except ScenarioError as wrong:
        to_do = f"{wrong.code}_do" if wrong.code.startswith("sweep_") else "scenario_do"
        terminal.fail(escape(say.of(wrong.text)), where=escape(own.name), to_do=say(to_do))
    except OtherSweepError:
        terminal.fail(escape(say("sweep_other", folder=out)), to_do=say("sweep_other_do"))
    except OtherProgramError:
        terminal.fail(escape(say("sweep_other_program", folder=out)), to_do=say("sweep_other_program_do"))
    except NoRayError:
        terminal.fail(common("extra_missing", extra="ray"), to_do=common("extra_missing_to_do", extra="ray"))
    except NoClusterError as wrong:
        terminal.fail(escape(say("sweep_no_cluster", why=wrong)), to_do=say("sweep_no_cluster_do"))
    except OSError as wrong:
        terminal.fail(escape(common("cannot_write", why=wrong)), to_do=common("cannot_write_to_do"))
    try:
        tell(told, out, json, say, border.refused)
        if not json:
            terminal.paragraph(say("premise_counts", counts=say.of(border.origin)))
            show_refused(border.refused, say)
    except OSError as wrong:
        terminal.fail(escape(common("cannot_write", why=wrong)), to_do=common("cannot_write_to_do"))
    leave_refused(border.refused)


def _swept(
    own: Scenario,
    border: Border,
    asked_for: Design,
    folder: Folder,
    crew_of: AbstractContextManager[Crew],
    say: Sentences,
) -> Swept:
    """Do all that is not done yet: first what no two cells are to solve twice, then their border-years."""
    design, cells = folder.claimed(own, border, asked_for)
    if design.kind != "grid" and design.points & (design.points - 1):
        best = 1 << design.points.bit_length()
        terminal.err.print(say("sweep_no_power", points=design.points, best=best), markup=False)
    keys = [cell.key(border.counts) for cell in cells]
    scenarios = {key: cell.scenario for key, cell in zip(keys, cells, strict=True)}
    done = {key: numbers for key, numbers in folder.results().items() if key in scenarios}
    before = sum(len(_asked_numbers(done.get(key, {}), cell)) for key, cell in scenarios.items())
    total = sum(each.replications for each in scenarios.values())
    if before:
        terminal.err.print(say("sweep_resumed", done=before, total=total), markup=False)
    work = Work(cells=len(cells), border_years=total, before=before)
    if before < total:
        setting = sweeping.Setting(border, folder, code())
        left = {
            key: each
            for key, each in scenarios.items()
            if len(_asked_numbers(done.get(key, {}), each)) < each.replications
        }
        plans, solvings = sweeping.planned(left, border)
        missing = [each for each in solvings if folder.get(each.key) is None]
        work.policies, work.policies_asked = len(solvings), sum(len(plan.policies) for plan in plans)
        with crew_of as crew:
            with terminal.progress(say("sweep_solving"), len(missing)) as advance:
                for made in crew(sweeping.solved, setting, missing):
                    work.add(made)
                    advance(1)
            trucks = sweeping.trucks_a_year(plans[0].scenario, border)
            pieces = sweeping.pieces(plans, done, trucks, design.together)
            with terminal.progress(say("running"), total) as advance:
                advance(before)
                for made in crew(sweeping.run, setting, pieces):
                    folder.add(made.years)
                    work.add(made)
                    advance(len(made.years))
    results = folder.results()
    return Swept(
        own,
        design,
        cells,
        [_in_order(results[key], cell.scenario) for key, cell in zip(keys, cells, strict=True)],
        work,
    )


def _asked_numbers(done: dict[int, dict[str, float]], scenario: Scenario) -> set[int]:
    return {number for number in done if number < scenario.replications}


def _in_order(done: dict[int, dict[str, float]], scenario: Scenario) -> dict[int, dict[str, float]]:
    """A cell's replications by number, whichever was done first: sums are in the order of their terms."""
    return {number: done[number] for number in range(scenario.replications)}
