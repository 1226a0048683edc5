"""A demand in windows: the same trucks, and the same fates, as all at once."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from twin_bridge import bridge, demand, policy

from aforo.twin.network import HOUR, NEVER
from aforo.twin.run import Run, run
from aforo.twin.state import FIGURES, FILED_AT, TRUCK, packed
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import Fates
from aforo.twin.windows import Windows, fates_and_figures, fates_by_window


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


def test_all_fates_come_by_number_with_the_figures_of_their_trucks() -> None:
    """Also of those who never leave: here the approach closes for good."""
    network = bridge()
    shut = replace(
        network,
        change_at=np.append(network.change_at, 40 * HOUR),
        change_station=np.append(network.change_station, network.station("approach")),
        change_servers=np.append(network.change_servers, 0),
        change_kind=np.append(network.change_kind, 0),
    )
    trucks = trucks_of(demand(), 11)
    whole, _ = run(shut, trucks, policy(), seed=11, port=7)
    fates, figures = fates_and_figures(Run(shut, policy(), seed=11, port=7), demand(), 11, 64)
    assert 0 < np.count_nonzero(whole.left < 0) < len(trucks)
    for column in fields(Fates):
        assert np.array_equal(getattr(whole, column.name), getattr(fates, column.name)), column.name
    assert np.array_equal(figures, packed(trucks)[1])


def test_no_trucks_have_no_fates() -> None:
    nobody = replace(demand(), hourly=np.zeros(24))
    fates, figures = fates_and_figures(Run(bridge(), policy(), seed=11, port=7), nobody, 11)
    assert len(fates) == 0
    assert figures.shape == (0, FIGURES)
