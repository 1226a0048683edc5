"""What belongs to one account of a shipment, and what names a trip."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from aforo.flow.accounts import account_of, apart
from aforo.flow.joining import may_join
from aforo.flow.names import own_name
from aforo.flow.open_trucks import MOST, OpenTrucks, Sighting, names_trip
from aforo.log.keys import KeyStore


@pytest.mark.parametrize(
    ("declaration", "account"),
    [
        ("SCN1", "SCN1"),
        ("SCN1/2", "SCN1"),
        ("SCN1/2~0a1b2c3d", "SCN1"),
        ("SCN1~0a1b2c3d", "SCN1"),
        ("SCN1@TRIP", "SCN1@TRIP"),
        ("SCN1/12@TRIP/2", "SCN1@TRIP/2"),
        ("/2", "/2"),
        ("a/b", "a/b"),
    ],
)
def test_lines_and_amendments_are_of_one_account(declaration: str, account: str) -> None:
    assert account_of(declaration) == account


def test_a_trip_is_named_by_another_name_than_its_declarations_and_shipments() -> None:
    assert names_trip("S1", "TRIP", "S1")
    assert not names_trip("S1", None, "S1")
    assert not names_trip("TRIP", "TRIP", "S1")
    assert not names_trip("S1/2", "S1", "S1")


@pytest.mark.parametrize(
    ("shipment", "carrier"),
    [
        ("ABCDS1", "ABCD"),
        ("ab-cd 0001", "ABCD"),
        ("ABC123", "ABC"),
        ("AB123", "AB"),
        ("ABCD", None),
        ("A123", None),
        ("24473009400012", None),
        ("\n", None),
    ],
)
def test_a_control_number_is_of_the_series_of_the_carrier_that_it_begins_with(
    tmp_path: Path, shipment: str, carrier: str | None
) -> None:
    codes = ["AB", "ABC", "ABCD", "ABCDS", "A", "2447"]
    with closing(KeyStore(tmp_path / "keys.sqlite")) as keys:
        trips = dict(zip(codes, keys.identity_hashes("carrier", codes).tolist(), strict=True))
        may = [code for code, trip in trips.items() if may_join(shipment, 0, trip, keys)]
        # Who names a carrier is that carrier's, whatever the number says; nobody's trip takes in nothing.
        assert not may_join("ABCDS1", trips["AB"], trips["ABCD"], keys)
        assert may_join(shipment, trips["AB"], trips["AB"], keys)
        assert not may_join(shipment, 0, 0, keys)
    assert may == ([carrier] if carrier else [])


def test_quantities_are_apart_by_their_share_of_the_greater() -> None:
    assert not apart(95.0, 100.0, 0.05)
    assert apart(94.0, 100.0, 0.05)
    assert not apart(0.0, 0.0, 0.0)
    assert apart(0.0, 1.0, 0.05)


def test_each_carrier_has_a_name_of_its_own() -> None:
    assert own_name("TRIP", 1) != own_name("TRIP", 2)
    assert own_name("TRIP", 1) == own_name("TRIP", 1)


def test_the_index_forgets_what_it_hears_nothing_of_and_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(own: int) -> Sighting:
        return Sighting(f"d{own}", 0, "2304", own + 1, 1, f"S{own}", f"N{own}", "" if own % 2 else f"X{own}")

    trucks = OpenTrucks()
    for own in range(10):
        trucks.enter(f"X{own}", said(own), own * 86_400)
    assert list(trucks.trucks) == ["X6", "X7", "X8", "X9"]
    assert [list(trucks.of_tractor(own + 1)) for own in (5, 6)] == [[], ["X6"]]
    assert (trucks.trip_of("N6"), trucks.trip_of("N7"), trucks.trip_of("N1")) == ("X6", None, None)
    assert MOST > 10_000
    monkeypatch.setattr("aforo.flow.open_trucks.MOST", 3)
    trucks.enter("X10", said(10), 9 * 86_400)
    assert len(trucks.trucks) == 3
    for name in list(trucks.trucks):
        trucks.close(name)
    trucks.close("never")
    assert not any(list(trucks.of_seal(f"S{own}")) for own in range(11))
