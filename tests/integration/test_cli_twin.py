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


def test_hardly_any_wait_has_no_buffer_index_and_no_per_cent_and_says_why(tmp_path: Path) -> None:
    # Lukeville: some fifteen trucks a week, which do not wait.
    path = tmp_path / "tried.toml"
    path.write_text(SCENARIO.replace("Santa Teresa", "Lukeville"), encoding="utf-8")
    machine = json.loads(called("run", path, "--json").stdout)
    rows = {row["figure"]: row for row in machine["comparison"]["rows"][""]}
    for figure in ("wait_p95", "buffer_index"):
        assert [rows[figure][each]["value"] for each in ("first", "second", "difference")] == [None, None, None]
    assert "–: not defined. A 95th percentile needs 20 trucks" in called("run", path, "--lang", "en").output
    assert "política: regla de despeje" in called("run", path, "--lang", "es").output


def test_a_table_is_not_wider_than_a_hundred_columns(scenario: Path) -> None:
    for lang in ("en", "es"):
        lines = called("run", scenario, "--lang", lang).output.splitlines()
        assert max(len(line) for line in lines) <= 100


def test_a_run_says_what_it_rests_on(tmp_path: Path) -> None:
    path = tmp_path / "tried.toml"
    scanners = SCENARIO.replace('kind = "booths_added"\nnumber = 1', 'kind = "scanners_added"\nnumber = 3')
    path.write_text(scanners.replace('["Santa Teresa"]', '["Santa Teresa", "Tornillo"]'), encoding="utf-8")
    told = " ".join(called("run", path, "--lang", "en").output.split())
    assert "what trucks hide, how risky they look, what examinations see, and how many officers examine" in told
    assert re.search(
        r"Scanned \(base\): [0-9.]+ to [0-9.]+ % of the trucks of a bridge, [0-9.]+ % of all; published", told
    )
    assert "16 % (fiscal 2020) to 27 % (2024)" in told
    assert "Scanners behind primary: 2 (base), 5 (scenario): Santa Teresa Port of Entry +3." in told
    assert "Sources: assumed." in told
    # Where both worlds have the same scanners there is nothing to say of them.
    path.write_text(SCENARIO, encoding="utf-8")
    assert "Scanners behind primary" not in called("run", path, "--lang", "en").output


def test_a_change_that_is_the_night_s_is_told_apart(tmp_path: Path) -> None:
    # Otay Mesa closes at 20:00 on the afternoon's queue.
    busy = '[[before]]\nkind = "demand"\nfactor = 1.3\nforeseen = true\n'
    path = tmp_path / "tried.toml"
    path.write_text(SCENARIO.replace("Santa Teresa", "Otay Mesa").replace("[[change]]", busy + "[[change]]"), "utf-8")
    rows = {row["figure"]: row for row in json.loads(called("run", path, "--json").stdout)["comparison"]["rows"][""]}
    whole, by_day = (rows[name]["difference"]["value"] for name in ("wait_mean", "wait_open"))
    assert whole < 1.5 * by_day < 0.0
    told = " ".join(called("run", path, "--lang", "en").output.split())
    assert f"{whole:+.2f} min, {whole - by_day:+.2f} min pass while no booth is up" in told


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
    hours = pl.read_csv(out / "waits_by_hour.csv").drop_nulls()
    assert len(hours)
    for side in ("first", "second"):
        assert ((hours[f"{side}_low"] <= hours[side]) & (hours[side] <= hours[f"{side}_high"])).all()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(http""", page)
    assert (out / "changes.png").read_bytes().startswith(b"\x89PNG")


def test_two_scenarios_are_compared_on_the_same_days_and_called_by_their_names(scenario: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    longer = SCENARIO.replace('name = "tried"', 'name = "two-booths"').replace("days = 2", "days = 5")
    longer = longer.replace('es = "probado"', 'es = "dos casetas"')
    other.write_text(longer.replace("number = 1", "number = 2"), encoding="utf-8")
    told = called("compare", scenario, other, "--replications", 2, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["days"] == 2
    assert json.loads(told.stdout)["title"]["es"] == "probado → dos casetas"
    told = called("compare", scenario, other, "--replications", 2, "--lang", "en")
    assert re.search(r"┃ +tried ┃ +two-booths ┃", told.output)


def test_scenarios_of_other_bridges_are_not_compared(scenario: Path) -> None:
    told = called("compare", scenario, "fast-lane-opened", "--lang", "en")
    assert told.exit_code == 2
    assert "the first alone has 2408/santa-teresa, the second alone 2302/del-rio, 2307/rio-grande-city" in told.output


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
    assert "change[0].kind: `unheard` no puede estar aquí: escriba uno de" in result.output


@pytest.mark.parametrize("name", ["ten-minutes-shorter", "joint-examination"])
def test_a_page_in_spanish_is_in_spanish(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert called("run", name, "--replications", 2, "--out", out, "--lang", "es").exit_code == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    for word in ("assumed", "published", "stated preference", "fleets", "season:"):
        assert word not in page
