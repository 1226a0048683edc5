"""What is held or ordered is in every bundle, and stands at the edge until it was done or officers lowered it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from cut_off import NOW, PORT, Cut, alerts, events, examined, given, row
from journeys import file, truck

from aforo.domain.decision import Examination
from aforo.domain.event import Decided, Event, Filed, Moved, Overridden, Taken, TakenFiling, new_event
from aforo.exams.override import OverrideRefusedError
from aforo.flow import edge_open
from aforo.flow.at_booth import arrive, at_yard
from aforo.flow.edge_bundle import sign
from aforo.flow.edge_expected import Expecting, digest_of
from aforo.flow.edge_node import Named
from aforo.flow.edge_open import OpenOrders
from aforo.flow.edge_reports import report
from aforo.flow.order import ordered
from aforo.flow.override import override
from aforo.flow.reports import report as report_at_node
from aforo.log.ids import event_id


def expected(cut: Cut, port: str = PORT) -> dict[str, Examination]:
    """What a port is told of each crossing, by an index that is made anew."""
    expecting = Expecting(cut.node.log, port)
    found, _ = expecting.trucks()
    names = {each.ref: expecting.crossings(each.marks[0])[-1] for each in found}
    return {names[each.ref]: each.order for each in found}


def decide(cut: Cut, own: str, **fields: object) -> Event:
    """Have the node decide a crossing again."""
    before, at = cut.node.log.stream(f"crossing/{own}"), cut.node.clock()
    last = next(stored.payload for stored in reversed(before) if isinstance(stored.payload, Decided))
    payload = type(last)(**({name: getattr(last, name) for name in last.__struct_fields__} | fields))
    made = new_event(
        event_id(at), payload, f"crossing/{own}", before[-1].event.version + 1, occurred_at=at, recorded_at=at,
        actor="node",
    )  # fmt: skip
    cut.node.log.append([made])
    return made


def cancel(cut: Cut, own: str) -> None:
    file(cut.node, truck(f"{own}-gone", amends=own, action="cancel"))


def mandatory(cut: Cut, own: str, examination: Examination = "joint", **fields: object) -> None:
    """File a truck of which the node's own decision orders something."""
    given(cut, own, "release", **fields)
    decide(cut, own, examination=examination, basis="mandatory")


def test_what_was_found_is_taken_back_by_no_report_of_another_examination(cut: Cut) -> None:
    given(cut, "a", "scan")
    report_at_node([examined("a", cut, violation=True, threat="theft", at=NOW - timedelta(minutes=5))], cut.node)
    assert expected(cut) == {"a": "hold"}
    report_at_node([examined("a", cut, at=NOW - timedelta(minutes=2))], cut.node)
    assert expected(cut) == {"a": "hold"}
    assert cut.connect().trucks
    assert cut.edge.arrive(Named(plate="TR-a"), "Luz").examination == "hold"
    # A word on that very examination takes it back.
    report_at_node([examined("a", cut, at=NOW - timedelta(minutes=5))], cut.node)
    assert expected(cut) == {}


def test_two_officers_at_the_node_release_what_was_found(cut: Cut) -> None:
    given(cut, "a", "scan")
    report_at_node([examined("a", cut, violation=True, threat="theft")], cut.node)
    with pytest.raises(OverrideRefusedError, match="override_needs_second"):
        override(cut.node.log, "a", "release", "Ana", "Seized.")
    override(cut.node.log, "a", "release", "Ana", "Seized.", "Bea")
    assert expected(cut) == {}


def test_a_finding_is_held_though_its_filing_is_cancelled(cut: Cut) -> None:
    given(cut, "a", "release")
    report_at_node([examined("a", cut, violation=True, threat="theft")], cut.node)
    cancel(cut, "a")
    assert expected(cut) == {"a": "hold"}


def test_a_lesser_examination_leaves_the_order_whatever_is_said_of_an_earlier_one(cut: Cut) -> None:
    given(cut, "a", "scan")
    first = NOW - timedelta(minutes=30)
    report_at_node([examined("a", cut, at=first)], cut.node)
    assert expected(cut) == {}
    decide(cut, "a", examination="joint", basis="mandatory")
    report_at_node([examined("a", cut, carried_out="scan", at=NOW - timedelta(minutes=9))], cut.node)
    assert expected(cut) == {"a": "joint"}
    report_at_node([examined("a", cut, violation=None, at=first)], cut.node)
    assert expected(cut) == {"a": "joint"}
    report_at_node([examined("a", cut, at=NOW - timedelta(minutes=1))], cut.node)
    assert expected(cut) == {}


