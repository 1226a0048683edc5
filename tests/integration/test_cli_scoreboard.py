"""`aforo measure scoreboard`, `definitions` and `publish` on a log."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from boards import Written, a_log, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.domain.clock import microseconds
from aforo.domain.event import new_event
from aforo.domain.incident import IncidentReported
from aforo.flow.scoreboard import Board
from aforo.log.ids import event_id
from aforo.log.origin import clock_of
from aforo.log.store import Log
from aforo.scoreboard.official import Asked
from aforo.scoreboard.shipped import definitions


def test_the_scoreboard_at_the_terminal_is_that_of_the_log(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    said = Written()
    for number in range(30):
        at = now - timedelta(days=2, minutes=number)
        truck(said, f"C-{number}", at, "pharr", scan=number < 6, targeted=number < 6, found=number == 0)
    with a_log(tmp_path, now) as (log, _):
        said.put(log)
        (row,) = Board(log).rows(definitions().in_use(), _lately(log, "pharr"))
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]
    told = CliRunner().invoke(complete_app(), ["measure", "scoreboard", "--bridge", "pharr", "--json", *where])
    assert told.exit_code == 0, told.output
    (shown,) = json.loads(told.stdout)["rows"]
    assert shown["figures"] == json.loads(msgspec.json.encode(row.figures))
    table = CliRunner().invoke(complete_app(), ["measure", "scoreboard", "--bridge", "pharr", "--lang", "es", *where])
    assert "Tasa de escaneo" in table.stdout
    assert "6 de 30" in table.stdout
    assert "Publi" not in table.stdout
    by_port = ["measure", "scoreboard", "--by", "port", "--measure", "scan-rate", *where]
    told = CliRunner().invoke(complete_app(), [*by_port, "--json"])
    of_port = next(each for each in json.loads(told.stdout)["rows"] if each["port"] == "2305")
    assert (of_port["bridge"], of_port["figures"][0]["whole"]) == (None, 30)
    assert json.loads(told.stdout)["origin"] == "live"
    table = CliRunner().invoke(complete_app(), [*by_port, "--lang", "en"])
    assert "2305" in table.stdout
    assert "6 of 30" in table.stdout
    assert "ynthetic" not in table.stdout
    assert CliRunner().invoke(complete_app(), ["measure", "scoreboard", "--by", "yard", *where]).exit_code == 2
    for measures in ([], ["--measure", "scan-rate", "--measure", "incidents"]):
        asked = ["measure", "scoreboard", "--version", "1", *measures, "--lang", "es", *where]
        refused = CliRunner().invoke(complete_app(), asked)
        assert refused.exit_code == 2, measures
        assert "acompaña a un solo --measure" in " ".join(refused.output.split())
    asked = ["measure", "scoreboard", "--version", "1", "--measure", "wait-to-primary", "--json", *where]
    named = json.loads(CliRunner().invoke(complete_app(), asked).stdout)["rows"]
    assert {figure["version"] for each in named for figure in each["figures"]} == {1}
    published = CliRunner().invoke(complete_app(), ["measure", "publish", *where])
    assert published.exit_code == 0, published.output
    wrong = CliRunner().invoke(complete_app(), ["measure", "publish", "--revise", "2020-W01", *where])
    assert wrong.exit_code == 2
    assert CliRunner().invoke(complete_app(), ["measure", "scoreboard", "--bridge", "nowhere", *where]).exit_code == 2
    assert "scan-rate" in CliRunner().invoke(complete_app(), ["measure", "definitions"]).stdout


def test_a_log_that_is_made_up_is_of_its_own_time(tmp_path: Path) -> None:
    now = datetime(2024, 3, 6, 12, tzinfo=UTC)
    said = Written()
    for number in range(30):
        truck(said, f"C-{number}", now - timedelta(days=1, minutes=number), "pharr", scan=number < 6)
    with a_log(tmp_path, now) as (log, _):
        begun = IncidentReported("closure", "pharr", "port", 1)
        log.append(
            [new_event(event_id(now), begun, "incident/1", 1, occurred_at=now, recorded_at=now, actor="tester",
                       origin="synthetic")]
        )  # fmt: skip
        said.put(log)
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]

    def told(*arguments: str) -> str:
        result = CliRunner().invoke(complete_app(), ["measure", *arguments, "--json", *where])
        assert result.exit_code == 0, result.output
        return result.stdout

    shown = json.loads(told("scoreboard", "--bridge", "pharr", "--measure", "scan-rate"))
    (row,) = shown["rows"]
    assert (row["figures"][0]["part"], row["figures"][0]["whole"]) == (6, 30)
    assert (shown["origin"], shown["by"], shown["unplaced"]) == ("synthetic", ["bridge"], 0)
    assert shown["now"].startswith("2024-03-0")
    assert shown["last"] == shown["now"][:10]
    assert datetime.fromisoformat(shown["last"]) - datetime.fromisoformat(shown["first"]) == timedelta(days=6)
    assert json.loads(told("feed"))["answered_at"].startswith("2024-03-0")
    assert '"2024-03-0' in told("town", "pharr")
    assert '"2024-03-0' in told("coverage")
    for language, words in (("en", ("Synthetic", f"{shown['first']} to {shown['last']}")), ("es", ("Sintético",))):
        text = CliRunner().invoke(complete_app(), ["measure", "scoreboard", "--lang", language, *where]).stdout
        assert all(each in text for each in words), text


def test_the_steps_of_a_log_that_is_made_up_are_of_its_own_time(tmp_path: Path) -> None:
    monday = datetime(2024, 3, 4, 12, tzinfo=UTC)
    said = Written()
    for number in range(30):
        truck(said, f"C-{number}", monday + timedelta(minutes=number), "pharr", scan=number < 6)
    truck(said, "C-late", monday + timedelta(days=9), "pharr")
    begun = IncidentReported("closure", "pharr", "port", 1)
    before = monday - timedelta(days=1)
    with a_log(tmp_path, before) as (log, _):
        log.append(
            [new_event(event_id(before), begun, "incident/1", 1, occurred_at=before, recorded_at=before, actor="tester",
                       origin="synthetic")]
        )  # fmt: skip
        said.put(log)
    where = ["--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"]

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(complete_app(), ["measure", *arguments, *where])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert run("publish", "--lang", "en").strip() == "Published: 2024-W10."
    assert "2024-03-1" in run("retire", "incidents@1", "--by", "Ana", "--reason", "Tried.", "--json")
    listed = json.loads(run("definitions", "--json"))
    assert not [each for each in listed if each["measure"] == "incidents" and each["in_use"]]
    document = definitions().documents[definitions().find("scan-rate").hash].replace(b"version = 1", b"version = 2")
    file = tmp_path / "scan-rate.2.toml"
    file.write_bytes(document)
    assert "2024-03-1" in run("propose", str(file), "--by", "Ana", "--reason", "Tried.", "--json")
    assert "2024-03-1" in run("adopt", "scan-rate@2", "--by", "Luis", "--reason", "Agreed.", "--json")
    with a_log(tmp_path, before) as (log, _):
        at = [stored.event.recorded_at for stored in log.read()]
        origins = {stored.event.origin for stored in log.read() if stored.event.type.startswith("measure")}
        log.clock = clock_of(log)
        (row,) = Board(log).rows([definitions().find("scan-rate")], _lately(log, "pharr", days=14))
    assert max(at) < monday + timedelta(days=10)
    assert origins == {"synthetic"}
    assert row.figures[0].whole == 31  # nothing of the made-up border was forgotten


def _lately(log: Log, bridge: str, days: int = 7) -> Asked:
    board = Board(log)
    today = board.places.day(bridge, microseconds(log.clock()))
    return Asked([bridge], today - days + 1, today, frozenset({"bridge"}))
