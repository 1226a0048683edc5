"""Plans over HTTP: scenarios checked, run as jobs, kept and shared; and quick questions about one bridge."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from held_plans import PATIENCE_S, PROMPT, SMALL, held
from journeys import Post
from listening import Listening, listening

from aforo.api.access import Rate
from aforo.ports.shipped import directory
from aforo.trials.plans import planner as planners
from aforo.trials.plans import quick
from aforo.trials.plans.plan import PlanError
from aforo.trials.plans.planner import Planner
from aforo.trials.plans.quick import Question, Quick
from aforo.twin.changes import Planned
from aforo.twin.scenario import parse, ready

if TYPE_CHECKING:
    from journeys import Learnt


@pytest.fixture(scope="module")
def served(learnt: Learnt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    post = Post(learnt, tmp_path_factory.mktemp("served"))
    with listening(post, rate=Rate(1e6, 1e6), worker=PROMPT) as made:
        yield made


@pytest.fixture
def holding(learnt: Learnt, tmp_path: Path) -> Iterator[Listening]:
    """A server whose plans run for as long as it stands."""
    post = Post(learnt, tmp_path / "holding")
    with listening(post, rate=Rate(1e6, 1e6), worker=held(tmp_path / "never")) as made:
        yield made


def ask(made: Listening, who: str = "ana", **body: Any) -> httpx.Response:
    return made.as_("analyst", who).post("/v1/plans", json=body or {"toml": SMALL})


def until(made: Listening, plan: str, *states: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        shown: dict[str, Any] = made.as_("analyst").get(f"/v1/plans/{plan}").json()
        if shown["row"]["state"] in states:
            return shown
        time.sleep(0.1)
    raise AssertionError(shown["row"])


def test_a_plan_is_run_and_shared_with_intervals_and_says_that_it_is_synthetic(served: Listening) -> None:
    row = ask(served, toml=SMALL, note="for the committee").json()
    assert (row["of"], row["by"], row["size"]["bridges"]) == (3, "ana", 1)
    shown = until(served, row["plan"], "done")
    outcome = shown["outcome"]
    assert outcome["synthetic"] is True
    assert (outcome["replications"], shown["row"]["done"], shown["row"]["note"]) == (3, 3, "for the committee")
    wait = next(each for each in outcome["rows"][""] if each["figure"] == "wait_mean")
    assert wait["first"]["low"] <= wait["first"]["value"] <= wait["first"]["high"]
    assert wait["difference"]["value"] <= 0.0
    assert "Base not checked" in outcome["sentences"][0]["en"]
    assert "no public data" in outcome["sentences"][1]["en"]
    assert outcome["sentences"][0]["es"] != outcome["sentences"][0]["en"]
    assert len(outcome["hours"][""]["first"]) == 24
    other = served.as_("supervisor").get(f"/v1/plans/{row['plan']}")
    assert other.json()["outcome"] == outcome
    taken = served.as_("administrator").get(f"/v1/plans/{row['plan']}/outcome")
    assert taken.json() == outcome
    assert taken.headers["content-disposition"].endswith('.json"')
    assert parse(shown["second"].encode(), directory()) == parse(SMALL.encode(), directory())
    again = ask(served, toml=SMALL).json()
    assert again["inputs"] == row["inputs"]
    assert until(served, again["plan"], "done")["outcome"] == outcome, "the same inputs give the same"


def test_a_plan_waits_for_those_before_it_and_can_be_cancelled_run_again_and_dropped(holding: Listening) -> None:
    first, second = (ask(holding, toml=SMALL).json()["plan"] for _ in range(2))
    until(holding, first, "running")
    assert until(holding, second, "waiting")["outcome"] is None
    ana, bea = holding.as_("analyst", "ana"), holding.as_("analyst", "bea")
    assert bea.post(f"/v1/plans/{first}/cancel").status_code == 403
    assert ana.delete(f"/v1/plans/{first}").json()["problems"][0]["code"] == "plan_not_ended"
    assert ana.post(f"/v1/plans/{second}/cancel").json()["state"] == "cancelled"
    assert holding.as_("supervisor").post(f"/v1/plans/{first}/cancel").json()["state"] == "cancelled"
    assert ana.get(f"/v1/plans/{first}/outcome").status_code == 404
    assert bea.post(f"/v1/plans/{first}/again").status_code == 403, "it would be hers by that"
    assert ana.get(f"/v1/plans/{first}").json()["row"]["by"] == "ana"
    lead = holding.as_("supervisor", "lead")
    assert lead.post(f"/v1/plans/{first}/again").json()["state"] == "waiting"
    until(holding, first, "running")
    assert ana.post(f"/v1/plans/{first}/cancel").status_code == 403, "who runs it again has it"
    assert holding.as_("administrator").post(f"/v1/plans/{first}/cancel").json()["state"] == "cancelled"
    assert ana.post(f"/v1/plans/{second}/kept", json={"kept": True, "note": "why not"}).json()["note"] == "why not"
    left = {each["plan"] for each in ana.delete(f"/v1/plans/{second}").json()["plans"]}
    assert second not in left
    assert ana.get(f"/v1/plans/{second}").status_code == 404


def test_one_person_does_not_fill_the_queue(holding: Listening) -> None:
    eva = holding.as_("analyst", "eva")
    until(holding, ask(holding, "eva").json()["plan"], "running")
    asked = [ask(holding, "eva") for _ in range(6)]
    assert [each.status_code for each in asked] == [*[200] * 5, 503]
    assert asked[-1].headers["retry-after"]
    assert ask(holding, "bea").status_code == 200, "others may still ask"
    left = asked[4].json()["plan"]
    assert eva.post(f"/v1/plans/{left}/cancel").json()["state"] == "cancelled"
    assert ask(holding, "eva").status_code == 200
    assert eva.post(f"/v1/plans/{left}/again").status_code == 503, "what is run again waits as what is asked"
    assert eva.get(f"/v1/plans/{left}").json()["row"]["state"] == "cancelled"


def test_what_is_wrong_with_a_scenario_is_said_at_its_places(served: Listening) -> None:
    analyst = served.as_("analyst")

    def wrong(**body: Any) -> dict[str, str]:
        told = analyst.post("/v1/scenarios/check", json=body).json()
        assert told["scenario"] is None
        assert all(each["reason"]["en"] != each["reason"]["es"] for each in told["problems"])
        return {each["place"]: each["code"] for each in told["problems"]}

    bad = SMALL.replace("days = 1", "days = 900").replace("number = 1", "number = -1")
    assert wrong(toml=bad) == {"days": "scenario_not_valid", "change[0].number": "scenario_not_valid"}
    assert wrong(toml="name = ") == {"": "scenario_not_toml"}
    assert wrong(toml=SMALL.replace('["Columbus"]', '["Nowhere"]')) == {"": "scenario_port"}
    assert wrong(toml=SMALL.replace("2024-10-07", "1999-10-07")) == {"": "scenario_no_count"}
    refused = ask(served, toml=bad)
    assert (refused.status_code, refused.json()["problems"][0]["place"]) == (422, "days")
    both = analyst.post("/v1/scenarios/check", json={"toml": SMALL, "scenario": {}})
    assert both.json()["problems"][0]["code"] == "plan_one_way"
    odd = analyst.post("/v1/scenarios/check", json={"scenario": {"ports": [None]}})
    assert odd.json()["problems"][0]["code"] == "plan_not_plain"
    huge = SMALL.replace('["Columbus"]', '["all"]').replace("days = 1", "days = 80")
    huge = huge.replace("replications = 3", "replications = 5000")
    assert ask(served, toml=huge).json()["problems"][0]["code"] == "plan_too_large"


def test_a_form_and_a_document_say_the_same(served: Listening) -> None:
    analyst = served.as_("analyst")
    listed = {each["name"] for each in analyst.get("/v1/scenarios").json()["scenarios"]}
    assert listed == set(ready())
    for name, document in ready().items():
        shown = analyst.get(f"/v1/scenarios/{name}").json()
        made = analyst.post("/v1/scenarios/check", json={"scenario": shown["scenario"]}).json()
        assert made["problems"] == []
        assert parse(made["toml"].encode(), directory()) == parse(document, directory())
    assert analyst.get("/v1/scenarios/none").status_code == 404


def test_a_plan_that_cannot_be_run_says_why(served: Listening) -> None:
    unfit = SMALL.replace('{ kind = "booths_added", number = 1 }', '{ kind = "plan", booths = { standard = 0 } }')
    row = ask(served, toml=unfit).json()
    failed = until(served, row["plan"], "failed")["row"]
    assert "needs a booth" in failed["why"]["en"]
    assert served.as_("analyst", "ana").post(f"/v1/plans/{row['plan']}/again").json()["state"] == "waiting"
    until(served, row["plan"], "failed")


def test_two_scenarios_of_the_same_ports_are_compared(served: Listening) -> None:
    two = SMALL.replace("number = 1", "number = 2").replace("one-more", "two-more")
    row = ask(served, toml=two, against={"toml": SMALL}).json()
    outcome = until(served, row["plan"], "done")["outcome"]
    assert [each["en"] for each in outcome["heads"]] == ["one-more-booth", "two-more-booth"]
    elsewhere = SMALL.replace("Columbus", "Tecate")
    refused = ask(served, toml=two, against={"toml": elsewhere})
    assert refused.json()["problems"][0]["code"] == "plan_elsewhere"


def test_another_plan_for_a_bridge_is_answered_quickly(served: Listening) -> None:
    analyst = served.as_("analyst")
    stands = {each["bridge"]: each["standing"] for each in analyst.get("/v1/standing").json()["bridges"]}
    assert len(stands) == 24
    otay = stands["2506/otay-mesa"]
    assert otay["booths"]["standard"] == 6

    def asked(**plan: Any) -> Any:
        body = {"bridge": "2506/otay-mesa", "plan": {"kind": "plan", **plan}, "traffic": 1.25}
        return analyst.post("/v1/what-if", json=body).json()

    def wait(answer: Any, side: str = "second") -> float:
        row = next(each for each in answer["outcome"]["rows"][""] if each["figure"] == "wait_p95")
        value: float = row[side]["value"]
        return value

    same = asked()
    assert wait(same) == wait(same, "first")
    more = asked(booths={"standard": 7})
    assert wait(more) < wait(more, "first") == wait(same)
    longer, scanned = asked(closes="22:00"), asked(scanners=2)
    assert wait(longer, "first") == wait(same)
    assert wait(longer) < wait(same)
    share = next(each for each in scanned["outcome"]["rows"][""] if each["figure"] == "scan_share")
    assert share["difference"]["high"] < 0.0
    none = asked(booths={"standard": 0})
    assert none["problems"][0]["code"] == "scenario_does_not_fit"
    assert analyst.post("/v1/what-if", json={"bridge": "all"}).json()["problems"][0]["code"] == "scenario_bridge"
    assert served.as_("officer").post("/v1/what-if", json={"bridge": "2406/columbus"}).status_code == 403
    assert served.as_("auditor").get("/v1/plans").status_code == 403


def test_a_question_runs_no_world_that_the_one_before_has_run() -> None:
    port = next(each for each in directory().ports if each.code == "2506")
    document = directory().documents[port.code].decode()
    same = Question("2506/otay-mesa", document, days=1, replications=2)
    before = quick._replications.cache_info()
    quick.asked(same)
    assert quick._replications.cache_info().misses == before.misses + 1, "both sides are one world"
    quick.asked(msgspec.structs.replace(same, plan=Planned(booths={"standard": 7})))
    assert quick._replications.cache_info().misses == before.misses + 2


def test_who_waits_for_the_twin_keeps_nobody_else_waiting(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, over = threading.Semaphore(0), threading.Event()

    def slow(self: Quick, question: Question) -> Any:
        asked.release()
        over.wait(60)
        raise PlanError("plan_quick_full")

    monkeypatch.setattr(Quick, "ask", slow)
    analyst = served.as_("analyst")
    body = {"bridge": "2406/columbus", "days": 1}
    many = [threading.Thread(target=analyst.post, args=("/v1/what-if",), kwargs={"json": body}) for _ in range(8)]
    try:
        for each in many:
            each.start()
        for _ in many:
            assert asked.acquire(timeout=20)
        # The others' reads have threads of their own.
        assert served.as_("auditor").get("/v1/rules", timeout=5).status_code == 200
        assert served.nobody.get("/v1/scoreboard/public", timeout=5).status_code == 200
    finally:
        over.set()
        for each in many:
            each.join()


def test_a_policy_is_tried_in_the_twin(served: Listening) -> None:
    ana = served.as_("analyst", "ana")
    figures = [{"path": f"harm.{threat}", "value": 6000, "source": "assumed"} for threat in ("contraband", "theft")]
    figures += [{"path": "harm.misdeclaration", "value": 6000, "source": "assumed"}]
    body = {"based_on": "default@5", "version": "twin", "figures": figures}
    assert ana.post("/v1/policies", json=body).status_code == 200
    url = "/v1/policies/default@twin/twin?bridge=2506/otay-mesa"
    answer = ana.get(url).json()
    rows = {each["figure"]: each for each in answer["outcome"]["rows"][""]}
    assert answer["outcome"]["days"] == 1
    assert rows["scan_share"]["second"]["value"] > rows["scan_share"]["first"]["value"]
    same = ana.get("/v1/policies/default@5/twin?bridge=2506/otay-mesa&day=2024-10-09").json()
    row = next(each for each in same["outcome"]["rows"][""] if each["figure"] == "scan_share")
    assert row["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert ana.get("/v1/policies/default@5/twin?bridge=nowhere").status_code == 422
    assert ana.get("/v1/policies/default@5/twin?bridge=2506/otay-mesa&day=2001-01-01").status_code == 422


def test_a_folder_that_cannot_be_written_to_is_told(served: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*said: object) -> None:
        raise OSError(28, "No space left on device")

    before = served.as_("analyst").get("/v1/plans").json()
    monkeypatch.setattr(planners, "written", full)
    refused = ask(served)
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (503, "plan_not_kept")
    assert served.as_("analyst").get("/v1/plans").json() == before


def test_what_a_restart_interrupted_is_told_and_run_again(tmp_path: Path) -> None:
    scenario, gate = parse(SMALL.encode(), directory()), tmp_path / "gate"
    folder = tmp_path / "plans"

    def come(planner: Planner, plan: str, state: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while planner.find(plan).state != state and time.monotonic() < end:
            time.sleep(0.05)
        assert planner.find(plan).state == state

    with Planner(folder, worker=held(gate)) as planner:
        running, waiting = (planner.ask(scenario.base(), scenario, directory(), "ana").plan for _ in range(2))
        come(planner, running, "running")
    (folder / "0123456789abcdef").mkdir()
    (folder / "0123456789abcdef" / "plan.json").write_text("{}")
    with Planner(folder, worker=held(gate)) as planner:
        assert {each.plan for each in planner.all()} == {running, waiting}
        assert planner.find(running).state == "interrupted"
        come(planner, waiting, "running")
        assert planner.again(running, "eva").state == "waiting"
        assert planner.result(waiting) is None
        gate.touch()
        come(planner, waiting, "done")
        assert planner.result(waiting)
        come(planner, running, "done")


def test_who_decides_on_live_trucks_goes_before_a_plan() -> None:
    asks = "import os; from pathlib import Path; from aforo.trials.plans import worker; before = os.nice(0);"
    asks += "worker.main(Path('nowhere')); print(min(19, before + worker.LOWER) == os.nice(0), worker.LOWER)"
    with subprocess.Popen([sys.executable, "-c", asks], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == b"True 15\n"  # before its standard input ends, and it with that
