"""What a served node keeps in memory ends: filings, passages and booths' questions for an hour, and a bound."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from programs import program
from rich.console import Console

if TYPE_CHECKING:
    from journeys import Learnt

#: After how many filings the memory of these nodes forgets seals and loads, so that the bound is met within the test.
RARE = 20_000
#: MiB that a node may grow in an hour once every bound is met. A node that kept 0.3 kB of each filing would take more.
MOST_AN_HOUR = 60.0
#: MiB that a node may take beyond its start while its tables fill.
MOST = 700.0


def points(learnt: Learnt, folder: Path, minutes: float, rows: int) -> list[tuple[float, int, float]]:
    growth = program("node_growth")
    model = folder / "forgetful"
    shutil.copytree(learnt.folder, model)
    growth.forgetful(model, RARE)
    with program("http_served").Served(folder, model) as served:
        shutil.copy(learnt.keys, served.keys)
        told: list[tuple[float, int, float]] = growth.grown(served, minutes, rows, 2, Console())
    return told


def test_a_node_that_serves_for_a_while_stays_within_its_room(learnt: Learnt, tmp_path: Path) -> None:
    told = points(learnt, tmp_path, 0.25, 2)
    assert told[-1][1] > 100
    assert told[-1][2] < told[0][2] + MOST


@pytest.mark.long
def test_an_hour_of_filings_takes_no_more_memory_than_its_first_half(learnt: Learnt, tmp_path: Path) -> None:
    told = points(learnt, tmp_path, 60, 30)
    assert told[-1][1] > 3 * RARE
    assert told[-1][2] < told[0][2] + MOST
    assert program("node_growth").an_hour([program("node_growth").Point(*each) for each in told]) < MOST_AN_HOUR
