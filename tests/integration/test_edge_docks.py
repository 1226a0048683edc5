"""What an edge says of a truck of which the node has the record of a dock: the record is what it is until it is closed.

An edge itself has no records of docks: what is found at its port while it is cut off is reported to it as an outcome.
"""

from __future__ import annotations

import msgspec
import pytest
from cut_off import PORT, Cut, alerts, examined, given, of, row

from aforo.domain.decision import Examination
from aforo.domain.dock import FindingNoted
from aforo.domain.event import Examined, Overridden
from aforo.flow.dock import DockRefusedError, Where, act
from aforo.flow.dock_acts import Begin, Close, DockAct, Find, Withdraw
from aforo.flow.edge_expected import Expecting
from aforo.flow.edge_node import Named
from aforo.flow.edge_orders import standing_order
from aforo.flow.edge_reports import report
from aforo.flow.receiving import KeyReusedError

BEGIN = Begin(examination="secondary", bridge="world-trade", dock="3")
FIND = Find(finding="f", part="roof", threat="contraband", what="Packages", severity=7)


def at_dock(cut: Cut, *acts: DockAct, second: str | None = None) -> None:
    """Recorded at the node while the port is cut off."""
    for said in acts:
        act(Where("a", "e"), said, "", cut.node, "Luz", second)


def handed_in(cut: Cut, *acts: DockAct, **fields: object) -> None:
    """A truck for secondary is examined at the port that is cut off, and before that is told of, at a dock."""
    given(cut, "a", "secondary")
    cut.connect()
    at_dock(cut, *acts)
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "secondary"
    told = report([examined("a", cut, **fields)], cut.edge, "Luz")
    assert (told.examinations, told.problems) == (1, [])
    cut.reconcile()


def expected(cut: Cut) -> list[Examination]:
    """What is still to be carried out, as the port is told."""
    return [each.order for each in Expecting(cut.node.log, PORT).trucks()[0]]


def test_an_edge_that_found_nothing_does_not_set_aside_what_an_open_record_found(cut: Cut) -> None:
    handed_in(cut, BEGIN, FIND)
    (made,) = of(Examined, cut, "a")
    assert (made.outcome.violation, made.order_stands) == (False, True)
    assert expected(cut) == ["secondary"]
    assert {"examined", "finding_stands"} <= set(row(cut, "a").effects)
    assert alerts(cut) == [("missed_hold", "crossing/a")]
    # Nothing that was recorded is lost, and two officers close it as at any time.
    assert len(of(FindingNoted, cut, "a")) == 1
    at_dock(cut, Close(outcome="inconclusive", reason="It was another truck.", seen=9), second="Eva")
    assert expected(cut) == []


@pytest.mark.parametrize(
    ("acts", "fields", "left"),
    [
        ((BEGIN,), {}, []),
        ((BEGIN, FIND), {"violation": True, "threat": "contraband"}, ["hold"]),
        ((BEGIN, FIND, Close(outcome="violation", threat="contraband", seen=9)), {}, ["hold"]),
    ],
    ids=["nothing found at either", "found at both", "closed as a violation"],
)
def test_what_an_edge_found_beside_a_record_leaves_what_it_would_without_one(
    cut: Cut, acts: tuple[DockAct, ...], fields: dict[str, object], left: list[Examination]
) -> None:
    handed_in(cut, *acts, **fields)
    assert expected(cut) == left


def test_no_order_of_an_edge_lowers_what_an_open_record_found_and_who_lets_it_go_is_told(cut: Cut) -> None:
    given(cut, "a", "secondary")
    cut.connect()
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "secondary"
    at_dock(cut, BEGIN, FIND)
    cut.order("a", "release", "Luz", "Empty.", "Eva")
    cut.reconcile()
    assert "order_withheld" in row(cut, "a").effects
    assert [each.examination for each in of(Overridden, cut, "a")] == ["secondary"]
    assert set(alerts(cut)) == {("edge_withheld", "crossing/a"), ("missed_hold", "crossing/a")}


def test_an_edge_that_simply_lets_go_what_an_open_record_found_is_told(cut: Cut) -> None:
    given(cut, "a", "release")
    cut.connect()
    at_dock(cut, BEGIN, FIND)
    assert cut.edge.arrive(Named(trip="a"), "Luz").examination == "release"
    cut.reconcile()
    assert alerts(cut) == [("missed_hold", "crossing/a")]


def test_a_second_officer_who_is_the_first_lowers_nothing_whatever_the_edge_says(
    cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aforo.exams.override.identity_text", lambda text: text)  # an edge that does not look
    given(cut, "a", "secondary")
    cut.connect()
    cut.edge.arrive(Named(trip="a"), "Luz")
    cut.order("a", "release", "Luz", "Empty.", "luz\u200b ")
    cut.reconcile()
    assert "order_withheld" in row(cut, "a").effects
    assert [each.examination for each in of(Overridden, cut, "a")] == ["secondary"]
    assert ("edge_withheld", "crossing/a") in alerts(cut)


def test_what_is_found_after_a_record_was_closed_clear_closes_it_as_a_violation(cut: Cut) -> None:
    given(cut, "a", "secondary")
    at_dock(cut, BEGIN, Close(outcome="clear", seen=1))
    with pytest.raises(DockRefusedError, match="examination_closed"):
        at_dock(cut, FIND)
    late = msgspec.structs.replace(FIND, seen=2)
    made = [act(Where("a", "e"), late, "k", cut.node, "Eva") for _ in range(2)]  # sent again, it is known
    assert [each.known for each in made] == [False, True]
    assert [each.outcome for each in made[0].record.closings] == ["clear", "violation"]
    assert [each.what for each in made[0].record.findings] == ["Packages"]
    assert standing_order(cut.node.log.stream("crossing/a")) == "hold"


def test_a_blank_reason_withdraws_nothing_and_a_key_is_of_one_act(cut: Cut) -> None:
    given(cut, "a", "secondary")
    at_dock(cut, BEGIN)
    found = act(Where("a", "e"), FIND, "k", cut.node, "Luz")
    with pytest.raises(DockRefusedError, match="reason_needed"):
        at_dock(cut, Withdraw(entry=found.event_id, reason=" ", seen=9))
    again = msgspec.structs.replace(FIND, seen=2, at=cut.node.clock())
    assert act(Where("a", "e"), again, "k", cut.node, "Luz").known, "the same act, by another clock"
    for other in (msgspec.structs.replace(FIND, threat="people"), Close(outcome="clear", seen=2)):
        with pytest.raises(KeyReusedError):
            act(Where("a", "e"), other, "k", cut.node, "Luz")
