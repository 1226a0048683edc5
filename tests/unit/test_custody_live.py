"""Where devices stand, in columns: fences, corridor, rest, silence, and what is kept over a start."""

from __future__ import annotations

from hashlib import sha256
from itertools import permutations

import numpy as np
import pytest
from msgspec.structs import replace
from sealed import MINUTE, START, S, drive

from aforo.custody import corridor, road
from aforo.custody.columns import Columns, at_once
from aforo.custody.fences import Circle, Fence, Fences
from aforo.custody.limits import shipped
from aforo.custody.live import REASONS, Ground, Live
from aforo.custody.live_blocks import Came
from aforo.custody.road import Road
from aforo.domain.reading import Readings

_FENCE = 1 << REASONS.index("fence")
ROAD = road.read(corridor.example())


def fence(id_: str, metres_along: float, radius: float = 3_000.0) -> Fence:
    latitude, longitude = ROAD.at(metres_along)
    return Fence(id_, id_, "watched", "assumed", circle=Circle(latitude / 1e7, longitude / 1e7, radius))


FENCES = Fences((fence("near", 20_000), fence("far", 120_000), fence("wide", 20_000, 8_000)))


@pytest.fixture
def live() -> Live:
    made = Live(Ground(FENCES, {ROAD.corridor.id: ROAD}, shipped()))
    for number in range(3):
        made.registered(f"d{number}", 600 * S, 60 * S)
        made.sealed(f"d{number}", START, ROAD.corridor.id)
    return made


class Driver:
    """One device, block by block, at distances along the corridor."""

    def __init__(self, live: Live, device: str = "d0") -> None:
        self.live, self.device, self.number, self.before = live, device, 0, bytes(32)
        self.start = START + MINUTE

    def block(self, along: list[float], aside: int = 0) -> Came:
        readings: Readings = drive(len(along), start=self.start, first=1 + 10 * self.number)
        readings["latitude"], readings["longitude"] = np.array([ROAD.at(each) for each in along]).T
        readings["longitude"] += aside
        self.start = int(readings["at"][-1]) + 2 * MINUTE
        hash_ = self.number.to_bytes(31, "big") + self.device[-1].encode()
        came = Came(self.device, self.device, 1, self.number, self.before, hash_, self.start - MINUTE, readings)
        self.number, self.before = self.number + 1, hash_
        return came

    def goes(self, along: list[float], aside: int = 0) -> set[str]:
        """What is unexpected of it."""
        bits = self.live.take([self.block(along, aside)]).get(self.device, 0)
        return {name for place, name in enumerate(REASONS) if bits >> place & 1}


def test_what_enters_and_leaves_a_fence_is_told_and_where_it_stands_is_known(live: Live) -> None:
    driver = Driver(live)
    assert driver.goes([1_000, 2_000]) == {"begun"}
    assert driver.goes([4_000, 6_000]) == set()
    assert driver.goes([14_000, 19_000]) == {"fence"}
    stands = live.stands("d0")
    assert stands is not None
    assert (set(stands.fences), stands.beyond) == ({"near", "wide"}, 0)
    assert (stands.latitude, stands.longitude) == ROAD.at(19_000)
    assert driver.goes([21_000]) == {"fence"}, "what follows a crossing confirms it"
    for along in range(24_000, 44_000, 2_000):
        driver.goes([along])
    assert driver.goes([46_000, 48_000]) == set()
    assert live.stands("d0").fences == ()


def test_the_first_that_is_heard_of_each_sealing_is_told(live: Live) -> None:
    """Of a seal that was not heard since it was put on nothing is known: what it says first may make that proven."""
    driver = Driver(live)
    assert driver.goes([1_000, 2_000]) == {"begun"}
    assert driver.goes([3_000]) == set()
    live.unsealed("d0")
    assert driver.goes([4_000]) == set(), "it seals nothing"
    live.sealed("d0", driver.start, ROAD.corridor.id)
    driver.start -= MINUTE
    assert driver.goes([5_000]) == {"clock"}, "what it had kept of before the sealing"
    assert driver.goes([6_000]) == {"begun"}
    assert driver.goes([7_000]) == set()


