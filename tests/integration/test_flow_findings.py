"""What is found in a truck raises an alert, whoever finds it and wherever; what is taken back takes its alert back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from alerted import only
from cut_off import Cut, examined, given
from journeys import NOW, Post, clock_of, file, truck

from aforo.answers.alert import Alert
from aforo.domain.alert import Left
from aforo.domain.clock import microseconds
from aforo.domain.threat import Threat
from aforo.exams.outcomes import read
from aforo.flow import truck_left
from aforo.flow.alert_acts import AlertRefusedError, acknowledge, close, snooze
from aforo.flow.alert_watch import Watch
from aforo.flow.alerts import Alerts
from aforo.flow.alerts_shown import Wanted, by_truck, shown
from aforo.flow.dock import Where, act
from aforo.flow.dock_acts import Begin, Close, DockAct, Find, Withdraw
from aforo.flow.edge_merging import rematch
from aforo.flow.edge_node import Named
from aforo.flow.edge_reports import report as report_at_edge
from aforo.flow.handover import place_called
from aforo.flow.node import Node
from aforo.flow.people_found import people_found
from aforo.flow.reports import report
from aforo.flow.telemetry import PLATE, ReaderAt, blocks_of, record
from aforo.flow.truck_left import read_since
from aforo.intake.gate_reads import Read

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = Begin(examination="secondary", bridge="world-trade", dock="3")
FIND = Find(finding="f", part="load", threat="people", what="Two people", amount=2, unit="persons", severity=10, seen=9)
VIOLATION = Close(outcome="violation", threat="people", severity=10, seen=90)
CLEAR = Close(outcome="clear", seen=90)


@pytest.fixture
def node(post: Post) -> Iterator[Node]:
    with post.node() as made:
        file(made, truck("A"))
        yield made


def at_dock(node: Node, *acts: DockAct, second: str | None = None) -> list[str]:
    """The events of acts at a dock, in order."""
    return [act(Where("A", "e"), said, "", node, "Luz", second).event_id for said in acts]


def reported(node: Node, **said: Any) -> None:
    told = report(read(msgspec.json.encode({"crossing_id": "A", **said}), "r.ndjson")[0], node)
    assert told.problems == []


def looked(node: Node) -> list[Alert]:
    """The open alerts, once the watch has looked."""
    watch = Watch(node.log)
    watch.look()
    return watch.alerts.open()


@pytest.mark.parametrize(
    ("threat", "kind"),
    [
        ("people", "people_found"), ("contraband", "contraband_found"), ("theft", "other_found"),
        ("misdeclaration", "other_found"),
    ],
)  # fmt: skip
def test_what_is_found_at_a_dock_raises_an_alert_before_the_record_is_closed(
    node: Node, threat: Threat, kind: str
) -> None:
    _, noted = at_dock(node, BEGIN, msgspec.structs.replace(FIND, threat=threat))
    (alert,) = looked(node)
    assert (alert.kind, alert.crossing, alert.role, alert.left) == (kind, "A", "officer", None)
    assert alert.truck is not None
    assert [each.about for each in alert.causes] == [noted]
    raised = node.log.event(alert.alert_id)
    assert raised is not None
    assert raised.event.causation_id == noted
    # Closed so, the record says nothing new; nor does a second look.
    at_dock(node, msgspec.structs.replace(VIOLATION, threat=threat))
    assert [each.causes for each in looked(node)] == [alert.causes]


def test_people_who_are_found_are_put_off_by_nobody_and_come_before_all_else(node: Node) -> None:
    file(node, truck("B"))
    act(Where("B", "e"), BEGIN, "", node, "Luz")
    act(Where("B", "e"), msgspec.structs.replace(FIND, threat="contraband"), "", node, "Luz")
    looked(node)
    clock_of(node.log).move(minutes=4)
    at_dock(node, BEGIN, FIND)
    watch = Watch(node.log)
    watch.look()
    alerts = watch.alerts
    people = next(each for each in alerts.open() if each.kind == "people_found")
    with pytest.raises(AlertRefusedError, match="alert_snooze_refused"):
        snooze(alerts, people.alert_id, 1, "Later.", "Luz")
    clock_of(node.log).move(seconds=70)
    acknowledge(alerts, people.alert_id, "Luz")
    now = node.log.clock()
    groups, _ = by_truck(alerts.all(), now, Wanted(), 100)
    assert [(each.kind, each.phase) for group in groups for each in group.alerts] == [
        ("people_found", "acknowledged"), ("contraband_found", "overdue"),
    ]  # fmt: skip
    # It is theirs, and stays until somebody closes it.
    clock_of(node.log).move(minutes=11)
    watch.look()
    (late,) = [each for each in alerts.open() if each.kind == "people_found"]
    assert (late.level, late.role, late.owner) == (1, "supervisor", None)
    close(alerts, people.alert_id, "Both are out; the medics have them.", "Luz")
    assert [each.kind for each in alerts.open()] == ["contraband_found"]


def test_what_is_found_later_joins_the_open_alert_and_raises_anew_once_it_is_closed(node: Node) -> None:
    at_dock(node, BEGIN, FIND, msgspec.structs.replace(FIND, finding="g"))
    (alert,) = looked(node)
    assert len(alert.causes) == 2
    close(Alerts(node.log), alert.alert_id, "Both are out.", "Luz")
    at_dock(node, msgspec.structs.replace(FIND, finding="h", what="A third"))
    (again,) = looked(node)
    assert again.alert_id != alert.alert_id


def test_a_finding_that_is_withdrawn_takes_its_alert_back_and_says_so(node: Node) -> None:
    _, noted = at_dock(node, BEGIN, FIND)
    (alert,) = looked(node)
    (taken,) = at_dock(node, Withdraw(entry=noted, reason="A mannequin.", seen=9))
    assert looked(node) == []
    closed = Alerts(node.log).find(alert.alert_id)
    assert closed is not None
    assert (closed.ending, closed.closed_by) == ("withdrawn", "node")
    assert node.log.stream(f"alert/{alert.alert_id}")[-1].event.causation_id == taken
    # Found again, it is told again.
    at_dock(node, msgspec.structs.replace(FIND, finding="g"))
    assert len(looked(node)) == 1


def test_of_two_findings_the_alert_stands_until_both_are_withdrawn(node: Node) -> None:
    _, one, other = at_dock(node, BEGIN, FIND, msgspec.structs.replace(FIND, finding="g"))
    at_dock(node, Withdraw(entry=one, reason="A mannequin.", seen=9))
    assert len(looked(node)) == 1
    at_dock(node, Withdraw(entry=other, reason="Another one.", seen=9))
    assert looked(node) == []


@pytest.mark.parametrize("first", ["scan", "note"])
def test_what_a_scanner_found_stands_when_an_officer_withdraws_what_they_noted_at_the_dock(
    node: Node, first: str
) -> None:
    at_dock(node, BEGIN)
    clock_of(node.log).move(minutes=1)
    scan = {"outcome": 1, "threat": "people", "carried_out": "scan", "at": node.log.clock().isoformat()}
    if first == "scan":
        reported(node, **scan)
    (noted,) = at_dock(node, FIND)
    if first == "note":
        reported(node, **scan)
    assert [len(each.causes) for each in looked(node)] == [2]
    at_dock(node, Withdraw(entry=noted, reason="A mannequin.", seen=9))
    assert [each.kind for each in looked(node)] == ["people_found"]
    # What the scanner said is set aside by who said it.
    clock_of(node.log).move(minutes=1)
    at_dock(node, Close(outcome="clear", reason="Nobody is in it.", seen=90), second="Eva")
    assert [each.kind for each in looked(node)] == ["people_found"]


def test_what_two_officers_withdraw_from_a_closed_record_takes_the_alert_back(node: Node) -> None:
    _, noted, _ = at_dock(node, BEGIN, FIND, VIOLATION)
    assert len(looked(node)) == 1
    at_dock(node, Withdraw(entry=noted, reason="A mannequin.", seen=9), second="Eva")
    assert looked(node) == []
    at_dock(node, Close(outcome="clear", reason="A mannequin.", seen=90), second="Eva")
    assert looked(node) == []


def test_a_record_that_is_closed_as_a_violation_without_a_note_is_told_and_closed_anew_takes_it_back(
    node: Node,
) -> None:
    at_dock(node, BEGIN, VIOLATION)
    assert [each.kind for each in looked(node)] == ["people_found"]
    # Another threat is another finding.
    at_dock(node, msgspec.structs.replace(VIOLATION, threat="contraband"))
    assert [each.kind for each in looked(node)] == ["contraband_found"]
    at_dock(node, Close(outcome="clear", reason="A mannequin.", seen=90), second="Eva")
    assert looked(node) == []


def test_what_is_found_after_a_clear_closing_says_that_the_truck_has_left(node: Node) -> None:
    _, ended = at_dock(node, BEGIN, CLEAR)
    assert looked(node) == []
    clock_of(node.log).move(minutes=20)
    noted = at_dock(node, msgspec.structs.replace(FIND, seen=90))
    (alert,) = looked(node)
    at = node.log.event(ended)
    assert at is not None
    assert alert.left == Left(at.event.occurred_at, "examined", "world-trade", "3")
    told = shown(alert, node.log.clock())
    assert told.left == alert.left
    assert told.to_do is not None
    assert "has left" in told.to_do.en
    assert "ya se fue" in told.to_do.es
    # What bore it is withdrawn, and with it what was said in the same breath.
    at_dock(node, Withdraw(entry=noted[0], reason="A mannequin.", seen=90), second="Eva")
    assert looked(node) == []


def test_an_examination_that_is_reported_raises_the_same_and_its_correction_takes_it_back(node: Node) -> None:
    at = NOW.isoformat()
    reported(node, outcome=1, threat="people", at=at)
    (alert,) = looked(node)
    assert (alert.kind, alert.left) == ("people_found", None)
    reported(node, outcome=0, at=at)
    assert looked(node) == []
    closed = Alerts(node.log).find(alert.alert_id)
    assert closed is not None
    assert closed.ending == "withdrawn"
    # And what was said to be clean may turn out not to have been, when the truck has gone.
    clock_of(node.log).move(minutes=5)
    reported(node, outcome=1, threat="contraband", at=at)
    (other,) = looked(node)
    assert other.kind == "contraband_found"
    assert other.left is not None
    assert (other.left.at, other.left.how, other.left.dock) == (NOW, "examined", "")


def test_history_that_is_learnt_from_raises_nothing(node: Node) -> None:
    clock_of(node.log).move(days=8)
    reported(node, outcome=1, threat="people", at=NOW.isoformat())
    assert looked(node) == []
    reported(node, outcome=1, threat="people", at=(NOW + timedelta(days=2)).isoformat())
    assert len(looked(node)) == 1


def test_what_a_port_found_while_it_was_cut_off_is_told_when_it_hands_in(cut: Cut) -> None:
    given(cut, "a", "secondary")
    cut.enrol_as_before()  # no alert tells of its confirmation
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    report_at_edge([examined("a", cut, violation=True, threat="people")], cut.edge, "Luz")
    watch = Watch(cut.node.log)
    watch.look()
    assert [each.kind for each in watch.alerts.open()] == ["order_raised"]
    cut.reconcile()
    watch.look()
    alert = only(watch.alerts)
    assert (alert.kind, alert.subject, alert.left) == ("people_found", "crossing/a", None)


def test_what_a_port_found_in_a_truck_without_a_filing_is_told_and_is_the_crossings_once_that_is_known(
    cut: Cut,
) -> None:
    cut.enrol_as_before()  # no alert tells of its confirmation
    cut.connect()
    cut.edge.arrive(Named(trip="late"), "Luz")
    report_at_edge([examined("late", cut, violation=True, threat="people")], cut.edge, "Luz")
    cut.reconcile()
    watch = Watch(cut.node.log)
    watch.look()
    alert = only(watch.alerts)
    assert (alert.kind, alert.crossing, alert.subject.split("/")[0]) == ("people_found", None, "edge-visit")
    file(cut.node, truck("late"))
    assert rematch(cut.book, cut.expecting, cut.node, cut.credentials) == 1
    watch.look()
    assert [(each.kind, each.subject) for each in watch.alerts.open()] == [("people_found", "crossing/late")]


def test_people_in_a_truck_without_a_filing_were_found_when_the_port_found_them_and_not_when_it_told(cut: Cut) -> None:
    cut.connect()
    cut.edge.arrive(Named(trip="late"), "Luz")
    report_at_edge([examined("late", cut, violation=True, threat="people")], cut.edge, "Luz")
    at = cut.clock()
    cut.clock.move(hours=5)
    cut.reconcile()
    watch = Watch(cut.node.log)
    watch.look()
    place = place_called("world-trade", cut.node)
    assert place is not None
    (found,), _ = people_found(place, cut.node)
    assert (found.crossing_id, found.found_at) == (None, at)
    assert found.alert.raised_at == at + timedelta(hours=5)


def test_what_a_port_found_in_a_truck_without_a_filing_is_the_crossings_once_a_later_fact_finds_it(cut: Cut) -> None:
    cut.enrol_as_before()  # no alert tells of its confirmation
    cut.connect()
    cut.edge.arrive(Named(trip="late"), "Luz")
    report_at_edge([examined("late", cut, violation=True, threat="people", severity=9)], cut.edge, "Luz")
    cut.reconcile()
    watch = Watch(cut.node.log)
    watch.look()
    assert only(watch.alerts).crossing is None
    file(cut.node, truck("late"))
    report_at_edge([examined("late", cut, violation=True, threat="people", severity=10)], cut.edge, "Luz")
    cut.reconcile()
    watch.look()
    assert [each.crossing for each in cut.facts()] == [None, None, None, "late"]
    assert [(each.kind, each.subject) for each in watch.alerts.open()] == [("people_found", "crossing/late")]


def test_a_truck_that_has_left_is_told_with_the_gate_that_read_it_last(node: Node) -> None:
    at_dock(node, BEGIN, CLEAR)
    log = node.log
    readers = {"x-1": ReaderAt("x-1", "world-trade", "exit"), "q-1": ReaderAt("q-1", "world-trade", "queue_end")}
    before = microseconds(NOW) - 60_000_000
    reads = [Read("q-1", before, "TR-A", None)]
    reads += [Read("x-1", microseconds(NOW) + each * 60_000_000, "TR-A", None) for each in (3, 2)]
    reads.append(Read("x-1", microseconds(NOW) + 240_000_000, "TR-OTHER", None))
    clock_of(log).move(minutes=9)
    record(blocks_of(reads, readers, log), log, actor="gate")
    at_dock(node, msgspec.structs.replace(FIND, seen=90))
    (alert,) = looked(node)
    assert alert.left is not None
    assert (alert.left.reader, alert.left.place, alert.left.read_at) == ("x-1", "exit", NOW + timedelta(minutes=3))


def test_the_gates_are_not_looked_at_for_a_truck_beyond_what_may_be_of_use(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_dock(node, BEGIN, CLEAR)
    log = node.log
    readers = {"x-1": ReaderAt("x-1", "world-trade", "exit")}
    for hours in (1, 2, 3, 80):
        clock_of(log).move(hours=hours)
        # The last is recorded days after it was read.
        read_at = microseconds(NOW + timedelta(minutes=hours))
        record(blocks_of([Read("x-1", read_at, "TR-A", None)], readers, log), log, actor="gate")
    left, tractor = Left(NOW, "examined"), f"{int(log.keys.identity_hashes(PLATE, ['TR-A'])[0]):016x}"
    assert read_since(left, tractor, log).read_at == NOW + timedelta(minutes=3)
    # Of very many blocks the first are looked at: the alert waits for it.
    monkeypatch.setattr(truck_left, "_PAGE", 1)
    monkeypatch.setattr(truck_left, "_MOST", 2)
    assert read_since(left, tractor, log).read_at == NOW + timedelta(minutes=2)
