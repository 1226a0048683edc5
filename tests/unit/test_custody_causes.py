"""What is cause to act on a trip, one kind after the other, and what is none."""

from __future__ import annotations

import msgspec
import numpy as np
from driven import LAST, LIMITS, NO_FENCES, NOW, PLACES, ROAD, circle, driven, trip
from sealed import MINUTE, SEALING, START, S, heard, in_blocks, opened

from aforo.custody.case import NEVER, Case, Seen
from aforo.custody.cause import CAUSE_KINDS, MATTER, OF_FACT, Cause
from aforo.custody.causes import causes, driven_by
from aforo.custody.convoy import Member, splits
from aforo.custody.fact import FACT_CODES
from aforo.custody.fences import Fences
from aforo.domain.reading import READING_KINDS, Readings
from aforo.domain.text import catalogue
from aforo.domain.trip import Covered, Place

#: Ten in the morning in Monterrey.
DAY = START + 10 * 60 * MINUTE
SEALED = msgspec.structs.replace(SEALING, since=DAY)
ALL = 170.0
HONEST = [(0.0, 0.0, 0.0), (ALL, ROAD.length, 0.0)]
#: Metres along, outside of dead zones and stops.
HERE = 90_000.0


def asked(readings: Readings, fences: Fences = NO_FENCES, known_by: int = NOW, **changes: object) -> list[Cause]:
    case = trip(readings, SEALED, size=1, **changes)
    return list(causes(case, SEALED, ROAD, fences, known_by, LIMITS))


def one(made: list[Cause], kind: str) -> Cause:
    assert [each.kind for each in made] == [kind]
    return made[0]


def minutes(instant: int) -> float:
    return (instant - DAY) / MINUTE


def halted(at: float, along: float, lasts: float, start: int = DAY) -> Readings:
    """A truck that drives to a point of the road, stands, and drives on to the end."""
    legs = [(0.0, 0.0, 0.0), (at, along, 0.0), (at + lasts, along, 0.0), (at + lasts + 120, ROAD.length, 0.0)]
    return driven(legs, start=start)


def stop(name: str) -> float:
    place = next(each.place for each in ROAD.corridor.stops if each.id == name)
    return float(ROAD.along(np.array([place.latitude]), np.array([place.longitude]))[1][0])


def ended(readings: Readings) -> int:
    return int(readings["at"].max()) + 1


def until_end(readings: Readings, **changes: object) -> list[Cause]:
    return asked(readings, known_by=ended(readings) + 10 * S, **changes)


def test_a_truck_that_keeps_to_its_plan_is_no_cause() -> None:
    assert until_end(driven(HONEST, start=DAY)) == []


def test_every_kind_has_its_matter_and_every_fact_that_is_none_is_named() -> None:
    assert set(MATTER) == set(CAUSE_KINDS)
    assert set(FACT_CODES) - set(OF_FACT) == {"opened_at_place", "dead_zone", "seen"}


def test_a_way_off_the_corridor() -> None:
    off = driven(
        [(0, 0, 0), (60, 80e3, 0), (66, 88e3, 8e3), (80, 106e3, 8e3), (86, 114e3, 0), (ALL, ROAD.length, 0)], start=DAY
    )
    made = one(until_end(off), "deviation")
    assert (minutes(made.earliest), minutes(made.latest), minutes(made.shown)) == (60, 62, 66)
    assert minutes(made.until) == 86
    assert made.metres == 6_325 or abs(made.metres - 6_400) < 150
    assert made.grade == "device"
    assert made.rests_on
    assert made.road == "monterrey-laredo"
    assert made.latitude is not None


def test_a_single_fix_off_the_corridor_is_none() -> None:
    readings = driven(HONEST, start=DAY)
    readings["longitude"][30] += 400_000
    readings["latitude"][50] += 30_000_000
    assert [each.kind for each in until_end(readings)] == []


def test_a_truck_may_leave_the_corridor_for_a_place_of_its_trip() -> None:
    legs = [(0, 0, 0), (60, 80e3, 0), (66, 88e3, 4e3), (80, 88e3, 4e3), (86, 88e3, 0), (ALL, ROAD.length, 0)]
    off = driven(legs, start=DAY)
    latitude, longitude = int(off["latitude"][35]), int(off["longitude"][35])
    place = Place("warehouse", latitude, longitude, 3_000)
    assert "deviation" in {each.kind for each in until_end(off)}
    assert until_end(off, places=(*PLACES, place)) == []


