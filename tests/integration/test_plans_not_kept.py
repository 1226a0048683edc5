"""A folder of plans that cannot be written to: whoever asks is told, and there is no plan that is not on the disk."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from held_plans import PATIENCE_S, PROMPT, SMALL

from aforo.ports.shipped import directory
from aforo.trials.plans import planner as planners
from aforo.trials.plans.plan import PLAN, Plan, PlanError
from aforo.trials.plans.planner import Planner
from aforo.twin.scenario import parse


def ask(planner: Planner) -> Plan:
    scenario = parse(SMALL.encode(), directory())
    return planner.ask(scenario.base(), scenario, directory(), "ana")


def unwritable(folder: Path, plan: Plan) -> None:
    """Put a folder where the plan is written."""
    (folder / plan.plan / PLAN).rename(folder / plan.plan / "before.json")
    (folder / plan.plan / PLAN / "x").mkdir(parents=True)


def until(planner: Planner, plan: Plan, state: str) -> Plan:
    end = time.monotonic() + PATIENCE_S
    while planner.find(plan.plan).state != state and time.monotonic() < end:
        time.sleep(0.05)
    return planner.find(plan.plan)


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is to fail as a full disk fails; the truth of the others."""
    names: list[str] = []
    for name in ("documents_written", "written"):
        truth = getattr(planners, name)

        def instead(*said: Any, name: str = name, truth: Any = truth) -> None:
            truth(*said)
            if name in names:
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(planners, name, instead)
    return names


def test_a_plan_that_cannot_be_written_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "plans").write_text("a file in the place of the folder")
    planner = Planner(tmp_path / "plans")
    with pytest.raises(PlanError, match="could not write"):
        ask(planner)
    assert planner.all() == []


@pytest.mark.parametrize("part", ["documents_written", "written"])
def test_what_is_written_in_part_is_taken_away_and_nothing_is_dropped_for_it(
    tmp_path: Path, fails: list[str], part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planners, "MOST_PLANS", 1)
    planner = Planner(tmp_path)
    old = planner.cancel(ask(planner).plan)
    fails.append(part)
    with pytest.raises(PlanError):
        ask(planner)
    assert planner.all() == [old]
    assert [each.name for each in tmp_path.iterdir()] == [old.plan]
    fails.clear()
    new = ask(planner)
    assert planner.all() == [new]
    assert [each.name for each in tmp_path.iterdir()] == [new.plan]


def test_a_plan_that_is_kept_stands_though_the_one_in_its_way_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planners, "MOST_PLANS", 1)
    planner = Planner(tmp_path)
    old = planner.cancel(ask(planner).plan)
    unwritable(tmp_path, old)
    new = ask(planner)
    assert {each.plan for each in planner.all()} == {old.plan, new.plan}


def test_what_is_asked_of_a_plan_and_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    planner = Planner(tmp_path)
    waiting, over = ask(planner), planner.cancel(ask(planner).plan)
    for plan in (waiting, over):
        unwritable(tmp_path, plan)
    for act in (
        lambda: planner.cancel(waiting.plan),
        lambda: planner.again(over.plan, "eva"),
        lambda: planner.keep(over.plan, True, "a note"),
        lambda: planner.drop(over.plan),
    ):
        with pytest.raises(PlanError, match="could not write"):
            act()
        assert {each.plan: each for each in planner.all()} == {waiting.plan: waiting, over.plan: over}
    assert not list(tmp_path.rglob("*.new"))


def test_a_plan_whose_process_cannot_be_started_says_so_and_the_next_one_runs(tmp_path: Path) -> None:
    with Planner(tmp_path, worker=[str(tmp_path / "nothing")]) as planner:
        first, second = ask(planner), ask(planner)
        for plan in (first, second):
            failed = until(planner, plan, "failed")
            assert failed.why is not None
            assert "start the process" in failed.why.en
    with Planner(tmp_path, worker=PROMPT) as planner:
        planner.again(first.plan, "ana")
        assert until(planner, first, "done").state == "done"


def test_a_process_that_ended_is_over_though_that_cannot_be_written(tmp_path: Path) -> None:
    ends = "import pathlib, sys; own = pathlib.Path(sys.argv[1]) / 'plan.json'; own.unlink();"
    ends += "(own / 'x').mkdir(parents=True); sys.exit(1)"
    with Planner(tmp_path, worker=[sys.executable, "-c", ends]) as planner:
        assert until(planner, ask(planner), "failed").state == "failed"
