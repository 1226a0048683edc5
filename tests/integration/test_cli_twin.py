"""`aforo twin` as people and machines call it: runs, comparisons, files, a sweep that was killed, wrong use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from aforo.cli.commands import complete

SCENARIO = """
name = "tried"
title = { en = "tried", es = "probado" }
ports = ["Santa Teresa"]
first = 2024-10-07
days = 2
replications = 4
sources = ["assumed"]
[[change]]
kind = "booths_added"
number = 1
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "tried.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def called(*arguments: object) -> Result:
    return CliRunner().invoke(complete(), ["twin", *map(str, arguments)])


def test_a_run_prints_a_table_or_one_object(scenario: Path) -> None:
    told = called("run", scenario, "--lang", "en")
    assert told.exit_code == 0, told.output
    assert "SYNTHETIC" in told.output
    assert "wait, mean (min)" in told.output
    assert "are assumed, not published" in told.output
    machine = json.loads(called("run", scenario, "--json").stdout)
    assert machine["synthetic"] is True
    assert {row["figure"] for row in machine["comparison"]["rows"][""]} >= {"wait_mean", "found_share"}
    spanish = called("run", scenario, "--lang", "es")
    assert "SINTÉTICO" in spanish.output


def test_the_same_question_has_the_same_answer(scenario: Path) -> None:
    first, second = (called("run", scenario, "--json", "--workers", workers).stdout for workers in (1, 2))
    assert first == second


def test_what_is_written_is_marked_and_asks_no_other_machine(scenario: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra `plots`")
    out = tmp_path / "out"
    assert called("run", scenario, "--out", out).exit_code == 0
    names = {path.name for path in out.iterdir()}
    assert names >= {"figures.csv", "figures.parquet", "waits_by_hour.csv", "result.json", "report.html", "changes.png"}
    assert pl.read_csv(out / "figures.csv")["synthetic"].all()
    assert pl.read_parquet_metadata(out / "figures.parquet")["aforo.synthetic"] == "true"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(http""", page)
    assert (out / "changes.png").read_bytes().startswith(b"\x89PNG")


def test_two_scenarios_are_compared_on_the_same_days(scenario: Path) -> None:
    told = called("compare", scenario, "fast-lane-opened", "--replications", 2, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["days"] == 2


def test_a_sweep_goes_on_where_it_was_killed(scenario: Path, tmp_path: Path) -> None:
    def swept(folder: Path) -> Result:
        return called(
            "sweep", scenario, "--over", "change.0.number=1,2", "--out", folder, "--workers", 1, "--lang", "en"
        )

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert swept(whole).exit_code == 0
    assert swept(broken).exit_code == 0
    # As a kill leaves it: a cell that was not begun, and a line that was cut short in the other.
    first, second = sorted(broken.glob("*.jsonl"))
    second.unlink()
    lines = first.read_bytes().split(b"\n")
    first.write_bytes(b"\n".join(lines[:3]) + b"\n" + lines[3][:40])
    again = swept(broken)
    assert again.exit_code == 0, again.output
    assert "of 8 replications were done before" in again.output
    assert (broken / "sweep.csv").read_bytes() == (whole / "sweep.csv").read_bytes()


def test_a_folder_holds_one_sweep(scenario: Path, tmp_path: Path) -> None:
    folder = tmp_path / "swept"
    assert called("sweep", scenario, "--over", "change.0.number=1", "--out", folder, "--workers", 1).exit_code == 0
    other = called("sweep", scenario, "--over", "change.0.number=2", "--out", folder, "--workers", 1, "--lang", "en")
    assert other.exit_code == 2
    assert "another sweep" in other.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "no-such-scenario"), "no-such-scenario"),
        (("run", "fast-lane-opened", "--policy", "best"), "best"),
        (("show", "no-such-scenario"), "no-such-scenario"),
        (("run", "fast-lane-opened", "--counts", "absent.csv"), "absent.csv"),
        (("sweep", "fast-lane-opened", "--over", "nonsense", "--out", "swept"), "nonsense"),
        (("sweep", "fast-lane-opened", "--over", "nowhere=1", "--out", "swept"), "nowhere"),
    ],
)
def test_wrong_use_is_said_and_leaves_with_two(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = called(*arguments, "--lang", "en")
    assert result.exit_code == 2, result.output
    assert told in result.output


def test_a_scenario_with_an_error_says_where(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(SCENARIO.replace("booths_added", "unheard"), encoding="utf-8")
    result = called("run", path, "--lang", "es")
    assert result.exit_code == 2
    assert "no es lo que debe ser" in result.output
    assert "change" in result.output
