"""Plots of a comparison with matplotlib (extra `plots`), as PNG for documents and SVG for the page.

Every plot says in its title line that it is synthetic, and speaks the language that is asked for.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from aforo.measures.crossing_times import LEAST_MEAN
from aforo.twin.comparison import Row
from aforo.twin.page import heads, level
from aforo.twin.results import Result, row_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Say = Callable[..., str]
Format = Literal["png", "svg"]
#: A row of a plot: its name, value, low and high, and what is written beside it; NaN is not drawn, and a low of −100
#: per cent that was cut there is said in what is written.
Bar = tuple[str, float, float, float, str]

#: Colours that differ in lightness too (Okabe and Ito).
_FIRST, _SECOND, _LINE = "#8a8a8a", "#0072b2", "#222222"
#: More bridges than this are not drawn one by one.
MOST_PANELS: Final = 9
MOST_BARS: Final = 34
#: Changes beyond this make the axis logarithmic outside the middle, or the others would not be seen.
_FAR, _NEAR = 400.0, 20.0
#: The figures whose relative change is drawn, in their order from the top.
SHOWN: Final = (
    "wait_mean", "wait_p95", "crossing_mean", "truck_hours", "scan_share", "exam_share", "found_share", "prevented",
    "scanner_use",
)  # fmt: skip
#: Those of them that are minutes.
_MINUTES: Final = frozenset({"wait_mean", "wait_p95", "crossing_mean"})
#: A narrower figure, in inches, would cut the line that says it is synthetic.
_LEAST_WIDTH: Final = 7.0
#: An axis reaches so far to both sides at least, in minutes or per cent: less is not drawn as if it were much.
_LEAST_MINUTES, _LEAST_PER_CENT = 1.0, 5.0


class PlotsMissingError(RuntimeError):
    """matplotlib is not installed: the extra `plots` brings it."""


def drawn(result: Result, say: Say, form: Format) -> dict[str, bytes]:
    """The plots by name: waits by hour, change of each figure, change of the mean wait by bridge if there are several.

    PlotsMissingError where matplotlib is absent.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise PlotsMissingError from missing
    made = {"waits-by-hour": _by_hour(Figure, result, say), "changes": _changes(Figure, result, say)}
    if len(result.comparison.rows) > 1:
        made["changes-by-bridge"] = _by_bridge(Figure, result, say)
    return {name: encoded(figure, form) for name, figure in made.items()}


def encoded(figure: Figure, form: Format) -> bytes:
    """A picture as the bytes of a file; the same figures give the same bytes."""
    from matplotlib import rc_context

    buffer = io.BytesIO()
    # The same figures give the same bytes: no date, and identifiers that do not wander.
    with rc_context({"svg.hashsalt": "aforo", "svg.fonttype": "none"}):
        figure.savefig(buffer, format=form, dpi=150, metadata={"Date": None} if form == "svg" else {"Software": None})
    return buffer.getvalue()


def _headed(figure: Figure, title: str, result: Result, say: Say) -> None:
    figure.suptitle(title, fontsize=12, x=0.02, ha="left", weight="bold")
    figure.text(
        0.02,
        0.005,
        f"{say('synthetic')} · {result.second} · {say('replications', count=result.comparison.replications)}",
        fontsize=8,
        color="#b00020",
    )


def _between(figure: Figure, foot: float) -> None:
    """Leave the foot of the figure, a part of its height, to the line that says it is synthetic."""
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0.0, foot, 1.0, 1.0 - foot))


def _label(result: Result, bridge: str, say: Say) -> str:
    return say("all_bridges") if not bridge else result.bridge_names.get(bridge, bridge)


