"""A truck that left a moment ago, and is asked about again: the same visit, not one that nobody filed."""

from __future__ import annotations

import pytest
from cut_off import Cut, events, examined, given, of, row

from aforo.domain.edge import EdgeArrived
from aforo.domain.event import Examined
from aforo.flow.edge_node import AtEdge, Named
from aforo.flow.edge_report import edge_report
from aforo.flow.edge_reports import report
from aforo.flow.order import ordered
from aforo.flow.override import override
from aforo.flow.reports import report as report_at_node


def later(cut: Cut, **of_time: int) -> None:
    cut.clock.move(**of_time)


def arrivals(cut: Cut) -> int:
    return len(cut.edge.log.read(types=[EdgeArrived.TYPE]))


def every_way(cut: Cut, own: str) -> list[AtEdge]:
    ways = (Named(plate=f"TR-{own}"), Named(trip=own), Named(trip=f"D-{own}"), Named(trip=own, plate=f"tr {own}"))
    return [cut.edge.arrive(each, "Luz") for each in ways]


@pytest.mark.parametrize("came", [True, False])
def test_a_truck_that_was_examined_at_the_edge_is_known_when_it_comes_again(cut: Cut, came: bool) -> None:
    given(cut, "a", "scan", declaration_id="D-a", crossing_id="a")
    cut.connect()
    if came:
        assert cut.edge.arrive(Named(plate="TR-a"), "Luz").examination == "scan"
    told = report([examined("", cut, crossing_id=None, declaration_id="D-a", carried_out="scan", image="clear")],
                  cut.edge, "Luz")  # fmt: skip
    assert told.examinations == 1
    visit = cut.edge.look("a")
    assert visit is not None
    for back in (False, True):
        if back:
            later(cut, minutes=30)
            cut.reconcile()
            cut.connect()
        for said in every_way(cut, "a"):
            assert (said.visit, said.known, said.repeated, said.examination) == (visit.visit, True, True, "release")
            assert (said.code, said.status) == ("edge_changed", "released")
            assert said.reason.en.startswith("Released now")
            assert said.reason.es.startswith("Liberado ahora")
    cut.reconcile()
    assert arrivals(cut) == 1
    assert [each.crossing for each in edge_report(cut.node.log, cut.node.log.clock()).rows if not each.crossing] == []
    assert len(of(Examined, cut, "a")) == 1


def test_a_truck_whose_hold_two_officers_lowered_is_known_when_it_comes_again(cut: Cut) -> None:
    given(cut, "a", "hold", declaration_id="D-a", crossing_id="a")
    cut.connect()
    held = cut.edge.arrive(Named(plate="TR-a"), "Luz")
    assert held.examination == "hold"
    cut.order("a", "release", "Luz", "Nobody inside.", "Eva")
    for back in (False, True):
        if back:
            later(cut, minutes=30)
            cut.reconcile()
            cut.connect()
        for said in every_way(cut, "a"):
            assert (said.visit, said.repeated, said.examination) == (held.visit, True, "release")
    assert arrivals(cut) == 1
    assert ordered(events(cut, "a")) == "release"


