"""`aforo fleet calendar`, `cost` and `spares`: what they tell people and machines, and how they say what is wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from journeys import Post
from priced import COLOMBIA, book, put_in_force
from typer.testing import CliRunner

from aforo.cli import complete_app

LOG = """scanner_id,event,at,cause,reporter,port,kind,contract_id,planned
S-1,commissioned,2023-06-01T00:00:00Z,,,Colombia,HE,C-1,
S-2,commissioned,2023-06-01T00:00:00Z,,,Colombia,HE,C-1,
S-3,commissioned,2023-06-01T00:00:00Z,,,Depot,HE,C-1,
S-1,maintenance_start,2023-12-04T15:00:00Z,planned,supplier,,,,1
S-1,maintenance_end,2023-12-04T21:00:00Z,,supplier,,,,
S-1,down,2024-01-10T06:00:00Z,parts,port,,,,
S-1,up,2024-01-12T06:00:00Z,,port,,,,
S-1,down,2024-01-20T06:00:00Z,parts,port,,,,
S-1,up,2024-01-21T06:00:00Z,,port,,,,
S-3,down,2024-01-20T06:00:00Z,power,port,,,,
S-3,up,2024-01-20T18:00:00Z,,port,,,,
"""
#: A device that is no scanner, due and down as the scanners are.
READER = """R-1,commissioned,2023-06-01T00:00:00Z,,,Colombia,RFID reader,,
R-1,down,2024-01-20T06:00:00Z,,port,,,,
R-1,up,2024-01-20T12:00:00Z,,port,,,,
"""
PLAN = """version = 1
[[maintenance]]
id = "quarterly"
every = { days = 90, earliest = 80, latest = 100, source = "assumed" }
lasts = { hours = 6, source = "assumed" }
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "log.csv").write_text(LOG + READER, encoding="utf-8")
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    return tmp_path / "log.csv"


def called(*arguments: str) -> Result:
    return CliRunner().invoke(complete_app(), list(arguments))


def calendar(post: Post, log: Path, *options: str) -> Result:
    with post.log() as own:
        put_in_force(own, book(COLOMBIA, units=4))
    where = ("--store", post.settings.store, "--keys", post.settings.keys)
    return called("fleet", "calendar", str(log), "--plan", str(log.parent / "plan.toml"), "--at", "2024-01-25", *where,
                  *options)  # fmt: skip


