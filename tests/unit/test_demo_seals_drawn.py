"""Trucks under seal in the demonstration: who they are, what their seals say, and that it is the same again."""

from __future__ import annotations

from collections import Counter
from functools import cache

import msgspec
import numpy as np
import pytest

from aforo.custody import keys
from aforo.demo.outside import journeys, places, seal_forms, seal_parts, traders
from aforo.demo.outside.journeys import BRIDGE, EVERY, MINUTE, Journey
from aforo.demo.outside.seal_forms import Chain
from aforo.demo.outside.seal_parts import Part, jam_of, parts_of
from aforo.demo.outside.seal_saying import SealSaying
from aforo.demo.outside.timetable import Timetable
from aforo.domain.clock import microseconds
from aforo.domain.reading import OPEN, Readings
from aforo.intake import seal_block, seal_text

SEED = 5
HOUR = 60 * MINUTE


@cache
def known() -> tuple[Journey, ...]:
    """The journeys of the first day."""
    timetable = Timetable(places.chosen([BRIDGE, "colombia"]), traders.draw(SEED), SEED, traders.BEGINS.date())
    dues = timetable.until(microseconds(traders.BEGINS))
    found = (journeys.journey_of(each, timetable.declaration(each), SEED) for each in dues)
    return tuple(each for each in found if each is not None)


def of(mishap: str | None) -> Journey:
    """A journey to which this happens, that is driven whole."""
    return next(each for each in known() if each.mishap == mishap and each.arrives - each.begins >= journeys.LEAST)


def readings_of(parts: list[Part]) -> Readings:
    return np.concatenate([each.readings for each in parts])


def test_some_trucks_to_the_bridge_of_the_corridor_are_under_seal_and_each_thing_happens_within_hours() -> None:
    timetable = Timetable(places.chosen([BRIDGE, "colombia"]), traders.draw(SEED), SEED, traders.BEGINS.date())
    dues = list(timetable.until(microseconds(traders.BEGINS)))
    numbers = {each.crossing: each.bridge for each in dues}
    assert {numbers[each.crossing] for each in known()} == {BRIDGE}
    trucks = sum(each.bridge == BRIDGE and each.arrives > microseconds(traders.BEGINS) for each in dues)
    assert 0.3 * trucks / EVERY < len(known()) < trucks / EVERY + 1
    first = microseconds(traders.BEGINS)
    for each in known():
        assert first <= each.announced < each.begins < each.arrives
    soon = [each for each in known() if each.arrives < first + 8 * HOUR]
    happened = Counter(each.mishap for each in soon)
    assert set(happened) == {None, "opened", "swapped", "cloned", "battery", "reopened", "forgotten"}
    assert happened[None] > len(soon) / 2
    assert {each.grade for each in soon} == {"device", "gateway", "unsigned"}


def test_what_a_seal_says_is_the_same_again() -> None:
    journey, road = of(None), journeys.road()
    once, again = parts_of(journey, road), parts_of(journey, road)
    assert [(each.heard, each.twice, each.readings.tobytes()) for each in once] == [
        (each.heard, each.twice, each.readings.tobytes()) for each in again
    ]
    ends = [int(each.readings["at"].max()) for each in once]
    assert ends == sorted(ends)
    assert all(heard > end for (heard, _, _), end in zip(once, ends, strict=True))


def test_an_honest_truck_drives_to_the_bridge_and_stands_there() -> None:
    journey, road = of(None), journeys.road()
    read = readings_of(parts_of(journey, road))
    read = read[read["fix"]]
    away, along = road.along(read["latitude"], read["longitude"])
    assert np.quantile(away, 0.99) < road.half_width
    there = along[read["at"] > journey.arrives + MINUTE]
    assert np.quantile(there, 0.05) > road.length - 1_000
    assert along[0] < road.length - 1_000
    assert not (read["door"] == OPEN).any()


