"""`aforo twin compare-runs`: what two saved runs were run on, and what lies between them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aforo.cli.commands import complete

SCENARIO = """
name = "tried"
title = { en = "tried", es = "probado" }
ports = ["Santa Teresa"]
first = 2024-10-07
days = 1
replications = 3
sources = ["assumed"]
[[change]]
kind = "booths_added"
number = 1
"""


def called(*arguments: object) -> Result:
    return CliRunner().invoke(complete(), ["twin", *map(str, arguments)])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    scenario = folder / "tried.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    for name, more in (("one", ()), ("other", ("--seed", 2)), ("policy", ("--policy", "none"))):
        assert called("run", scenario, "-o", folder / name, *more).exit_code == 0
    elsewhere = folder / "elsewhere.toml"
    elsewhere.write_text(SCENARIO.replace("Santa Teresa", "Lukeville"), encoding="utf-8")
    assert called("run", elsewhere, "-o", folder / "elsewhere").exit_code == 0
    return folder


def test_differences_are_the_second_less_the_first_with_the_interval_of_independent_runs(runs: Path) -> None:
    done = called("compare-runs", runs / "one", runs / "other" / "result.json", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["synthetic"] is True
    assert {each["code"]: each["second"]["en"] for each in found["conditions"]}["runs_seed"] == "2"
    one, other = (json.loads((runs / name / "result.json").read_text()) for name in ("one", "other"))
    rows = {
        name: {row["figure"]: row for row in run["comparison"]["rows"][""]}
        for name, run in (("one", one), ("other", other))
    }
    compared = {row["figure"]: row for row in found["rows"][""]}
    assert compared.keys() == rows["one"].keys()
    first, second = rows["one"]["truck_hours"]["second"], rows["other"]["truck_hours"]["second"]
    apart = compared["truck_hours"]["difference"]
    assert apart["value"] == pytest.approx(second["value"] - first["value"])
    widths = [(each["high"] - each["low"]) / 2 for each in (first, second)]
    assert (apart["high"] - apart["low"]) / 2 == pytest.approx((widths[0] ** 2 + widths[1] ** 2) ** 0.5)
    changes = [rows[name]["truck_hours"]["difference"]["value"] for name in ("one", "other")]
    assert compared["truck_hours"]["change_difference"]["value"] == pytest.approx(changes[1] - changes[0])


def test_a_run_beside_itself_differs_in_nothing_and_another_policy_is_named(runs: Path) -> None:
    same = json.loads(called("compare-runs", runs / "one", runs / "one", "--json").stdout)
    assert same["conditions"] == []
    assert {row["difference"]["value"] for row in same["rows"][""]} <= {0.0, None}
    policy = json.loads(called("compare-runs", runs / "one", runs / "policy", "--json").stdout)
    assert {each["code"] for each in policy["conditions"]} == {"runs_policy", "runs_scenario"}
    told = called("compare-runs", runs / "one", runs / "policy", "--lang", "en").output
    assert "SYNTHETIC" in told
    assert "What the two were run on, where it differs" in told


def test_runs_of_other_bridges_and_files_that_are_no_runs_are_refused(runs: Path, tmp_path: Path) -> None:
    done = called("compare-runs", runs / "one", runs / "elsewhere", "--lang", "en")
    assert done.exit_code == 2
    assert "no bridge in common" in done.output
    broken = tmp_path / "result.json"
    for content in (b"", b"[]", b'{"first": 1}', b"\xff" * 10, b"[" * 100_000):
        broken.write_bytes(content)
        done = called("compare-runs", runs / "one", tmp_path, "--lang", "en")
        assert done.exit_code == 2, content[:20]
        assert "is no saved run" in done.output
    assert called("compare-runs", runs / "one", tmp_path / "missing").exit_code == 2


def test_a_run_that_lacks_rows_of_counts_says_so(runs: Path, tmp_path: Path) -> None:
    run = json.loads((runs / "one" / "result.json").read_text())
    run["refused"] = [{"words": {"en": "Rows were refused.", "es": "Se rechazaron renglones."}}]
    (tmp_path / "result.json").write_text(json.dumps(run))
    done = called("compare-runs", runs / "one", tmp_path, "--lang", "en")
    assert done.exit_code == 1
    assert "Rows were refused." in done.output