def test_the_calendar_is_told_and_written_in_every_form(post: Post, log: Path, tmp_path: Path) -> None:
    told = calendar(post, log, "--json", "-o", str(tmp_path / "cal.csv"))
    # A scanner that is due and has no bridge is a finding.
    assert told.exit_code == 1, told.output
    found = json.loads(told.stdout)
    assert sorted(each["scanner"] for each in found["placed"]) == ["S-1", "S-2"]
    assert [(each["scanner"], each["reason"]) for each in found["unplaced"]] == [("S-3", "no_bridge")]
    assert found["bound"] <= found["price"] <= found["worst"]
    assert found["others"] == {"reader": 1}
    with (tmp_path / "cal.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["scanner_id"] for row in rows] == [each["scanner"] for each in found["placed"]] + ["S-3"]
    assert rows[-1]["reason"] == "no_bridge"
    assert rows[-1]["start"] == rows[-1]["price_truck_minutes"] == ""
    assert calendar(post, log, "-o", str(tmp_path / "cal.ics")).exit_code == 1
    text = (tmp_path / "cal.ics").read_bytes().decode("utf-8")
    assert text.count("BEGIN:VEVENT\r\n") == text.count("END:VEVENT\r\n") == 2
    assert calendar(post, log, "-o", str(tmp_path / "cal.json")).exit_code == 1
    written = json.loads((tmp_path / "cal.json").read_text(encoding="utf-8"))
    assert written["placed"] == found["placed"]


def test_the_scanners_of_one_bridge_alone_may_be_asked_for(post: Post, log: Path) -> None:
    told = calendar(post, log, "--bridge", "Colombia", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert (len(found["placed"]), found["unplaced"]) == (2, [])
    assert json.loads(calendar(post, log, "--bridge", "World Trade", "--json").stdout)["placed"] == []
    empty = calendar(post, log, "--bridge", "World Trade", "-o", str(log.parent / "empty.ics"))
    assert not (log.parent / "empty.ics").exists()
    assert "no calendar file is written" in " ".join(empty.stdout.split())
    assert calendar(post, log, "--bridge", "Atlantis").exit_code == 2


@pytest.mark.parametrize(
    ("language", "words", "others"),
    [
        ("en", "Assumed, by no source", "Readers in service: 1"),
        ("es", "Supuesto, sin fuente", "Lectores en servicio: 1"),
    ],
)
def test_people_are_told_the_calendar_in_their_language(
    post: Post, log: Path, language: str, words: str, others: str
) -> None:
    told = calendar(post, log, "--lang", language)
    assert words in told.output
    assert others in " ".join(told.output.split())
    assert "S-1" in told.output


def test_a_calendar_that_cannot_be_is_wrong_use(post: Post, log: Path, tmp_path: Path) -> None:
    assert calendar(post, log, "-o", str(tmp_path / "cal.pdf")).exit_code == 2
    assert calendar(post, log, "--at", "soon").exit_code == 2
    for command in ("cost", "spares", "report"):
        far = called("fleet", command, str(log), "--until", "9999-12-31")
        assert far.exit_code == 2
        assert "2000 to 2099" in far.output
    assert calendar(post, log, "--at", "9999-12-31").exit_code == 2
    assert calendar(post, log, "--at", "1999-12-31").exit_code == 2
    none = calendar(post, log, "--at", "2000-01-01")
    assert none.exit_code == 0
    assert "in service" in none.output
    (log.parent / "plan.toml").write_text(PLAN.replace("earliest = 80", "earliest = 99"), encoding="utf-8")
    wrong = calendar(post, log)
    assert wrong.exit_code == 2
    assert "maintenance[quarterly].every" in wrong.output.replace("\n", "")


def test_what_outages_cost_is_told_with_intervals_and_labelled(log: Path, tmp_path: Path) -> None:
    period = ("--from", "2024-01-01", "--until", "2024-02-01", "--replications", "2", "--policy", "clearance")
    told = called("fleet", "cost", str(log), *period, "--json", "-o", str(tmp_path / "cost.csv"))
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)["cost"]
    assert found["synthetic"]
    assert (found["all"]["hours"], found["all"]["unknown"]) == (72.0, {"no_bridge": 12.0})
    whole = found["all"]["examinations"]
    assert whole["low"] <= whole["value"] <= whole["high"]
    assert whole["value"] > 0.0
    assert found["modelled"] == [{"port": "2304", "bridge": "colombia", "place": "scanner", "units": 4, "down": 1}]
    assert found["others"] == [{"device": "reader", "devices": 1, "hours": 6.0}]
    with (tmp_path / "cost.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["origin"] for row in rows} == {"synthetic"}
    power = next(row for row in rows if row["name"] == "power")
    assert (power["hours"], power["hours_no_bridge"], power["examinations_not_made"]) == ("0.0", "12.0", "")
    parts = next(row for row in rows if row["name"] == "parts")
    assert np.isclose(float(parts["examinations_not_made"]), whole["value"], atol=1e-3)
    told_apart = {"en": "Readers that were down: 1 (hours: 6)", "es": "fuera de servicio: 1 (horas: 6)"}
    for language, word in (("en", "SYNTHETIC"), ("es", "SINTÉTICO")):
        people = called("fleet", "cost", str(log), *period, "--lang", language).output
        assert word in people
        assert told_apart[language] in " ".join(people.split())


def test_a_policy_that_is_none_is_wrong_use(log: Path) -> None:
    assert called("fleet", "cost", str(log), "--policy", "guess").exit_code == 2


def test_spares_are_refused_in_words_where_there_is_too_little_to_say(log: Path) -> None:
    log.write_text(LOG, encoding="utf-8")
    period = ("--from", "2024-01-01", "--until", "2024-02-01")
    found = json.loads(called("fleet", "spares", str(log), *period, "--json").stdout)
    (run,) = found["recurring"]
    assert (run["scanner"], run["cause"], [each["row"] for each in run["failures"]]) == ("S-1", "parts", [7, 9])
    assert [each["thin"] for each in found["spares"]] == ["few_failures"]
    assert found["assumed"] == ["--lead-days", "--level"]
    given = json.loads(
        called(
            "fleet", "spares", str(log), *period, "--within", "5", "--lead-days", "9", "--level", "0.1", "--json"
        ).stdout
    )
    assert (given["recurring"], given["assumed"], given["spares"][0]["lead_days"]) == ([], [], 9.0)
    assert "no number of spares can be told" in called("fleet", "spares", str(log), *period).output.replace("\n", " ")
    assert "teorema de Palm" in called("fleet", "spares", str(log), *period, "--lang", "es").output.replace("\n", " ")
