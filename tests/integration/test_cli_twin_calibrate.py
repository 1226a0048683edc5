"""`aforo twin calibrate`, and runs and plans under a calibration, as people and machines call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aforo.cli.commands import complete
from aforo.twin.calibration_document import parse

WAITS = Path(__file__).resolve().parents[3] / "shared" / "data" / "waits"
SCENARIO = """
name = "one-booth"
title = { en = "One more booth", es = "Una caseta más" }
ports = ["Brownsville/veterans"]
first = 2024-08-05
days = 5
replications = 4
[[change]]
kind = "booths_added"
number = 1
"""


def called(*arguments: object) -> Result:
    return CliRunner().invoke(complete(), list(map(str, arguments)))


def table(path: Path, days: int = 6, minutes: str = "10", extra: str = "") -> Path:
    """SYNTHETIC waits that grow over each day."""
    rows = [
        f"2301/veterans,standard,2024-08-{5 + day:02d}T{hour:02d}:00,{0 if hour < 13 else minutes}"
        for day in range(days)
        for hour in range(9, 21, 2)
    ]
    path.write_text("\n".join(["bridge,lane,at,wait_minutes", *rows, extra]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calibration")
    made = called(
        "twin", "calibrate", "--waits", table(folder / "waits.csv"), "-o", folder / "c.toml", "--replications", 6,
        "--lang", "en",
    )  # fmt: skip
    assert (folder / "c.toml").is_file(), made.output
    assert "SYNTHETIC" in made.output
    assert "Not identified by waits" in made.output
    return folder / "c.toml"


def test_a_calibration_is_written_with_its_check(calibration: Path) -> None:
    (lane,) = parse(calibration.read_bytes()).lanes
    assert lane.verdict in ("checked", "failed")
    assert lane.check is not None
    assert lane.check.readings == 18
    assert (lane.readings, lane.days) == (36, 6)


def test_too_few_readings_are_said_and_exit_1(tmp_path: Path) -> None:
    few = called("twin", "calibrate", "--waits", table(tmp_path / "w.csv", 1), "--replications", 4, "--lang", "en")
    assert few.exit_code == 1
    assert "one snapshot checks nothing" in " ".join(few.output.split())
    spanish = called("twin", "calibrate", "--waits", table(tmp_path / "w.csv", 1), "--replications", 4, "--lang", "es")
    assert "no comprueba nada" in " ".join(spanish.output.split())


def test_rows_that_are_refused_are_told_and_exit_1(tmp_path: Path) -> None:
    file = table(
        tmp_path / "w.csv", 1, extra="2301/veterans,standard,yesterday,5\nAtlantis,standard,2024-08-05T10:00,5"
    )
    told = called("twin", "calibrate", "--waits", file, "--replications", 4, "--json")
    assert told.exit_code == 1
    report = json.loads(told.stdout)
    assert report["refused"][0]["reasons"] == {"measured_at": 1}
    assert report["elsewhere"] == {"Atlantis": 1}
    assert report["synthetic"] is True
    assert len(report["unidentified"]) == 4


def test_wrong_use_exits_2(tmp_path: Path) -> None:
    file = table(tmp_path / "w.csv", 1)
    assert called("twin", "calibrate", "--waits", file, "--bridge", "Atlantis").exit_code == 2
    assert called("twin", "calibrate", "--waits", file, "--bridge", "Laredo/colombia").exit_code == 2
    assert called("twin", "calibrate", "--waits", tmp_path / "none.csv").exit_code == 2
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("format = 2", encoding="utf-8")
    scenario = tmp_path / "s.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    refused = called("twin", "run", scenario, "--calibration", wrong, "--lang", "en")
    assert refused.exit_code == 2
    assert "is no calibration" in refused.output


def test_a_run_gives_money_only_on_a_base_that_was_checked(calibration: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "s.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    plain = json.loads(called("twin", "run", scenario, "--json").stdout)
    assert (plain["value"], plain["base"]["checked"], plain["base"]["calibration"]) == (None, False, None)
    assert "not checked" in plain["value_missing"]["en"]
    # The verdict alone decides: the same factors, once as checked and once as failed.
    checked, failed = tmp_path / "checked.toml", tmp_path / "failed.toml"
    text = calibration.read_text(encoding="utf-8")
    for path, verdict in ((checked, "checked"), (failed, "failed")):
        lines = [f'verdict = "{verdict}"' if line.startswith("verdict") else line for line in text.splitlines()]
        path.write_text("\n".join(lines), encoding="utf-8")
    good = json.loads(called("twin", "run", scenario, "--calibration", checked, "--json").stdout)
    assert good["base"]["checked"] is True
    assert good["base"]["calibration"]["waits"] == "waits.csv"
    assert good["base"]["readings"] > 0
    assert good["value"]["low"] > 0.0
    assert good["value_missing"] is None
    assert [(each["lane"], each["readings"]) for each in good["published"]] == [("standard", 36)]
    bad = json.loads(called("twin", "run", scenario, "--calibration", failed, "--json").stdout)
    assert (bad["value"], bad["comparison"]) == (None, good["comparison"])
    # The factor is applied: the base waits longer than without it.
    means = [
        next(row for row in each["comparison"]["rows"][""] if row["figure"] == "wait_mean")["first"]["value"]
        for each in (plain, good)
    ]
    assert means[1] > 1.5 * means[0]
    told = called("twin", "run", scenario, "--calibration", checked, "--lang", "en")
    said = " ".join(told.output.split())
    assert "Base checked against waits.csv" in said
    assert "Published waits beside those of the base" in said


def test_a_base_that_a_comparison_alters_is_not_checked(calibration: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(SCENARIO, encoding="utf-8")
    other.write_text(SCENARIO.replace("one-booth", "two-booths").replace("number = 1", "number = 2"), encoding="utf-8")
    told = json.loads(called("twin", "compare", one, other, "--calibration", calibration, "--json").stdout)
    assert told["base"]["checked"] is False
    assert "alters" in told["base"]["unchecked"]["2301/veterans"]["en"]


def test_a_plan_takes_a_calibration(calibration: Path) -> None:
    told = called(
        "plan", "scanners", "--count", 2, "--ports", "Brownsville", "--calibration", calibration, "--draws", 40,
        "--json",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    plan = json.loads(told.stdout)
    assert plan["base"]["calibration"]["waits"] == "waits.csv"
    assert plan["base"]["unchecked"].keys() >= {"2301/los-indios"}
    assert plan["value"] is None


def test_public_waits_of_brownsville_check_its_base(tmp_path: Path) -> None:
    series = WAITS / "bwt_brownsville_2026-08.csv"
    if not series.is_file():
        pytest.skip(f"the public waits are absent: {series}")
    made = called("twin", "calibrate", "--waits", series, "--replications", 10, "--json")
    lanes = {(each["bridge"], each["lane"]): each for each in json.loads(made.stdout)["calibration"]["lanes"]}
    assert {key: each["readings"] for key, each in lanes.items()} == {
        ("veterans", "standard"): 92, ("veterans", "fast"): 55, ("los-indios", "standard"): 75,
    }  # fmt: skip
    for each in lanes.values():
        assert each["check"]["within"] >= each["check"]["nominal"] - 0.1
    slow = lanes["veterans", "standard"]
    assert slow["low"] > 1.0
    assert slow["calibrated_mean"] > 2.0 * slow["uncalibrated_mean"]


def test_the_snapshot_that_ships_is_that_of_the_public_feed() -> None:
    feed = WAITS / "bwt_all_ports_2022-06-30.json"
    if not feed.is_file():
        pytest.skip(f"the public waits are absent: {feed}")
    from datetime import UTC, datetime

    from aforo.intake import border_waits
    from aforo.ports.shipped import directory, feed_zone
    from aforo.twin.base_check import snapshot
    from aforo.twin.wait_samples import published_samples

    read = border_waits.read(feed.read_bytes(), datetime.now(UTC), feed_zone)
    assert set(published_samples(read.readings, directory()).found) == set(snapshot())
