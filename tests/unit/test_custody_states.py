"""What a seal's readings make of it: each state, its precedence, when a breach can have happened, what it rests on."""

from __future__ import annotations

import msgspec
import pytest
from sealed import CUSTOMS, MINUTE, SEALING, START, YARD, S, arriving, case, drive, in_blocks, opened

from aforo.custody.case import NEVER, Case, Heard, Seen
from aforo.custody.states import facts_of, spans
from aforo.custody.verdict import verdict
from aforo.domain.reading import Grade
from aforo.domain.trip import Covered

#: An hour of driving, two minutes a reading.
HOUR = drive(31)
END = START + 60 * MINUTE
NOW = END + 10 * S


def states(case: Case, known_by: int = NOW) -> list[tuple[str, int, int]]:
    return [
        (each.state, (each.since - START) // S, NEVER if each.until == NEVER else (each.until - START) // S)
        for each in spans(case, known_by)
    ]


def codes(case: Case, known_by: int = NOW) -> set[str]:
    return {each.code for each in facts_of(case, case.sealings[0], known_by)}


def test_a_seal_that_reports_as_promised_is_intact() -> None:
    trip = case(in_blocks(HOUR))
    assert states(trip) == [("intact", 0, NEVER)]
    now = verdict(trip, NOW, NOW)
    assert (now.state, now.grade, now.since, now.earliest, now.facts) == ("intact", "device", START, None, ())


@pytest.mark.parametrize("grade", ["device", "gateway", "unsigned"])
def test_what_is_intact_is_as_good_as_the_weakest_of_its_readings(grade: Grade) -> None:
    parts = in_blocks(HOUR)
    weaker = msgspec.structs.replace(parts[2][0], grade=grade)
    trip = case([*parts[:2], (weaker, parts[2][1]), *parts[3:]])
    assert verdict(trip, NOW, NOW).grade == grade


def test_before_it_was_sealed_and_after_it_was_taken_off_a_load_is_unsealed() -> None:
    ended = msgspec.structs.replace(SEALING, until=START + 30 * MINUTE)
    trip = case(in_blocks(HOUR), ended)
    assert [verdict(trip, START + each * MINUTE, NOW).state for each in (-1, 0, 29, 30)] == [
        "unsealed", "intact", "intact", "unsealed",
    ]  # fmt: skip


def test_an_opening_on_the_road_is_a_breach_that_stays_one() -> None:
    trip = case(in_blocks(opened(HOUR, 10, 12)))
    assert states(trip) == [("intact", 0, 20 * 60), ("broken", 20 * 60, NEVER)]
    now = verdict(trip, NOW, NOW)
    assert (now.earliest, now.latest) == (START + 18 * MINUTE, START + 20 * MINUTE)
    assert {each.code for each in now.facts} == {"opened"}
    assert len(now.facts[0].rests_on) == 1


@pytest.mark.parametrize(("kind", "code"), [("unlock", "opened"), ("drop", "removed"), ("tamper", "tampered")])
def test_what_opens_a_seal_is_told_apart(kind: str, code: str) -> None:
    assert code in codes(case(in_blocks(opened(HOUR, 10, 11, kind))))


def test_where_it_may_be_opened_it_is_open_until_it_is_closed() -> None:
    trip = case(in_blocks(opened(HOUR, 0, 1)))
    assert states(trip) == [("open", 0, 2 * 60), ("intact", 2 * 60, NEVER)]
    assert verdict(trip, START, NOW).facts[0].place == "yard"


def test_tampering_is_allowed_nowhere() -> None:
    assert states(case(in_blocks(opened(HOUR, 0, 1, "tamper")))) == [("broken", 0, NEVER)]


def test_under_a_roof_the_last_fix_holds_for_a_while() -> None:
    inside = opened(HOUR, 1, 3)
    inside["fix"][1:3] = False
    assert codes(case(in_blocks(inside))) == {"opened_at_place"}
    for_long = opened(HOUR, 10, 11)
    for_long["fix"][1:] = False
    assert codes(case(in_blocks(for_long))) == {"opened"}


def test_a_place_to_stop_at_is_none_to_open_at() -> None:
    trip = case(in_blocks(opened(HOUR, 0, 1)))
    stop = msgspec.structs.replace(YARD, use="stop")
    assert codes(Case(trip.sealings, trip.heard, places=(stop, CUSTOMS))) == {"opened"}


def test_silence_begins_where_the_promise_ends() -> None:
    trip = case(in_blocks(HOUR))
    late = END + 30 * MINUTE
    assert states(trip, late)[-1] == ("silent", 60 * 60 + 11 * 60, NEVER)
    now = verdict(trip, late, late)
    assert (now.earliest, now.facts[0].gap) == (END, "open")
    assert states(trip, END + 11 * MINUTE) == [("intact", 0, NEVER)]


def test_a_seal_that_was_never_heard_is_silent_from_its_promise_on() -> None:
    trip = case([])
    assert states(trip) == [("intact", 0, 11 * 60), ("silent", 11 * 60, NEVER)]
    assert verdict(trip, START, NOW).grade == "unsigned"


def test_what_comes_late_fills_the_silence_and_says_so() -> None:
    parts = in_blocks(HOUR)
    missing = [arriving(part, END + MINUTE) for part in parts[2:5]]
    trip = case([*parts[:2], *parts[5:], *missing])
    before = END + 30 * S
    assert ("silent", 18 * 60 + 11 * 60, 50 * 60) in states(trip, before)
    assert states(trip, END + 2 * MINUTE) == [("intact", 0, NEVER)]
    late = [each for each in facts_of(trip, SEALING, END + 2 * MINUTE) if each.code == "late"]
    assert [(each.gap, each.since) for each in late] == [("late_filled", START + 29 * MINUTE)]


def test_what_comes_at_once_is_late_once() -> None:
    trip = case(in_blocks(HOUR, 31, delay=MINUTE))
    late = [each for each in facts_of(trip, SEALING, END + 2 * MINUTE) if each.code == "late"]
    assert [(each.since, each.until) for each in late] == [(START + 11 * MINUTE, END + MINUTE)]


def test_what_two_rules_find_alike_is_one_fact() -> None:
    first = in_blocks(HOUR, 31)
    twice = in_blocks(drive(31, battery=1), 31, boot=1, begins=1, previous=b"x" * 32)
    also = in_blocks(drive(31, battery=2), 31, boot=1, begins=2, previous=b"x" * 32)
    found = facts_of(case([*first, *twice, *also]), SEALING, NOW)
    assert "forked" in {each.code for each in found}
    assert len(set(found)) == len(found)


def test_what_was_known_at_an_earlier_instant_can_still_be_asked() -> None:
    parts = in_blocks(opened(HOUR, 10, 12))
    trip = case([*parts[:2], *(arriving(part, END) for part in parts[2:])])
    early = START + 25 * MINUTE
    assert verdict(trip, early, early).state == "intact"
    assert verdict(trip, early, NOW).state == "broken"


def test_a_gap_is_permanent_only_where_nothing_can_come_any_more() -> None:
    silent = HOUR[(HOUR["at"] < START + 10 * MINUTE) | (HOUR["at"] > START + 40 * MINUTE)]
    parts = in_blocks(silent)
    gaps = [each.gap for each in facts_of(case(parts), SEALING, NOW) if each.code == "silent"]
    assert gaps == ["open"]
    gaps = [each.gap for each in facts_of(case(parts), SEALING, NOW + 25 * 60 * MINUTE) if each.code == "silent"]
    assert gaps == ["permanent", "open"]
    asleep = silent.copy()
    asleep["sequence"] = range(1, len(asleep) + 1)
    gaps = [each.gap for each in facts_of(case(in_blocks(asleep)), SEALING, NOW) if each.code == "silent"]
    assert gaps == ["permanent"], "the device counted nothing between"


@pytest.mark.parametrize(
    ("heard", "jammed", "state"), [(0, False, "intact"), (0, True, "silent"), (9, False, "silent")]
)
def test_silence_is_judged_against_what_is_normal_on_its_road(heard: int, jammed: bool, state: str) -> None:
    silent = HOUR[(HOUR["at"] < START + 10 * MINUTE) | (HOUR["at"] > START + 40 * MINUTE)]
    road = msgspec.structs.replace(CUSTOMS, latitude=int(silent["latitude"][4]), longitude=int(silent["longitude"][4]))
    said = Covered(START, END, heard, 10, road, jammed)
    trip = case(in_blocks(silent), covered=((END, said),))
    assert verdict(trip, START + 30 * MINUTE, NOW).state == state
    assert verdict(trip, START + 30 * MINUTE, END - 1).state == "silent", "the statement was not recorded yet"


def test_two_blocks_of_one_place_convict_alone() -> None:
    parts = in_blocks(HOUR)
    other = in_blocks(drive(5, latitude=1), previous=parts[1][0].previous)
    (twin, readings), *_ = [(msgspec.structs.replace(block, sequence=1), own) for block, own in other]
    trip = case([*parts, (twin, readings)])
    cloned = [each for each in facts_of(trip, SEALING, NOW) if each.code == "cloned"]
    assert [each.rests_on for each in cloned] == [tuple(sorted((parts[1][0].hash.hex(), twin.hash.hex())))]
    assert verdict(trip, NOW, NOW).state == "suspect"


def test_a_block_that_does_not_follow_the_one_before_it_is_suspect() -> None:
    parts = in_blocks(HOUR)
    forged = msgspec.structs.replace(parts[2][0], previous=b"x" * 32)
    assert "forked" in codes(case([*parts[:2], (forged, parts[2][1]), *parts[3:]]))


def test_a_block_that_was_taken_out_is_missed() -> None:
    parts = in_blocks(HOUR, 1)
    trip = case([*parts[:10], *parts[11:]])
    missing = [each for each in facts_of(trip, SEALING, NOW) if each.code == "missing"]
    assert [(each.earliest, each.latest) for each in missing] == [(START + 18 * MINUTE, START + 22 * MINUTE)]
    assert verdict(trip, START + 20 * MINUTE, NOW).state == "silent"
    assert verdict(trip, NOW, NOW).state == "intact"


def test_a_block_that_was_taken_out_is_missed_where_its_neighbours_overlap() -> None:
    """An opening cannot be taken out unseen because readings beside it came out of order."""
    mixed = HOUR.copy()
    mixed["at"][[9, 11]] = mixed["at"][[11, 9]]
    parts = in_blocks(mixed, 1)
    trip = case([*parts[:10], *parts[11:]])
    missing = [each for each in facts_of(trip, SEALING, NOW) if each.code == "missing"]
    assert [(each.since, each.until) for each in missing] == [(START + 18 * MINUTE, START + 22 * MINUTE)]
    at_once = HOUR.copy()
    at_once["at"][9:12] = at_once["at"][9]
    parts = in_blocks(at_once, 1)
    trip = case([*parts[:10], *parts[11:]])
    assert [each.until - each.since for each in facts_of(trip, SEALING, NOW) if each.code == "missing"] == [1]


def test_an_earlier_start_that_speaks_of_later_times_is_a_roll_back() -> None:
    first = in_blocks(HOUR[:10], boot=1)
    again = in_blocks(HOUR[10:20], boot=2, previous=first[-1][0].hash)
    assert codes(case([*first, *again]), START + 40 * MINUTE) == set()
    forged = in_blocks(drive(5, start=START + 42 * MINUTE, first=11), boot=1, begins=2, previous=first[-1][0].hash)
    assert "rolled_back" in codes(case([*first, *again, *forged]))


def test_a_device_that_forgot_its_chain_is_rolled_back() -> None:
    assert "rolled_back" in codes(case([*in_blocks(HOUR[:10]), *in_blocks(HOUR[10:], boot=2)]))


def test_clocks_that_cannot_be_right_are_suspect() -> None:
    ahead = [arriving(part, part[0].last - 2 * MINUTE) for part in in_blocks(HOUR)]
    assert "clock_ahead" in codes(case(ahead))
    within = [arriving(part, part[0].last - 30 * S) for part in in_blocks(HOUR)]
    assert codes(case(within)) == set()
    back = HOUR.copy()
    back["at"][7] -= 6 * MINUTE
    assert "clock_back" in codes(case(in_blocks(back)))


def test_unsigned_readings_that_contradict_each_other_are_suspect() -> None:
    parts = in_blocks(HOUR, grade="unsigned")
    other = in_blocks(drive(5, battery=1), grade="unsigned")
    assert codes(case([*parts, *other[:1]])) == {"conflicting"}
    uncounted = drive(31, sequence=0)
    assert codes(case([*in_blocks(uncounted, grade="unsigned"), *in_blocks(HOUR[:5], grade="unsigned")])) == set()


def test_a_leap_that_no_truck_makes_is_suspect() -> None:
    leap = HOUR.copy()
    leap["latitude"][15:] += 3_000_000
    trip = case(in_blocks(leap))
    assert states(trip) == [("intact", 0, 28 * 60), ("suspect", 28 * 60, NEVER)]


def test_one_fix_that_satellites_misplaced_is_no_doubt() -> None:
    wild = HOUR.copy()
    wild["latitude"][15] += 3_000_000
    assert codes(case(in_blocks(wild))) == set()
    wild["latitude"][[0, -1]] += 3_000_000
    assert codes(case(in_blocks(wild))) == set()


def test_many_misplaced_fixes_are_two_devices_that_speak_in_one_name() -> None:
    twice = HOUR.copy()
    twice["latitude"][5:25:4] += 3_000_000
    assert codes(case(in_blocks(twice))) == {"teleported"}


def test_a_leap_is_doubt_once_the_fix_after_it_has_shown_it() -> None:
    leap = HOUR.copy()
    leap["latitude"][15:] += 3_000_000
    parts = in_blocks(leap, size=1)
    assert "teleported" not in codes(case(parts[:16]))
    assert "teleported" in codes(case(parts[:17]))


def test_another_number_on_the_seal_is_a_swap_since_its_own_was_seen_last() -> None:
    seen = (Seen(START + 5 * MINUTE, START + 5 * MINUTE, "mx-0001"), Seen(START + 40 * MINUTE, END, "MX 0002"))
    trip = case(in_blocks(HOUR), seen=seen)
    now = verdict(trip, NOW, NOW)
    assert (now.state, now.earliest, now.latest) == ("broken", START + 5 * MINUTE, START + 40 * MINUTE)
    assert verdict(trip, NOW, END - 1).state == "intact", "nobody had said so yet"


def test_what_is_found_at_this_very_instant_counts() -> None:
    at = START + 40 * MINUTE
    trip = case(in_blocks(HOUR), seen=(Seen(at, at, "MX 0002"),))
    assert verdict(trip, at, at).state == "broken"


def test_a_breach_outweighs_doubt_and_doubt_outweighs_silence() -> None:
    parts = in_blocks(opened(HOUR, 20, 21))
    forged = msgspec.structs.replace(parts[2][0], previous=b"x" * 32)
    trip = case([*parts[:2], (forged, parts[2][1]), *parts[3:]])
    assert [each[0] for each in states(trip, NOW + 60 * MINUTE)] == ["intact", "suspect", "broken"]


def test_the_gravest_of_two_seals_is_the_loads() -> None:
    other = msgspec.structs.replace(SEALING, device="seal-2", seal_id="MX 0009")
    trip = case(in_blocks(HOUR))
    both = Case((*trip.sealings, other), {**trip.heard, "seal-2": Heard()}, places=trip.places)
    now = verdict(both, NOW, NOW)
    assert (now.state, {each.device: each.state for each in now.seals}) == (
        "silent",
        {"seal-1": "intact", "seal-2": "silent"},
    )


def test_an_instant_to_come_is_answered_for_now() -> None:
    trip = case(in_blocks(HOUR))
    assert verdict(trip, NOW + 60 * MINUTE, NOW).state == "intact"
