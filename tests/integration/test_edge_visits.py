"""Which crossing a truck at the booth is, though it was filed late, named by its plate, or taken for another."""

from __future__ import annotations

import pytest
from cut_off import NOW, Cut, events, examined, given, of, row, told

from aforo.domain.decision import Examination
from aforo.domain.edge import EdgeArrived, EdgeReason
from aforo.domain.event import Examined, Overridden
from aforo.flow.edge_expected import Expected
from aforo.flow.edge_merging import rematch
from aforo.flow.edge_node import Named
from aforo.flow.edge_report import edge_report
from aforo.flow.edge_reports import report
from aforo.flow.edge_taken import Expectation
from aforo.flow.edge_visits import Visit, Visits
from aforo.flow.order import ordered
from aforo.flow.override import override


def test_a_truck_that_was_filed_during_the_cut_is_found_by_its_plate_and_not_examined_again(cut: Cut) -> None:
    cut.connect()
    cut.clock.move(hours=2)
    given(cut, "late", "scan", filed_at="2024-03-20T07:30:00-06:00")
    visit = cut.edge.arrive(Named(plate="TR-late"), "Luz").visit
    report([examined(visit, cut, carried_out="secondary")], cut.edge, "Luz")
    cut.reconcile()
    assert len(of(Examined, cut, "late")) == 1
    assert told(cut, "late") == "released"
    assert row(cut, "late").meanwhile == ["filed"] + (["ordered"] if of(Overridden, cut, "late") else [])


def test_the_next_trip_of_a_plate_is_not_the_one_that_was_filed_late(cut: Cut) -> None:
    clock = cut.clock
    cut.connect()
    first = cut.edge.arrive(Named(plate="TR-p"), "Luz")
    cut.reconcile()
    clock.move(minutes=20)
    given(cut, "late", "scan", tractor_id="TR-p", filed_at="2024-03-20T06:20:00-06:00")
    rematch(cut.book, cut.expecting, cut.node, cut.credentials)
    cut.connect()
    # What is known of it by now is what is to be done with the truck that still stands there.
    assert cut.edge.arrive(Named(plate="TR-p"), "Luz").visit == first.visit
    report([examined(first.visit, cut)], cut.edge, "Luz")
    clock.move(hours=4)
    second = cut.edge.arrive(Named(plate="TR-p"), "Luz")
    assert (second.known, second.visit != first.visit) == (False, True)
    cut.reconcile()
    assert row(cut, "late").visit == first.visit
    assert len(of(Examined, cut, "late")) == 1


def test_a_filing_that_comes_after_the_link_is_back_meets_its_visit(cut: Cut) -> None:
    cut.connect()
    cut.clock.move(hours=2)
    visit = cut.edge.arrive(Named(trip="TRIP-9", plate="TR-x"), "Luz").visit
    report([examined("TRIP-9", cut)], cut.edge, "Luz")
    cut.reconcile()
    assert [each.visit for each in edge_report(cut.node.log, NOW).rows if each.crossing is None] == [visit]
    cut.clock.move(days=1)
    given(cut, "x", "scan", crossing_id="TRIP-9", filed_at="2024-03-21T08:00:00-06:00")
    assert rematch(cut.book, cut.expecting, cut.node, cut.credentials) == 1
    assert len(of(Examined, cut, "TRIP-9")) == 1
    # The plate's next trip is another one.
    given(cut, "y", "scan", tractor_id="TR-x", filed_at="2024-03-21T08:00:00-06:00")
    assert rematch(cut.book, cut.expecting, cut.node, cut.credentials) == 0
    assert of(Examined, cut, "y") == []


def test_another_crossing_that_took_in_a_visit_orders_for_it() -> None:
    into = Expected("y", "decision-2", "hold", ("y", "x"), 0)
    visits = Visits()
    visit = visits.by_ref["x"] = Visit("x", decision="decision-1")
    found = Expectation({"y": into}).of(visit, visits)
    assert found is into
    assert visit.standing(found) == "hold"


