"""The demonstration's outside world is held against the twin: the same bridge, day and trucks have the same waits."""

from __future__ import annotations

import pytest
from bridge_played import Given, Live, Played, twin_of, unbroken

#: World Trade and Otay Mesa have a portal, Santa Teresa has none, and Mariposa's lanes are too few in the afternoon.
BRIDGES = ("world-trade", "otay-mesa", "mariposa", "santa-teresa")
#: Minutes by which the mean wait of an hour may differ where trucks and orders are the same: the yard is looked at in
#: steps of half a minute.
SAME = 0.15
#: As far as it is played by orders of the twin, with the afternoon's peak, and by those of a node, which takes longer.
UNTIL, AT_NOON = 19, 12
#: Minutes by which the mean wait of an hour may differ from that of a twin in which nobody is examined: an examination
#: is not waited for in the lanes.
NEAR = 3.0


@pytest.mark.parametrize("name", BRIDGES)
def test_the_same_trucks_and_orders_wait_in_the_yard_as_in_the_twin(name: str) -> None:
    shown = unbroken(name)
    twin = twin_of(shown)
    played = Played(shown, Given(twin)).until(UNTIL)
    waits, there = played.mean_waits(), twin.waits()
    assert len(waits) > 10
    for hour in range(min(waits), UNTIL - 1):
        assert waits[hour] == pytest.approx(there[hour], abs=SAME), hour
    for place in ("portal", "scanner"):
        began = sum(played.scans[place, hour] for hour in range(UNTIL - 1))
        assert began == pytest.approx(twin.scans(place, UNTIL - 1), rel=0.03, abs=2), place


@pytest.mark.parametrize("name", ["world-trade", "otay-mesa", "santa-teresa"])
def test_a_node_that_decides_by_price_jams_no_bridge(name: str) -> None:
    shown = unbroken(name)
    node = Live(shown)
    played = Played(shown, node).until(AT_NOON)
    waits, without = played.mean_waits(), twin_of(shown, "none").waits()
    for hour in range(min(waits), AT_NOON):
        assert waits[hour] == pytest.approx(without[hour], abs=NEAR), hour
        assert sum(played.blocked[hour]) <= len(played.blocked[hour]), hour
    # Nearly every order is one that its price would give again at the booth: no more is ordered than can be scanned.
    came, ordered = node.decided["primary"], node.ordered["primary"]
    assert node.kept["primary"] < 0.2 * ordered
    scans = sum(count for (place, hour), count in played.scans.items() if place in ("portal", "scanner"))
    assert 0.1 * came < scans
    assert ordered < 1.3 * scans


def test_where_scanners_are_down_for_long_fewer_trucks_are_sent_to_them_and_nobody_waits_for_that() -> None:
    shown = unbroken("otay-mesa")
    usual, node = Live(shown), Live(shown)
    whole, lost = Played(shown, usual).until(AT_NOON), Played(shown, node)
    for unit in [each for each in lost.yard.state.units if each.resource == "scanner"][:4]:
        unit.up = False
    lost.until(AT_NOON)

    def scans(played: Played) -> int:
        return sum(count for (place, _), count in played.scans.items() if place == "scanner")

    waits, before = lost.mean_waits(), whole.mean_waits()
    assert scans(lost) < 0.7 * scans(whole)
    assert node.ordered["primary"] < 0.95 * usual.ordered["primary"]
    assert all(waits[hour] == pytest.approx(before[hour], abs=NEAR) for hour in waits)
