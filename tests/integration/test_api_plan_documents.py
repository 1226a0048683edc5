"""The planner on a node whose administration changed a port's document: what it has in force is what is simulated."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from journeys import Post
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.bootstrap import renew_bridges
from aforo.flow import documents
from aforo.ports.directory import Directory
from aforo.ports.shipped import directory
from aforo.trials.plans.planner import Planner
from aforo.twin.scenario import parse

if TYPE_CHECKING:
    from journeys import Learnt

SHIPPED = directory().documents["2406"]
#: Columbus takes three times as long at primary.
CHANGED = SHIPPED.replace(b'version = "2026-11"', b'version = "2027-02"').replace(
    b"primary = { mean_minutes = 1.6, sd_minutes = 1.0", b"primary = { mean_minutes = 4.8, sd_minutes = 1.0"
)
SCENARIO = """
name = "one-more-booth"
title = { en = "One more booth at Columbus", es = "Una caseta más en Columbus" }
ports = ["Columbus"]
first = 2024-10-07
days = 1
replications = 3
change = [{ kind = "booths_added", number = 1 }]
"""


@pytest.fixture
def served(learnt: Learnt, tmp_path: Path) -> Iterator[Listening]:
    with listening(Post(learnt, tmp_path), rate=Rate(1e6, 1e6)) as made:
        yield made


def put(made: Listening, document: bytes) -> None:
    """Put a document in force while the node runs, as `aforo port put` beside it does."""
    documents.put(made.log, "port", "2406", document, "test", "tester")
    made.desk.do(renew_bridges).result()


def what_if(made: Listening) -> Any:
    body = {"bridge": "2406/columbus", "plan": {"kind": "plan", "scanners": 2}, "days": 1, "first": "2024-10-07"}
    return made.as_("analyst").post("/v1/what-if", json=body).json()["outcome"]


def planned(made: Listening) -> Any:
    row = made.as_("analyst", "ana").post("/v1/plans", json={"toml": SCENARIO}).json()
    return row["inputs"], done(made, row["plan"])


def done(made: Listening, plan: str) -> Any:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        shown = made.as_("analyst").get(f"/v1/plans/{plan}").json()
        if shown["row"]["state"] == "done":
            return shown["outcome"]
        assert shown["row"]["state"] != "failed", shown["row"]["why"]
        time.sleep(0.1)
    raise AssertionError(shown["row"])


def base(outcome: Any) -> float:
    """The mean wait without the plan, in minutes."""
    value: float = next(each for each in outcome["rows"][""] if each["figure"] == "wait_mean")["first"]["value"]
    return value


def used(document: bytes, version: str) -> list[dict[str, str]]:
    return [
        {"port": "2406", "name": "Columbus", "version": version, "sha256": hashlib.sha256(document).hexdigest()}
    ]  # fmt: skip


def test_a_document_that_was_changed_on_the_node_is_what_is_simulated(served: Listening) -> None:
    quick, (inputs, run) = what_if(served), planned(served)
    assert quick["documents"] == run["documents"] == used(SHIPPED, "2026-11")
    put(served, CHANGED)
    quick_now, (inputs_now, run_now) = what_if(served), planned(served)
    assert quick_now["documents"] == run_now["documents"] == used(CHANGED, "2027-02")
    assert base(quick_now) > base(quick) + 1.0
    assert base(run_now) > base(run) + 1.0
    assert inputs_now != inputs
    told = next(each for each in run_now["sentences"] if "Columbus (2406) 2027-02" in each["en"])
    assert "Columbus (2406) 2027-02" in told["es"]


def test_what_stands_at_a_bridge_is_by_the_document_in_force(served: Listening) -> None:
    def booths() -> int:
        bridges = served.as_("analyst").get("/v1/standing").json()["bridges"]
        number: int = next(each for each in bridges if each["bridge"] == "2406/columbus")["standing"]["booths"][
            "standard"
        ]
        return number

    assert booths() == 1
    more = CHANGED.replace(b"booths = { count = 1,", b"booths = { count = 2,").replace(
        b'until = "16:00", count = 1, source = "assumed" },\n]\nprimary',
        b'until = "16:00", count = 2, source = "assumed" },\n]\nprimary',
    )
    put(served, more)
    assert booths() == 2


def test_a_port_of_the_node_alone_is_known_to_scenarios_and_not_offered_where_nothing_was_counted(
    served: Listening,
) -> None:
    own = SHIPPED.replace(b'code = "2406"', b'code = "2499"').replace(b'name = "Columbus"', b'name = "Palomas"')
    own = own.replace(b'id = "columbus"', b'id = "palomas"').replace(
        b'aliases = ["Columbus", "Columbus-Palomas"]', b'aliases = ["Palomas"]'
    )
    documents.put(served.log, "port", "2499", own, "test", "tester")
    served.desk.do(renew_bridges).result()
    analyst = served.as_("analyst")
    assert "2499/palomas" not in {each["bridge"] for each in analyst.get("/v1/standing").json()["bridges"]}
    sent = {"toml": SCENARIO.replace('["Columbus"]', '["Palomas"]')}
    told = analyst.post("/v1/scenarios/check", json=sent).json()
    assert [each["code"] for each in told["problems"]] == ["scenario_no_count"]
    counted = sent["toml"] + '\n[[count]]\nport = "Palomas"\nmonth = "2024-10"\ntrucks = 3000\n'
    assert analyst.post("/v1/scenarios/check", json={"toml": counted}).json()["problems"] == []


def test_a_plan_is_run_again_with_the_documents_that_it_was_made_with(tmp_path: Path) -> None:
    changed = Directory.of((*directory().documents.values(), CHANGED))
    scenario = parse(SCENARIO.encode(), changed)
    planner = Planner(tmp_path)  # nothing runs before it is entered
    plan = planner.ask(scenario.base(), scenario, changed, "ana")
    planner.cancel(plan.plan)
    assert [each.name for each in (tmp_path / plan.plan / "ports").iterdir()] == ["2406.toml"]
    with Planner(tmp_path) as later:
        again = later.again(plan.plan, "eva")
        assert again.inputs == plan.inputs
        end = time.monotonic() + 60
        while later.find(plan.plan).state != "done" and time.monotonic() < end:
            time.sleep(0.05)
        outcome = later.result(plan.plan)
    assert outcome is not None
    assert hashlib.sha256(CHANGED).hexdigest().encode() in outcome
