"""`aforo backtest`: replay a labelled history period by period, and report what the selection would have found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn, cast, get_args

import typer
from rich.markup import escape

from aforo.cli import terminal
from aforo.cli.backtest_tables import show
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.cli.refused_rows import leave_refused
from aforo.intake import mapping as mappings
from aforo.routing import policy as policies
from aforo.trials.backtest import Feedback, Setting
from aforo.trials.history import HistoryError, Period, read_history
from aforo.trials.replay import LEARNERS, replay
from aforo.trials.report import report


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("backtest")(backtest)


def backtest(
    history: Annotated[Path, typer.Argument(metavar="history", help="A labelled history: CSV or Parquet.")],
    label: Annotated[str | None, typer.Option(help="The column of the outcome (0/1); by default `outcome`.")] = None,
    rate: Annotated[float, typer.Option(help="The share of crossings that is examined.")] = 0.05,
    feedback: Annotated[str, typer.Option(help="What is revealed: `selective` or `full`.")] = "selective",
    period: Annotated[str, typer.Option(help="`day`, `week` or `month`, of the port's local time.")] = "week",
    selections: Annotated[Path | None, typer.Option(help="Write every declaration's line (NDJSON) here.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy document; by default the product's own.")] = None,
    scheme: Annotated[str | None, typer.Option(help="The column that names a row's scheme, for its recall.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML document that renames the history's columns.")] = None,
    learner: Annotated[str, typer.Option(help=f"What selects: {', '.join(LEARNERS)}.")] = "aforo",
    seed: Annotated[int, typer.Option(help="Keys the lots: another seed draws another control sample.")] = 0,
    resume: Annotated[Path | None, typer.Option(help="A folder to save in, and to go on from.")] = None,
    save_every: Annotated[int, typer.Option(min=1, help="Save after so many periods.")] = 8,
    language: LanguageOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
) -> None:
    """Replay a history: in each period decide with what was known before it, then learn what was revealed.

    Exit 1 where rows of the history could not be read: the report lacks them.
    """
    say = Sentences("aforo.trials", language)
    if feedback not in get_args(Feedback):
        _wrong(say, "backtest_choice", option="--feedback", names=", ".join(get_args(Feedback)))
    if period not in get_args(Period):
        _wrong(say, "backtest_choice", option="--period", names=", ".join(get_args(Period)))
    if learner not in LEARNERS:
        _wrong(say, "backtest_learner", name=learner, names=", ".join(LEARNERS))
    if not 0.0 < rate < 1.0:
        _wrong(say, "backtest_rate", rate=rate)
    keep_apart({"--selections": selections}, [history, policy, mapping], language)
    try:
        document = policies.default_document() if policy is None else policy.read_bytes()
        governed = policies.parse(document)
    except policies.PolicyError as wrong:
        _wrong(say, "backtest_policy", why=wrong.text)
    except OSError as wrong:
        _wrong(say, "backtest_policy", why=wrong)
    every_period, shown = cast(Period, period), cast(Feedback, feedback)
    try:
        renamed = None if mapping is None else mappings.load(mapping)
        read = read_history(history, label=label, scheme=scheme, mapping=renamed, period=every_period)
        with terminal.progress(say("backtest_running"), len(read.periods)) as advance:
            run = replay(
                read,
                LEARNERS[learner](governed, seed),
                Setting(rate, shown, governed, seed),
                every_period,
                selections=selections,
                resume=resume,
                every=save_every,
                advance=advance,
            )
    except HistoryError as wrong:
        _wrong(say, wrong.code, **wrong.fields)
    except mappings.MappingError as wrong:
        terminal.fail(escape(say.of(wrong.text)), where=str(mapping))
    except OSError as wrong:
        _wrong(say, "backtest_no_file", why=f"{wrong.filename or history}: {wrong.strerror}")
    made = report(run)
    if as_json:
        terminal.emit(made)
    else:
        show(made, say)
    leave_refused(made.refused_rows)


def _wrong(say: Sentences, code: str, **fields: object) -> NoReturn:
    terminal.fail(escape(say(code, **fields)), to_do=say(f"{code}_do", **fields))
