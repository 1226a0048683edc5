"""A backtest's report for people: rates with their intervals where the data carry them, counts where they do not."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.refused_rows import show_refused
from aforo.measures.control import PlanParameters
from aforo.measures.control_estimate import ControlEstimate
from aforo.measures.figures import percent
from aforo.measures.groups import UNKNOWN_GROUP, GroupFalseSelection
from aforo.measures.intervals import Interval
from aforo.measures.selection import Measure
from aforo.trials.report import Group, Report, SchemeRecall

#: The names of groups that are words, and the sentences that say them.
_WORDS = {
    "contraband": "backtest_contraband",
    "people": "backtest_people",
    "theft": "backtest_theft",
    "misdeclaration": "backtest_misdeclaration",
    "0-9 crossings": "backtest_crossings_0",
    "10-99 crossings": "backtest_crossings_10",
    "100-999 crossings": "backtest_crossings_100",
    "1000+ crossings": "backtest_crossings_1000",
    "under 30 days": "backtest_days_0",
    "30-179 days": "backtest_days_30",
    "180-364 days": "backtest_days_180",
    "365+ days": "backtest_days_365",
    "none": "backtest_none",
    "other": "backtest_other",
    UNKNOWN_GROUP: "backtest_group_unknown",
}
#: As the control sample has it: an interval no wider than this many times the rate. An assumption of the product.
_LARGEST_RELATIVE_WIDTH = PlanParameters(rate=1.0).largest_relative_width


def show(made: Report, say: Sentences) -> None:
    """Print a report."""
    title = say(
        "backtest_title",
        learner=made.learner,
        feedback=say(f"backtest_{made.feedback}"),
        rate=percent(made.rate),
        crossings=f"{made.crossings:,}",
        periods=made.periods,
        first=made.first_period,
        last=made.last_period,
    )
    terminal.out.print(title, style="bold", markup=False)
    if made.unknown or made.cancelled:
        left_out = say("backtest_left_out", unknown=f"{made.unknown:,}", cancelled=f"{made.cancelled:,}")
        terminal.out.print(left_out, style="yellow", markup=False)
    show_refused(made.refused_rows, say)
    terminal.out.print(say("backtest_counts"), markup=False)
    for table in _tables(made, say):
        terminal.show(table)
        if table.title is None:  # the overall figures
            terminal.out.print(say.of(made.overall.control.words), markup=False)


def _tables(made: Report, say: Sentences) -> Iterator[Table]:
    yield _overall(made.overall, say)
    yield _grouped(say("backtest_by_port"), made.by_port, say)
    yield _grouped(say("backtest_by_threat"), made.by_threat, say)
    yield _grouped(say("backtest_by_programme"), made.by_programme, say)
    yield _fairness(say("backtest_by_carrier_size"), made.false_selection_by_carrier_size, say)
    yield _fairness(say("backtest_by_importer_age"), made.false_selection_by_importer_age, say)
    yield _fairness(say("backtest_by_carrier_age"), made.false_selection_by_carrier_age, say)
    yield _fairness(say("backtest_by_origin"), made.false_selection_by_origin, say)
    if made.schemes:
        yield _schemes(made.schemes, say)


def _carried(value: float | None, low: float, high: float) -> bool:
    """Whether a rate can be shown as one."""
    return value is not None and value > 0.0 and high - low <= _LARGEST_RELATIVE_WIDTH * value


def _value(measure: Measure) -> str:
    return f"{percent(measure.value or 0.0)} %" if _carried(measure.value, measure.low, measure.high) else "–"


def _interval(measure: Measure) -> str:
    return _limits(measure.low, measure.high) if _carried(measure.value, measure.low, measure.high) else "–"


def _limits(low: float, high: float) -> str:
    return f"{percent(low)}–{percent(high)} %"


def _count(part: float, whole: float) -> str:
    return f"{part:,.0f} / {whole:,.0f}"


def _rate_or_count(measure: Measure) -> str:
    """A rate with its interval, or the count that is too small for one."""
    if _carried(measure.value, measure.low, measure.high):
        return f"{_value(measure)} ({_interval(measure)})"
    return _count(measure.part, measure.whole)


def _maximum(measure: Measure) -> str:
    return "" if measure.maximum is None else f"{percent(measure.maximum)} %"


def _control(control: ControlEstimate) -> tuple[str, str, str]:
    """The control sample's rate, its interval, and its count; the first two only where its own sentence gives them."""
    count = _count(control.found, control.examined)
    if control.published == "counts":
        return "–", "–", count
    return f"{percent(control.rate.value or 0.0)} %", _limits(control.rate.low, control.rate.high), count


def _ratio(ratio: Interval) -> tuple[str, str]:
    if not _carried(ratio.value, ratio.low, ratio.high):
        return "–", "–"
    return f"{ratio.value:.2f}", f"{ratio.low:.2f}–{ratio.high:.2f}"


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
            count = _count(measure.part, measure.whole)
            table.add_row(say(code), _value(measure), _interval(measure), _maximum(measure), count)
    if figures.calibration is not None:
        ratio = figures.calibration.observed_over_predicted
        table.add_row(say("backtest_calibration"), *_ratio(ratio), "1.00", "")
    value, interval, count = _control(group.control)
    table.add_row(say("backtest_control"), value, interval, "", count)
    return table


def _grouped(title: str, groups: dict[str, Group], say: Sentences) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(say("backtest_group"))
    for code in ("backtest_crossings", "backtest_examined", "backtest_violations"):
        table.add_column(say(code), justify="right")
    for code in ("backtest_precision", "backtest_recall", "backtest_maximum", "backtest_control_short"):
        table.add_column(say(code).split(":")[0], justify="right")
    for name, group in groups.items():
        figures = group.figures
        value, interval, count = _control(group.control)
        table.add_row(
            _name(name, say),
            f"{figures.crossings:,}",
            f"{figures.examined:,}",
            f"{figures.violations:,.0f}",
            _rate_or_count(figures.precision),
            _rate_or_count(figures.recall),
            _maximum(figures.recall),
            count if value == "–" else f"{value} ({interval})",
        )
    return table


def _fairness(title: str, rates: list[GroupFalseSelection], say: Sentences) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(say("backtest_group"))
    for code in ("backtest_crossings", "backtest_count", "backtest_value", "backtest_interval", "backtest_ratio"):
        table.add_column(say(code), justify="right")
    for each in rates:
        rate = each.rate
        shown = each.ratio is not None and _carried(rate.value, rate.low, rate.high)
        table.add_row(
            _name(each.group, say),
            f"{each.crossings:,}",
            _count(rate.part, rate.whole),
            _value(rate),
            _interval(rate),
            f"{each.ratio:.2f}" if shown else "–",
        )
    return table


def _schemes(schemes: list[SchemeRecall], say: Sentences) -> Table:
    table = Table(title=say("backtest_schemes"), title_justify="left")
    table.add_column(say("backtest_group"))
    table.add_column(say("backtest_violations"), justify="right")
    table.add_column(say("backtest_examined"), justify="right")
    for each in schemes:
        table.add_row(escape(each.scheme), f"{each.violations:,}", f"{each.examined:,}")
    return table


def _name(group: str, say: Sentences) -> str:
    return say(_WORDS[group]) if group in _WORDS else escape(group)