def test_a_truck_that_was_let_go_and_is_held_since_is_held_when_it_comes_again(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    visit = cut.edge.arrive(Named(plate="TR-a"), "Luz").visit
    again = cut.edge.arrive(Named(plate="TR-a"), "Luz")
    assert (again.visit, again.repeated, again.code) == (visit, True, "edge_released")
    override(cut.node.log, "a", "scan", "Ana", "A tip.")
    cut.connect()
    said = cut.edge.arrive(Named(plate="TR-a"), "Luz")
    assert (said.visit, said.examination) == (visit, "scan")
    assert "(Scan)" in said.reason.en
    assert "(Inspección no intrusiva)" in said.reason.es
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    cut.connect()
    said = cut.edge.arrive(Named(plate="TR-a"), "Luz")
    assert (said.visit, said.examination, said.status) == (visit, "hold", "held")
    assert said.reason.en.startswith("Held now")
    assert said.reason.es.startswith("Retenido ahora")


def test_the_next_trip_of_a_truck_that_left_is_another_visit(cut: Cut) -> None:
    given(cut, "a", "scan")
    cut.connect()
    first = cut.edge.arrive(Named(plate="TR-a"), "Luz")
    report([examined("a", cut)], cut.edge, "Luz")
    later(cut, minutes=50)
    given(cut, "b", "joint", tractor_id="TR-a", filed_at="2024-03-20T06:49:00-06:00")
    cut.reconcile()
    cut.connect()
    # A number that the visit does not have is another trip's, though nobody filed it.
    other = cut.edge.arrive(Named(trip="none", plate="TR-a"), "Luz")
    second = cut.edge.arrive(Named(plate="TR-a"), "Luz")
    assert (second.repeated, second.examination) == (other.visit == second.visit, "joint")
    assert (second.visit == first.visit, second.known) == (False, True)
    report([examined("b", cut)], cut.edge, "Luz")
    assert cut.edge.arrive(Named(plate="TR-a"), "Luz").visit == second.visit
    later(cut, hours=2, minutes=1)
    third = cut.edge.arrive(Named(plate="TR-a"), "Luz")
    assert (third.known, third.repeated, third.examination) == (False, False, "secondary")
    cut.reconcile()
    assert {row(cut, own).visit for own in "ab"} == {first.visit, second.visit}


def test_who_was_referred_and_left_is_not_examined_again_when_its_filing_is_known(cut: Cut) -> None:
    cut.connect()
    later(cut, hours=2)
    given(cut, "late", "scan", filed_at="2024-03-20T07:30:00-06:00")
    visit = cut.edge.arrive(Named(plate="TR-late"), "Luz").visit
    report([examined(visit, cut)], cut.edge, "Luz")
    cut.connect()
    for named in (Named(plate="TR-late"), Named(trip="late"), Named(trip="late", plate="TR-late")):
        said = cut.edge.arrive(named, "Luz")
        assert (said.visit, said.repeated, said.examination) == (visit, True, "release")
    assert arrivals(cut) == 1


def test_who_was_referred_and_left_and_files_then_is_expected_as_another_trip(cut: Cut) -> None:
    cut.connect()
    first = cut.edge.arrive(Named(plate="TR-b"), "Luz")
    report([examined(first.visit, cut)], cut.edge, "Luz")
    later(cut, minutes=40)
    given(cut, "b", "joint", filed_at="2024-03-20T06:39:00-06:00")
    cut.connect()
    said = cut.edge.arrive(Named(plate="TR-b"), "Luz")
    assert (said.known, said.visit == first.visit, said.examination) == (True, False, "joint")


@pytest.mark.parametrize("minutes", [0, 1])
def test_what_is_ordered_of_a_truck_that_was_let_go_stands_when_the_passage_was_handed_in(
    cut: Cut, minutes: int
) -> None:
    given(cut, "told", "release")
    given(cut, "untold", "release")
    cut.connect()
    for own in ("told", "untold"):
        cut.edge.arrive(Named(trip=own), "Luz")
        if own == "told":
            cut.reconcile()
    later(cut, minutes=minutes)
    for own in ("told", "untold"):
        override(cut.node.log, own, "joint", "Ana", "A tip.")
    for _ in range(2):
        cut.connect()
        for own in ("told", "untold"):
            assert cut.edge.arrive(Named(plate=f"TR-{own}"), "Luz").examination == "joint"
        cut.reconcile()
    assert [ordered(events(cut, own)) for own in ("told", "untold")] == ["joint", "joint"]
    later(cut, minutes=1)
    # It is expected until it is carried out, and no longer.
    for own in ("told", "untold"):
        report([examined(own, cut, carried_out="joint")], cut.edge, "Luz")
    cut.reconcile()
    assert cut.connect().all() == {}
    for own in ("told", "untold"):
        assert cut.edge.arrive(Named(plate=f"TR-{own}"), "Luz").examination == "release"


def test_a_passage_after_an_order_of_officers_ends_that_it_is_expected(cut: Cut) -> None:
    given(cut, "a", "joint")
    later(cut, minutes=1)
    report_at_node([examined("a", cut, examined=False)], cut.node)
    assert cut.connect().all() == {}
