"""What comes back is recorded once, learnt from, and remembered the same whether kept up live or made from the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journeys import NOW, Learnt, Post, decisions, file, payloads, table_of, truck

from aforo.bootstrap import save_state
from aforo.domain.event import ArtefactPromoted, Decided, Examined
from aforo.exams.outcomes import Report
from aforo.flow.journey import record, settle, write_up
from aforo.flow.node import Node
from aforo.flow.override import override
from aforo.flow.projection import NodeState
from aforo.flow.replay import logged, replay
from aforo.flow.reports import Reported, report
from aforo.log.store import ConcurrencyError
from aforo.risk import feature_rows
from aforo.risk.features import FEATURES, INDEX


def found(declaration: str, violation: bool | None = True, threat: str | None = None, **more: Any) -> Report:
    return Report(1, declaration, more.get("crossing"), True, violation, threat, None, more.get("at"))


def remembered(node: Node) -> tuple[object, ...]:
    return node.memory.dump(), node.price, node.passages.counts(), sorted(node.committed_days)


def drop_state(node: Node) -> None:
    for saved in {f"node/{each.artefacts}/{NodeState.version}" for each in decisions(node.log)}:
        node.log.projections.drop(saved)


def test_reported_twice_counts_once_and_the_unknown_is_named(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"), truck("b", crossing_id="B"))
        told = report(
            [found("a"), found("a"), found("nobody"), Report(4, None, "B", True, False, None, None, None)], node
        )
        assert (told.passages, told.examinations, told.repeated) == (2, 2, 1)
        assert [problem.code for problem in told.problems] == ["unknown_declaration"]
        assert "nobody" in told.problems[0].reason.en
        assert "nobody" in told.problems[0].reason.es
        position, memory = node.log.position(), node.memory.dump()
        again = report([found("a"), Report(9, "b", None, True, False, None, None, None)], node)
        assert (again.passages, again.examinations, again.repeated) == (0, 0, 2)
        assert (node.log.position(), node.memory.dump()) == (position, memory)


def test_when_it_happened_and_when_it_was_reported_are_told_apart(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"), truck("b"))
        now = node.clock()
        before = (now - timedelta(hours=5)).astimezone(timezone(timedelta(hours=-6)))
        report([found("a", at=before), found("b")], node)
        told = [stored.event for stored in node.log.read(types=("crossing.passed", "crossing.examined"))]
    assert [event.occurred_at for event in told[:2]] == [before, before]
    assert all(event.reported_at == event.recorded_at >= now for event in told[:2])
    assert all(event.reported_at is None and event.occurred_at == event.recorded_at for event in told[2:])
    assert len(told) == 4


def test_every_declaration_of_a_crossing_names_its_crossing(post: Post) -> None:
    with post.node() as node:
        file(node, [truck("a", crossing_id="X"), truck("b", crossing_id="X")])
        told = report([found("a"), found("b"), Report(3, None, "X", True, True, None, None, None)], node)
        assert (told.examinations, told.repeated) == (1, 2)
        assert node.memory.findings == 1200 + 1  # one finding, of one crossing


def test_a_finding_teaches_as_much_on_a_crossing_of_five_declarations(post: Post) -> None:
    # At a rate at which both are to be examined: who is examined against a release counts in part.
    with post.node(rate=0.95) as node:
        lines = file(node, [truck(f"c{i}", crossing_id="C", tractor_id="T", importer_id=f"IM-{i}") for i in range(5)])
        lines += file(node, truck("s", tractor_id="U"))
        assert None not in {line.basis for line in lines}
        taught = []
        for own in ("c0", "s"):
            before = node.memory.findings
            report([found(own, threat="people")], node)
            taught.append(node.memory.findings - before)
        probes = [truck(f"p{own}", tractor_id=own, carrier_id=f"N{own}", importer_id=f"N{own}") for own in "TU"]
        file(node, *probes)
        rows = [feature_rows.from_text(made.features, len(FEATURES))[0] for made in decisions(node.log)[-2:]]
    assert taught == [1, 1]
    assert rows[0][INDEX["tractor.shift"]] == pytest.approx(rows[1][INDEX["tractor.shift"]], rel=0.05)


def test_a_finding_changes_the_next_screening_of_the_same_importer(post: Post) -> None:
    with post.node() as node:
        for i in range(4):
            file(node, truck(f"a{i}", importer_id="WATCHED-ONE", exporter_id=f"E{i}"))
        drop = truck("before", importer_id="WATCHED-ONE", exporter_id="E")
        (before,) = file(node, drop)
        report([found(f"a{i}", threat="contraband") for i in range(4)], node)
        (after,) = file(node, drop | {"declaration_id": "after"})
        (other,) = file(node, truck("other", importer_id="ELSE", exporter_id="E9", broker_id="B9", carrier_id="C9"))
    assert after.probability > before.probability + 0.01
    raised = {each.code: each.log_odds for each in after.threats["contraband"].evidence if each.source == "memory"}
    assert raised["importer"] > 0
    assert other.probability < after.probability


def journey(node: Node) -> None:
    """Crossings of every kind, amended before and after they were examined, and cancelled."""
    file(node, [truck("a", crossing_id="A"), truck("a2", crossing_id="A", importer_id="IM-2"), truck("b")])
    file(node, truck("c", tractor_id=None), [truck("d"), truck("d2", amends="d", action="cancel")])
    report([found("a", threat="people"), found("b", False)], node)
    file(node, truck("a3", amends="a2", action="replace", importer_id="IM-3"))
    file(node, truck("b2", amends="b", action="cancel"), truck("e"))
    override(node.log, "e", "secondary", "Ana", "A tip.")
    report([found("e", threat="theft"), found("c", None), Report(1, "d", None, False, None, None, None, None)], node)
    file(node, truck("e2", amends="e", action="replace"), truck("f", tractor_id="TR-e"))
    file(node, [truck("g"), truck("g2", amends="g", action="cancel")])


def test_made_again_from_the_log_it_is_the_same_to_the_bit(post: Post) -> None:
    with post.node() as node:
        journey(node)
        live = remembered(node)
        save_state(node)
    with post.node() as node:
        assert remembered(node) == live
        drop_state(node)
    with post.node() as node:
        assert remembered(node) == live


def test_a_crash_before_the_state_was_saved_loses_nothing(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        file(node, learnt.future[:50])
        save_state(node)
        report([found(node_line) for node_line in learnt.future["declaration_id"][:5]], node)
        journey(node)
        live = remembered(node)
    with post.node() as node:
        assert remembered(node) == live
        (line,) = file(node, truck("z"))
    with post.node() as node:
        (again,) = file(node, truck("z"))
        assert line == again


def test_what_another_process_wrote_meanwhile_is_not_lost(post: Post) -> None:
    with post.node() as first:
        file(first, truck("a"))
        with post.node() as second:
            report([found("a", threat="contraband")], second)
            save_state(second)
            told = second.memory.findings
        file(first, truck("b"))
        save_state(first)
    with post.node() as node:
        assert node.memory.findings == told
        live = remembered(node)
        drop_state(node)
    with post.node() as node:
        assert remembered(node) == live


def test_the_price_goes_on_when_rules_change_and_starts_anew_at_another_rate(post: Post, learnt: Learnt) -> None:
    from test_flow_selection import BANDED, put_in_force

    with post.node() as node:
        start = node.price
        file(node, learnt.future)
        moved = node.price
        assert moved != start
    with post.log() as log:
        put_in_force(log, BANDED)
    with post.node() as node:
        assert node.price == moved
    with post.node(rate=0.2) as node:
        assert node.price != moved
    with post.node() as node:
        assert node.price == moved


def test_what_an_officer_chose_is_marked(post: Post, learnt: Learnt) -> None:
    with post.node() as node:
        lines = file(node, learnt.future)
        released = [line.declaration_id for line in lines if line.basis is None][:3]
        chosen = next(line.declaration_id for line in lines if line.basis == "priced")
        override(node.log, released[0], "scan", "Ana", "A tip.")
        report([found(each) for each in (released[0], released[1], chosen)], node)
        marks = [each.outcome.by_override for each in payloads(node.log.read(types=[Examined.TYPE]), Examined)]
    assert marks == [True, True, False]


def counts(told: Reported) -> tuple[int, int, int, list[str]]:
    return told.examinations, told.repeated, told.corrections, [problem.code for problem in told.problems]


#: Two hours after everything was filed.
THEN = datetime(2024, 3, 20, 16, tzinfo=UTC)


def replayed_equal(node: Node) -> bool:
    streams = {stored.event.stream for stored in node.log.read(types=[Decided.TYPE])}
    return all(
        not each.differences
        for stream in streams
        for each in replay(list(logged(node.log.stream(stream))), node.log, node.force.code)
    )


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2024, 3, 21, 1, 0, tzinfo=UTC), "after_now"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-10))), "after_now"),
        # A day before the node had it: what a filer says of its own instant may lie ahead.
        (NOW - timedelta(days=1, minutes=1), "before_filing"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), "before_filing"),
    ],
)
@pytest.mark.parametrize("examined", [True, False])
def test_an_instant_that_cannot_be_is_refused_with_its_line(
    post: Post, at: datetime, code: str, examined: bool
) -> None:
    with post.node() as node:
        file(node, truck("a"))
        post.clock.move(hours=12)
        position = node.log.position()
        told = report([Report(1, "a", None, examined, None, None, None, at, line=7)], node)
        (problem,) = told.problems
        assert (problem.code, problem.line, problem.place) == (code, 7, "line 7, at")
        assert problem.reason.en != problem.reason.es
        assert node.log.position() == position


def test_a_finding_without_a_threat_says_what_is_assumed_once(post: Post) -> None:
    with post.node() as node:
        file(node, truck("a"), truck("b"))
        told = report(
            [
                Report(1, "a", None, True, True, None, None, None, line=2),
                Report(2, "b", None, True, None, "people", None, None, line=3),
            ],
            node,
        )
        assert [(each.code, each.line, each.gravity) for each in told.warnings] == [
            ("threat_assumed", 2, "warning"),
            ("threat_without_outcome", 3, "warning"),
        ]
        assert "misdeclaration" in told.warnings[0].reason.es
        assert (told.examinations, told.problems) == (2, [])
        assert report([found("a")], node).warnings == []


steps = st.lists(
    st.tuples(st.sampled_from(["file", "amend", "cancel", "pass", "find", "clear", "open"]), st.integers(0, 6)),
    min_size=2,
    max_size=14,
)


@given(steps)
@settings(max_examples=6)
def test_whatever_happens_live_and_from_the_log_are_the_same(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, int]]
) -> None:
    post = Post(learnt, tmp_path_factory.mktemp("drawn"))
    number = 0
    live: tuple[object, ...] | None = None
    with post.node() as first:
        node = first
        for step, place in drawn:
            number += 1
            if step == "file":
                file(node, truck(f"d{number}", crossing_id=f"X{place}", tractor_id=f"T{place % 2}"))
            elif step in ("amend", "cancel") and place != number:
                action = "replace" if step == "amend" else "cancel"
                file(node, truck(f"d{number}", amends=f"d{place}", action=action, importer_id=f"IM{place}"))
            elif step == "open":
                save_state(node)
            elif step in ("pass", "find", "clear"):
                violation = {"pass": None, "find": True, "clear": False}[step]
                one = Report(1, f"d{place}", None, step != "pass", violation, None, None, None)
                report([one], node)
        outdated, live = node.outdated, remembered(node)
        save_state(node)
    with post.node() as node:
        assert remembered(node) == live or outdated
        assert not node.outdated
        live = remembered(node)
        drop_state(node)
    with post.node() as node:
        assert remembered(node) == live


def test_what_is_in_force_is_promoted_again_when_it_comes_back(post: Post) -> None:
    """The log tells at any time which documents are active: the last promoted of each stream."""
    in_force = []
    for rate in (0.1, 0.2, 0.1, 0.1):
        with post.node(rate=rate) as node:
            in_force.append(node.force.hash)
            events = node.log.stream("artefact/set/in-force")
            last = events[-1].payload
            assert isinstance(last, ArtefactPromoted)
            assert (last.hash, last.stage) == (node.force.hash, "active")
    assert len(set(in_force)) == 2
    assert len(events) == 5  # two registered, three times promoted


def test_what_two_processes_file_at_once_is_answered_once(post: Post) -> None:
    """The one that comes second answers nothing that the log does not have; filed again, it gets the first's answer."""
    with post.node() as first, post.node() as second:
        table = table_of(pl.DataFrame([truck("a"), truck("b")]))
        late = write_up(settle(table, second), second, "declarations")
        (answer,) = file(first, truck("a"))
        with pytest.raises(ConcurrencyError):
            record(late, second)
    with post.node() as node:
        again = file(node, [truck("a"), truck("b")])
        assert {line.declaration_id for line in again} == {"a", "b"}
        assert answer in again
        assert len(decisions(node.log)) == 2
        live = remembered(node)
        save_state(node)
        drop_state(node)
    with post.node() as node:
        assert remembered(node) == live
