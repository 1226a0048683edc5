"""Commands of bridges and scanners: what is recorded, what is refused, and how it is shown to people and machines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from aforo.cli import complete_app, terminal

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
Run = Callable[..., Result]
BEGIN = datetime(2026, 1, 5, 14, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("AFORO_STORE", str(tmp_path / "log.sqlite"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")

    def called(*arguments: str) -> Result:
        return CliRunner().invoke(complete_app(), list(arguments))

    return called


def shown(result: Result) -> Any:
    return json.loads(result.stdout)


def table(tmp_path: Path, *more: str) -> Path:
    """Two hours of a truck a minute that waits for half an hour."""
    rows = ["reader,at,plate"]
    for minute in range(120):
        at = BEGIN + timedelta(minutes=minute)
        rows.append(f"world-trade-start,{at.isoformat()},TX{minute:03}")
        if minute >= 30:
            rows.append(f"world-trade-end,{at.isoformat()},tx-{minute - 30:03}")
    file = tmp_path / "reads.csv"
    file.write_text("\n".join([*rows, *more]), encoding="utf-8")
    return file


def test_readings_are_recorded_and_shown(run: Run, tmp_path: Path) -> None:
    file = str(table(tmp_path))
    told = shown(run("port", "reads", file, "--json"))
    late = [each["code"] for each in told.pop("problems")]
    assert (told, late) == ({"records": 210, "reads": 210, "repeated": 0, "written": 2, "known": 0}, ["reads_late"])
    assert shown(run("port", "reads", file, "--json"))["known"] == 2
    at = ("--at", (BEGIN + timedelta(minutes=119)).isoformat())
    state = shown(run("port", "state", "World Trade", *at, "--json"))
    every = state["state"]["lanes"][0]
    assert (every["queue"], every["waits"]["p50"]["value"], every["wait_now"]["minutes"]) == (30.0, 30.0, 30.0)
    for_people = run("port", "state", "wtb", *at)
    assert for_people.exit_code == 0
    for told_so in ("World Trade Bridge, Laredo (2304), 09:59 CST", "30 (", "assumed"):
        assert told_so in for_people.stdout, for_people.stdout
    assert "Median wait by hour" not in for_people.stdout, "half an hour is no hour"
    later = ("--at", (BEGIN + timedelta(minutes=121)).isoformat())
    assert "Median wait by hour" in run("port", "state", "wtb", *later).stdout
    spanish = run("port", "state", "wtb", *later, "--lang", "es")
    for told_so in ("│ ordinario", "vacío: pasa por los carriles de ordinario", "escáner, secundaria", "(CST)"):
        assert told_so in spanish.stdout, spanish.stdout
    for english in ("standard", "empty", "hazmat"):
        assert english not in spanish.stdout
    overview = run("port", "state", *at)
    assert "world-trade" in overview.stdout
    assert re.search(r"│ pharr .*│ +\d+ · document │ +\d+ · assumed │", overview.stdout), overview.stdout
    assert "pharr" in overview.stdout
    assert len(shown(run("port", "state", *at, "--json"))) > 22
    everywhere = run("port", "state", *at, "--lang", "es").stdout
    assert "Equipos" not in everywhere
    assert everywhere.count("Falta: Pendiente") == 1, "what nobody has is said once, and is no column of dashes"
    assert "aforo port reads" in run("port", "state", "pharr", *at).stdout
    now = run("port", "state", "wtb")
    assert "no readings" in now.stdout, "what is old is no state of now"


def test_a_long_read_of_the_log_is_shown(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []

    @contextmanager
    def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        yield lambda count=1: seen.append((label, count))

    assert run("port", "reads", str(table(tmp_path))).exit_code == 0
    monkeypatch.setattr(terminal, "progress", progress)
    assert run("port", "state", "--at", BEGIN.isoformat()).exit_code == 0
    assert seen == [("Reading the log", 2)]


def test_a_bad_row_is_told_with_its_line_and_exits_with_1(run: Run, tmp_path: Path) -> None:
    result = run("port", "reads", str(table(tmp_path, "nobody,2026-01-05T14:00:00Z,SECRET7")))
    assert result.exit_code == 1
    assert "line 212, column reader: no port document has a reader of this name" in result.stdout
    assert "SECRET7" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("port", "reads", "missing.csv"), "There is no file"),
        (("fleet", "load", "missing.csv"), "There is no file"),
        (("port", "waits", "missing.json"), "There is no file"),
    ],
)
def test_wrong_use_exits_with_2(run: Run, arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_bridge_or_an_instant_that_is_none_is_told(run: Run, tmp_path: Path) -> None:
    run("port", "reads", str(table(tmp_path)))
    nowhere = run("port", "state", "nowhere")
    assert (nowhere.exit_code, "nowhere" in nowhere.stderr) == (2, True)
    naive = run("port", "state", "wtb", "--at", "2026-01-05T14:00:00")
    assert (naive.exit_code, "no instant of the years 2000 to 2099 with an offset" in naive.stderr) == (2, True)


FLEET = """scanner_id,event,at,cause,reporter,port,kind
LRD-1,commissioned,2025-01-01T00:00:00Z,,port,world-trade,HE
LRD-1,down,2026-01-05T10:00:00Z,,port,world-trade,HE
LRD-2,commissioned,2025-01-01T00:00:00Z,,port,world-trade,HE
LRD-2,down,2026-01-05T10:00:00Z,parts,port,world-trade,HE
LRD-2,up,2026-01-05T11:00:00Z,,port,world-trade,HE
LRD-3,ordered,2020-01-01T00:00:00Z,,port,,HE
LRD-4,broken,2026-01-05T10:00:00Z,,port,world-trade,HE
"""


def test_the_fleet_is_loaded_and_listed_with_missing_causes_as_missing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "fleet.csv"
    file.write_text(FLEET, encoding="utf-8")
    loaded = run("fleet", "load", str(file))
    assert loaded.exit_code == 1
    assert "line 8, column event" in loaded.stdout
    told = shown(run("fleet", "load", str(file), "--json"))
    # What was refused is an event of its own.
    assert (told["records"], told["reports"], told["written"], told["known"]) == (7, 6, 0, 7)
    listed = run("fleet", "list")
    rows = {line.split("│")[1].strip(): line for line in listed.stdout.splitlines() if line.count("│") > 3}
    assert "down" in rows["LRD-1"]
    assert "missing" in rows["LRD-1"]
    assert " up " in rows["LRD-2"]
    assert "unaccounted for (ordered)" in rows["LRD-3"]
    scanners = {each["scanner_id"]: each for each in shown(run("fleet", "list", "--json"))["scanners"]}
    assert (scanners["LRD-1"]["status"], scanners["LRD-1"]["causes"]) == ("down", [])
    assert scanners["LRD-2"]["since"] == "2026-01-05T11:00:00Z"
    assert len(shown(run("fleet", "list", "--port", "World-Trade", "--json"))["scanners"]) == 2
    assert "knows of no scanner" in run("fleet", "list", "--port", "nowhere").stdout
    up = {
        each["resource"]: each["up"]["value"]
        for each in shown(run("port", "state", "wtb", "--at", "2026-01-05T20:00:00Z", "--json"))["state"]["resources"]
    }
    assert up["scanner"] == 1.0


def test_a_scanner_at_a_place_that_no_document_has_is_told_at_once(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "fleet.csv"
    rows = ["scanner_id,event,at,port", *(f"S-{n},up,2026-03-01T0{n}:00:00Z,atlantis" for n in range(3))]
    file.write_text("\n".join([*rows, "S-4,up,2026-03-01T04:00:00Z,Laredo", "S-5,up,2026-03-01T04:00:00Z,WTB"]))
    loaded = run("fleet", "load", str(file))
    assert loaded.exit_code == 0, "the scanners are recorded"
    assert "no port document has a port or bridge called atlantis (rows: 3)" in loaded.stdout
    assert "Laredo has several bridges (rows: 1)" in loaded.stdout
    assert "WTB" not in loaded.stdout
    assert "ningún documento de puerto" in run("fleet", "load", str(file), "--lang", "es").stdout
    told = shown(run("fleet", "load", str(file), "--json"))
    assert [each["code"] for each in told["problems"]] == ["scanner_port_unknown", "scanner_port_several"]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data folder is absent")
def test_published_waits_stand_in_where_no_gate_is_read(run: Run) -> None:
    feed = SHARED / "waits" / "bwt_brownsville_2026-08.csv"
    told = shown(run("port", "waits", str(feed), "--json"))
    assert told["written"] > 100
    assert shown(run("port", "waits", str(feed), "--json"))["written"] == 0
    state = shown(run("port", "state", "veterans", "--at", "2026-08-22T13:30:00-05:00", "--json"))["state"]
    lanes = {each["lane"]: each for each in state["lanes"]}
    assert lanes["fast"]["wait_now"] == {
        "minutes": 0.0,
        "low": None,
        "high": None,
        "source": "cbp-bwt",
        "at": "2026-08-22T18:00:00Z",
        "age_minutes": 30.0,
        "at_least": False,
    }
    assert lanes["standard"]["open"]["source"] == "cbp-bwt"
    assert lanes["all"]["wait_now"] is None
    later = shown(run("port", "state", "veterans", "--at", "2026-08-22T17:30:00-05:00", "--json"))["state"]
    assert all(each["wait_now"] is None for each in later["lanes"]), "what is hours old is no wait of now"