def test_an_officers_order_that_a_lesser_examination_left_is_expected_until_it_is_carried_out(cut: Cut) -> None:
    given(cut, "a", "release")
    override(cut.node.log, "a", "joint", "Ana", "A tip.")
    report_at_node([examined("a", cut, carried_out="scan", at=NOW - timedelta(minutes=9))], cut.node)
    assert expected(cut) == {"a": "joint"}
    report_at_node([examined("a", cut, at=NOW - timedelta(minutes=1))], cut.node)
    assert expected(cut) == {}


def test_a_truck_at_the_yard_or_the_booth_keeps_its_order_though_it_is_cancelled(cut: Cut) -> None:
    for own in ("a", "b", "c"):
        mandatory(cut, own)
    arrive("a", cut.node, "Luz")
    at_yard("c", cut.node, "Luz")
    for own in ("a", "b", "c"):
        cancel(cut, own)
    assert expected(cut) == {"a": "joint", "c": "joint"}


def test_a_hold_is_expected_however_old_it_is_by_a_node_that_starts_again(
    cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_open, "SAVE_AFTER", 3)
    given(cut, "a", "hold")
    mandatory(cut, "b")
    given(cut, "c", "release")
    given(cut, "d", "scan")
    report_at_node([examined("d", cut, violation=True, threat="theft")], cut.node)
    mandatory(cut, "e")
    override(cut.node.log, "e", "release", "Ana", "A mistake.", "Bea")
    assert expected(cut) == {"a": "hold", "b": "joint", "c": "release", "d": "hold", "e": "release"}
    running = Expecting(cut.node.log, PORT)
    running.trucks()
    cut.clock.move(days=5)
    assert expected(cut) == {"a": "hold", "b": "joint", "d": "hold"}
    cut.clock.move(days=40)
    assert expected(cut) == {"a": "hold", "d": "hold"}
    assert sorted(each.order for each in running.trucks()[0]) == ["hold", "hold"]
    saved = OpenOrders(cut.node.log)
    assert saved.crossings.keys() >= {"a", "d"}
    assert "e" not in saved.catch_up().crossings


def test_no_date_that_a_filer_writes_takes_an_order_from_the_bundle(cut: Cut) -> None:
    mandatory(cut, "a", filed_at="2024-03-10T08:00:00-06:00")
    assert expected(cut) == {"a": "joint"}


def test_an_order_that_a_node_which_went_back_forgot_is_kept_whatever_date_its_filer_wrote(cut: Cut) -> None:
    mandatory(cut, "a", filed_at="2024-03-10T08:00:00-06:00")
    force = cut.connect()
    empty = msgspec.structs.replace(
        force.bundle, position=1, known=False, trucks=(), digest=digest_of([]), nonce="n", since=None
    )
    back = cut.edge.take(sign(empty, cut.node.keys.signing.current(cut.node.log.origin)), "n")
    assert [each.order for each in back.kept.values()] == ["joint"]


def test_an_order_follows_the_truck_to_the_port_that_its_filing_names_now(cut: Cut) -> None:
    given(cut, "a", "hold")
    file(cut.node, truck("a2", crossing_id="a", amends="a", action="replace", port="2305"))
    assert ordered(events(cut, "a")) == "hold"
    assert expected(cut)["a"] == "hold"
    assert expected(cut, "2305")["a"] == "hold"
    assert expected(cut, "2404") == {}


def test_an_order_of_a_truck_that_names_no_port_is_known_at_every_port(cut: Cut) -> None:
    given(cut, "a", "hold", port=None)
    given(cut, "b", "release", port=None)
    for port in (PORT, "2404"):
        assert expected(cut, port) == {"a": "hold"}


def test_a_truck_that_another_trip_took_in_is_found_by_the_name_that_it_had(cut: Cut) -> None:
    given(cut, "a", "hold", crossing_id="TRIP-A")
    found = Expecting(cut.node.log, PORT)
    (held,) = found.trucks()[0]
    own = events(cut, "TRIP-A")
    floor = next(stored.payload for stored in own if isinstance(stored.payload, Decided))
    filed = next(stored.payload for stored in own if isinstance(stored.payload, Filed))
    at = cut.node.clock()
    given(cut, "b", "hold", crossing_id="TRIP-B")
    part = Taken("TRIP-A", (TakenFiling(at, filed),), floor)
    into = next(stored.payload for stored in events(cut, "TRIP-B") if isinstance(stored.payload, Filed))
    taking = type(into)(**({name: getattr(into, name) for name in into.__struct_fields__} | {"takes": (part,)}))
    for stream, payload in (("TRIP-B", taking), ("TRIP-A", Moved("TRIP-B"))):
        version = events(cut, stream)[-1].event.version + 1
        made = new_event(
            event_id(at), payload, f"crossing/{stream}", version, occurred_at=at, recorded_at=at, actor="node"
        )
        cut.node.log.append([made])
    (both,) = found.trucks()[0]
    assert held.marks[0] in both.marks
    cut.connect()
    assert cut.edge.arrive(Named(trip="TRIP-A"), "Luz").examination == "hold"


