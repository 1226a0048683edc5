"""Alerts from the log: raised with what happened, once; seen to by persons; escalated when late; settled by events."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alerted import held, hit, only, said
from journeys import NOW, Post, file, truck

from aforo.answers import response
from aforo.domain.event import Decided, Overridden
from aforo.domain.screening import ScreeningDismissed, ScreeningListed
from aforo.exams.outcomes import read
from aforo.flow import alert_acts
from aforo.flow.alert_acts import AlertRefusedError
from aforo.flow.alert_rules import activate, in_force
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.alerts_shown import Wanted, by_truck, measures
from aforo.flow.challenge import answer, contest
from aforo.flow.override import override
from aforo.flow.reports import report


def test_a_life_safety_hold_is_told_in_the_transaction_that_decides_it(post: Post) -> None:
    with held(post) as node:
        file(node, truck("A"))
        alerts = Alerts(node.log)
        alert = only(alerts)
        decided = next(each for each in node.log.stream("crossing/A") if isinstance(each.payload, Decided))
        raised = node.log.event(alert.alert_id)
        assert raised is not None
        assert (alert.kind, alert.crossing, raised.event.causation_id) == (
            "life_safety_hold", "A", decided.event.event_id)  # fmt: skip
        assert raised.position == decided.position + 1
        assert alert.truck is not None
        assert alert.due == NOW + timedelta(minutes=2)
        # The same filing again, and the watch, raise nothing more.
        file(node, truck("A"))
        assert Watch(node.log).look().raised == 0
        assert only(alerts).causes == alert.causes


def test_a_truck_that_is_not_held_raises_nothing(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A"))
        assert Alerts(node.log).open() == []


def test_a_later_hold_of_the_same_truck_joins(post: Post) -> None:
    with held(post) as node:
        file(node, truck("A"))
        file(node, truck("A2", crossing_id="A", tractor_id="TR-A"))
        alert = only(Alerts(node.log))
        assert len(alert.causes) == 2


def test_hits_below_the_threshold_raise_nothing_and_answers_settle_one_by_one(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A"))
        watch, stream = Watch(node.log), "screening/00000000000000ff"
        for own in (hit("0", 849_999), hit("1"), hit("2")):
            said(node.log, own, stream)
        assert watch.look().raised == 2
        said(node.log, ScreeningDismissed("00000000000000ff", "ofac", "2", "0" * 32, "Another."), stream)
        assert watch.look().settled == 0
        assert len(only(watch.alerts).causes) == 2
        said(node.log, ScreeningDismissed("00000000000000ff", "ofac", "1", "0" * 32, "Another."), stream)
        assert watch.look().settled == 1
        assert watch.alerts.open() == []


def test_a_hold_is_told_and_settled_by_two_officers_not_by_an_examination_that_finds_nothing(post: Post) -> None:
    with post.node() as node:
        (line,) = file(node, truck("A"))
        watch = Watch(node.log)
        override(node.log, "A", "hold", "ana", "The seal is broken.")
        watch.look()
        alert = only(watch.alerts)
        assert (alert.kind, alert.crossing) == ("order_raised", "A")
        report(read(b'{"crossing_id": "A", "examined": 1, "outcome": 0}\n', "r.ndjson")[0], node)
        assert watch.look().settled == 0
        override(node.log, "A", "release", "ana", "Nothing was found.", "luz")
        assert watch.look().settled == 1
        closed = watch.alerts.find(alert.alert_id)
        assert closed is not None
        assert (closed.ending, closed.closed_by) == ("resolved", "node")
        assert line.crossing_id == "A"


def test_an_order_is_told_and_the_examination_settles_it(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A"), truck("B"))
        watch = Watch(node.log)
        override(node.log, "A", "secondary", "ana", "The seal is broken.")
        override(node.log, "B", "hold", "ana", "The seal is broken.")
        watch.look()
        lines = b'{"crossing_id": "A", "outcome": 0}\n{"crossing_id": "B", "outcome": 1, "threat": "people"}\n'
        report(read(lines, "r.ndjson")[0], node)
        assert watch.look().settled == 2


def test_what_was_ordered_of_a_truck_that_is_held_for_what_was_found_is_no_stricter(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A"))
        report(read(b'{"crossing_id": "A", "outcome": 1, "threat": "contraband"}\n', "r.ndjson")[0], node)
        watch = Watch(node.log)
        watch.look()
        # As logs have it from when that could be ordered.
        said(node.log, Overridden("secondary", "A closer look.", 0, "luz"), "crossing/A")
        assert watch.look().raised == 0
        assert only(watch.alerts).kind == "contraband_found"


def test_an_order_that_lowers_settles_and_raises_nothing(post: Post) -> None:
    with held(post) as node:
        file(node, truck("A"))
        watch = Watch(node.log)
        override(node.log, "A", "scan", "ana", "Seen by hand.", "luz")
        assert (watch.look().settled, watch.alerts.open()) == (1, [])


def test_a_challenge_rings_before_its_day_and_on_it_and_an_answer_settles_both(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A"))
        made = contest(node.log, "A", "carrier", "It was empty.")
        watch = Watch(node.log)
        assert watch.look().raised == 0
        post.clock.move(days=8)
        assert watch.look().raised == 1
        assert only(watch.alerts).kind == "challenge_due"
        post.clock.move(days=2)
        assert watch.look().raised == 1
        assert {each.kind for each in watch.alerts.open()} == {"challenge_due", "challenge_overdue"}
        answer(node.log, made.challenge, "dismissed", "luz", "It was not.")
        assert (watch.look().settled, watch.alerts.open()) == (2, [])


def test_a_challenge_that_is_answered_in_time_never_rings(post: Post) -> None:
    with post.node() as node:
        file(node, truck("A"))
        made = contest(node.log, "A", "carrier", "It was empty.")
        answer(node.log, made.challenge, "dismissed", "luz", "It was not.")
        watch = Watch(node.log)
        post.clock.move(days=20)
        assert watch.look().raised == 0


def test_a_list_rings_when_it_is_stale_and_a_new_copy_settles_it(post: Post) -> None:
    with post.log() as log:
        watch = Watch(log)
        said(log, ScreeningListed("un", "0" * 64, 9, NOW), "artefact/list/un")
        watch.look()
        post.clock.move(days=7)
        watch.look()
        assert (only(watch.alerts).kind, only(watch.alerts).subject) == ("stale_list", "list/un")
        # A copy that is stale when it comes settles the old alert and rings itself.
        said(log, ScreeningListed("un", "1" * 64, 9, NOW), "artefact/list/un")
        watch.look()
        assert only(watch.alerts).raised_at == post.clock()
        for _ in range(2):
            again = Watch(log)  # it begins with the first event: nothing was saved
            again.look()
            assert only(again.alerts).alert_id == only(watch.alerts).alert_id
        said(log, ScreeningListed("un", "2" * 64, 9, post.clock()), "artefact/list/un")
        watch.look()
        assert watch.alerts.open() == []


def test_a_hold_that_a_trip_takes_over_is_told_of_the_trip_alone(post: Post) -> None:
    same = {"shipment_id": "S-1", "tractor_id": "T-1", "driver_id": "D-1"}
    with held(post) as node:
        file(node, truck("ENTRY", **same))
        watch = Watch(node.log)
        watch.look()
        assert only(watch.alerts).crossing == "ENTRY"
        file(node, truck("S-1", crossing_id="TRIP", **same | {"driver_id": "D-2"}))
        watch.look()
        alert = only(watch.alerts)
        assert alert.crossing == "TRIP"
        with pytest.raises(AlertRefusedError, match="alert_names_person"):
            alert_acts.close(watch.alerts, alert.alert_id, "D-1 is late.", "luz")
        override(node.log, "TRIP", "scan", "ana", "Seen by hand.", "luz")
        watch.look()
        assert watch.alerts.open() == []


def test_contradictions_are_told(post: Post) -> None:
    import polars as pl
    from journeys import table_of

    from aforo.flow.journey import screen
    from aforo.flow.quarantine import contradictions, quarantine

    with post.node() as node:
        file(node, truck("A"))
        table = table_of(pl.DataFrame([truck("A", value_usd=9.0)]))
        screened = screen(table, node, "declarations")
        quarantine(contradictions(table, screened.filings.contradicted), node, "declarations")
        watch = Watch(node.log)
        watch.look()
        assert only(watch.alerts).kind == "contradiction"


def test_two_watches_and_any_number_of_restarts_double_nothing(post: Post) -> None:
    with held(post) as node:
        file(node, [truck(f"T{n}") for n in range(5)])
        for n in range(5):
            override(node.log, f"T{n}", "release", "ana", "Seen.", "luz")
            override(node.log, f"T{n}", "hold", "ana", "Seen again.")
        first, second = Watch(node.log), Watch(node.log)
        first.look()
        second.look()
        first.save()
        post.clock.move(minutes=5)
        first.look()
        second.look()
        Watch(node.log).look()
        alerts = Alerts(node.log).all()
        assert sorted(alert.kind for alert in alerts) == ["life_safety_hold"] * 5 + ["order_raised"] * 5
        assert {(alert.level, alert.version) for alert in alerts if alert.closed_at is None} == {(1, 2)}
        kept = {alert.alert_id: alert for alert in alerts}
        node.log.projections.drop("alerts/1")
        node.log.projections.drop("alert-watch/1")
        Watch(node.log).look()
        assert {alert.alert_id: alert for alert in Alerts(node.log).all()} == kept


def test_a_document_in_force_rules_what_is_raised_from_then_on(post: Post) -> None:
    with held(post) as node:
        document = response.shipped().replace(
            b'acknowledge = { minutes = 2, source = "assumed" }', b'acknowledge = { minutes = 9, source = "order 7" }'
        )
        force = activate(node.log, document, "ana")
        assert activate(node.log, document, "ana").hash == force.hash == in_force(node.log).hash
        assert len(node.log.stream("artefact/alerts/response")) == 2
        file(node, truck("A"))
        alert = only(Alerts(node.log))
        assert alert.due == NOW + timedelta(minutes=9)
        assert alert.causes[0].document == force.hash


def test_a_document_that_is_gone_keeps_no_truck_waiting(post: Post) -> None:
    with held(post) as node:
        activate(node.log, response.shipped().replace(b'version = "1"', b'version = "2"'), "ana")
        with node.log.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM artefact WHERE kind = 'alerts'")
        file(node, truck("A"))
        assert only(Alerts(node.log)).causes[0].document == response.hash_of(response.shipped())


def test_lists_are_grouped_by_truck_and_measures_count_what_is_missing(post: Post) -> None:
    with held(post) as node:
        file(node, [truck("A", tractor_id="T1"), truck("B", tractor_id="T2"), truck("C", tractor_id="T1")])
        alerts = Alerts(node.log)
        found, total = by_truck(alerts.all(), post.clock(), Wanted(), 10)
        assert (total, sorted(len(each.alerts) for each in found)) == (3, [1, 2])
        alert_of_a = next(alert.alert_id for alert in alerts.all() if alert.crossing == "A")
        post.clock.move(seconds=30)
        alert_acts.acknowledge(alerts, alert_of_a, "luz")
        post.clock.move(seconds=30)
        alert_acts.close(alerts, alert_of_a, "Seen.", "luz")
        (measure,) = measures(alerts.all(), post.clock())
        assert (measure.alerts, measure.open) == (3, 2)
        assert (measure.acknowledge.known, measure.acknowledge.missing, measure.acknowledge.median_s) == (1, 2, 30.0)
        assert (measure.respond.known, measure.respond.missing, measure.respond.median_s) == (1, 2, 60.0)
        assert by_truck(alerts.all(), post.clock(), Wanted(frozenset({"closed"})), 10)[1] == 1
        assert by_truck(alerts.all(), post.clock(), Wanted(crossing="B"), 10)[1] == 1
        # Page by page it is the same list: each alert once, the last page as long as what is left, and all are counted.
        found, total = by_truck(alerts.all(), post.clock(), Wanted(), 10)
        pages = [by_truck(alerts.all(), post.clock(), Wanted(), 1, skip) for skip in range(total + 1)]
        one_by_one = [alert for trucks, _ in pages for each in trucks for alert in each.alerts]
        assert one_by_one == [alert for each in found for alert in each.alerts]
        assert (pages[-1][0], {count for _, count in pages}) == ([], {total})
