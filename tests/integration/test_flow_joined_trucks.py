"""Messages about one truck are joined by exact names, or linked; what contradicts what between them is evidence."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import metadata
from typing import Any

import polars as pl
import pytest
from journeys import Post, decisions, file, table_of, truck
from test_flow_selection import MANDATORY, put_in_force

from aforo.bootstrap import save_state
from aforo.domain.stated import Link
from aforo.exams.outcomes import Report
from aforo.flow import lots
from aforo.flow.journey import screen
from aforo.flow.names import filing_key
from aforo.flow.node import Node
from aforo.flow.open_trucks import OpenTrucks
from aforo.flow.override import override
from aforo.flow.replay import decisions_of, replay
from aforo.flow.reports import report
from aforo.flow.shown import show
from aforo.flow.told_publicly import told_of_logged
from aforo.log.projections import catch_up
from aforo.log.store import Log
from aforo.risk import feature_rows
from aforo.risk.features import FEATURES


def different(log: Log) -> list[Any]:
    code = metadata.version("aforo")
    return [each for group in decisions_of(log) for each in replay(group, log, code) if each.differences]


def codes(log: Log) -> list[list[str]]:
    return [[each.code for each in decided.contradictions] for decided in decisions(log)]


SAME = {"tractor_id": "T-1", "driver_id": "D-1", "seal_id": "S-1"}
TRIP = {"crossing_id": "ABCD77", "shipment_id": "ABCDS1", **SAME}


def test_a_shipment_that_a_trip_lists_joins_it_whoever_declares_it(post: Post) -> None:
    with post.node() as node:
        (trip,) = file(node, truck("ABCDS1", **TRIP))
        (late,) = file(node, truck("ENTRY-9", shipment_id="ABCDS1", **SAME))
        assert different(node.log) == []
        made = decisions(node.log)
    assert {trip.crossing_id, late.crossing_id} == {"ABCD77"}
    assert [each.again for each in made] == [False, True]
    assert len({each.lot for each in made}) == 1
    assert all(not each.contradictions for each in made)


@pytest.mark.parametrize("entry_first", [True, False])
@pytest.mark.parametrize(
    ("carrier", "joins"), [("ABCD", True), ("abcd", True), ("WXYZ", False), ("ABC", False), (None, False)]
)
def test_what_names_no_carrier_is_part_of_a_trip_of_the_carrier_whose_series_its_number_is_of(
    post: Post, carrier: str | None, joins: bool, entry_first: bool
) -> None:
    entry = truck("ENTRY-9", shipment_id="ABCDS1", carrier_id=None)
    trip = truck("LIST", crossing_id="T-77", shipment_id="ABCDS1", carrier_id=carrier)
    with post.node() as node:
        file(node, *([entry, trip] if entry_first else [trip, entry]))
        assert different(node.log) == []
        last, moved = decisions(node.log)[-1], [each.payload.into for each in node.log.read(types=["crossing.moved"])]
        (filed,) = file(node, entry)
    assert filed.crossing_id == ("T-77" if joins else "ENTRY-9")
    assert moved == (["T-77"] if joins and entry_first else [])
    # What is not part of it is linked, for officers to see.
    other = "ENTRY-9" if entry_first else "T-77"
    assert last.links == (() if joins else (Link("shipment", other),))


def test_it_joins_in_one_file_too_in_either_order(post: Post) -> None:
    trip, entry = truck("ABCDS1", **TRIP), truck("ENTRY-9", shipment_id="ABCDS1", **SAME)
    with post.node() as node:
        lines = file(node, [entry, trip])
    assert {line.crossing_id for line in lines} == {"ABCD77"}


def test_another_carriers_declaration_is_linked_and_not_joined(post: Post) -> None:
    with post.node() as node:
        file(node, truck("ABCDS1", **TRIP))
        (other,) = file(node, truck("OTHER", carrier_id="CA-2", shipment_id="ABCDS1", tractor_id="T-2", hs6="220300"))
        assert different(node.log) == []
        made = decisions(node.log)[-1]
    assert other.crossing_id == "OTHER"
    assert Link("shipment", "ABCD77") in made.links
    assert "chapter_differs" in [each.code for each in made.contradictions]


def test_a_trip_takes_in_what_was_filed_before_of_its_shipments(post: Post) -> None:
    late = {"shipment_id": "ABCDS1", "gross_mass_kg": 20_000.0, **SAME}
    with post.node() as node:
        (before,) = file(node, truck("ENTRY-9", **late))
        filings = node.memory.filings
        (trip,) = file(node, truck("ABCDS1", **TRIP))
        assert node.memory.filings == filings + 1
        assert "gross mass of one shipment: ABCDS1 says 12,000 kg, ENTRY-9 says 20,000 kg" in trip.reasons.en
        # What is filed of it from now on is filed in the trip's crossing, by whatever it is named.
        amended, more = file(
            node,
            truck("ENTRY-9~1", amends="ENTRY-9", action="replace", **late | {"gross_mass_kg": 12_000.0}),
            truck("ENTRY-9/2", crossing_id="ENTRY-9", **SAME),
        )
        (again,) = file(node, truck("ENTRY-9", **late))
        assert different(node.log) == []
        made = decisions(node.log)
        public = told_of_logged({"ENTRY-9": node.log.find([filing_key("ENTRY-9")])[filing_key("ENTRY-9")]}, node.log)
        shown = show("ENTRY-9", node, persons=True)
        assert shown is not None
        assert (shown.crossing_id, [each.declaration_id for each in shown.filings]) == (
            "ABCD77", ["ENTRY-9", "ABCDS1", "ENTRY-9~1", "ENTRY-9/2"],
        )  # fmt: skip
        assert {each.persons["driver_id"] for each in shown.filings} == {"D-1"}
        override(node.log, "ENTRY-9", "hold", "Ana", "A tip.")
        report([Report(1, "ENTRY-9", None, True, True, "people", 2.0, None)], node)
        assert [each.event.type for each in node.log.stream("crossing/ENTRY-9")][-1] == "crossing.moved"
        assert [each.event.type for each in node.log.stream("crossing/ABCD77")][-1] == "crossing.examined"
        assert different(node.log) == []
    assert before.crossing_id == "ENTRY-9"
    assert {each.crossing_id for each in (trip, amended, more, again)} == {"ABCD77"}
    assert {each.crossing for each in public.values()} == {"ABCD77"}
    assert [each.again for each in made] == [False, False, True, True]
    said = [[each.code for each in decided.contradictions] for decided in made]
    assert said == [[], ["mass_differs"], ["mass_lowered"], ["mass_lowered"]]
    rows = [len(feature_rows.from_text(each.features, len(FEATURES))) for each in made]
    assert rows == [1, 2, 2, 3]


def test_what_was_ordered_for_a_shipment_stands_for_the_trip_that_takes_it_in(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node() as node:
        file(node, truck("ABCDS1", shipment_id="ABCDS1", seal_id="WATCHED"))
        (trip,) = file(node, truck("T", **TRIP))
        (later,) = file(node, truck("T2", amends="ABCDS1", action="cancel"))
        assert different(node.log) == []
    assert [(line.crossing_id, line.examination, line.basis) for line in (trip, later)] == [
        ("ABCD77", "joint", "mandatory")
    ] * 2


def test_the_trip_may_give_an_account_of_its_own_of_what_was_filed_before(post: Post) -> None:
    with post.node() as node:
        file(node, truck("ABCDS1", shipment_id="ABCDS1", packages=7.0))
        lines = file(node, *([truck("ABCDS1", **TRIP)] * 2))
        assert different(node.log) == []
        made = decisions(node.log)
    assert [line.crossing_id for line in lines] == ["ABCD77"] * 2
    assert lines[0].declaration_id == "ABCDS1@ABCD77"
    assert len(made) == 2
    assert "packages_differs" in [each.code for each in made[-1].contradictions]


def test_what_an_officer_ordered_or_another_carrier_filed_is_linked_and_not_taken(post: Post) -> None:
    with post.node() as node:
        file(node, truck("E-1", shipment_id="ABCDS1", **SAME))
        override(node.log, "E-1", "hold", "Ana", "A tip.")
        file(node, truck("ABCDS1", **TRIP))
        file(node, truck("E-2", shipment_id="XYZS1", carrier_id="CA-2", tractor_id="T9"))
        file(node, truck("XYZS1", shipment_id="XYZS1", crossing_id="XYZ-TRIP"))
        assert different(node.log) == []
        made = decisions(node.log)
        for crossing, other in (("ABCD77", "E-1"), ("E-1", "ABCD77")):
            shown = show(crossing, node, persons=False)
            assert shown is not None
            assert {each.crossing_id for each in shown.links} == {other}
    assert {each.kind for each in made[1].links} == {"shipment", "tractor", "seal"}
    assert made[3].links == (Link("shipment", "E-2"),)


def test_two_trips_that_list_one_shipment_get_nothing_joined(post: Post) -> None:
    with post.node() as node:
        file(node, truck("ABCDS1", **TRIP), truck("ABCDS1-again", **TRIP | {"crossing_id": "ABCD78"}))
        (late,) = file(node, truck("ENTRY-9", shipment_id="ABCDS1"))
    assert late.crossing_id == "ENTRY-9"


def test_one_seal_on_two_tractors_and_one_tractor_at_two_ports(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", tractor_id="T-1", seal_id="S-1"))
        file(node, truck("b", tractor_id="T-2", seal_id="s 1"))
        (far,) = file(node, truck("c", tractor_id="T-1", port="2402", filed_at="2024-03-20T09:00:00-06:00"))
        file(node, truck("d", tractor_id="T-1", port="2402", filed_at="2024-03-20T19:00:00-06:00"))
        assert different(node.log) == []
        assert codes(node.log) == [[], ["seal_elsewhere"], ["tractor_elsewhere"], []]
        assert "one tractor at two ports at once: c says 2402, a says 2304" in far.reasons.en
        assert "T-1" not in far.reasons.en


def test_what_passed_or_was_cancelled_is_not_open(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a", seal_id="S-1"), truck("b", seal_id="S-2"), truck("b2", amends="b", action="cancel"))
        report([Report(1, "a", None, False, None, None, None, None)], node)
        file(node, truck("c", seal_id="S-1"), truck("d", seal_id="S-2"))
        assert codes(node.log) == [[]] * 5


def test_the_index_is_the_same_however_it_is_made(post: Post) -> None:
    with post.node() as node:
        file(node, truck("0", shipment_id="ABCDS1"))
        file(node, truck("a", **TRIP), truck("b", shipment_id="ABCDS1"), truck("c", amends="a", action="cancel"))
        file(node, truck("x"), truck("x2", amends="x", action="cancel"), [truck("d"), truck("e", crossing_id="d")])
        report([Report(1, "d", None, False, None, None, None, None)], node)
        file(node, truck("f"))
        live = node.trucks.dump()
        again = OpenTrucks()
        again.apply(node.log.read())
        assert again.trucks == node.trucks.trucks
        assert again.moved == node.trucks.moved == {"0": "ABCD77"}
        save_state(node)
    with post.node() as node:
        assert node.trucks.dump() == live
        fresh = OpenTrucks()
        node.log.projections.drop(f"{fresh.name}/{fresh.version}")
        catch_up(node.log, fresh)
        assert fresh.dump() == live


def test_what_contradicts_what_within_a_crossing(post: Post) -> None:
    def pair(own: str, first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, Any]]:
        same = {"crossing_id": f"TRIP{own}", **{name: f"{value}{own}" for name, value in SAME.items()}}
        return [truck(f"{own}1", **same | first), truck(f"{own}2", **same | second)]

    one = {"shipment_id": "ABCDS1"}
    cases: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "mass_differs": (one | {"gross_mass_kg": 10_000.0}, one | {"gross_mass_kg": 12_000.0}),
        "packages_differs": (one | {"packages": 20.0}, one | {"packages": 21.0}),
        "value_differs": (one | {"value_usd": 10_000.0}, one | {"value_usd": 50_000.0}),
        "chapter_differs": (one | {"hs6": "870829"}, one | {"hs6": "220300"}),
        "origin_differs": (one | {"origin": "MX"}, one | {"origin": "CN"}),
        "departure_differs": (one | {"departure": "MX"}, one | {"departure": "GT"}),
        "empty_differs": ({"declared_empty": 1, "hs6": None}, {}),
        "port_differs": ({"port": "2304"}, {"port": "2305"}),
        "carrier_differs": ({"carrier_id": "CA-1"}, {"carrier_id": "CA-2"}),
        "tractor_differs": ({"tractor_id": "A"}, {"tractor_id": "B"}),
    }
    with post.node() as node:
        for number, (_, (first, second)) in enumerate(cases.items()):
            first, second = (
                {k: v if v != "ABCDS1" else f"S{number}" for k, v in each.items()} for each in (first, second)
            )
            file(node, pair(f"N{number}", first, second))
        assert different(node.log) == []
        assert codes(node.log) == [[code] for code in cases]
        # Within what is tolerated, or of different shipments, nothing contradicts.
        file(node, pair("T", one | {"gross_mass_kg": 10_000.0}, one | {"gross_mass_kg": 10_400.0}))
        file(node, pair("U", {"shipment_id": "X1", "hs6": "870829"}, {"shipment_id": "X2", "hs6": "220300"}))
        assert codes(node.log)[-2:] == [[], []]


def test_what_an_amendment_lowers_is_told_as_long_as_it_stands(post: Post) -> None:
    amend = {"amends": "a", "action": "replace", "tractor_id": "TR-a", "driver_id": "DR-a", "seal_id": "ULa"}
    with post.node() as node:
        file(node, truck("a"), truck("b", value_usd=20_000.0, **amend))
        file(node, truck("beside", crossing_id="a", tractor_id="TR-a", driver_id="DR-a", seal_id="ULa"))
        file(node, truck("c", value_usd=20_000.0, **amend | {"amends": "b"}))
        file(node, [truck("A"), truck("B", value_usd=20_000.0, **amend | {"amends": "A"})])
        assert different(node.log) == []
        assert codes(node.log)[:4] == [[], ["value_lowered"], ["value_lowered"], []]
        assert "value_lowered" in codes(node.log)[4]


def test_a_trip_is_cancelled_and_its_shipments_stand(post: Post) -> None:
    same = {"crossing_id": "TRIP", **SAME}
    with post.node() as node:
        file(node, [truck("TRIP", declared_empty=1, **same), truck("s", **same)])
        file(node, truck("TRIP~0a", amends="TRIP", action="cancel", **same))
        assert different(node.log) == []
        assert codes(node.log) == [[], ["cancelled_beside"]]


def test_a_manifest_has_a_seal_for_each_of_its_trailers(post: Post) -> None:
    def filed(node: Node, source: str, *trucks: dict[str, Any]) -> None:
        screen(table_of(pl.DataFrame(trucks)), node, source)

    same = {"crossing_id": "TRIP", "tractor_id": "T-1", "driver_id": "D-1"}
    with post.node() as node:
        filed(node, "x12", truck("a", **same, seal_id="S-1"), truck("b", **same, seal_id="S-2"))
        filed(node, "carta_porte", truck("c", **same, seal_id="S-2"))
        filed(node, "carta_porte", truck("d", **same, seal_id="S-3"))
        assert codes(node.log) == [[], [], ["seal_differs"]]
        assert different(node.log) == []


def test_what_is_too_long_to_be_copied_is_linked(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aforo.flow.taking.MOST_TAKEN", 2)
    with post.node() as node:
        file(node, [truck(f"E-{i}", crossing_id="E-0", shipment_id="E-0", **SAME) for i in range(3)])
        file(node, truck("ABCDS1", crossing_id="ABCD77", shipment_id="E-0", **SAME))
        assert Link("shipment", "E-0") in decisions(node.log)[-1].links
        assert different(node.log) == []


def test_the_lots_of_a_trip_that_took_in_a_shipment_can_be_drawn_again(post: Post) -> None:
    with post.node() as node:
        file(
            node,
            truck("ENTRY-9", shipment_id="ABCDS1"),
            truck("ABCDS1", **TRIP),
            truck("b", amends="ENTRY-9", action="cancel"),
        )
        day = date.fromisoformat(decisions(node.log)[0].day)
    post.clock.move(days=3)
    with post.log() as log:
        assert lots.reveal(log, day + timedelta(days=1), "tester") == [day]
        checked = lots.check(log, day)
    assert (checked.good, checked.decisions) == (True, 2)