def test_a_stop_where_none_is_planned() -> None:
    made = one(until_end(halted(60, HERE, 40)), "unplanned_stop")
    assert (minutes(made.latest), minutes(made.shown), minutes(made.until)) == (60, 80, 102)
    assert until_end(halted(60, HERE, 18)) == []


def test_a_stop_that_is_seen_as_a_gap_is_none() -> None:
    """Two fixes at one spot, with nothing heard between them: that is a silence, and says nothing of a stop."""
    readings = halted(60, HERE, 40)
    gone = (readings["at"] > DAY + 62 * MINUTE) & (readings["at"] < DAY + 98 * MINUTE)
    assert {each.kind for each in until_end(readings[~gone])} == {"silent"}


def test_a_stop_without_satellites_is_none() -> None:
    readings = halted(60, HERE, 40)
    readings["fix"][(readings["at"] > DAY + 60 * MINUTE) & (readings["at"] < DAY + 100 * MINUTE)] = False
    assert until_end(readings) == []


def test_a_stop_goes_on_until_the_truck_is_seen_to_leave() -> None:
    readings = halted(60, HERE, 40)
    made = one(asked(readings, known_by=DAY + 90 * MINUTE), "unplanned_stop")
    assert made.until > NOW
    assert asked(readings, known_by=DAY + 70 * MINUTE) == []


def test_without_a_plan_nothing_is_against_it() -> None:
    case = trip(halted(60, HERE, 40), SEALED, size=1, places=())
    assert causes(case, SEALED, None, NO_FENCES, DAY + 120 * MINUTE, LIMITS) == ()


def test_a_stop_where_it_may_be_and_too_long() -> None:
    assert until_end(halted(30, stop("cienega"), 80)) == []
    made = one(until_end(halted(30, stop("cienega"), 120)), "dwell")
    assert minutes(made.since) == 120
    assert made.place.startswith("Ciénega")
    assert until_end(halted(150, ROAD.length, 300)) == []


def test_a_halt_for_the_night_other_than_in_a_yard() -> None:
    evening = DAY + 11 * 60 * MINUTE + 30 * MINUTE
    sealed = msgspec.structs.replace(SEALING, since=evening)

    def at(name: str) -> list[Cause]:
        case = trip(halted(20, stop(name), 80, evening), sealed, size=1)
        return list(causes(case, sealed, ROAD, NO_FENCES, evening + 215 * MINUTE, LIMITS))

    made = one(at("cienega"), "night_halt")
    # It stands from ten to ten on; the night begins at ten.
    assert (made.since - evening) / MINUTE == 30
    assert (made.shown - evening) / MINUTE == 60
    assert at("sabinas") == []
    assert {each.kind for each in until_end(halted(60, HERE, 40))} == {"unplanned_stop"}


def test_a_fence_that_is_entered_and_left() -> None:
    readings = driven(HONEST, start=DAY)
    around = Fences((circle("barracks", 100e3, 4e3), circle("city", 150e3, 4e3, "watched"), circle("spot", 80e3, 600)))
    made = asked(readings, around, ended(readings) + 10 * S)
    assert [(each.kind, each.place) for each in made] == [
        ("geofence_entered", "barracks"),
        ("geofence_watched", "city"),
        ("geofence_left", "city"),
    ]
    assert made[1].until == made[2].since
    assert made[0].earliest < made[0].latest < made[0].shown


def test_a_convoy_that_is_split() -> None:
    first, second = driven(HONEST, start=DAY), halted(60, HERE, 40)
    alone = driven(HONEST, start=DAY + 30 * S)

    def way(readings: Readings):
        return Member(driven_by(trip(readings, SEALED, size=1), SEALED, ROAD, NOW))

    made = splits("convoy-1", {"a": way(first), "b": way(second)}, LIMITS)
    cause = one(list(made["a"]), "convoy_split")
    assert cause.road == "convoy-1"
    assert cause.place == "b"
    assert cause.metres > 10_000
    assert 60 < minutes(cause.latest) < 80
    assert splits("convoy-1", {"a": way(first), "c": way(alone)}, LIMITS) == {"a": (), "c": ()}
    # The nearest of three counts, and where one is not known nothing is said.
    three = splits("convoy-1", {"a": way(first), "b": way(second), "c": way(alone)}, LIMITS)
    assert {name: len(own) for name, own in three.items()} == {"a": 0, "b": 1, "c": 0}
    unheard = second[(second["at"] < DAY + 55 * MINUTE)]
    assert splits("convoy-1", {"a": way(first), "b": way(unheard)}, LIMITS) == {"a": (), "b": ()}


