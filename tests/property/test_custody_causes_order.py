"""However a trip's messages are ordered and repeated, the causes to act on it are the same."""

from __future__ import annotations

import numpy as np
from driven import LIMITS, PLACES, ROAD, circle, driven
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed import MINUTE, SEALING, START, arriving, in_blocks
from sealed import heard as heard_of

from aforo.custody.case import Block, Case
from aforo.custody.cause import Cause
from aforo.custody.causes import causes
from aforo.custody.fences import Fences
from aforo.domain.reading import OPEN, Readings

NOW = START + 48 * 60 * MINUTE
FENCES = Fences((circle("a", 60e3, 5e3), circle("b", 150e3, 9e3, "watched")))


@st.composite
def trips(draw: st.DrawFn) -> list[tuple[Block, Readings]]:
    """Blocks of a truck that drives, halts and strays, with fixes lost and wrong, gaps, clock faults and an opening."""
    legs, minute, along = [(0.0, 0.0, 0.0)], 0.0, 0.0
    for _ in range(draw(st.integers(1, 4))):
        minute += draw(st.integers(10, 90))
        along = min(along + draw(st.sampled_from([0.0, 20e3, 60e3])), ROAD.length)
        legs.append((minute, along, draw(st.sampled_from([0.0, 0.0, 5e3, -9e3]))))
    start = START + draw(st.integers(0, 23)) * 60 * MINUTE
    readings = driven(legs, every=draw(st.sampled_from([MINUTE, 2 * MINUTE, 7 * MINUTE])), start=start)
    places = st.lists(st.integers(0, len(readings) - 1), max_size=6)
    readings["fix"][draw(places)] = False
    readings["latitude"][draw(places)] += draw(st.sampled_from([0, 40_000, 30_000_000]))
    readings["at"][draw(places)] += draw(st.sampled_from([0, 90 * MINUTE, -90 * MINUTE]))
    readings["door"][draw(places)] = draw(st.sampled_from([1, OPEN]))
    kept = np.setdiff1d(np.arange(len(readings)), draw(places))
    return in_blocks(readings[kept] if len(kept) else readings, draw(st.integers(1, 6)))


def asked(parts: list[tuple[Block, Readings]], known_by: int) -> tuple[Cause, ...]:
    case = Case((SEALING,), {SEALING.device: heard_of(parts)}, places=PLACES)
    return causes(case, SEALING, ROAD, FENCES, known_by, LIMITS)


@given(trips(), st.data())
@settings(max_examples=40, deadline=None)
def test_any_order_and_repetition_ends_in_the_same_causes(
    parts: list[tuple[Block, Readings]], data: st.DataObject
) -> None:
    first = [arriving(part, part[0].last + data.draw(st.integers(-120, 300)) * MINUTE) for part in parts]
    again = data.draw(st.permutations([*first, *data.draw(st.lists(st.sampled_from(first), max_size=4))]))
    # Within a block the order is the device's own words; of rows that came together none is first.
    turned = [(block, own[::-1]) if data.draw(st.booleans()) else (block, own) for block, own in again]
    for known_by in (NOW, START + data.draw(st.integers(0, 48 * 60)) * MINUTE):
        made = asked(first, known_by)
        assert asked(turned, known_by) == made
        assert list(made) == sorted(made, key=lambda each: each.since)
        for each in made:
            assert each.earliest <= each.latest
            assert each.since < each.until
            assert each.shown <= known_by
