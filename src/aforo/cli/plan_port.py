"""`aforo plan port`: designs of one port beside each other, by cost, wait, street queue and examination reached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.cli.plan_asked import WORKERS, SeedOption, WorkersOption, document_of, fail, parsed_with
from aforo.cli.plan_told import JsonOption, OutOption, check_form, give
from aforo.cli.port_documents import PortFolder, PortKeys, PortStore
from aforo.cli.twin_asked import CalibrationOption, CountsOption, border_with
from aforo.twin.design_plan import frame, plan_of_port
from aforo.twin.designs import calibrated_plan, parse, ready
from aforo.twin.designs_plot import drawn
from aforo.twin.designs_told import told_of
from aforo.twin.designs_tried import futures_tried
from aforo.twin.plan_documents import PlanError


def plan_port(
    file: Annotated[str, typer.Argument(metavar="file", help="A document of designs (TOML), or one that ships.")],
    counts: CountsOption = None,
    store: PortStore = None,
    keys: PortKeys = None,
    port_documents: PortFolder = None,
    calibration: CalibrationOption = None,
    replications: Annotated[
        int | None, typer.Option(min=2, max=10_000, help="Futures, in place of the document's own.")
    ] = None,
    seed: SeedOption = None,
    workers: WorkersOption = WORKERS,
    show: Annotated[bool, typer.Option("--show", help="Print the document that ships, to start from.")] = False,
    out: OutOption = None,
    json: JsonOption = False,
    lang: LanguageOption = "",
) -> None:
    """Compare designs of one port in the twin, all on the same trucks: cost a year, wait, street queue, examination.

    Says which designs no other is better than, and which are dominated, by whom and how surely.
    """
    say = Sentences("aforo.twin", lang)
    check_form(out, say)
    document = document_of(file, ready(), say)
    if show:
        terminal.out.print(document.decode("utf-8", "replace"), markup=False, end="")
        return
    keep_apart({"-o": out}, [Path(file), counts], lang)
    border = border_with(counts, say, store, keys, port_documents, calibration)
    plan = parsed_with(parse, document, border.ports, file, say)
    if border.calibration is not None:
        place = f"{plan.counted(border.ports).code}/{plan.port.id}"
        plan = calibrated_plan(plan, border.calibration.factors_at(place))
    if replications is not None:
        plan = msgspec.structs.replace(plan, replications=replications)
    if seed is not None:
        plan = msgspec.structs.replace(plan, seed=seed)
    made = []
    try:
        with terminal.progress(say("port_plan_trying"), plan.replications) as advance:
            for each in futures_tried(plan, border, range(plan.replications), workers):
                made.append(each)
                advance(1)
        result = plan_of_port(plan, border, made)
    except PlanError as wrong:
        fail(wrong, file, say)
    language = terminal.language()
    told = told_of(result, say, language)
    give(result, told, frame(result), lambda form: drawn(result, say, language, form), out, json, say, border.refused)