def test_an_arrival_ends_a_split_and_makes_none() -> None:
    first, second = driven(HONEST, start=DAY), halted(60, HERE, 40)
    close = driven(HONEST, start=DAY + 30 * S)

    def way(readings: Readings, over: int = NEVER) -> Member:
        sealing = msgspec.structs.replace(SEALED, until=over)
        return Member(driven_by(trip(readings, sealing, size=1), sealing, ROAD, NOW), over)

    before = splits("convoy-1", {"a": way(first), "b": way(second)}, LIMITS)
    arrived = DAY + 95 * MINUTE
    for over in ({"a": arrived}, {"b": arrived}, {"a": arrived, "b": arrived + MINUTE}):
        ways = {name: way(each, over.get(name, NEVER)) for name, each in (("a", first), ("b", second))}
        for name, own in splits("convoy-1", ways, LIMITS).items():
            split, was = one(list(own), "convoy_split"), one(list(before[name]), "convoy_split")
            assert (split.since, split.latest, split.shown) == (was.since, was.latest, was.shown)
            assert split.until == arrived, "who has arrived is nobody to be near to"
    # Of three, one had the other beside it until that arrived; the third is far behind, and was before.
    three = splits("convoy-1", {"a": way(first), "b": way(second), "c": way(close, arrived)}, LIMITS)
    assert {name: len(own) for name, own in three.items()} == {"a": 0, "b": 1, "c": 0}
    assert one(list(three["b"]), "convoy_split").until > arrived, "one of the others goes on"
    # Where it was heard last it stands until its trip is over, and what was said of it then stays.
    quiet = close[close["at"] < arrived - 4 * MINUTE]
    three = splits("convoy-1", {"a": way(first), "b": way(second), "c": way(quiet, arrived)}, LIMITS)
    assert {name: len(own) for name, own in three.items()} == {"a": 0, "b": 1, "c": 0}
    # One that parts from the last of them while it goes on is split, whoever arrived before.
    three = splits("convoy-1", {"a": way(first), "b": way(second), "c": way(close, DAY + 30 * MINUTE)}, LIMITS)
    assert {name: len(own) for name, own in three.items()} == {"a": 1, "b": 1, "c": 0}


def test_what_never_set_out_together_is_not_split() -> None:
    late = driven(HONEST, start=DAY + 60 * MINUTE)
    ways = {
        name: Member(driven_by(trip(each, SEALED, size=1), SEALED, ROAD, NOW))
        for name, each in (("a", driven(HONEST, start=DAY)), ("b", late))
    }
    assert splits("convoy-1", ways, LIMITS) == {"a": (), "b": ()}


def test_a_silence_is_a_cause_and_one_in_a_stated_dead_zone_none() -> None:
    readings = driven(HONEST, start=DAY)
    along = np.interp((readings["at"] - DAY) / MINUTE, [0, ALL], [0, ROAD.length / 1_000])
    zone = (along > 41) & (along < 59)
    assert until_end(readings[~zone]) == []
    clear = (along > 80) & (along < 98)
    made = one([each for each in until_end(readings[~clear]) if each.fact == "silent"], "silent")
    assert made.since == made.earliest + SEALED.promise + SEALED.tolerance
    # It does not come out again: at the slowest it would have.
    never = readings[along < 45]
    assert asked(never, known_by=int(never["at"].max()) + 20 * MINUTE) == []
    assert {each.kind for each in asked(never, known_by=int(never["at"].max()) + 120 * MINUTE)} == {"silent"}


def test_a_silence_says_how_many_were_heard_beside_it_and_a_jammed_road_which() -> None:
    readings = driven(HONEST, start=DAY)
    kept = readings[(readings["at"] < DAY + 66 * MINUTE) | (readings["at"] > DAY + 90 * MINUTE)]
    place = ROAD.circle(80e3, 120e3, 5e3)
    said = Covered(DAY + 60 * MINUTE, DAY + 100 * MINUTE, 9, 10, place)
    own = next(each for each in until_end(kept, covered=((DAY, said),)) if each.fact == "silent")
    assert (own.heard, own.expected, own.road) == (9, 10, "")
    # Who was heard until its promise ran out may have fallen silent with it.
    before = msgspec.structs.replace(said, until=own.earliest + SEALED.promise + SEALED.tolerance)
    own = next(each for each in until_end(kept, covered=((DAY, before),)) if each.fact == "silent")
    assert (own.heard, own.expected) == (0, 0)
    jam = msgspec.structs.replace(said, heard=0, jammed=True)
    own = next(each for each in until_end(kept, covered=((DAY, jam),)) if each.fact == "jammed")
    assert (own.kind, own.heard, own.expected, own.road) == ("jammed", 0, 10, "monterrey-laredo")


