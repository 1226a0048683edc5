"""A smuggler who reads every feed: it is a smuggler, and what nobody may report of scanners reaches no feed.

`benchmarks/public_feed_attack.py` has the attack at its full size, and what it gives.
"""

from __future__ import annotations

import numpy as np
import pytest
from feed_smuggler import World, chosen, world
from smuggler import BRIDGES, KNOWN, WEEKS, Floats, found_more


def read(worlds: list[World], *parts: str) -> Floats:
    return np.array([np.concatenate([getattr(each, part) for part in parts], axis=-1) for each in worlds])


@pytest.mark.parametrize("seed", [1, 2])
def test_reports_of_outages_move_no_bit_of_any_feed(seed: int) -> None:
    own, silent = world(seed), world(seed, reported=False)
    assert own.digest == silent.digest
    assert own.outage.sum() > 0
    assert own.truth.shape == (WEEKS - KNOWN, len(BRIDGES))


def attacked(count: int) -> tuple[Floats, dict[str, dict[str, Floats]]]:
    worlds = [world(5_000 + seed) for seed in range(count)]
    learnt, asked = worlds[: count // 2], worlds[count // 2 :]
    known, truth = (np.array([each.truth for each in own]) for own in (learnt, asked))
    ways = {"alone": ("waits",), "feed": ("waits", "feed"), "ages": ("waits", "feed", "ages")}
    return truth, {name: chosen(read(learnt, *parts), known, read(asked, *parts)) for name, parts in ways.items()}


def test_exact_ages_would_be_a_guide_and_the_feed_is_none() -> None:
    truth, choices = attacked(40)
    assert found_more(choices["ages"]["linear"], choices["alone"]["linear"], truth).low > 0.08
    assert found_more(choices["feed"]["linear"], choices["alone"]["linear"], truth).low < 0.0


@pytest.mark.long
def test_the_feed_gives_less_than_three_in_a_hundred() -> None:
    truth, choices = attacked(160)
    for way in ("linear", "boosted"):
        assert found_more(choices["feed"][way], choices["alone"][way], truth).high < 0.03
