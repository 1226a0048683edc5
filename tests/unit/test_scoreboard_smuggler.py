"""A smuggler who has the published page and the published waits learns no better which bridge examines least than from
the waits alone; one who had rates or crossing times by bridge and week would learn it at once.

Half of the borders are those that the smuggler learns from, with their truth; the other half are those it goes through.
Each way of predicting is compared with the same way on waits alone, week by week.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from smuggler import (
    BRIDGES,
    Border,
    Choices,
    Floats,
    Reading,
    border,
    chosen,
    crossings_by_bridge,
    found_more,
    lowest_last,
    page,
    rates_by_bridge,
    read,
    risk_less,
    truth,
    waits_alone,
)

WAYS = ("linear", "boosted")


class Trial:
    """Borders to learn from and borders to go through."""

    def __init__(self, count: int) -> None:
        borders = [border(seed) for seed in range(count)]
        self.learnt: Sequence[Border] = borders[: count // 2]
        self.tried: Sequence[Border] = borders[count // 2 :]
        self.truth: Floats = truth(self.tried)
        self._by: dict[tuple[Reading, ...], dict[str, Choices]] = {}
        self.alone = self.by(waits_alone)

    def by(self, *readings: Reading) -> dict[str, Choices]:
        """Where the smuggler goes who reads this."""
        if readings not in self._by:
            learnt, asked = (read(each, *readings) for each in (self.learnt, self.tried))
            self._by[readings] = chosen(learnt, truth(self.learnt), asked)
        return self._by[readings]


@cache
def trial(count: int = 120) -> Trial:
    """Of fewer borders chance alone gives six in a hundred."""
    return Trial(count)


@pytest.mark.parametrize("way", WAYS)
def test_waits_alone_tell_something(way: str) -> None:
    """So there is something to be had, and a smuggler who can have it."""
    own = trial()
    least = own.truth.argmin(axis=-1)
    assert (own.alone[way] == least).mean() > 1.8 / len(BRIDGES)


@pytest.mark.parametrize("way", WAYS)
def test_the_page_tells_no_more_than_the_waits(way: str) -> None:
    own = trial()
    told = own.by(waits_alone, page)[way]
    more = found_more(told, own.alone[way], own.truth)
    assert more.low < 0.0 or more.value < 0.01
    assert more.high < 0.06  # where rates by bridge give thirty in a hundred
    less = risk_less(told, own.alone[way], own.truth)
    control = risk_less(own.by(waits_alone, rates_by_bridge)[way], own.alone[way], own.truth)
    assert less.high < control.low / 3.0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reading", [rates_by_bridge, crossings_by_bridge], ids=["rates", "crossing times"])
def test_a_page_that_told_it_by_bridge_would_be_a_smugglers_guide(way: str, reading: Reading) -> None:
    """The test above can fail: this is what it looks like when it does."""
    own = trial()
    told = own.by(waits_alone, reading)[way]
    assert found_more(told, own.alone[way], own.truth).low > 0.2
    assert risk_less(told, own.alone[way], own.truth).low > 0.015


def test_the_simplest_smuggler_would_do_well_by_rates_of_last_week() -> None:
    own = trial()
    assert found_more(lowest_last(own.tried), own.alone["linear"], own.truth).low > 0.15


def test_nothing_of_a_single_bridge_is_on_the_page_but_its_waits() -> None:
    own = trial().tried[0]
    for each in own.weeks:
        assert {one.measure for one in each.figures if one.place} == {"wait-to-primary"}
    for each in own.quarters.values():
        assert {one.place for one in each.figures} == {""}
        assert {one.measure for one in each.figures if not one.missing} >= {"scan-rate", "examination-rate"}


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_the_page_tells_no_more_than_the_waits_to_within_four_in_a_hundred(way: str) -> None:
    own = trial(240)
    more = found_more(own.by(waits_alone, page)[way], own.alone[way], own.truth)
    assert more.low < 0.0
    assert more.high < 0.04
