"""No row of a scanner log that cannot be read improves a figure without a word: `aforo fleet` says which bounds its
figures are, of a file and of a store, in tables, JSON and CSV, in both languages."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from aforo.cli import complete_app

Run = Callable[..., Result]
HEAD = "scanner_id,event,at,cause,reporter,port,kind,contract_id\n"
BEGUN = "S-1,commissioned,2023-06-01T00:00:00Z,,,{port},LEP,C-1\n"
CONTRACT = """id = "C-1"
version = 1
supplier = "Example Imaging"
currency = "USD"
zone = "UTC"
from = 2020-01-01
[fee]
monthly = 1000.00
[availability]
clause = "4.1"
minimum = 0.95
[[availability.band]]
clause = "4.2"
below = 0.95
credit = 0.1
"""
PERIOD = ("--from", "2024-01-01", "--until", "2024-02-01")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "10000")
    monkeypatch.setenv("AFORO_STORE", "fleet.sqlite")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.toml").write_text(CONTRACT, encoding="utf-8")

    def called(*arguments: str) -> Result:
        return CliRunner().invoke(complete_app(), ["fleet", *arguments])

    return called


def log_of(*rows: str, port: str = "2304") -> None:
    Path("log.csv").write_text(HEAD + BEGUN.format(port=port) + "\n".join(rows) + "\n", encoding="utf-8")


def told(run: Run, *more: str) -> Any:
    return json.loads(run("report", "log.csv", "--contracts", "c.toml", *PERIOD, "--json", *more).stdout)


def test_a_cause_in_free_text_keeps_its_outage(run: Run) -> None:
    log_of("S-1,down,2024-01-10T06:00:00Z,hydraulic leak,port,,,", "S-1,up,2024-01-20T06:00:00Z,,port,,,")
    result = run("report", "log.csv", "--contracts", "c.toml", *PERIOD)
    assert result.exit_code == 0
    assert "Clock hours down: 240 of 744" in result.stdout
    assert "owed 100.00 USD" in result.stdout
    assert '"hydraulic leak" in column cause' in result.stdout
    found = told(run)["report"]
    assert found["all"]["hours"]["unexplained"] == 240.0
    meant = told(run, "--cause", "Hydraulic Leak=parts")
    assert meant["report"]["all"]["hours"] | {"parts": 0.0} == found["all"]["hours"] | {"unexplained": 0.0}
    assert meant["read"]["warnings"] == []
    assert "cuentan, sin causa" in run("report", "log.csv", *PERIOD, "--lang", "es").stdout


def test_a_time_that_clocks_skipped_deletes_no_outage(run: Run) -> None:
    log_of("S-1,down,2024-03-10 02:30,,port,,,", "S-1,up,2024-03-10 03:30,,port,,,")
    march = ("--from", "2024-03-01", "--until", "2024-04-01")
    result = run("report", "log.csv", *march)
    assert result.exit_code == 1
    assert "line 3, column at: at is in the hour that clocks skipped" in result.output
    bounds = json.loads(run("report", "log.csv", *march, "--json").stdout)["report"]["bounds"]
    assert bounds["downtime"] != "exact"
    assert "los relojes saltaron" in run("report", "log.csv", *march, "--lang", "es").output


def test_a_column_that_stands_twice_is_refused(run: Run) -> None:
    rows = [
        "S-1,commissioned,2023-06-01T00:00:00Z,,,2304,LEP,C-1,",
        "S-1,down,2024-01-10T06:00:00Z,,port,,,,2024-01-02",
    ]
    Path("log.csv").write_text(HEAD.replace("\n", ",At\n") + "\n".join(rows) + "\n", encoding="utf-8")
    result = run("report", "log.csv", *PERIOD)
    assert "column at appears twice; keep one" in result.output
    assert result.exit_code != 0


@pytest.mark.parametrize(
    ("planned", "owed", "warned"),
    [
        ("no", "0", False),
        ("No", "0", False),
        ("sí", "1", False),
        ("YES", "1", False),
        ("perhaps", "0", True),
        ("x", "0", True),
        ("n" * 65, "0", True),
    ],
)
def test_what_nobody_can_read_of_planned_excludes_no_outage(run: Run, planned: str, owed: str, warned: bool) -> None:
    """An outage with the cause `planned` counts against a supplier where the log says, or may say, that it was none."""
    head = HEAD.replace("\n", ",planned\n")
    rows = [f"S-1,down,2024-01-10T06:00:00Z,planned,port,,,,{planned}", "S-1,up,2024-01-20T06:00:00Z,,port,,,,"]
    text = head + BEGUN.format(port="2304").replace("\n", ",\n") + "\n".join(rows) + "\n"
    Path("log.csv").write_text(text, encoding="utf-8")
    Path("c.toml").write_text(CONTRACT + '[[exclusion]]\nclause = "4.3"\nplanned = true\n', encoding="utf-8")
    by_number = text.replace(f",{planned}\n", f",{owed}\n")
    found = told(run)["report"]
    bounded = run("report", "log.csv", "--contracts", "c.toml", *PERIOD)
    assert ("planned cannot be read and counts as no" in bounded.output) == warned
    assert ("owed ≤ 100.00 USD" in bounded.output) == warned, bounded.output
    Path("log.csv").write_text(by_number, encoding="utf-8")
    exact = run("report", "log.csv", "--contracts", "c.toml", *PERIOD)
    assert told(run)["report"]["contracts"] == found["contracts"] or warned
    assert f"owed {'100.00' if owed == '0' else '0.00'} USD" in exact.output


def test_a_time_without_an_offset_is_of_the_zone_that_is_given_else_of_the_port(run: Run) -> None:
    rows = ("S-1,down,2024-01-10T06:00:00,,port,,,", "S-1,up,2024-01-10 12:00,,port,,,")
    log_of(*rows)
    Path("i.csv").unlink(missing_ok=True)
    result = run("report", "log.csv", *PERIOD, "--interruptions", "i.csv")
    assert result.exit_code == 0
    assert "read in America/Chicago" in result.stdout
    assert "2024-01-10T12:00:00Z,2024-01-10T18:00:00Z" in Path("i.csv").read_text(encoding="utf-8")
    assert run("report", "log.csv", *PERIOD, "--zone", "America/Tijuana", "--interruptions", "i.csv").exit_code == 0
    assert "2024-01-10T14:00:00Z,2024-01-10T20:00:00Z" in Path("i.csv").read_text(encoding="utf-8")
    assert run("report", "log.csv", "--zone", "Mars").exit_code == 2


def test_a_row_that_is_not_counted_makes_its_figures_bounds_wherever_they_are_told(run: Run) -> None:
    log_of("S-1,down,2024-01-10T06:00:00,,port,,,", "S-1,up,2024-01-20T06:00:00Z,,port,,,", port="depot")
    result = run("report", "log.csv", "--contracts", "c.toml", *PERIOD, "-o", "owed.csv")
    assert result.exit_code == 1
    assert "Rows not counted: 1 (beginnings of outages: 1): availability is an upper bound" in result.stdout
    assert "≤ 100.0%" in result.stdout
    assert "owed ≥ 0.00 USD" in result.stdout
    assert "the amount owed is a lower bound" in result.stdout
    (line,) = csv.DictReader(Path("owed.csv").read_text(encoding="utf-8").splitlines())
    assert (line["amount"], line["rows_not_counted"], line["amount_bound"]) == ("0.00", "1", "lower")
    found = told(run)
    assert found["report"]["bounds"]["availability"] == "upper"
    assert found["report"]["contracts"][0]["owed_bound"] == "lower"
    assert found["read"]["not_counted"] == {"begins": 1, "scanners": ["S-1"]}
    spanish = run("report", "log.csv", "--contracts", "c.toml", *PERIOD, "--lang", "es").stdout
    assert "la disponibilidad es una cota superior" in spanish
    assert "el monto adeudado es una cota inferior" in spanish


def test_a_report_in_the_file_of_scans_is_a_row_that_is_not_counted(run: Run) -> None:
    log_of()
    Path("scans.csv").write_text(
        "scanner_id,event,at,conveyance\nS-1,down,2024-01-10T06:00:00Z,\nS-1,,2024-01-10T06:00:00Z,truck\n",
        encoding="utf-8",
    )
    assert told(run, "--scans", "scans.csv")["report"]["bounds"]["availability"] == "upper"


@pytest.mark.parametrize(
    "command",
    [("spares", "log.csv", *PERIOD), ("cost", "log.csv", *PERIOD, "--replications", "2"),
     ("to-work-orders", "log.csv", "-o", "orders.csv", *PERIOD)],
    ids=lambda each: each[0],
)  # fmt: skip
def test_other_figures_of_the_log_say_it_too(run: Run, command: tuple[str, ...]) -> None:
    log_of("S-1,down,soon,,port,,,", "S-1,up,2024-01-20T06:00:00Z,,port,,,")
    result = run(*command)
    assert result.exit_code == 1
    assert "hours down are a lower bound" in result.stdout
    if command[0] != "to-work-orders":
        assert json.loads(run(*command, "--json").stdout)["bounds"]["downtime"] == "lower"


def test_a_store_remembers_the_rows_that_it_refused_until_a_person_settles_them(run: Run) -> None:
    log_of("S-1,down,soon,,port,,,", "S-1,up,2024-01-20T06:00:00Z,,port,,,")
    assert run("contract", "put", "c.toml").exit_code == 0
    for _ in range(2):
        assert run("load", "log.csv").exit_code == 1
    (refusal,) = json.loads(run("refused", "--json").stdout)
    assert refusal["rows"] == {"begins": 1, "scanners": ["S-1"]}
    assert "beginnings of outages: 1" in run("refused").stdout
    result = run("report", *PERIOD)
    assert result.exit_code == 1
    assert "availability is an upper bound" in result.stdout
    assert "owed ≥ 0.00 USD" in result.stdout
    log_of("S-1,down,2024-01-10T06:00:00Z,,port,,,", "S-1,up,2024-01-20T06:00:00Z,,port,,,")
    assert run("load", "log.csv").exit_code == 0
    assert "owed ≥ 100.00 USD" in run("report", *PERIOD).stdout
    assert run("settle", "--reason", " ").exit_code == 2
    assert "Refusals settled: 1" in run("settle", "--reason", "mended and loaded again", "--by", "Ana").stdout
    result = run("report", *PERIOD)
    assert result.exit_code == 0
    assert "owed 100.00 USD" in result.stdout
    assert "No refused rows" in run("refused").stdout


def test_the_rule_of_who_ends_a_report_can_be_named_by_option_and_by_document(run: Run) -> None:
    log_of(
        "S-1,down,2024-01-02T00:00:00Z,,port,,,", "S-1,up,2024-01-03T00:00:00Z,,supplier,,,",
        "S-1,down,2024-01-20T00:00:00Z,,port,,,", "S-1,up,2024-01-21T00:00:00Z,,port,,,",
    )  # fmt: skip
    assert told(run)["report"]["all"]["down"] == 48.0
    first = told(run, "--rule", "1")["report"]
    assert first["all"]["down"] == 19 * 24.0
    assert first["interruption_rule"]["version"] == first["contracts"][0]["interruption_rule"]["version"] == 1
    assert run("report", "log.csv", "--rule", "7").exit_code == 2
    Path("t.toml").write_text("version = 1\ninterruption_rule = 1\n", encoding="utf-8")
    assert told(run, "--targets", "t.toml")["report"]["all"]["down"] == 19 * 24.0
    Path("c.toml").write_text(CONTRACT.replace("[fee]", "interruption_rule = 1\n[fee]"), encoding="utf-8")
    mixed = told(run)["report"]
    assert mixed["all"]["down"] == 48.0
    assert mixed["contracts"][0]["months"][0]["down"] == 19 * 24.0
    Path("t.toml").write_text("version = 1\ninterruption_rule = 9\n", encoding="utf-8")
    assert "no existe la versión 9" in run("report", "log.csv", "--targets", "t.toml", "--lang", "es").stderr


def test_every_command_of_the_fleet_that_writes_a_file_has_one_name_for_it() -> None:
    group = typer.main.get_command(complete_app()).commands["fleet"]  # type: ignore[attr-defined]
    written = {
        name: set(parameter.opts)
        for name, command in group.commands.items()
        for parameter in command.params
        if "-o" in parameter.opts
    }
    assert set(written) == {"report", "calendar", "cost", "from-work-orders", "to-work-orders"}
    assert all(options == {"-o", "--out"} for options in written.values()), written
