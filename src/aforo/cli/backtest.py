"""`aforo backtest`: replay a labelled history period by period, and report what the selection would have found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn, cast, get_args

import typer
from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import LanguageOption, Sentences
from aforo.cli.outputs import keep_apart
from aforo.intake import mapping as mappings
from aforo.measures.groups import GroupFalseSelection
from aforo.measures.selection import Measure
from aforo.routing import policy as policies
from aforo.trials.backtest import Feedback, Setting
from aforo.trials.history import HistoryError, Period, read_history
from aforo.trials.replay import LEARNERS, replay
from aforo.trials.report import Group, Report, report


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("backtest")(backtest)


def backtest(
    history: Annotated[Path, typer.Argument(metavar="HISTORY", help="A labelled history: CSV or Parquet.")],
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
    """Replay a history: in each period decide with what was known before it, then learn what was revealed."""
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
    except (OSError, policies.PolicyError) as wrong:
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
        _show(made, say)


def _wrong(say: Sentences, code: str, **fields: object) -> NoReturn:
    terminal.fail(escape(say(code, **fields)), to_do=say(f"{code}_do", **fields))


def _show(made: Report, say: Sentences) -> None:
    title = say(
        "backtest_title",
        learner=made.learner,
        feedback=made.feedback,
        rate=f"{100 * made.rate:g}",
        crossings=f"{made.crossings:,}",
        periods=made.periods,
        first=made.first_period,
        last=made.last_period,
    )
    terminal.out.print(title, style="bold")
    if made.unknown or made.cancelled:
        terminal.out.print(
            say("backtest_left_out", unknown=f"{made.unknown:,}", cancelled=f"{made.cancelled:,}"), style="yellow"
        )
    terminal.out.print(_overall(made.overall, say))
    terminal.out.print(escape(say.of(made.overall.control.words)))
    for code, groups in (
        ("backtest_by_port", made.by_port),
        ("backtest_by_threat", made.by_threat),
        ("backtest_by_programme", made.by_programme),
    ):
        terminal.out.print(_grouped(say(code), groups, say))
    for code, rates in (
        ("backtest_by_carrier_size", made.false_selection_by_carrier_size),
        ("backtest_by_importer_age", made.false_selection_by_importer_age),
        ("backtest_by_carrier_age", made.false_selection_by_carrier_age),
        ("backtest_by_origin", made.false_selection_by_origin),
    ):
        terminal.out.print(_fairness(say(code), rates, say))
    if made.schemes:
        table = Table(title=say("backtest_schemes"), title_justify="left")
        table.add_column(say("backtest_group"))
        table.add_column(say("backtest_violations"), justify="right")
        table.add_column(say("backtest_examined"), justify="right")
        for each in made.schemes:
            table.add_row(escape(each.scheme), f"{each.violations:,}", f"{each.examined:,}")
        terminal.show(table)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


def _interval(measure: Measure) -> str:
    return f"{100 * measure.low:.2f}–{100 * measure.high:.2f} %"


def _overall(group: Group, say: Sentences) -> Table:
    table = Table()
    table.add_column(say("backtest_figure"))
    for code in ("backtest_value", "backtest_interval", "backtest_maximum", "backtest_count"):
        table.add_column(say(code), justify="right")
    figures = group.figures
    for code, measure in (
        ("backtest_precision", figures.precision),
        ("backtest_recall", figures.recall),
        ("backtest_severity_recall", figures.severity_recall),
        ("backtest_scheme_recall", figures.scheme_recall),
        ("backtest_false_selection", figures.false_selection),
    ):
        if measure is not None:
            table.add_row(
                say(code),
                _percent(measure.value),
                _interval(measure),
                _percent(measure.maximum),
                f"{measure.part:,.0f} / {measure.whole:,.0f}",
            )
    if figures.calibration is not None:
        ratio = figures.calibration.observed_over_predicted
        value = "–" if ratio.value is None else f"{ratio.value:.2f}"
        table.add_row(say("backtest_calibration"), value, f"{ratio.low:.2f}–{ratio.high:.2f}", "1.00", "")
    rate, control = group.control.rate, group.control
    table.add_row(
        say("backtest_control"),
        _percent(rate.value),
        f"{100 * rate.low:.2f}–{100 * rate.high:.2f} %",
        "",
        f"{control.found:,} / {control.examined:,}",
    )
    return table


def _grouped(title: str, groups: dict[str, Group], say: Sentences) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(say("backtest_group"))
    for code in ("backtest_crossings", "backtest_examined", "backtest_violations"):
        table.add_column(say(code), justify="right")
    for code in ("backtest_precision", "backtest_recall", "backtest_maximum", "backtest_control"):
        table.add_column(say(code).split(":")[0], justify="right")
    for name, group in groups.items():
        figures, rate = group.figures, group.control.rate
        table.add_row(
            escape(name),
            f"{figures.crossings:,}",
            f"{figures.examined:,}",
            f"{figures.violations:,.0f}",
            _percent(figures.precision.value),
            _percent(figures.recall.value),
            _percent(figures.recall.maximum),
            f"{100 * rate.low:.2f}–{100 * rate.high:.2f} %",
        )
    return table


def _fairness(title: str, rates: list[GroupFalseSelection], say: Sentences) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(say("backtest_group"))
    for code in ("backtest_crossings", "backtest_value", "backtest_interval", "backtest_ratio"):
        table.add_column(say(code), justify="right")
    for each in rates:
        ratio = "–" if each.ratio is None else f"{each.ratio:.2f}"
        table.add_row(escape(each.group), f"{each.crossings:,}", _percent(each.rate.value), _interval(each.rate), ratio)
    return table
