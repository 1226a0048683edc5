"""`aforo plan tariffs`: what a tariff or a rule brings to ports, what each opens, and what can be promised."""

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
from aforo.twin.plan_documents import PlanError
from aforo.twin.tariff_plan import frame, steps, tariff_plan
from aforo.twin.tariff_plot import drawn
from aforo.twin.tariff_told import told_of
from aforo.twin.tariffs import parse, ready


def plan_tariffs(
    file: Annotated[str, typer.Argument(metavar="file", help="A tariff or a rule (TOML), or one that ships.")],
    counts: CountsOption = None,
    store: PortStore = None,
    keys: PortKeys = None,
    port_documents: PortFolder = None,
    calibration: CalibrationOption = None,
    replications: Annotated[
        int | None, typer.Option(min=20, max=10_000, help="Futures of a promise, in place of the document's own.")
    ] = None,
    seed: SeedOption = None,
    workers: WorkersOption = WORKERS,
    show: Annotated[bool, typer.Option("--show", help="Print the document, to start from.")] = False,
    out: OutOption = None,
    json: JsonOption = False,
    lang: LanguageOption = "",
) -> None:
    """Ranges of arrivals by week and port, a contingency plan for each bridge, and what FAST trucks can be promised.

    A promise is tested in the twin on futures that it was not made from, and refused in words where it does not hold.
    """
    say = Sentences("aforo.twin", lang)
    check_form(out, say)
    document = document_of(file, ready(), say)
    if show:
        terminal.out.print(document.decode("utf-8", "replace"), markup=False, end="")
        return
    keep_apart({"-o": out}, [Path(file), counts], lang)
    border = border_with(counts, say, store, keys, port_documents, calibration)
    tariff = parsed_with(parse, document, border.ports, file, say)
    if replications is not None:
        tariff = msgspec.structs.replace(tariff, futures=replications)
    if seed is not None:
        tariff = msgspec.structs.replace(tariff, seed=seed)
    try:
        with terminal.progress(say("tariff_trying"), steps(tariff, border)) as advance:
            result = tariff_plan(tariff, border, workers, advance)
    except PlanError as wrong:
        fail(wrong, file, say)
    language = terminal.language()
    told = told_of(result, say, language)
    give(result, told, frame(result), lambda form: drawn(result, say, language, form), out, json, say, border.refused)