def test_what_happens_is_seen_in_what_the_seal_says() -> None:
    road = journeys.road()
    opened = readings_of(parts_of(of("opened"), road))
    assert (opened["door"] == OPEN).any()
    assert opened["door"][-1] != OPEN
    journey = of("battery")
    dead = readings_of(parts_of(journey, road))
    assert dead["at"].max() < journey.arrives - 20 * MINUTE
    assert dead["battery"][-1] < 3_400


def test_a_jammed_road_is_silent_and_says_late_what_it_kept() -> None:
    road, found = journeys.road(), 0
    for journey in known():
        for each in parts_of(journey, road):
            fixes = each.readings[each.readings["fix"]]
            if not len(fixes):
                continue
            at = int(fixes["at"][0])
            begins, ends = jam_of(at)
            km = road.along(fixes["latitude"][:1], fixes["longitude"][:1])[1][0] / 1_000
            low, high = seal_parts.JAM_KM
            if begins + 5 * MINUTE <= at < ends - 30 * MINUTE and low + 5 < km < high - 30:
                found += each.heard - at > 10 * MINUTE
                assert len(each.readings) > 1 or each.heard - at < MINUTE * 20
    assert found >= 3, "several trucks are in it"


@pytest.mark.parametrize("grade", ["device", "gateway"])
def test_what_is_signed_is_one_chain_and_holds(grade: str) -> None:
    journey = msgspec.structs.replace(of("cloned"), grade=grade)
    parts = parts_of(journey, journeys.road())
    saying = SealSaying(journey, parts, "SYN-D-X-1", Chain(3, seal_block.FIRST.hex()), SEED)
    said = [raw for number in range(len(parts)) for raw in saying.signed(number)]
    blocks = [seal_block.decode(raw) for raw in said]
    signer = {"device": "SYN-D-X-1", "gateway": seal_forms.GATEWAY}[grade]
    known_keys = {signer: keys.read(seal_forms.public_of(signer, SEED))}
    own = [each for each in blocks if each.signer == signer]
    assert seal_block.verified(own, known_keys) == [None] * len(own)
    assert len(blocks) == len(parts) + 1
    (copied,) = (each for each, count in Counter(each.sequence for each in blocks).items() if count == 2)
    first, second = (each for each in blocks if each.sequence == copied)
    assert first.hash != second.hash
    chain = [each for each in blocks if each is not second]
    assert [each.previous for each in chain[1:]] == [each.hash for each in chain[:-1]]
    assert {each.boot for each in chain} == {3}


def test_lines_of_plain_text_are_read_as_they_were_meant() -> None:
    journey = msgspec.structs.replace(of("opened"), grade="unsigned")
    parts = parts_of(journey, journeys.road())
    saying = SealSaying(journey, parts, "SYN-U-X-1", Chain(), SEED)
    text = "\r\n".join(line for number in range(len(parts)) for line in saying.lines(number))
    told = seal_text.read(text.encode())
    read, meant = np.concatenate([each.readings for each in told.portions]), readings_of(parts)
    assert not told.problems
    assert not any(each.problems for each in told.portions)
    assert len(read) == len(meant)
    for name in ("sequence", "kind", "door", "fix"):
        assert (read[name] == meant[name]).all(), name
    assert np.abs(read["at"] - meant["at"]).max() < 1_000_000
    fixes = meant["fix"]
    assert np.abs(read["latitude"][fixes].astype(int) - meant["latitude"][fixes]).max() <= 10


def test_each_piece_is_heard_once_and_what_is_left_where_the_seal_is_taken_off() -> None:
    journey = of(None)
    parts = [Part(each.heard, False, each.readings) for each in parts_of(journey, journeys.road())]
    saying = SealSaying(journey, parts, "SYN-D-X-1", Chain(1), SEED)
    off = journey.arrives + 10 * MINUTE
    steps = range(journey.begins, off, 30_000_000)
    heard = [number for at in steps for number in saying.heard(at, min(at + 30_000_000, off))]
    rest = saying.rest(off, off)
    made = [number for number, each in enumerate(parts) if each.readings["at"].max() <= off]
    assert sorted({*heard, *rest}) == made
    assert len(heard) == len(set(heard))
