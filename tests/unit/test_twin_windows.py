"""A demand in windows: the same trucks, and the same fates, as all at once."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from twin_bridge import bridge, demand, policy

from aforo.twin.network import NEVER
from aforo.twin.run import Run, run
from aforo.twin.state import FIGURES, FILED_AT, TRUCK, packed
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import Fates
from aforo.twin.windows import Windows, fates_by_window


def test_windows_hold_the_trucks_of_the_whole() -> None:
    whole, numbers = packed(trucks_of(demand(), 11))
    windows, count = Windows(demand(), 11), 0
    while not windows.done:
        trucks, figures = np.empty((256, TRUCK), np.int64), np.empty((256, FIGURES))
        taken, until = windows.fill(trucks, figures)
        assert np.array_equal(trucks[:taken], whole[count : count + taken])
        assert np.array_equal(figures[:taken], numbers[count : count + taken])
        count += taken
        assert until <= whole[count:, FILED_AT].min(initial=NEVER)
    assert count == len(whole) > 2560


def test_fates_are_the_same_window_by_window() -> None:
    trucks = trucks_of(demand(), 11)
    fates, whole = run(bridge(), trucks, policy(), seed=11, port=7)
    parts = Run(bridge(), policy(), seed=11, port=7)
    told = list(fates_by_window(parts, demand(), 11, 64))
    order = np.argsort(np.concatenate([part.number for part in told]))
    for column in fields(Fates):
        together = np.concatenate([getattr(part, column.name) for part in told])[order]
        assert np.array_equal(together, getattr(fates, column.name)), column.name
    last = int(fates.left.max())
    assert fates.left.min() > 0
    assert len(np.unique(fates.basis)) > 3
    for column in ("up", "busy", "blocked", "served"):
        assert np.array_equal(getattr(whole.stations(last), column), getattr(parts.stations(last), column))
    assert len(parts.bridge.floor.trucks) < 0.8 * len(fates)
