"""What is filed later about a truck ends what it amends, wholly, and lowers nothing that was ordered."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journeys import Learnt, Post, decisions, file, truck
from test_flow_selection import MANDATORY, put_in_force

from aforo.domain.decision import STRICTNESS
from aforo.exams.outcomes import Report
from aforo.flow import verdicts
from aforo.flow.earlier import UPKEEP, standing
from aforo.flow.override import override
from aforo.flow.replay import decisions_of, replay
from aforo.flow.reports import report
from aforo.log.store import Log
from aforo.risk import feature_rows
from aforo.risk.features import FEATURES


def different(log: Log) -> list[Any]:
    code = metadata.version("aforo")
    return [each for group in decisions_of(log) for each in replay(group, log, code) if each.differences]


def test_of_two_amendments_of_one_declaration_the_later_stands() -> None:
    chain = [("A", None, None), ("A1", "A", "replace"), ("A2", "A", "replace")]
    assert standing(chain) == [2]
    assert standing([*chain, ("C", "A", "cancel")]) == []
    assert standing([*chain, ("B", "A1", "replace")]) == [2, 3], "what leads elsewhere is left alone"
    assert standing([chain[1], chain[2], chain[0]]) == [1], "it may come before what it amends"
    deep = [("A", None, None), ("B", "A", "replace"), ("C", "B", "replace"), ("D", "A", "replace")]
    assert standing(deep) == [3]
    assert standing(chain, 1) == [1, 2], "older decisions are read as they were made"


def test_a_great_many_amendments_of_one_declaration_take_no_time() -> None:
    filings = [("A", None, None), *((f"A{i}", "A" if i % 2 else f"A{i - 1}", "replace") for i in range(1, 20_001))]
    assert standing(filings) == [20_000]


def test_decisions_made_by_the_older_rules_replay(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def filings(own: str) -> list[dict[str, Any]]:
        same = {"tractor_id": f"T{own}", "driver_id": "D"}
        return [
            truck(own, **same),
            truck(f"{own}~1", amends=own, action="replace", **same),
            truck(f"{own}~2", amends=own, action="replace", value_usd=9.0, **same),
        ]

    with post.node() as node:
        with monkeypatch.context() as older:
            older.setattr(verdicts, "UPKEEP", 1)
            older.setattr("aforo.flow.batch.standing", lambda filings: standing(filings, 1))
            file(node, *filings("a"))
        old = decisions(node.log)
        file(node, *filings("b"), truck("a~3", amends="a~2", action="replace", tractor_id="Ta", driver_id="D"))
        new = decisions(node.log)[len(old) :]
        assert different(node.log) == []
    assert [each.upkeep for each in (*old, *new)] == [1] * 3 + [UPKEEP] * 4
    rows = [len(feature_rows.from_text(each.features, len(FEATURES))) for each in (*old, *new)]
    assert rows == [1, 1, 2, 1, 1, 1, 1]  # what had stood beside the later amendment ends with the next filing


def test_no_filing_lowers_what_was_ordered(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node() as node:
        (first,) = file(node, truck("M", seal_id="WATCHED"))
        (mended,) = file(node, truck("M2", amends="M", action="replace", tractor_id="TR-M"))
        (gone,) = file(node, truck("M3", amends="M2", action="cancel"))
        (anew,) = file(node, truck("M4", crossing_id="M", tractor_id="TR-M"))
        assert different(node.log) == []
        made = decisions(node.log)
    assert (first.examination, first.basis) == ("joint", "mandatory")
    for line in (mended, anew):
        assert (line.examination, line.basis, line.propensity) == ("joint", "mandatory", 1.0)
        assert "ordered before, and nothing that is filed lowers it" in line.reasons.en
        assert "An examination is ordered." in line.public_reason.en
    assert gone.examination == "release"
    assert [each.kept for each in made] == [False, True, False, True]
    assert len({each.lot for each in made}) == 1


def test_an_officer_lowers_it_and_an_examination_fulfils_it(post: Post) -> None:
    with post.log() as log:
        put_in_force(log, MANDATORY)
    with post.node() as node:
        file(node, *(truck(own, seal_id="WATCHED") for own in ("O", "E")))
        override(node.log, "O", "release", "Ana", "The seal was looked at.", "Bea")
        report([Report(1, "E", None, True, False, None, None, None)], node)
        lines = file(node, *(truck(f"{own}2", amends=own, action="replace", tractor_id=own) for own in ("O", "E")))
        assert different(node.log) == []
        made = decisions(node.log)
    assert [line.basis for line in lines if line.basis == "mandatory"] == []
    assert not any(each.kept for each in made)


about_a_truck = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from(["file", "replace", "cancel"]),
        st.sampled_from([None, "WATCHED", "UL2"]),
        st.sampled_from([10.0, 50_000.0]),
        st.booleans(),
    ),
    min_size=1,
    max_size=9,
)


@given(about_a_truck)
@settings(max_examples=12, deadline=None)
def test_whatever_is_filed_about_a_truck_keeps_its_lot_and_lowers_nothing(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, str, str | None, float, bool]]
) -> None:
    post = Post(learnt, tmp_path_factory.mktemp("truck"))
    with post.log() as log:
        put_in_force(log, MANDATORY)
    batches: list[list[dict[str, Any]]] = [[]]
    for number, (old, action, seal, value, ends) in enumerate(drawn):
        own = truck(f"d{number}", crossing_id="X", tractor_id="T", seal_id=seal, value_usd=value)
        if action != "file" and old < number:
            own |= {"amends": f"d{old}", "action": action}
        batches[-1].append(own)
        if ends:
            batches.append([])
    with post.node() as node:
        file(node, *(batch for batch in batches if batch))
        assert different(node.log) == []
        made = decisions(node.log)
    assert len({each.lot for each in made}) == 1
    strictest = 0
    for each in made:
        if each.features:  # something stands
            assert STRICTNESS[each.examination] >= strictest
            strictest = STRICTNESS[each.examination]