def test_a_held_plate_does_not_pass_under_the_number_of_another_trip(cut: Cut) -> None:
    given(cut, "a", "hold")
    given(cut, "b", "release")
    given(cut, "c", "release")
    cut.connect()
    first = cut.edge.arrive(Named(trip="b", plate="TR-a"), "Luz")
    again = cut.edge.arrive(Named(trip="c", plate="TR-a"), "Luz")
    assert (first.examination, again.examination, again.visit) == ("hold", "hold", first.visit)
    assert cut.edge.arrive(Named(trip="b", plate="TR-b"), "Luz").examination == "release"
    cut.reconcile()
    assert ordered(events(cut, "a")) == "hold"


def test_a_trip_that_carries_anothers_name_answers_for_it_neither_before_nor_after_it_came(cut: Cut) -> None:
    wanted: tuple[tuple[str, Examination], ...] = (("a", "hold"), ("b", "joint"), ("c", "scan"))
    for risky, order in wanted:
        given(cut, f"early-{risky}", "release", shipment_id=risky)
        given(cut, f"late-{risky}", "release", shipment_id=risky)
        given(cut, risky, order)
    cut.connect()
    for risky, order in wanted:
        assert cut.edge.arrive(Named(trip=f"early-{risky}"), "Luz").examination == "release"
        assert cut.seen(risky).examination == order
        assert cut.edge.arrive(Named(trip=risky), "Luz").examination == order
        assert cut.edge.arrive(Named(trip=f"late-{risky}"), "Luz").examination == "release"
        assert cut.edge.arrive(Named(trip=risky), "Luz").examination == order
    cut.reconcile()
    assert {row(cut, risky).visit for risky in "abc"} == {cut.seen(risky).visit for risky in "abc"}


def test_a_trip_that_is_spelled_alike_and_has_left_answers_for_no_other(cut: Cut) -> None:
    given(cut, "a", "release", crossing_id="TRIP-1")
    cut.connect()
    assert cut.edge.arrive(Named(trip="TRIP-1"), "Luz").examination == "release"
    given(cut, "b", "hold", crossing_id="TRIP1")
    cut.connect()
    assert cut.edge.arrive(Named(trip="TRIP1"), "Luz").examination == "hold"


def test_a_number_takes_no_truck_past_what_is_ordered_by_its_plate(cut: Cut) -> None:
    given(cut, "a", "joint")
    given(cut, "b", "release")
    given(cut, "c", "release", tractor_id="TR-a")
    given(cut, "d", "release")
    cut.connect()
    # The plate is the ordered trip's and not the named one's: it is examined, and the order stands.
    said = cut.edge.arrive(Named(trip="b", plate="TR-a"), "Luz")
    assert (said.examination, said.code) == ("joint", "edge_mistakable")
    assert "otro camión" in said.reason.es
    report([examined("b", cut)], cut.edge, "Luz")
    assert cut.seen("a").examination == "joint"
    # An earlier trip of the same tractor is known by both.
    assert cut.edge.arrive(Named(trip="c", plate="TR-a"), "Luz").examination == "release"
    # And a number that was used up is no way either.
    assert cut.edge.arrive(Named(trip="d", plate="TR-d"), "Luz").examination == "release"
    last = cut.edge.arrive(Named(trip="d", plate="TR-a"), "Luz")
    assert (last.examination, last.repeated, last.visit) == ("joint", False, cut.seen("a").visit)


def test_a_trip_that_may_go_on_by_now_takes_no_other_truck_with_it(cut: Cut) -> None:
    given(cut, "a", "joint")
    given(cut, "b", "scan")
    cut.connect()
    cut.edge.arrive(Named(trip="b", plate="TR-b"), "Luz")
    override(cut.node.log, "b", "release", "Ana", "A mistake.", "Bea")
    cut.connect()
    assert cut.seen("b").examination == "release"
    assert cut.edge.arrive(Named(trip="b", plate="TR-a"), "Luz").examination == "joint"


