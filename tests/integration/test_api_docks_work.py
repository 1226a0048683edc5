"""Docks over HTTP: what others tell of trucks at docks and scanners counts there as it does at the port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post
from listening import Listening, listening
from ordered import sent

from aforo.api.access import Rate

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path_factory.mktemp("served")), rate=Rate(1e6, 1e6)) as made:
        yield made


def waiting(served: Listening) -> dict[str, dict[str, Any]]:
    """Who waits at the docks, or is in one without a record, by the crossing: those in docks first."""
    told = served.as_("officer").get("/v1/bridges/world-trade/docks").json()
    return {each["crossing_id"]: each["stands"] for each in told["waiting"]}


def told(served: Listening, own: str, resource: str, step: str, unit: str = "") -> None:
    said = {"crossing_id": own, "resource": resource, "step": step, "unit": unit}
    answer = served.as_("officer").post("/v1/bridges/world-trade/work", json=said)
    assert answer.status_code == 200, answer.text


def test_a_truck_that_others_tell_of_in_a_dock_is_in_it_and_one_at_a_scanner_stands_there(served: Listening) -> None:
    for own, order in (("waits", "secondary"), ("told", "secondary"), ("scans", "scan"), ("joins", "joint")):
        sent(served, own, order)
    for resource, own in (("dock", "told"), ("joint", "joins"), ("scanner", "scans")):
        told(served, own, resource, "started", f"{resource}-2")
    found = waiting(served)
    assert set(list(found)[:2]) == {"told", "joins"}
    fields = ("resource", "step", "unit")
    assert {own: each and [each[name] for name in fields] for own, each in found.items()} == {
        "told": ["dock", "started", "dock-2"],
        "joins": ["joint", "started", "joint-2"],
        "scans": ["scanner", "started", "scanner-2"],
        "waits": None,
    }
    begin = {"act": "begin", "examination": "secondary", "bridge": "wtb", "dock": "2"}
    assert served.as_("officer").post("/v1/crossings/told/examinations/e", json=begin).status_code == 200
    assert "told" not in waiting(served)  # its record is open


def test_a_truck_that_is_in_a_dock_is_shown_there_whatever_is_ordered_of_it(served: Listening) -> None:
    sent(served, "joins", "joint")
    second = {"Second-Authorization": f"Bearer {served.token('supervisor', 'Second')}"}
    release = {"examination": "release", "reason": "Seen by hand."}
    answer = served.as_("officer").post("/v1/crossings/joins/override", json=release, headers=second)
    assert answer.status_code == 200, answer.text
    assert "joins" not in waiting(served)
    told(served, "joins", "joint", "started", "joint-1")
    assert waiting(served)["joins"]["unit"] == "joint-1"
    told(served, "joins", "joint", "ended")
    assert "joins" not in waiting(served)
