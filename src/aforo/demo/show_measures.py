"""The day's measures on a terminal. What the data cannot support is said in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.text import Text

from aforo.demo.account import Account
from aforo.demo.drawing import Column, share_bar, sparkline
from aforo.demo.figures import DayFigures, Price
from aforo.demo.layout import block, heading, indented, section
from aforo.demo.sentences import Speaker, minutes, percent
from aforo.measures.selection import Figures, Measure

_BAR_WIDTH = 12
#: The column of the bars, and the width of a terminal that has room for them.
_BAR, _BARS_FROM = 4, 110
#: A share whose interval is wider than this says next to nothing.
_WIDE = 0.5


def measures(account: Account, say: Speaker, width: int) -> Iterator[RenderableType]:
    """All of them; `width` is that of the terminal."""
    figures = account.figures
    yield from section(say("measures_title"), say)
    yield from _counts(figures, say, width)
    yield from heading(say("measure_known_title"))
    yield from _table(figures.known, say, width, estimated=True)
    yield from _caveat(figures.known.recall, say)
    yield from heading(say("measure_truth_title"))
    yield from _table(figures.truth, say, width, estimated=False)
    yield indented(Text(say("measures_note"), style="dim"))
    yield from heading(say("control_title"))
    yield indented(Text(f"{say('control_drawn', drawn=f'{figures.drawn:,}')} {say.of(figures.control.words)}"))
    violations = figures.truth.violations
    true_rate = percent(violations / figures.crossings, 2)
    yield indented(
        Text(
            say("control_truth", rate=true_rate, violations=f"{violations:,.0f}", crossings=f"{figures.crossings:,}"),
            style="dim",
        )
    )
    yield from heading(say("price_title"))
    yield from _prices(figures.prices, say, width)


def _counts(figures: DayFigures, say: Speaker, width: int) -> Iterator[RenderableType]:
    share = figures.examined / figures.crossings
    examined = say("measure_examined_rate", share=percent(share, 2), rate=f"{100 * figures.rate_asked:g}")
    rows = [
        [Text(say("measure_crossings")), Text(f"{figures.crossings:,}"), Text(), Text()],
        [Text(say("measure_examined")), Text(f"{figures.examined:,}"), Text(), Text(examined)],
    ]
    for basis, count in figures.examined_by.items():
        found = say("measure_found_of", found=figures.found_by.get(basis, 0))
        bar = share_bar(count / figures.examined, _BAR_WIDTH, "cyan")
        rows.append([Text(f"  {say(f'basis_{basis}')}"), Text(f"{count:,}"), bar, Text(found)])
    columns = [Column(""), Column("", "right"), Column(""), Column("", least=10, grows=1)]
    yield from block(columns, rows, width)


def _table(figures: Figures, say: Speaker, width: int, *, estimated: bool) -> Iterator[RenderableType]:
    columns = [
        Column(say("col_measure"), least=20, grows=1),
        Column(say("col_figure"), "right"),
        Column(say("col_interval"), "right"),
        Column(say("col_maximum"), "right"),
        Column(""),
        Column(say("col_counts"), grows=1, least=12),
    ]
    named: list[tuple[str, Measure | None, bool]] = [
        ("figure_precision", figures.precision, False),
        ("figure_recall", figures.recall, estimated),
        ("figure_severity_recall", figures.severity_recall, estimated),
    ]
    if not estimated:  # of a day's few draws it says nothing
        named.append(("figure_false_selection", figures.false_selection, False))
    rows = [
        _row(code, measure, say, of_estimate, whole_unknown=estimated)
        for code, measure, of_estimate in named
        if measure is not None
    ]
    if width < _BARS_FROM:
        columns, rows = [*columns[:_BAR], *columns[_BAR + 1 :]], [[*row[:_BAR], *row[_BAR + 1 :]] for row in rows]
    yield from block(columns, rows, width, indent=2, titled=True)


def _caveat(recall: Measure, say: Speaker) -> Iterator[RenderableType]:
    """What a share of all violations that rests on few draws does not say."""
    if recall.value is None:
        yield indented(Text(say("figure_no_draws"), style="dim"))
    elif recall.part == recall.whole:
        yield indented(Text(say("figure_no_finds", low=percent(recall.low)), style="dim"))
    elif recall.high - recall.low > _WIDE:
        yield indented(Text(say("figure_wide", low=percent(recall.low), high=percent(recall.high)), style="dim"))


def _row(code: str, measure: Measure, say: Speaker, estimated: bool, *, whole_unknown: bool) -> list[Text]:
    """One measure. A share estimated from no find at all is not a figure: its limits are. What a rate allows is known
    where all violations are."""
    unknown = measure.value is None or (estimated and measure.part == measure.whole)
    value = (
        Text(say("figure_unknown"), style="dim")
        if unknown
        else Text(f"{percent(measure.value or 0.0)} %", style="bold")
    )
    limits = Text() if measure.value is None else Text(f"{percent(measure.low)} – {percent(measure.high)} %")
    counts = "figure_counts_estimated" if estimated else "figure_counts"
    return [
        Text(say(code)),
        value,
        limits,
        Text("–" if measure.maximum is None or whole_unknown else f"{percent(measure.maximum)} %"),
        Text() if unknown else share_bar(measure.value or 0.0, _BAR_WIDTH, "cyan"),
        Text() if unknown else Text(say(counts, part=_count(measure.part), whole=_count(measure.whole)), style="dim"),
    ]


def _count(number: float) -> str:
    return f"{number:,.0f}" if number == round(number) or number >= 100 else f"{number:,.1f}"


def _prices(prices: Sequence[Price], say: Speaker, width: int) -> Iterator[RenderableType]:
    """The mean price in equal parts of the day, with the hours below and the extremes beside."""
    first = prices[0].at.replace(minute=0, second=0, microsecond=0)
    last = prices[-1].at
    hours = int((last - first) / timedelta(hours=1)) + 1
    per_hour = max(1, min(4, (width - 4) // hours))
    sums = [0.0] * (hours * per_hour)
    counts = [0] * len(sums)
    for each in prices:
        slot = int((each.at - first) / timedelta(hours=1) * per_hour)
        sums[slot] += each.price
        counts[slot] += 1
    means = [total / count if count else None for total, count in zip(sums, counts, strict=True)]
    yield indented(Text(sparkline(means), style="cyan", no_wrap=True))
    yield indented(Text(_hours(first, hours, per_hour), style="dim", no_wrap=True))
    every = [each.price for each in prices]
    yield indented(Text(say("price_range", low=minutes(min(every)), high=minutes(max(every)), last=minutes(every[-1]))))


def _hours(first: datetime, hours: int, per_hour: int) -> str:
    """The axis: the hour, every four hours."""
    axis = [" "] * (hours * per_hour + 6)
    for hour in range(0, hours, 4):
        label = (first + timedelta(hours=hour)).strftime("%H:00")
        axis[hour * per_hour : hour * per_hour + len(label)] = label
    return "".join(axis).rstrip()
