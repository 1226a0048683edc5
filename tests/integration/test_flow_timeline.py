"""The timeline of a crossing: everything that is known of one truck, and nothing that is not."""

from __future__ import annotations

from datetime import timedelta

from journeys import Learnt, Post, file, truck
from priced import COLOMBIA, book, last, put_in_force

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.domain.clock import microseconds
from aforo.exams.outcomes import Report
from aforo.flow.acceptance import accept
from aforo.flow.alert_acts import acknowledge, close
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.at_booth import arrive
from aforo.flow.bridge_reports import statement
from aforo.flow.challenge import contest
from aforo.flow.dossiers import Dossiers
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.reports import report
from aforo.flow.shown import record_reading, show
from aforo.flow.telemetry import ReaderAt, blocks_of, record
from aforo.flow.timeline import MOST_ENTRIES, Timeline, timeline
from aforo.flow.undo import undo
from aforo.intake.gate_reads import Read
from aforo.log.projections import Follower
from aforo.log.proof import prove
from aforo.log.sequencer import sequence


def told(crossing: str, node: Node) -> Timeline:
    made = timeline(crossing, node)
    assert made is not None
    return made


def journey(node: Node, post: Post, own: str = "T-1") -> None:
    """All that can happen to one truck."""
    log, readers = node.log, {"gate": ReaderAt("gate", "world-trade", "bridge")}
    file(node, truck(own), truck(f"{own}-2", amends=own, action="replace", crossing_id=own, tractor_id=f"TR-{own}"))
    post.clock.move(minutes=5)
    read = [
        Read("gate", microseconds(node.clock()), f"TR-{own}", None),
        Read("gate", microseconds(node.clock()), "TR-OTHER", None),
    ]
    record(blocks_of(read, readers, log), log, actor="gate")
    override(log, own, "hold", "luz", "The seal is broken.", None)
    Watch(log).look()
    (alert,) = [each for each in Alerts(log).open() if each.kind == "order_raised"]
    acknowledge(Alerts(log), alert.alert_id, "luz")
    close(Alerts(log), alert.alert_id, "Seen to at dock 4.", "luz")
    arrive(own, node, "ana")
    for payload in (
        ExaminationQueued(own, "dock", 60_000),
        ExaminationStarted(own, "dock", None, "dock 4"),
        ExaminationEnded(own, "dock"),
    ):
        post.clock.move(minutes=1)
        record([statement("world-trade", payload, node.clock())], log, actor="dock")
    late = node.clock() - timedelta(minutes=30)
    report([Report(1, None, own, True, True, "contraband", None, late)], node, "dora")
    report([Report(1, None, own, True, False, None, None, late)], node, "dora")
    contest(log, own, "carrier", "It was empty.", (), actor="carrier")
    shown = show(own, node, persons=True)
    assert shown is not None
    record_reading(shown, "eva", "token", node)
    sequence(log)


def test_everything_that_is_known_of_a_truck_is_in_one_answer(post: Post) -> None:
    with post.node() as node:
        journey(node, post)
        file(node, truck("ELSE"))
        made = told("T-1", node)
        kinds = {entry.kind for entry in made.entries}
        assert kinds >= {
            "filing",
            "decision",
            "order",
            "place",
            "read",
            "work",
            "outcome",
            "alert",
            "challenge",
            "seen",
        }
        assert [entry.at for entry in made.entries] == sorted(entry.at for entry in made.entries)
        assert made.beside_known
        assert (made.origin, made.left_out) == ("live", 0)
        by_type = {entry.type: entry for entry in made.entries}
        assert by_type["crossing.overridden"].data["reason"] == "The seal is broken."
        assert by_type["port.examination_started"].data == {
            "resource": "dock",
            "unit": "dock 4",
            "bridge": "world-trade",
        }
        assert by_type["device.gate_reads"].data["place"] == "bridge"
        assert (by_type["person.read"].actor, by_type["alert.closed"].actor) == ("eva", "luz")
        assert "driver_id" in by_type["person.read"].data["fields"]
        # Every entry is proved by its leaf.
        for entry in made.entries:
            assert entry.leaf is not None
            assert prove(node.log.database, entry.event_id).leaf == entry.leaf
        assert len({entry.event_id for entry in made.entries}) == len(made.entries)
        assert all(entry.says.en and entry.says.es for entry in made.entries)


def test_a_passage_that_an_examination_counts_is_not_told_as_passing_primary_then(post: Post) -> None:
    with post.node() as node:
        for own in ("T-1", "T-2"):
            file(node, truck(own))
            arrive(own, node, "ana")
        override(node.log, "T-1", "hold", "luz", "A tip.")
        post.clock.move(minutes=60)
        report([Report(1, None, "T-1", True, False, None, None, None)], node, "dora")
        report([Report(1, None, "T-2", False, None, None, None, None)], node, "dora")
        says = [next(e for e in told(own, node).entries if e.type == "crossing.passed") for own in ("T-1", "T-2")]
        assert [(each.kind, each.says.en) for each in says] == [
            ("outcome", "Counted as a passage of primary, by this examination"), ("place", "Passed primary"),
        ]  # fmt: skip


