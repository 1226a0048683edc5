"""The picture of a plan for a tariff or a rule with matplotlib (extra `plots`): arrivals of each port, by week."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from aforo.twin.plan_page import Say
from aforo.twin.plots import MOST_PANELS, Format, PlotsMissingError, encoded
from aforo.twin.tariff_plan import Port, TariffPlan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Colours that differ in lightness too (Okabe and Ito).
_RULE, _USUAL, _MARKED = "#0072b2", "#8a8a8a", "#b00020"
_ACROSS: Final = 3
#: Inches for the legend and the line that says it is synthetic.
_FOOT: Final = 0.7


def drawn(told: TariffPlan, say: Say, language: str, form: Format) -> bytes:
    """The picture. PlotsMissingError where matplotlib is absent."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise PlotsMissingError from missing
    ports = sorted(told.ports, key=lambda port: -sum(week.usual for week in port.weeks))[:MOST_PANELS]
    across = min(_ACROSS, len(ports))
    down = -(-len(ports) // across)
    figure = Figure(figsize=(max(4.4 * across, 7.0), 2.6 * down + 1.3), layout="constrained")
    engine: Any = figure.get_layout_engine()
    foot = _FOOT / (2.6 * down + 1.3)
    engine.set(rect=(0.0, foot, 1.0, 1.0 - foot))
    axes = figure.subplots(down, across, squeeze=False)
    for at, axis in enumerate(axes.flat):
        if at < len(ports):
            _weeks(axis, ports[at], told, say)
        else:
            axis.set_axis_off()
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(0.01, 0.4 * foot), ncols=3, fontsize=8, frameon=False
    )
    _marked(figure, told, say, language)
    return encoded(figure, form)


def _weeks(axis: Any, port: Port, told: TariffPlan, say: Say) -> None:
    """The trucks of each week: usual, and under the rule with the limits of futures."""
    starts = [date.fromisoformat(week.start) for week in port.weeks]
    at = np.arange(len(starts))
    low, high = ([getattr(week.trucks, end) for week in port.weeks] for end in ("low", "high"))
    axis.fill_between(at, low, high, color=_RULE, alpha=0.25, lw=0, label=say("tariff_plot_limits"))
    axis.plot(at, [week.trucks.value for week in port.weeks], "-", color=_RULE, lw=1.6, label=say("tariff_plot_rule"))
    axis.plot(at, [week.usual for week in port.weeks], "--", color=_USUAL, lw=1.4, label=say("tariff_plot_usual"))
    day = (date.fromisoformat(told.effective) - starts[0]).days / 7.0
    axis.axvline(day, color=_MARKED, lw=0.8, ls=":")
    axis.set_title(port.name, fontsize=9, loc="left")
    axis.set_ylim(0.0, 1.1 * axis.get_ylim()[1])
    every = max(1, len(starts) // 5)
    axis.set_xticks(at[::every], [f"{start:%m-%d}" for start in starts[::every]])
    axis.tick_params(labelsize=7)
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)


def _marked(figure: Figure, told: TariffPlan, say: Say, language: str) -> None:
    title = say("tariff_title", title=told.title.told(language))
    figure.suptitle(title, fontsize=11, x=0.02, ha="left", weight="bold")
    figure.text(0.02, 0.012, f"{say('synthetic')} · {say('tariff_plot_foot')}", fontsize=8, color=_MARKED)