def test_two_crossings_with_one_name_but_for_its_spelling_hide_nothing_of_each_other(cut: Cut) -> None:
    given(cut, "a", "hold", crossing_id="TRIP-1")
    cut.connect()
    given(cut, "b", "release", crossing_id="trip 1")
    force = cut.connect()
    assert sorted(each.order for each in force.trucks.values()) == ["hold", "release"]
    assert cut.edge.arrive(Named(trip="trip-1"), "Luz").examination == "hold"
    override(cut.node.log, "TRIP-1", "release", "Ana", "A mistake.", "Bea")
    cut.connect()


def test_of_several_spellings_of_a_name_most_is_asked_and_the_trip_comes_before_what_it_carries(cut: Cut) -> None:
    given(cut, "a", "release", crossing_id="TRIP-1")
    given(cut, "b", "hold", crossing_id="trip 1")
    given(cut, "c", "scan", shipment_id="TRIP-2", crossing_id="TRIP-3")
    given(cut, "d", "release", crossing_id="TRIP-2")
    unknown = cut.edge.arrive(Named(trip="TRIP-9"), "Luz")
    cut.connect()
    assert cut.edge.arrive(Named(trip="trip-1"), "Luz").examination == "hold"
    assert cut.edge.arrive(Named(trip="TRIP-2", plate="TR-d"), "Luz").examination == "release"
    assert cut.edge.arrive(Named(trip="TRIP-3"), "Luz").examination == "scan"
    assert unknown.examination == "secondary"


def test_a_cancellation_after_the_arrival_frees_nothing_at_the_edge(cut: Cut) -> None:
    mandatory(cut, "a")
    given(cut, "b", "scan")
    cut.connect()
    for own in ("a", "b"):
        cut.edge.arrive(Named(trip=own), "Luz")
    mandatory_later = "b"
    override(cut.node.log, mandatory_later, "joint", "Ana", "A tip.")
    cut.connect()
    assert cut.seen("b").examination == "joint"
    override(cut.node.log, "b", "release", "Ana", "A mistake.", "Bea")
    decide(cut, "b", examination="joint", basis="mandatory")
    cut.connect()
    # The node has not heard that they came: to it they are cancelled.
    for own in ("a", "b"):
        cancel(cut, own)
    force = cut.connect()
    assert not force.trucks
    for own in ("a", "b"):
        assert cut.seen(own).examination == "joint"
        refused = report([examined(own, cut, examined=False)], cut.edge, "Luz")
        assert [each.code for each in refused.problems] == ["edge_order_stands"]
    report([examined("a", cut)], cut.edge, "Luz")
    cut.reconcile()
    again = cut.connect()
    assert cut.seen("a").examination == "release"
    assert [each.order for each in again.all().values()] == ["joint"]
    assert not again.kept, "the node knows by now that it came"
    report([examined("b", cut)], cut.edge, "Luz")
    cut.reconcile()
    assert not cut.connect().all()


def test_a_hold_that_comes_after_officers_lowered_another_order_is_a_hold(cut: Cut) -> None:
    given(cut, "a", "scan")
    given(cut, "b", "hold")
    cut.connect()
    for own in ("a", "b"):
        cut.order(own, "release", "Luz", "Empty.", "Eva")
        assert cut.seen(own).examination == "release"
    override(cut.node.log, "a", "hold", "Ana", "A tip.")
    cut.reconcile()
    assert ordered(events(cut, "b")) == "release"
    override(cut.node.log, "b", "hold", "Ana", "Another tip.")
    cut.connect()
    for own in ("a", "b"):
        assert cut.edge.arrive(Named(plate=f"TR-{own}"), "Luz").examination == "hold"


