"""Plots of a comparison: what is drawn of changes in per cent, and what is only written."""

from __future__ import annotations

import math

import msgspec
import pytest

from aforo.domain.text import catalogue
from aforo.measures.intervals import Interval
from aforo.twin.comparison import Row

pytest.importorskip("matplotlib", reason="plots need the extra `plots`")

from matplotlib.figure import Figure

from aforo.twin.plots import _bars, changes_of


def say(code: str, **fields: object) -> str:
    return catalogue("aforo.twin").say(code, **fields).en


def row(figure: str, first: float, second: float, half: float) -> Row:
    apart = second - first
    return Row(
        figure,
        Interval(first, first, first),
        Interval(second, second, second),
        Interval(apart, apart - half, apart + half),
        None,
        None,
    )


def test_no_interval_is_drawn_beyond_the_loss_of_all() -> None:
    [(_, value, low, high, told)] = changes_of([row("wait_mean", 10.0, 1.0, 9.5)], say)
    assert (value, low, high) == pytest.approx((-90.0, -100.0, 5.0))
    assert told == "10.00 ± 0.00 → 1.00 ± 0.00 (interval cut at −100 %)"
    [(_, _, low, _, told)] = changes_of([row("wait_mean", 10.0, 1.0, 0.5)], say)
    assert low == pytest.approx(-95.0)
    assert "cut" not in told


def test_hardly_any_wait_has_no_per_cent_and_is_still_written() -> None:
    [(_, value, low, high, told)] = changes_of([row("wait_p95", 0.4, 0.8, 0.1)], say)
    assert all(math.isnan(each) for each in (value, low, high))
    assert told == "0.40 ± 0.00 → 0.80 ± 0.00 (below 1 min: no per cent)"


def test_hardly_any_change_is_not_drawn_as_if_it_were_much() -> None:
    bars = [("one", 0.01, 0.005, 0.0125, "1.73 → 1.73")]
    [axis] = _bars(Figure, bars, "min", 1.0).axes
    low, high = axis.get_xlim()
    assert low <= -1.0
    assert high >= 1.0


def test_what_is_not_defined_is_not_drawn() -> None:
    nothing = Interval(None, -math.inf, math.inf)
    undefined = msgspec.structs.replace(row("wait_p95", 2.0, 3.0, 0.1), first=nothing, difference=nothing)
    assert changes_of([undefined, row("scan_share", 0.1, 0.2, 0.01)], say)[0][0] == "scanned, share of trucks"