def test_beside_the_corridor_and_back_on_it_is_told(live: Live) -> None:
    driver = Driver(live)
    driver.goes([50_000])
    assert driver.goes([51_000], aside=300_000) == {"road"}
    stands = live.stands("d0")
    assert stands is not None
    assert 100 < stands.beyond < 3_500
    assert driver.goes([52_000]) == {"road"}, "that it came back is news too"
    assert driver.goes([53_000]) == set()
    assert live.stands("d0").beyond == 0


def test_a_truck_that_stands_is_told_each_time_that_it_stood_so_long_again(live: Live) -> None:
    driver = Driver(live)
    told = [driver.goes([60_000.0, 60_000.0]) for _ in range(20)]
    assert [place for place, each in enumerate(told) if each == {"rest"}] == [5, 10, 15], "every twenty minutes"
    assert driver.goes([61_000.0]) == {"rest"}, "that it moves on is news"
    assert driver.goes([62_000.0]) == set()


def test_many_devices_at_once_are_told_as_each_alone() -> None:
    """Batches of several blocks of several devices, in any order between devices, find what single blocks do."""
    ground = Ground(FENCES, {ROAD.corridor.id: ROAD}, shipped())
    rng = np.random.default_rng(3)
    alone, together = Live(ground), Live(ground)
    for own in (alone, together):
        for number in range(5):
            own.registered(f"d{number}", 600 * S, 60 * S)
            own.sealed(f"d{number}", START, ROAD.corridor.id)
    drivers = [Driver(alone, f"d{number}") for number in range(5)]
    place = np.zeros(5)
    every: list[Came] = []
    for _ in range(60):
        number = int(rng.integers(5))
        along = (place[number] + np.cumsum(rng.choice([0, 500, 3_000], rng.integers(1, 5)))).tolist()
        place[number] = along[-1]
        every.append(drivers[number].block(along, int(rng.choice([0, 0, 0, 300_000]))))
    found: dict[str, int] = {}
    for first in range(0, 60, 12):
        part = every[first : first + 12]
        single: dict[str, int] = {}
        for came in part:
            for device, bits in alone.take([came]).items():
                single[device] = single.get(device, 0) | bits
        # What follows a crossing is looked at for some blocks: of a batch only the first of these is.
        batch = together.take(part)
        assert set(batch) <= set(single)
        assert {device: bits & ~_FENCE for device, bits in single.items() if bits & ~_FENCE} == {
            device: bits & ~_FENCE for device, bits in batch.items() if bits & ~_FENCE
        }
        assert [alone.stands(f"d{n}") for n in range(5)] == [together.stands(f"d{n}") for n in range(5)]
        found |= batch
    assert found


def graded(came: Came, signer: str) -> Came:
    """The same readings, as a gateway signed them, or (an empty signer) nobody did."""
    return replace(came, signer=signer, hash=sha256(signer.encode() + came.hash).digest())


@pytest.mark.parametrize(("signer", "grade"), [("d0", "device"), ("gate", "gateway"), ("", "unsigned")])
def test_where_a_device_stands_has_the_grade_of_its_last_fix(live: Live, signer: str, grade: str) -> None:
    driver = Driver(live)
    driver.goes([1_000])
    assert live.stands("d0").grade == "device"
    live.take([graded(driver.block([2_000, 3_000]), signer)])
    assert live.stands("d0").grade == grade
    late = replace(driver.block([2_500]), signer="d0")
    late.readings["at"] -= 10 * MINUTE
    live.take([late])
    assert live.stands("d0").grade == grade, "what comes late is no news of where it stands"
    live.forget("d0")
    assert live.stands("d0") is None


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("signers", list(permutations(("d0", "gate", ""))))
def test_a_fix_that_several_tell_of_has_the_best_of_their_grades(
    live: Live, signers: tuple[str, ...], *, together: bool
) -> None:
    """The same reading comes by several ways, in any order; another one of the same instant vouches for nothing."""
    other = Driver(live, "d1")
    said = Driver(live).block([1_000, 2_000])
    beside = graded(said, "d0")
    beside = replace(beside, readings=beside.readings.copy())
    beside.readings["longitude"] += 100
    every = [beside, *(graded(said, each) for each in signers), graded(other.block([1_000]), "")]
    for part in [every] if together else [[each] for each in every]:
        live.take(part)
    assert (live.stands("d0").grade, live.stands("d1").grade) == ("device", "unsigned")
    live.take([graded(said, "")])
    assert live.stands("d0").grade == "device"
    every = [beside, *(graded(said, each) for each in signers if each != "d0")]
    again = Live(Ground(FENCES, {}, shipped()))
    again.registered("d0", 600 * S, 60 * S)
    for part in [every] if together else [[each] for each in every]:
        again.take(part)
    assert again.stands("d0").grade == "gateway"


