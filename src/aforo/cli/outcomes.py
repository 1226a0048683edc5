"""`aforo outcomes`: what happened to trucks comes back, and changes what is selected next."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from aforo.bootstrap import in_force, open_node, save_state
from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.log import Keys, Store, refusals
from aforo.cli.node import ModelOption, node_refusals
from aforo.cli.refused_rows import refused_told, show_refused
from aforo.domain.input_refusal import RefusedRows
from aforo.exams.outcomes import REPORT_COLUMNS, ReportProblem, read
from aforo.flow.input_refusals import refusals_of
from aforo.flow.reports import Reported, report
from aforo.flow.telemetry import record
from aforo.intake import mapping as mappings
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.opened import open_log
from aforo.log.sequencer import Sequencing
from aforo.log.store import Log
from aforo.settings import officer, settings

#: Held where nothing is in force yet: the default of `aforo screen`.
_FIRST_RATE = 0.05
#: Reports that are recorded in one turn; a server on the same log decides between two turns.
_AT_ONCE = 100
#: How many refused rows are listed; `--json` lists all.
_MOST = 20


def register(app: typer.Typer) -> None:
    app.command("outcomes")(command)


def command(
    file: Annotated[Path, typer.Argument(help="Reports of passages and examinations: CSV or NDJSON.")],
    model: ModelOption,
    rate: Annotated[
        float | None,
        typer.Option(help="The rate to hold from now on; by default the one in force.", min=0.0001, max=1.0),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="The policy to decide under from now on; by default the one in force.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="A mapping file (TOML) that renames the columns of another table.")
    ] = None,
    store: Store = None,
    keys: Keys = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    lang: LanguageOption = "",
) -> None:
    """Record passages, examinations and findings; the memory learns from them at once."""
    say = Sentences("aforo.cli", lang)
    if not file.is_file():
        terminal.fail(say("no_such_file", file=file), to_do=say("no_such_file_to_do"))
    try:
        renames = mappings.load(mapping, REPORT_COLUMNS) if mapping else None
        data = file.read_bytes()
        reports, problems = read(data, file.name, renames)
    except mappings.MappingError as error:
        terminal.fail(escape(say.of(error.text)), where=escape(str(mapping)), to_do=say("screen_to_do"))
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("screen_to_do"))
    where = settings(store, keys)
    with node_refusals(say, model, where), ExitStack() as stack:
        with refusals(where.store):
            log = stack.enter_context(open_log(where))
        stack.enter_context(Sequencing(log))
        node = open_node(log, model, *_asked_or_in_force(log, rate, policy, say))
        told = Reported()
        for start in range(0, len(reports), _AT_ONCE):
            told.add(report(reports[start : start + _AT_ONCE], node))
        problems += told.problems
        instants = [each.at for each in reports if each.at is not None]
        said = refusals_of("examinations", file.name, problems, data, log, instants=instants)
        record(said, log, actor=officer(), origin=log.marks)
        save_state(node)
    refused = RefusedRows.of("examinations", file.name, problems)
    if json:
        terminal.emit(
            {
                "passages": told.passages,
                "examinations": told.examinations,
                "repeated": told.repeated,
                "corrections": told.corrections,
                "outdated": node.outdated,
                "problems": problems,
                "warnings": told.warnings,
                "refused": refused_told(refused),
            }
        )
    else:
        _show(told, problems, node.outdated, say)
        show_refused(refused, say)
    if problems:
        raise typer.Exit(terminal.FOUND)


def _show(told: Reported, problems: list[ReportProblem], outdated: bool, say: Sentences) -> None:
    """What was recorded, and what is wrong with the rest: refusals row by row, assumptions by their kind."""
    table = Table(title=say("outcomes_title"), title_justify="left", show_header=False)
    for code, count in (
        ("outcomes_passages", told.passages),
        ("outcomes_examinations", told.examinations),
        ("outcomes_repeated", told.repeated),
        ("outcomes_corrections", told.corrections),
        ("outcomes_problems", len(problems)),
    ):
        table.add_row(say(code), f"{count:,}")
    terminal.show(table)
    for problem in problems[:_MOST]:
        terminal.out.print(f"{_place_of(problem)}: {say.of(problem.reason)}", markup=False)
    if len(problems) > _MOST:
        terminal.out.print(say("outcomes_more", count=f"{len(problems) - _MOST:,}"), markup=False)
    kinds: dict[str, list[ReportProblem]] = {}
    for each in told.warnings:
        kinds.setdefault(each.code, []).append(each)
    for first, *others in kinds.values():
        line = f"{say('warning')} ×{1 + len(others):,} ({_place_of(first)}): {say.of(first.reason)}"
        terminal.out.print(line, markup=False)
    if outdated:
        terminal.out.print(say("outcomes_outdated"), markup=False)


def _place_of(problem: ReportProblem) -> str:
    """Where a problem is, in the words of `aforo check`."""
    words = Sentences("aforo.intake")
    if not problem.line:
        return words("check_file")
    line = words("check_line", number=problem.line)
    return line + (words("check_column", column=problem.column) if problem.column else "")


def _asked_or_in_force(log: Log, rate: float | None, policy: Path | None, say: Sentences) -> tuple[float, bytes | None]:
    """The rate and the policy document: those that were asked for, else those in force, so that a report of what
    happened changes nothing of how decisions are made."""
    document = policy.read_bytes() if policy else None
    if rate is None or document is None:
        try:
            now = in_force(log)
            if now is not None:
                rate = now.rate if rate is None else rate
                document = log.artefacts.get(now.policy) if document is None else document
        except (ArtefactMissingError, ArtefactChangedError, msgspec.MsgspecError) as error:
            terminal.fail(escape(say("in_force_unusable", why=error)), to_do=say("in_force_unusable_to_do"))
    return _FIRST_RATE if rate is None else rate, document