def test_a_truck_whose_number_several_trips_have_is_examined_as_the_strictest_and_ends_no_order(cut: Cut) -> None:
    given(cut, "a", "scan", shipment_id="TRIP-2", crossing_id="TRIP-3")
    given(cut, "b", "release", crossing_id="TRIP-2")
    cut.connect()
    said = cut.edge.arrive(Named(trip="TRIP-2"), "Luz")
    assert (said.examination, said.code) == ("scan", "edge_mistakable")
    report([examined(said.visit, cut)], cut.edge, "Luz")
    assert cut.seen("TRIP-2").examination == "release"
    cut.reconcile()
    cut.connect()
    assert ordered(events(cut, "TRIP-3")) == "scan"
    assert len(of(Examined, cut, "TRIP-2")) == 1
    assert cut.edge.arrive(Named(trip="TRIP-3"), "Luz").examination == "scan"


@pytest.mark.parametrize("reason", ["edge_no_key", "edge_no_bundle"])
def test_who_could_not_be_drawn_is_examined_though_a_filing_is_found(reason: EdgeReason) -> None:
    visit = Visit("m-1", arrived=EdgeArrived(("m",), "secondary", reason))
    assert visit.standing(Expected("c", "decision", "release", ("c", "m"), 0)) == "secondary"


@pytest.mark.parametrize("order", ["hold", "joint"])
@pytest.mark.parametrize("first", ["a", "b"])
def test_of_trucks_that_came_with_one_number_the_one_that_is_ordered_answers_to_it(
    cut: Cut, order: Examination, first: str
) -> None:
    given(cut, "a", order, shipment_id="S-1")
    given(cut, "b", "release", shipment_id="S-1")
    cut.connect()
    for own in sorted("ab", reverse=first == "b"):
        said = cut.edge.arrive(Named(trip=own, plate=f"TR-{own}"), "Luz")
        assert said.examination == (order if own == "a" else "release")
    assert cut.edge.arrive(Named(trip="S-1"), "Luz").examination == order
    # A plate that is one's own decides between them.
    assert cut.edge.arrive(Named(trip="S-1", plate="TR-a"), "Luz").examination == order
    assert cut.edge.arrive(Named(trip="S-1", plate="TR-b"), "Luz").examination == "release"
    if order == "joint":
        cut.clock.move(minutes=1)
        # What is sent twice counts once: the truck that was examined goes on being the one that was meant.
        first_told, second_told = (report([examined("S-1", cut)], cut.edge, "Luz") for _ in range(2))
        assert (first_told.examinations, second_told.examinations, second_told.repeated) == (1, 0, 1)


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("came_by", [Named(trip="a", plate="TR-a"), Named(plate="TR-a")])
def test_a_number_takes_no_truck_past_what_it_stands_here_for(cut: Cut, used: bool, came_by: Named) -> None:
    given(cut, "a", "joint")
    given(cut, "d", "release")
    cut.connect()
    if used:
        assert cut.edge.arrive(Named(trip="d", plate="TR-d"), "Luz").examination == "release"
    assert cut.edge.arrive(came_by, "Luz").examination == "joint"
    for _ in range(2):
        assert cut.edge.arrive(Named(trip="d", plate="TR-a"), "Luz").examination == "joint"
    assert cut.seen("a").examination == "joint"
    # Once that is carried out the number is as good as any.
    report([examined("a", cut)], cut.edge, "Luz")
    assert cut.seen("a").examination == "release"


def test_no_trip_of_the_same_tractor_takes_it_past_what_it_stands_here_for_but_a_later_one(cut: Cut) -> None:
    given(cut, "a", "joint")
    given(cut, "c", "release", tractor_id="TR-a")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    said = cut.edge.arrive(Named(trip="c", plate="TR-a"), "Luz")
    assert (said.examination, said.code) == ("joint", "edge_mistakable")
    cut.clock.move(days=1)
    given(cut, "next", "release", tractor_id="TR-a", filed_at="2024-03-21T05:00:00-06:00")
    cut.connect()
    assert cut.edge.arrive(Named(trip="next", plate="TR-a"), "Luz").examination == "release"


