"""A smuggler who reads every feed: it is a smuggler, and what nobody may report of scanners reaches no feed.

`benchmarks/public_feed_attack.py` has the attack at its full size, and what it gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest
from feed_smuggler import FEED, World, chosen, world
from smuggler import BRIDGES, KNOWN, WEEKS, Choices, Floats, found_more


@cache
def worlds(count: int) -> list[World]:
    return [world(5_000 + seed) for seed in range(count)]


@pytest.mark.parametrize("seed", [1, 2])
def test_reports_of_outages_move_no_bit_of_any_feed(seed: int) -> None:
    own, silent = world(seed), world(seed, reported=False)
    assert own.digest == silent.digest
    assert own.outage.sum() > 0
    assert own.truth.shape == (WEEKS - KNOWN, len(BRIDGES))


def attacked(count: int, ways: Mapping[str, tuple[str, ...]]) -> tuple[Floats, dict[str, dict[str, Choices]]]:
    learnt, asked = worlds(count)[: count // 2], worlds(count)[count // 2 :]
    known, truth = (np.array([each.truth for each in own]) for own in (learnt, asked))

    def read(own: list[World], parts: tuple[str, ...]) -> Floats:
        return np.array([each.read(parts) for each in own])

    return truth, {name: chosen(read(learnt, parts), known, read(asked, parts)) for name, parts in ways.items()}


def test_exact_ages_would_be_a_guide_and_the_feed_is_none() -> None:
    live = ("half_year", "live")
    truth, choices = attacked(60, {"live": live, "feed": (*live, *FEED), "ages": (*live, *FEED, "ages")})
    assert found_more(choices["ages"]["linear"], choices["live"]["linear"], truth).low > 0.08
    assert found_more(choices["feed"]["linear"], choices["live"]["linear"], truth).low < 0.0


def test_readers_of_the_made_up_border_fall_silent_whether_or_not_scanners_fail() -> None:
    silent = np.array([each.parts["live"][..., -2] for each in worlds(60)])
    failing = np.array([each.outage for each in worlds(60)]) > 0
    assert abs(silent[failing].mean() - silent[~failing].mean()) < 0.03
    together = np.array([each.parts["silences_with_outages"][..., 0] for each in worlds(60)])
    assert together[failing].mean() - together[~failing].mean() > 0.06


@pytest.mark.long
@pytest.mark.parametrize("known", ["agency", "live"])
def test_the_feed_gives_less_than_three_in_a_hundred(known: str) -> None:
    has = ("half_year", known)
    more = dict.fromkeys((*has, "live", *FEED))
    truth, choices = attacked(160, {"known": has, "feed": tuple(more)})
    for way in ("linear", "boosted"):
        assert found_more(choices["feed"][way], choices["known"][way], truth).high < 0.03