def test_what_is_kept_goes_on_after_a_start(live: Live) -> None:
    driver = Driver(live)
    driver.goes([1_000])
    live.take([graded(driver.block([2_000]), "gate")])
    other = Live(Ground(FENCES, {ROAD.corridor.id: ROAD}, shipped()))
    other.load(live.snapshot()(at_once))
    other.sealed("d0", START, ROAD.corridor.id)
    assert other.stands("d0") == live.stands("d0")
    assert other.stands("d0").grade == "gateway"
    driver.live = other
    assert driver.goes([3_000]) == {"chain"}


def test_what_comes_next_is_looked_at_after_other_documents_came_into_force(live: Live) -> None:
    driver = Driver(live)
    driver.goes([50_000])
    assert driver.goes([51_000]) == set()
    live.put(Ground(Fences(), {ROAD.corridor.id: ROAD}, shipped()))
    live.look_anew()
    live.sealed("d0", START, ROAD.corridor.id)
    assert driver.goes([52_000]) == {"ground"}
    assert driver.goes([53_000]) == set()


def test_a_device_goes_on_along_its_corridor_whichever_others_come_and_go(live: Live) -> None:
    driver, own, beside = Driver(live), ROAD.corridor.id, 300_000
    driver.goes([50_000])
    line = replace(ROAD.corridor.line, points=tuple((lat + 3.0, lon) for lat, lon in ROAD.corridor.line.points))
    far = Road(replace(ROAD.corridor, id="far", line=line))
    assert live.put(Ground(FENCES, {"far": far, own: ROAD}, shipped())) == ["far"]
    assert driver.goes([51_000]) == set()
    assert driver.goes([52_000], beside) == {"road"}
    assert live.put(Ground(FENCES, {"far": far}, shipped())) == []
    assert driver.goes([53_000], beside) == {"road"}, "it was beside it until now"
    assert driver.goes([54_000], beside) == set(), "its corridor is in force no more"
    assert live.put(Ground(FENCES, {own: ROAD, "far": far}, shipped())) == [own]
    assert driver.goes([55_000], beside) == set()
    live.goes_along(["d0", "never heard of"], own)
    assert driver.goes([56_000], beside) == {"road"}


def test_a_device_that_is_taken_off_owes_no_report(live: Live) -> None:
    live.unsealed("d1")
    assert sorted(live.due(START + 3_600 * S)) == ["d0", "d2"]
    assert live.take([Came("strange", "", 0, 0, bytes(32), bytes(32), START, drive(1))]) == {}
    assert live.stands("strange") is None


def test_columns_grow_and_keep_what_they_hold() -> None:
    made = Columns({"a": ("<i8", -1), "b": ("u1", 7)})
    for number in range(3_000):
        row = made.row(f"n{number}")
        made["a"][row] = number
    assert len(made) == 3_000
    assert made["a"].tolist() == list(range(3_000))
    assert made["b"].sum() == 7 * 3_000
    assert made.rows(["n5", "none"]).tolist() == [5, -1]
    other = Columns({"a": ("<i8", -1), "b": ("u1", 7)})
    rests: list[float] = []
    other.load(made.snapshot()(rests.append))
    assert len(rests) == 4, "it rests behind each column, and behind each part of the names"
    assert min(rests) >= 0.0
    assert other.names(np.array([2_999])) == ["n2999"]
    assert other["a"].tolist() == made["a"].tolist()
    assert other.row("more") == 3_000