def test_a_number_that_was_used_days_ago_takes_no_tractor_past_its_next_trip(cut: Cut) -> None:
    given(cut, "c", "release", tractor_id="TR-a")
    cut.connect()
    first = cut.edge.arrive(Named(trip="c", plate="TR-a"), "Luz")
    assert first.examination == "release"
    cut.reconcile()
    given(cut, "a", "joint")
    cut.connect()
    # It is asked about again at the exit.
    cut.clock.move(minutes=30)
    assert cut.edge.arrive(Named(trip="c", plate="TR-a"), "Luz").visit == first.visit
    cut.clock.move(days=2)
    assert cut.edge.arrive(Named(trip="c"), "Luz").visit == first.visit
    said = cut.edge.arrive(Named(trip="c", plate="TR-a"), "Luz")
    assert (said.examination, said.visit) == ("joint", cut.seen("a").visit)


def test_who_was_drawn_without_a_filing_does_not_pass_under_the_number_of_another_trip(cut: Cut) -> None:
    given(cut, "b", "release")
    cut.connect()
    assert cut.edge.arrive(Named(trip="none", plate="TR-z"), "Luz").examination == "secondary"
    assert cut.edge.arrive(Named(trip="b", plate="TR-z"), "Luz").examination == "secondary"


@pytest.mark.parametrize("order", ["hold", "joint"])
def test_what_officers_here_ordered_before_it_came_is_not_passed_by_another_number(
    cut: Cut, order: Examination
) -> None:
    given(cut, "a", "release")
    given(cut, "b", "release")
    cut.connect()
    cut.order("a", order, "Luz", "A tip.", None)
    assert cut.edge.arrive(Named(trip="b", plate="TR-a"), "Luz").examination == order


def arrivals(cut: Cut) -> list[str]:
    return [stored.event.stream for stored in cut.edge.log.read(types=[EdgeArrived.TYPE])]


@pytest.mark.parametrize("order", ["release", "joint"])
def test_a_visits_name_is_that_visit_wherever_a_trip_may_be_named(cut: Cut, order: Examination) -> None:
    given(cut, "a", order)
    cut.connect()
    before = cut.edge.look("a")
    assert before is not None
    first = cut.edge.arrive(Named(trip=before.visit), "Luz")
    assert (first.visit, first.known, first.repeated, first.examination) == (before.visit, True, False, order)
    unfiled = cut.edge.arrive(Named(plate="TR-z"), "Luz")
    for said in (first, unfiled):
        again = cut.edge.arrive(Named(trip=said.visit), "Luz")
        assert (again.visit, again.repeated, again.examination) == (said.visit, True, said.examination)
    assert cut.edge.arrive(Named(plate="TR-a"), "Luz").visit == first.visit
    assert len(arrivals(cut)) == 2


def test_a_report_by_a_visits_name_says_that_this_truck_came(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    _, visit, _ = cut.order("a", "joint", "Luz", "A tip.", None)
    assert report([examined(visit, cut, carried_out="joint")], cut.edge, "Luz").examinations == 1
    said = cut.edge.arrive(Named(plate="TR-a"), "Luz")
    assert (said.visit, said.repeated, said.examination) == (visit, True, "release")
    assert arrivals(cut) == [f"truck/{visit}"]


def test_a_trip_that_is_filed_under_a_visits_name_is_that_trip(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    visit = cut.edge.arrive(Named(trip="a"), "Luz").visit
    given(cut, "b", "hold", crossing_id=visit)
    cut.connect()
    assert cut.edge.arrive(Named(trip=visit), "Luz").examination == "hold"
