"""The picture of a plan of a port with matplotlib (extra `plots`): each objective against cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from aforo.measures.intervals import Interval
from aforo.twin.design_plan import Judged, PlanOfPort
from aforo.twin.plan_page import Say
from aforo.twin.plots import Format, PlotsMissingError, encoded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours that differ in lightness too (Okabe and Ito).
_FRONT, _BEATEN, _MARKED = "#0072b2", "#8a8a8a", "#b00020"
_PANELS: Final = (("wait_mean", 1.0), ("street_mean", 1.0), ("prevented_share", 100.0))
#: Marks that are told apart without colour.
_MARKS: Final = "osD^vP*X<>hdp8"


def drawn(told: PlanOfPort, say: Say, language: str, form: Format) -> bytes:
    """The picture. PlotsMissingError where matplotlib is absent."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise PlotsMissingError from missing
    figure = Figure(figsize=(13.0, 5.2 + 0.16 * len(told.designs)), layout="constrained")
    engine: Any = figure.get_layout_engine()
    foot = 0.16 + 0.02 * len(told.designs)
    engine.set(rect=(0.0, foot, 1.0, 0.99 - foot))
    axes = figure.subplots(1, len(_PANELS))
    for axis, (name, factor) in zip(axes, _PANELS, strict=True):
        for at, each in enumerate(told.designs):
            _point(axis, each, each.figures[name], factor, _MARKS[at % len(_MARKS)])
        axis.set_title(say(f"design_figure_{name}"), fontsize=10, loc="left")
        axis.set_xlabel(say("design_plot_cost", year=told.year), fontsize=8)
        axis.set_xlim(*_around([each.cost.value or 0.0 for each in told.designs]))
        if name != "prevented_share":
            # A mark that stands on zero is seen whole.
            axis.set_ylim(bottom=-0.03 * axis.get_ylim()[1])
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    _marked(figure, told, say, language)
    return encoded(figure, form)


def _point(axis: Any, each: Judged, value: Interval, factor: float, mark: str) -> None:
    if value.value is None:
        return
    colour = _FRONT if each.front else _BEATEN
    at = (each.cost.value or 0.0) / 1e6
    if np.isfinite(value.low):
        axis.plot([at, at], [factor * value.low, factor * value.high], "-", color=colour, lw=1.6)
    axis.plot([at], [factor * value.value], mark, color=colour, ms=8, mfc=colour if each.front else "white", mew=1.5)


def _around(costs: list[float]) -> tuple[float, float]:
    """The costs of all designs with some room, US$ millions. Their limits are far wider, and shared by all designs."""
    low, high = min(costs) / 1e6, max(costs) / 1e6
    room = max(0.15 * (high - low), 0.02 * high, 0.01)
    return low - room, high + room


def _marked(figure: Figure, told: PlanOfPort, say: Say, language: str) -> None:
    from matplotlib.lines import Line2D

    title = say("port_plan_title", title=told.title.told(language), designs=len(told.designs))
    figure.suptitle(title, fontsize=12, x=0.02, ha="left", weight="bold")
    handles = [
        Line2D([], [], ls="", marker=_MARKS[at % len(_MARKS)], ms=7, color=_FRONT if each.front else _BEATEN,
               mfc=_FRONT if each.front else "white",
               label=f"{each.id}: {each.title.told(language)}"
               + ("" if each.front else f" ({say('design_plot_beaten', by=each.dominated[0].by)})"))
        for at, each in enumerate(told.designs)
    ]  # fmt: skip
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.02, 0.05), fontsize=8, frameon=False)
    figure.text(0.02, 0.012, f"{say('synthetic')} · {say('design_plot_foot')}", fontsize=8, color=_MARKED)