def test_a_held_truck_is_found_by_its_plate_after_a_clean_report(cut: Cut) -> None:
    given(cut, "a", "secondary")
    given(cut, "b", "secondary")
    cut.connect()
    for own in ("a", "b"):
        cut.edge.arrive(Named(trip=own), "Luz")
    report([examined("a", cut, violation=True, at=NOW)], cut.edge, "Luz")
    report([examined("a", cut, at=NOW + timedelta(minutes=2))], cut.edge, "Luz")
    report([examined("b", cut, at=NOW)], cut.edge, "Luz")
    override(cut.node.log, "b", "hold", "Ana", "A tip.")
    cut.connect()
    for own in ("a", "b"):
        said = cut.edge.arrive(Named(plate=f"TR-{own}"), "Luz")
        assert (said.examination, said.repeated) == ("hold", True)
    cut.reconcile()
    assert expected(cut) == {"a": "hold", "b": "hold"}


def test_of_two_words_on_one_examination_the_worse_stands(cut: Cut) -> None:
    given(cut, "a", "secondary")
    given(cut, "b", "secondary")
    cut.connect()
    for own in ("a", "b"):
        cut.edge.arrive(Named(trip=own), "Luz")
    clean, bad = (examined("a", cut, violation=violation, at=NOW) for violation in (False, True))
    assert report([clean], cut.edge, "Luz").examinations == 1
    assert report([bad], cut.edge, "Eva").corrections == 1
    for at in (NOW, None):
        refused = report([examined("a", cut, at=at)], cut.edge, "Luz")
        assert [each.code for each in refused.problems] == ["edge_finding_stands"]
        assert "dos" in refused.problems[0].reason.es
    assert cut.seen("a").examination == "hold"
    cut.reconcile()
    assert expected(cut)["a"] == "hold"
    # Nor does somebody else's clean account of about then take it back.
    report_at_node([examined("a", cut, at=NOW + timedelta(seconds=40))], cut.node)
    assert expected(cut)["a"] == "hold"


def test_officers_at_the_edge_release_what_was_found_there(cut: Cut) -> None:
    given(cut, "a", "secondary")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    report([examined("a", cut, violation=True, threat="theft", at=NOW)], cut.edge, "Luz")
    cut.order("a", "release", "Luz", "Seized; it may go.", "Eva")
    assert cut.seen("a").examination == "release"
    # What is found after that holds it again.
    report([examined("a", cut, violation=True, threat="theft", at=NOW + timedelta(minutes=3))], cut.edge, "Luz")
    assert cut.seen("a").examination == "hold"
    cut.order("a", "release", "Luz", "That too.", "Eva")
    cut.clock.move(minutes=5)
    cut.reconcile()
    assert "order_withheld" not in row(cut, "a").effects
    assert [stored.payload.examination for stored in events(cut, "a") if isinstance(stored.payload, Overridden)][
        -1
    ] == "release"
    assert expected(cut) == {}


def test_one_officer_alone_lowers_no_hold_of_a_crossing_that_is_cancelled(cut: Cut) -> None:
    given(cut, "a", "release")
    decide(cut, "a", examination="hold", basis="mandatory")
    cancel(cut, "a")
    with pytest.raises(OverrideRefusedError, match="override_needs_second"):
        override(cut.node.log, "a", "scan", "Ana", "A tip.")
    with pytest.raises(OverrideRefusedError, match="override_needs_second"):
        override(cut.node.log, "a", "release", "Ana", "A tip.")
    assert expected(cut) == {"a": "hold"}
    made = override(cut.node.log, "a", "scan", "Ana", "A mistake.", "Bea")
    assert (made.was, made.now) == ("hold", "scan")


@pytest.mark.parametrize("order", ["release", "secondary"])
def test_who_lets_go_what_was_found_at_the_node_is_told_of(cut: Cut, order: Examination) -> None:
    given(cut, "a", order)
    cut.connect()
    report_at_node([examined("a", cut, violation=True, threat="theft", at=NOW - timedelta(hours=2))], cut.node)
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == order
    if order != "release":
        report([examined("a", cut)], cut.edge, "Luz")
    cut.reconcile()
    assert alerts(cut) == [("missed_hold", "crossing/a")]
    missed = row(cut, "a")
    assert (missed.would, missed.now, missed.missed) == ("hold", "hold", "hold")


def test_what_the_edge_found_itself_is_no_missed_hold(cut: Cut) -> None:
    given(cut, "a", "secondary")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    report([examined("a", cut, violation=True, threat="theft", at=NOW)], cut.edge, "Luz")
    report([examined("a", cut, violation=True, threat="contraband", at=NOW)], cut.edge, "Luz")
    cut.reconcile()
    assert alerts(cut) == []
    assert expected(cut) == {"a": "hold"}
