"""A port cut off for eight simulated hours: the small form of the benchmark that does it a hundred times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from programs import program

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.mark.parametrize(("seed", "priced"), [(3, False), (8, False), (5, True)])
def test_nothing_is_lost_doubled_or_let_go(learnt: Learnt, tmp_path: Path, seed: int, priced: bool) -> None:
    prices = program("edge_cut_prices").solved(tmp_path, learnt.keys) if priced else None
    found = program("edge_cut_trial").trial(seed, tmp_path, learnt.folder, learnt.keys, 40, prices)
    assert (found.trucks, found.leaves > 40, found.known > 0, found.referred > 0) == (40, True, True, True)
    assert (found.lost_filings, found.lost_leaves, found.unverified) == (0, 0, 0)
    assert (found.twice, found.still_ordered, found.holds_released) == (0, 0, 0)
    assert (found.mismatched, found.missed_untold, found.told_wrongly) == (0, 0, 0)
    assert found.freed == 0
    assert (found.weighed > 0) == priced
    assert found.contacts["taken"] > 0
