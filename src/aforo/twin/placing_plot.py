"""The picture of a plan of scanners with matplotlib (extra `plots`): the bridges, and what each level takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from aforo.twin.placement import Placement
from aforo.twin.placing_told import title
from aforo.twin.plan_page import Say
from aforo.twin.plots import Format, PlotsMissingError, encoded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours that differ in lightness too (Okabe and Ito), and the mark of each way beside the plan.
_TODAY, _PLANNED, _MARKED = "#8a8a8a", "#0072b2", "#b00020"
_WAYS: Final = {"plan": ("#0072b2", "o"), "proportional": ("#d55e00", "s"), "greedy": ("#009e73", "^")}
#: Inches: of a row, and of all that is not rows.
_ROW, _REST = 0.24, 2.2


def drawn(told: Placement, say: Say, language: str, form: Format) -> bytes:
    """The picture. PlotsMissingError where matplotlib is absent."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise PlotsMissingError from missing
    figure = Figure(figsize=(13.0, max(5.5, _ROW * len(told.bridges) + _REST)), layout="constrained")
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0.0, 0.05, 1.0, 0.93))
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    _bridges(left, told, say)
    _frontier(right, told, say)
    _marked(figure, told, say, language)
    return encoded(figure, form)


def _marked(figure: Figure, told: Placement, say: Say, language: str) -> None:
    figure.suptitle(title(told, say, language), fontsize=12, x=0.02, ha="left", weight="bold")
    marks = f"{say('placing_official')}\n{say('placing_synthetic')}"
    figure.text(0.02, 0.008, marks, fontsize=8, color=_MARKED)


def _bridges(axis: Any, told: Placement, say: Say) -> None:
    """The share of trucks scanned at each bridge, today and planned, the busiest bridge on top."""
    order = sorted(told.bridges, key=lambda each: each.trucks)
    places = np.arange(len(order))
    planned = [100.0 * each.covered for each in order]
    axis.barh(places + 0.2, planned, 0.38, color=_PLANNED, label=say("placing_plot_planned"))
    axis.barh(
        places - 0.2,
        [100.0 * each.covered_today for each in order],
        0.38,
        color=_TODAY,
        label=say("placing_plot_today"),
    )
    for place, each, share in zip(places, order, planned, strict=True):
        axis.annotate(f"+{each.gets}", (share + 1.0, place + 0.2), va="center", fontsize=8)
    axis.set_yticks(places, [each.title for each in order], fontsize=8)
    axis.set_xlim(0, 112)
    axis.set_ylim(-0.7, len(order) - 0.3)
    axis.set_xticks(range(0, 101, 20))
    axis.set_title(say("placing_plot_bridges"), fontsize=9, loc="left")
    axis.tick_params(axis="x", labelsize=8)
    axis.set_xlabel("%", fontsize=8)
    axis.grid(axis="x", alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=8, frameon=False, loc="upper right", bbox_to_anchor=(1.0, -0.06), ncols=2)


def _frontier(axis: Any, told: Placement, say: Say) -> None:
    """The fewest truck-hours at each level, and where each way comes to at the stated figures."""
    axis.plot(
        [each.hours for each in told.frontier],
        [100.0 * each.level for each in told.frontier],
        "-", color=_PLANNED, lw=1.8, marker=".", label=say("placing_plot_frontier"),
    )  # fmt: skip
    for each in told.plans:
        if each.name in _WAYS and each.worst.value is not None:
            colour, mark = _WAYS[each.name]
            # Where two come to the same both are seen: the plan's mark is larger and hollow.
            hollow = each.name == "plan"
            axis.plot(
                [each.hours], [100.0 * each.worst.value], mark, color=colour, ms=11 if hollow else 6,
                mfc="none" if hollow else colour, mew=1.8, label=say(f"placing_way_{each.name}"),
            )  # fmt: skip
    if told.ceiling is not None:
        axis.axvline(told.ceiling, color=_MARKED, lw=0.8, ls="--")
    axis.set_ylim(bottom=0.0)
    axis.set_xlabel(say("placing_plot_hours"), fontsize=8)
    level = "placing_plot_level_diverting" if told.diverting else "placing_plot_level"
    axis.set_title(say(level), fontsize=9, loc="left")
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=8, frameon=False, loc="lower right")