def _by_hour(kind: type[Figure], result: Result, say: Say) -> Figure:
    """Mean wait by local hour: one panel for a bridge, the busiest where there are many."""

    def busy(bridge: str) -> float:
        row = row_of(result.comparison, "trucks", bridge)
        return -(row.first.value or 0.0) if row is not None else 0.0

    bridges = sorted((each for each in result.comparison.rows if each), key=busy)[:MOST_PANELS] or [""]
    across = min(3, len(bridges))
    down = -(-len(bridges) // across)
    figure = kind(figsize=(max(4.2 * across + 0.6, _LEAST_WIDTH), 2.7 * down + 1.0), layout="constrained")
    _between(figure, 0.04)
    axes = figure.subplots(down, across, squeeze=False)
    hours = np.arange(24)
    for at, axis in enumerate(axes.flat):
        if at >= len(bridges):
            axis.set_axis_off()
            continue
        waits = result.hours[bridges[at]]
        # The first is drawn wider, so that it is seen where the second lies on it.
        for name, colour, wide in (("first", _FIRST, 4.0), ("second", _SECOND, 1.6)):
            values = np.array([np.nan if each is None else each for each in waits[name]])
            label = heads(result, say)[name == "second"]
            low, high = (
                np.array([np.nan if each is None else each for each in waits[f"{name}_{end}"]])
                for end in ("low", "high")
            )
            axis.fill_between(hours, np.maximum(low, 0.0), high, color=colour, alpha=0.25, lw=0)
            axis.plot(hours, values, "-", color=colour, lw=wide, marker=".", ms=2.5 * wide, label=label)
        axis.set_title(_label(result, bridges[at], say), fontsize=9, loc="left")
        # Fractions of a minute are not drawn as if they were mountains.
        axis.set_ylim(0.0, max(1.0, 1.05 * axis.get_ylim()[1]))
        axis.set_xlim(0, 23)
        axis.set_xticks(range(0, 24, 4))
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        if at // across == down - 1 or at + across >= len(bridges):
            axis.set_xlabel(say("plot_hour"), fontsize=8)
        if at % across == 0:
            axis.set_ylabel(say("plot_minutes"), fontsize=8)
    axes.flat[0].legend(fontsize=8, frameon=False)
    _headed(figure, say("plot_wait_by_hour"), result, say)
    return figure


def _bars(kind: type[Figure], rows: Sequence[Bar], label: str, least: float) -> Figure:
    """Points with intervals, one row each, on an axis of at least ± `least`."""
    figure = kind(figsize=(9.0, 0.34 * len(rows) + 1.5), layout="constrained")
    _between(figure, 0.05)
    axis = figure.subplots()
    places = np.arange(len(rows))[::-1]
    for place, (_, value, low, high, told) in zip(places, rows, strict=True):
        colour = _SECOND if low > 0 or high < 0 else _FIRST
        axis.plot([low, high], [place, place], "-", color=colour, lw=2.2, solid_capstyle="butt")
        axis.plot([value], [place], "o", color=colour, ms=5)
        axis.annotate(
            told, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8, annotation_clip=False
        )
    axis.axvline(0.0, color=_LINE, lw=0.8)
    if max((abs(end) for row in rows for end in row[2:4] if np.isfinite(end)), default=0.0) > _FAR:
        axis.set_xscale("symlog", linthresh=_NEAR)
    left, right = axis.get_xlim()
    axis.set_xlim(min(left, -least), max(right, least))
    axis.set_yticks(places, [row[0] for row in rows], fontsize=8)
    axis.set_ylim(-0.7, len(rows) - 0.3)
    axis.tick_params(axis="x", labelsize=8)
    axis.set_xlabel(label, fontsize=8)
    axis.grid(axis="x", alpha=0.25)
    axis.spines[["top", "right", "left"]].set_visible(False)
    return figure


def _changes(kind: type[Figure], result: Result, say: Say) -> Figure:
    """The change of each figure, in per cent of the base, all bridges together."""
    found = [row for name in SHOWN if (row := row_of(result.comparison, name)) is not None]
    figure = _bars(kind, changes_of(found, say), say("plot_per_cent"), _LEAST_PER_CENT)
    _headed(figure, say("plot_changes"), result, say)
    return figure


def changes_of(found: Sequence[Row], say: Say) -> list[Bar]:
    """What is drawn of each figure that has a change: in per cent of the first scenario's.

    None of these figures falls below zero, so no interval is drawn beyond a loss of all; one that would go further says
    so. Minutes have no per cent where
    there are hardly any to begin with; what they were and became is written all the same.
    """
    rows: list[Bar] = []
    for row in found:
        name = row.figure
        if not row.first.value or row.difference.value is None or not np.isfinite(row.difference.low):
            continue
        told = f"{level(row.first, name)} → {level(row.second, name)}"
        if name in _MINUTES and row.first.value < LEAST_MEAN:
            nothing = f"{told} ({say('not_in_per_cent', least=f'{LEAST_MEAN:.0f}')})"
            rows.append((say(f"figure_{name}"), np.nan, np.nan, np.nan, nothing))
            continue
        part = 100.0 / row.first.value
        ends = [part * each for each in _ends(row)]
        value, low, high = (max(-100.0, each) for each in ends)
        if ends[1] < -100.0:
            told = f"{told} ({say('plot_cut')})"
        rows.append((say(f"figure_{name}"), value, low, high, told))
    return rows


def _ends(row: Row) -> tuple[float, float, float]:
    return row.difference.value or 0.0, row.difference.low, row.difference.high


def _by_bridge(kind: type[Figure], result: Result, say: Say) -> Figure:
    """The change of the mean wait at each bridge, the greatest first."""
    found: list[tuple[str, Row]] = []
    for bridge in result.comparison.rows:
        row = row_of(result.comparison, "wait_mean", bridge)
        if bridge and row is not None and row.difference.value is not None and np.isfinite(row.difference.low):
            found.append((bridge, row))
    found.sort(key=lambda each: -abs(each[1].difference.value or 0.0))
    rows = [
        (
            _label(result, bridge, say),
            *_ends(row),
            f"{level(row.first, row.figure)} → {level(row.second, row.figure)}",
        )
        for bridge, row in found[:MOST_BARS]
    ]
    figure = _bars(kind, rows, say("plot_minutes"), _LEAST_MINUTES)
    _headed(figure, say("plot_differences"), result, say)
    return figure