def test_what_came_late_and_what_was_corrected_is_told(post: Post) -> None:
    with post.node() as node:
        journey(node, post)
        made = told("T-1", node)
        first, second = [entry for entry in made.entries if entry.type == "crossing.examined"]
        assert (second.corrects, first.corrected_by) == (first.event_id, second.event_id)
        assert first.late_s == 30 * 60
        filed, amended = [entry for entry in made.entries if entry.type == "crossing.filed"]
        assert (amended.corrects, filed.corrected_by) == (filed.event_id, amended.event_id)
        assert by_seconds(made, "port.examination_ended") is None


def by_seconds(made: Timeline, type_: str) -> float | None:
    return next(entry.late_s for entry in made.entries if entry.type == type_)


def test_an_order_that_was_taken_back_stands_no_more_and_stays_in_the_timeline(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        released = next(each for each in file(node, learnt.future[:40]) if each.examination == "release").crossing_id
        made = override(node.log, released, "secondary", "luz", "The seal is broken.", None)
        given = told(released, node).standing
        assert given.order is not None
        assert (given.order.by, given.order.was, given.order.now) == ("luz", "release", "secondary")
        assert given.order.undoable
        accept(node.log, released, given.decision or "", "secondary", "ana")
        accepted = told(released, node).standing.accepted
        assert accepted is not None
        assert accepted.by == "ana"
        undo(node, released, made.event_id, "luz")
        after = told(released, node)
        assert (after.standing.order, after.standing.instruction, after.standing.accepted) == (None, "release", None)
        by_type = {entry.type: entry for entry in after.entries}
        undone = by_type["crossing.order_undone"]
        assert undone.corrects == made.event_id
        assert by_type["crossing.overridden"].corrected_by == undone.event_id


def test_what_is_told_names_no_person(post: Post) -> None:
    import msgspec

    with post.node() as node:
        journey(node, post)
        text = msgspec.json.encode(told("T-1", node)).decode()
        for name in ("DR-T-1", "TR-T-1", "brackets"):
            assert name not in text


def test_how_it_stands_leads(post: Post) -> None:
    with post.node() as node:
        file(node, truck("S-1"))
        override(node.log, "S-1", "hold", "luz", "The seal is broken.", None)
        made = told("S-1", node).standing
        assert (made.instruction, made.whereabouts, made.found, made.port) == ("hold", "waiting", False, "2304")
        assert made.ordered_by == node.log.stream("crossing/S-1")[-1].event.event_id
        assert timeline("NOBODY", node) is None


def test_the_dossiers_are_what_the_log_makes_of_them(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        file(node, learnt.future[:80])
        journey(node, post)
        node.dossiers.look()
        kept = node.dossiers.ask(lambda dossiers: dossiers.dump())
        node.dossiers.save()
        again = Dossiers()
        Follower(node.log, again).look()
        assert again.dump() == kept
        anew = Dossiers(node.dossiers._crossing_of)
        for start in range(0, node.log.position(), 7):
            anew.apply([each for each in node.log.read(start, types=anew.types, limit=7) if each.position <= start + 7])
        assert anew.dump() == kept
        loaded = Dossiers()
        loaded.load(kept)
        assert loaded.dump() == kept


def test_a_crossing_of_many_filings_is_told_within_its_limit(post: Post) -> None:
    with post.node() as node:
        file(node, [truck(f"M-{n}", crossing_id="MANY", tractor_id="TR-M", driver_id="DR-M") for n in range(1_010)])
        made = told("MANY", node)
        assert len(made.entries) == MOST_ENTRIES
        assert made.left_out > 0


def test_the_bridge_where_a_truck_stood_goes_before_what_papers_name_afterwards(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, book(), book(COLOMBIA))
    with post.node() as node:
        file(node, truck("T-1"))
        file(node, truck("T-2", crossing_id="T-1", tractor_id="TR-T-1", bridge="Colombia"))
        assert last(node.log, "T-1").bridge == told("T-1", node).standing.bridge == "colombia"
        started = statement("world-trade", ExaminationStarted("T-1", "dock", None, "dock 4"), node.clock())
        record([started], node.log, actor="dock")
        assert told("T-1", node).standing.bridge == "world-trade"
        file(node, truck("T-3", crossing_id="T-1", tractor_id="TR-T-1", bridge="Colombia"))
        assert last(node.log, "T-1").bridge == "colombia"
        assert told("T-1", node).standing.bridge == "world-trade"

        def bridge(dossiers: Dossiers) -> str:
            return dossiers.crossings["T-1"].bridge

        assert node.dossiers.ask(bridge) == "world-trade"
