"""Waits to come: what they start from, that they follow the booths and the arrivals, and what is refused in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from aforo.domain.bridge import LANE_CLASSES, LaneClass
from aforo.domain.clock import microseconds
from aforo.measures.waits import Quantity
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.forecast import Forecast, Scatter
from aforo.ports.outlook import Outlook
from aforo.ports.shipped import bridge_called
from aforo.ports.standing import BridgeLoad, BridgeState, Known, LaneStanding
from aforo.ports.wait_outlook import EVERY, HOURS, LaneOutlook, wait_outlook
from aforo.ports.waits import LaneWaits, Now

#: A Wednesday, ten o'clock at Laredo.
AT = datetime(2026, 3, 4, 16, tzinfo=UTC)


def place(name: str = "world-trade") -> tuple[PortDocument, Bridge]:
    found = bridge_called(name)
    assert found is not None
    return found


def coming(trucks_an_hour: float, scatter: float = 0.0) -> Outlook:
    mean = np.full(HOURS + 2, trucks_an_hour)
    sd = np.sqrt(mean) * (1.0 + scatter)
    said = Forecast(mean, mean - 1.644854 * sd, mean + 1.644854 * sd, 0.9)
    return Outlook(AT, said, 9_000.0, "monthly counts", Scatter(3.0, 0.2, 0.9), 1.0)


def known(lane: LaneClass | None, minutes: float, queue: float, spread: float = 1.0001) -> LaneWaits:
    quantity = Quantity(minutes, minutes / spread, minutes * spread)
    return LaneWaits(lane, queue=queue, now=Now(quantity, "reads", microseconds(AT)))


def state(waits: dict[LaneClass | None, LaneWaits], opened: dict[LaneClass, int] | None = None) -> BridgeState:
    at = microseconds(AT)
    said = {lane: Known(float(count), "stated", at) for lane, count in (opened or {}).items()}
    load = BridgeLoad("world-trade", "2304", at, 2, 600, None, dict.fromkeys(LANE_CLASSES), ())
    lanes = tuple(LaneStanding(lane, said.get(lane), waits.get(lane)) for lane in LANE_CLASSES)
    return BridgeState(load, waits.get(None, LaneWaits(None, missing="no_reads")), lanes)


def of(told: list[LaneOutlook], lane: LaneClass | None) -> LaneOutlook:
    (found,) = [each for each in told if each.lane == lane]
    return found


def minutes(told: LaneOutlook) -> list[float]:
    assert told.missing is None
    assert all(each.minutes is not None for each in told.waits)
    return [each.minutes or 0.0 for each in told.waits]


#: What the standard booths of World Trade clear: 11 of them, and a truck of theirs takes 1.42 minutes on average.
def standard_rate(booths: int = 11) -> float:
    shares, times = (0.436, 0.234, 0.03), (1.6, 1.0, 2.0)
    mean = sum(share * time for share, time in zip(shares, times, strict=True)) / sum(shares)
    return 60.0 * booths / mean / sum(shares)


def test_a_forecast_starts_from_the_wait_of_now_and_a_queue_is_worked_off_at_the_rate_of_the_booths() -> None:
    # Half of what the booths clear comes, so a wait falls by half a minute a minute.
    rate = standard_rate()
    wait = 60.0
    told = wait_outlook(
        *place(), state({"standard": known("standard", wait, wait * rate * 0.7 / 60.0)}), coming(rate / 2)
    )
    found = minutes(of(told, "standard"))
    assert found[0] == pytest.approx(wait, abs=0.5)
    assert found[1] == pytest.approx(wait - EVERY / 2, abs=3.0)
    assert found[2] == pytest.approx(wait - EVERY, abs=4.0)
    assert found[-1] < 2.0
    assert of(told, "standard").waits[0].at == AT
    assert of(told, "standard").waits[-1].at == AT + timedelta(hours=HOURS)
    # Empties and dangerous goods are served there, and FAST has no wait that is known.
    assert minutes(of(told, "empty")) == found
    assert of(told, "empty").served_by == "standard"
    fast = of(told, "fast")
    assert fast.waits == ()
    assert fast.missing is not None
    assert "no reading" in fast.missing.en
    assert fast.missing.es != fast.missing.en


def test_more_trucks_than_the_booths_clear_make_a_wait_that_grows_by_the_fluid() -> None:
    told = wait_outlook(*place(), state({"standard": known("standard", 0.0, 0.0)}), coming(1.5 * standard_rate()))
    found = minutes(of(told, "standard"))
    # Half as many again: a queue that grows by half of an hour's work each hour.
    assert found[2] == pytest.approx(30.0, abs=5.0)
    assert found[6] == pytest.approx(90.0, abs=9.0)


def test_a_statement_that_booths_are_closed_makes_waits_longer_and_the_roster_follows() -> None:
    waits: dict[LaneClass | None, LaneWaits] = {"standard": known("standard", 20.0, 20.0 * 11 / 1.42)}
    load = coming(0.9 * standard_rate())
    rostered = minutes(of(wait_outlook(*place(), state(waits), load), "standard"))
    fewer = minutes(of(wait_outlook(*place(), state(waits, {"standard": 6}), load), "standard"))
    assert max(rostered) < 40.0
    assert fewer[4] > rostered[4] + 45.0


def test_intervals_hold_what_arrivals_and_the_wait_of_now_leave_open() -> None:
    sure = wait_outlook(*place(), state({"standard": known("standard", 30.0, 30.0 * 7.7)}), coming(standard_rate()))
    open_ = wait_outlook(
        *place(), state({"standard": known("standard", 30.0, 30.0 * 7.7, spread=1.4)}), coming(standard_rate(), 4.0)
    )

    def width(told: list[LaneOutlook], place: int) -> float:
        wait = of(told, "standard").waits[place]
        assert wait.low is not None
        assert wait.high is not None
        assert wait.minutes is not None
        assert wait.low <= wait.minutes <= wait.high
        return wait.high - wait.low

    assert width(sure, 0) < 1.0
    assert 12.0 < width(open_, 0) < 25.0
    assert width(open_, 6) > 1.5 * width(sure, 6)


def test_nine_of_ten_waits_of_a_queue_that_is_simulated_truck_by_truck_lie_within_the_interval() -> None:
    """Eleven booths, trucks one by one with the arrivals of the forecast: what is said to hold, holds."""
    draw = np.random.default_rng(7)
    booths, mean, sd = 11, 1.4457, 0.97
    rate = 0.97 * standard_rate()
    own = 0.7 * rate / 60.0
    told = of(wait_outlook(*place(), state({"standard": known("standard", 0.0, 0.0)}), coming(rate)), "standard")
    inside, asked = 0, (4, 8, 12)
    days = 120
    for _ in range(days):
        free = np.zeros(booths)
        at, next_asked = 0.0, 0
        while next_asked < len(asked):
            at += draw.exponential(1.0 / own)
            first = int(free.argmin())
            start = max(at, free[first])
            free[first] = start + draw.gamma((mean / sd) ** 2, sd**2 / mean)
            if at >= asked[next_asked] * EVERY:
                wait = told.waits[asked[next_asked]]
                assert wait.low is not None
                assert wait.high is not None
                inside += wait.low - 0.5 <= start - at <= wait.high + 0.5
                next_asked += 1
    assert inside / (days * len(asked)) > 0.85


def test_the_same_state_gives_the_same_answer_and_closed_hours_have_none() -> None:
    waits: dict[LaneClass | None, LaneWaits] = {
        "standard": known("standard", 5.0, 30.0),
        "fast": known("fast", 2.0, 9.0),
    }
    load = coming(300.0)
    one, two = (wait_outlook(*place(), state(waits), load) for _ in range(2))
    assert one == two
    every = minutes(of(one, None))
    assert min(minutes(of(one, "fast"))[3], minutes(of(one, "standard"))[3]) <= every[3]
    assert every[3] <= max(minutes(of(one, "fast"))[3], minutes(of(one, "standard"))[3])
    port, bridge = place()
    closed = msgspec.structs.replace(
        bridge, open=tuple(msgspec.structs.replace(each, until="12:00") for each in bridge.open)
    )
    lane = of(wait_outlook(port, closed, state(waits), load), "standard")
    assert [each.closed for each in lane.waits] == [False] * 4 + [True] * 9
    assert all((each.minutes is None) == each.closed for each in lane.waits)


def test_a_wait_of_all_lanes_alone_is_forecast_for_all_lanes_alone() -> None:
    told = wait_outlook(*place(), state({None: known(None, 25.0, 250.0)}), coming(400.0))
    assert minutes(of(told, None))[0] == pytest.approx(25.0, abs=0.5)
    assert [of(told, lane).missing is None for lane in ("fast", "standard", "empty")] == [False] * 3
    nothing = wait_outlook(*place(), state({}), coming(400.0))
    assert all(each.missing is not None and not each.waits for each in nothing)


def test_a_document_that_lacks_shares_or_times_is_told_what_to_add() -> None:
    port, bridge = place()
    waits: dict[LaneClass | None, LaneWaits] = {
        "standard": known("standard", 5.0, 30.0),
        "fast": known("fast", 2.0, 9.0),
    }
    unshared = msgspec.structs.replace(bridge, arrivals=msgspec.structs.replace(bridge.arrivals, lanes={}))
    lane = of(wait_outlook(port, unshared, state(waits), coming(400.0)), "fast")
    assert lane.missing is not None
    assert "arrivals.lanes" in lane.missing.en
    fast = msgspec.structs.replace(bridge.lanes["fast"], primary=None)
    untimed = msgspec.structs.replace(bridge, lanes={**bridge.lanes, "fast": fast})
    told = wait_outlook(port, untimed, state(waits), coming(400.0))
    lane = of(told, "fast")
    assert lane.missing is not None
    assert "primary" in lane.missing.en
    assert of(told, "standard").missing is None


def test_a_line_that_stalls_has_no_forecast_and_says_since_when() -> None:
    since = microseconds(AT - timedelta(hours=3))
    stalls = LaneWaits(
        "standard", queue=600.0, now=Now(Quantity(190.0, 190.0), "reads", microseconds(AT), True), stalled_since=since
    )
    whole = known(None, 150.0, 620.0)
    told = wait_outlook(
        *place(), state({"standard": stalls, "fast": known("fast", 5.0, 20.0), None: whole}), coming(300)
    )
    for lane in (None, "standard", "empty"):
        own = of(told, lane)
        assert own.waits == ()
        assert own.missing is not None
        assert "no truck has passed primary since" in own.missing.en
        assert "ningún camión" in own.missing.es
    assert minutes(of(told, "fast"))[0] == pytest.approx(5.0, abs=0.5)
