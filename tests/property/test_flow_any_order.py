"""Whatever the order and the batches in which messages about a truck come, it is one crossing with one lot."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journeys import Learnt, Post, decisions, file, truck

from aforo.domain.decision import STRICTNESS
from aforo.flow.replay import decisions_of, replay

_SAME = {"tractor_id": "T", "driver_id": "D", "seal_id": "S"}
#: The trip with its shipments, others' declarations of these, and what contradicts what.
MESSAGES: dict[str, dict[str, Any]] = {
    "TRIP-S1": {"crossing_id": "TRIP", "shipment_id": "S1", **_SAME},
    "TRIP-S2": {"crossing_id": "TRIP", "shipment_id": "S2", **_SAME, "hs6": "220300"},
    "ENTRY-1": {"shipment_id": "S1", **_SAME, "hs6": "610910", "gross_mass_kg": 19_000.0},
    "ENTRY-2": {"shipment_id": "S2", **_SAME, "hs6": "220300", "seal_id": "S-OTHER"},
    "LATE": {"crossing_id": "TRIP", **_SAME, "driver_id": "D2", "packages": 3.0},
}
CONTRADICTING = {"chapter_differs", "driver_differs", "mass_differs", "seal_differs"}


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    from journeys import learn

    return learn(tmp_path_factory.mktemp("learnt"))


@given(st.permutations(list(MESSAGES)), st.lists(st.booleans(), min_size=5, max_size=5))
@settings(max_examples=12, deadline=None)
def test_in_any_order_and_batches_it_is_one_truck(
    learnt: Learnt, tmp_path_factory: pytest.TempPathFactory, order: list[str], ends: list[bool]
) -> None:
    batches: list[list[dict[str, Any]]] = [[]]
    for own, end in zip(order, ends, strict=True):
        batches[-1].append(truck(own, **MESSAGES[own]))
        if end:
            batches.append([])
    post = Post(learnt, tmp_path_factory.mktemp("truck"))
    code = metadata.version("aforo")
    with post.node() as node:
        file(node, *(batch for batch in batches if batch))
        lines = file(node, *([truck(own, **MESSAGES[own])] for own in order))
        made = decisions(node.log)
        assert not [
            each for group in decisions_of(node.log) for each in replay(group, node.log, code) if each.differences
        ]
        ordered = [each.payload for each in node.log.stream("crossing/TRIP") if each.event.type == "crossing.decided"]
    assert {line.crossing_id for line in lines} == {"TRIP"}
    # The tractor's lot, the same in whatever crossing it was drawn.
    assert len({each.lot for each in made}) == 1
    last = ordered[-1]
    assert {each.code for each in last.contradictions} == CONTRADICTING
    strictness = [STRICTNESS[each.examination] for each in ordered]
    assert strictness == sorted(strictness)
    assert strictness[-1] >= max(STRICTNESS[each.examination] for each in made)