def test_a_seals_own_alarm_of_jamming_is_a_cause_of_its_own_and_no_roads() -> None:
    readings = driven(HONEST, start=DAY)
    readings["kind"][40:44] = READING_KINDS.index("jammed")
    made = one(until_end(readings), "jammed")
    assert (made.fact, made.road) == ("jam_alarm", "")
    words = catalogue("aforo.custody").say("cause_jammed")
    assert ("says so itself" in words.en, "lo dice él mismo" in words.es) == (True, True), "it was heard all the while"


def test_what_the_seal_and_its_record_say_is_a_cause() -> None:
    readings = driven(HONEST, start=DAY)
    end = ended(readings) + 10 * S
    for kind, code in (("door", "opened"), ("tamper", "tampered"), ("drop", "removed")):
        assert one(asked(opened(readings, 40, 42, kind), known_by=end), code).fact == code
    assert one(asked(readings, known_by=end, seen=(Seen(DAY + MINUTE, DAY + MINUTE, "MX 9"),)), "swapped")
    parts = in_blocks(readings, 5)
    clone = in_blocks(readings[:5], 5, delay=6 * S)
    clone[0][1]["battery"] = 7
    clone = in_blocks(clone[0][1], 5)
    made = asked_of([*parts, *clone], end)
    assert "cloned" in {each.kind for each in made}
    ahead = readings.copy()
    ahead["at"][40:] += 60 * MINUTE
    blocks = [
        (msgspec.structs.replace(block, arrived=block.arrived - 60 * MINUTE), own)
        for block, own in in_blocks(ahead, 1)[40:]
    ]
    assert "clock_skew" in {each.kind for each in asked_of([*in_blocks(ahead, 1)[:40], *blocks], end)}
    gone = readings.copy()
    gone["latitude"][40:] += 30_000_000
    assert "teleported" in {each.kind for each in asked(gone, known_by=end)}


def asked_of(parts, known_by: int) -> list[Cause]:
    case = Case((SEALED,), {SEALED.device: heard(parts)}, places=PLACES)
    return list(causes(case, SEALED, ROAD, NO_FENCES, known_by, LIMITS))


def test_one_wrong_fix_before_a_long_gap_is_no_leap() -> None:
    """After the gap a truck might have driven back from it: from the fix before to the one after nothing leaps."""
    readings = driven(HONEST, start=DAY, every=MINUTE)
    readings["latitude"][50] += 2_000_000
    kept = np.delete(readings, np.arange(51, 59))
    assert [each.kind for each in until_end(kept)] == []


def test_a_leap_is_told_where_it_was_though_satellites_erred_before() -> None:
    """The fact is of the first leap of the record, an error of satellites beside a gap; who responds is sent to the
    place where the truck, or what speaks in its name, went for good."""
    readings = driven(HONEST, start=DAY, every=MINUTE)
    readings["latitude"][50] += 2_000_000
    readings["latitude"][100:] += 12_000_000
    made = until_end(np.delete(readings, np.arange(51, 59)))
    gone = one([each for each in made if each.kind == "teleported"], "teleported")
    assert (minutes(gone.earliest), minutes(gone.since), minutes(gone.shown)) == (99, 100, 101)
    assert gone.latitude == readings["latitude"][99]


def test_two_devices_that_speak_in_one_name_are_no_errors_of_satellites() -> None:
    readings = driven(HONEST, start=DAY)
    readings["latitude"][30:60:2] += 20_000_000
    assert "teleported" in {each.kind for each in until_end(readings)}


def test_a_block_that_is_overtaken_is_no_cause_and_one_that_never_comes_is() -> None:
    readings = driven(HONEST, start=DAY)
    parts = in_blocks(readings, 1)
    left_out = [each for place, each in enumerate(parts) if place != 40]
    soon, late = DAY + 90 * MINUTE, DAY + 130 * MINUTE
    assert asked_of(left_out, soon) == []
    assert one(asked_of(left_out, late), "missing").fact == "missing"


def test_one_fact_that_two_modules_find_is_one_cause() -> None:
    """The clock jumps back within two blocks that follow each other, and so between them."""
    readings = driven(HONEST, start=DAY)
    readings["at"][[40, 44]] += 90 * MINUTE
    made = [each for each in asked_of(in_blocks(readings, 4), NOW) if each.kind == "clock_skew"]
    assert made
    assert len(set(made)) == len(made)


def test_places_of_the_trip_lie_at_the_ends_of_the_road() -> None:
    assert (PLACES[1].latitude, PLACES[1].longitude) == LAST
