"""Which trips began in a period: all of them, whenever they were announced and recorded, and none is read before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from acting import ACT

from aforo.answers.seal_pack import Pack
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import Discharged, Sealed, TripOpened, Unsealed
from aforo.flow import device_acts, seal_pack, trip_acts, trips_begun
from aforo.flow.custody import Custody
from aforo.flow.seal_pack import PackTooLargeError, pack_of
from aforo.flow.trips_begun import BegunIn, position_before
from aforo.log.keys import KeyStore
from aforo.log.store import Log

MAY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))
DAY = timedelta(days=1)


class Months:
    """A log whose clock a test moves, with what is done about trips in it."""

    def __init__(self, log: Log) -> None:
        self.log, self.custody, self.now = log, Custody(log), MAY
        log.clock = lambda: self.now

    def open(self, trip: str, at: datetime, carrier: str = "CA-1") -> None:
        self.now = at
        trip_acts.open_(self.custody, trip, TripOpened("export", carrier, at + 60 * DAY), **ACT)

    def seal(self, trip: str, at: datetime, since: datetime | None = None) -> None:
        self.now, seal = at, f"seal-{trip}"
        device_acts.register(self.custody, seal, DeviceRegistered("seal", "Norte", 600, 60, ""), **ACT)
        trip_acts.seal(self.custody, trip, Sealed(seal, f"MX {trip}"), since, **ACT)

    def off(self, trip: str, at: datetime) -> None:
        self.now = at
        trip_acts.unseal(self.custody, trip, Unsealed(f"seal-{trip}", "customs"), **ACT)


@pytest.fixture
def months(store_url: str, tmp_path: Path) -> Iterator[Months]:
    """Trips about June: each says by its name whether it is of the carrier's June."""
    with closing(KeyStore(tmp_path / "keys")) as keys, Log.open(store_url, keys, clock=lambda: MAY) as log:
        made = Months(log)
        for number in range(20):
            made.open(f"before-{number}", MAY + number * DAY)
            made.seal(f"before-{number}", MAY + number * DAY)
        made.open("yes-announced-in-may", MAY + 20 * DAY)
        made.open("yes-recorded-late", MAY + 20 * DAY)
        made.open("no-sealed-in-july", MAY + 20 * DAY)
        made.open("no-sealed-in-may-too", MAY + 20 * DAY)
        made.open("no-of-another", MAY + 20 * DAY, "CA-2")
        made.seal("no-sealed-in-may-too", MAY + 21 * DAY)
        made.open("yes-no-seal", JUNE + 3 * DAY, "ca-1")
        made.open("no-of-another-no-seal", JUNE + 3 * DAY, "CA-2")
        made.seal("yes-announced-in-may", JUNE + 4 * DAY)
        made.off("no-sealed-in-may-too", JUNE + 4 * DAY)
        made.seal("no-sealed-in-may-too", JUNE + 5 * DAY)
        made.seal("no-of-another", JUNE + 5 * DAY)
        made.off("yes-announced-in-may", JUNE + 6 * DAY)
        made.seal("yes-announced-in-may", JUNE + 7 * DAY)
        made.now = JUNE + 8 * DAY
        trip_acts.discharge(made.custody, "yes-announced-in-may", Discharged("customs"), **ACT)
        made.seal("no-sealed-in-july", JULY + DAY)
        made.open("no-announced-in-july", JULY + 2 * DAY)
        made.open("yes-announced-when-it-was-under-way", JULY + 9 * DAY)
        made.seal("yes-announced-when-it-was-under-way", JULY + 9 * DAY, JULY - DAY)
        made.seal("yes-recorded-late", JULY + 19 * DAY, JUNE + 2 * DAY)
        yield made


def named(pack: Pack) -> list[str]:
    return [each.trip for each in pack.trips]


YES = ["yes-recorded-late", "yes-no-seal", "yes-announced-in-may", "yes-announced-when-it-was-under-way"]


@pytest.mark.parametrize(("page", "remembered"), [(1_000, 50_000), (1, 1), (3, 2)])
def test_a_pack_has_the_trips_that_began_in_its_period(
    months: Months, page: int, remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trips_begun, "_PAGE", page)
    monkeypatch.setattr(trips_begun, "_REMEMBERED", remembered)
    assert named(pack_of(months.log, ("CA-1",), JUNE, JULY)) == YES
    every = {each.trip for each in months.custody.trips()}
    assert set(named(pack_of(months.log, None, MAY, months.now))) == every
    own = [
        pack_of(months.log, ("CA-1",), begin, begin + 10 * DAY)
        for begin in (MAY - 10 * DAY + n * 10 * DAY for n in range(11))
    ]
    found = [trip for each in own for trip in named(each)]
    assert sorted(found) == sorted(each for each in every if not each.startswith("no-of-another")), "each of one period"


def test_nothing_that_was_recorded_before_the_period_is_read(months: Months, monkeypatch: pytest.MonkeyPatch) -> None:
    read, singles = months.log.read, 0

    def noted(after: int = 0, **asked: Any) -> Any:
        nonlocal singles
        found = read(after, **asked)
        singles += asked == {"limit": 1}
        assert asked == {"limit": 1} or all(each.event.recorded_at >= JUNE - DAY for each in found)
        return found

    monkeypatch.setattr(months.log, "read", noted)
    assert sorted(trip for _, trip in BegunIn(months.log, ("CA-1",), JUNE, JULY).trips()) == sorted(YES)
    assert singles <= months.log.position().bit_length() + 1


def test_a_position_before_an_instant_has_all_that_is_later_behind_it(months: Months) -> None:
    events = months.log.read()
    for at in (MAY - DAY, MAY, JUNE, JUNE + 5 * DAY, JULY, months.now, months.now + 9 * DAY):
        before = [each.position for each in events if each.event.recorded_at < at - DAY]
        assert position_before(months.log, at) == max(before, default=0)
    for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert position_before(months.log, at) in (0, events[-1].position)


def test_a_pack_has_as_many_trips_as_it_may_and_no_more(months: Months, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_pack, "MOST_TRIPS", 4)
    assert len(pack_of(months.log, ("CA-1",), JUNE, JULY).trips) == 4
    monkeypatch.setattr(seal_pack, "MOST_TRIPS", 3)
    with pytest.raises(PackTooLargeError):
        pack_of(months.log, ("CA-1",), JUNE, JULY)
