"""`aforo fleet report`: what it tells people and machines, what it writes, and how it says what is wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from contract_scene import CONTRACT as BANDED
from typer.testing import CliRunner

from aforo.cli import complete_app

Run = Callable[..., Result]
LOG = """scanner_id,event,at,cause,reporter,port,kind,contract_id,planned
S-1,commissioned,2023-06-01T00:00:00Z,,,2304,LEP,C-1,
S-1,down,2024-01-10T06:00:00Z,parts,port,,,,
S-1,down,2024-01-10T07:00:00Z,,supplier,,,,
S-1,up,2024-01-12T00:00:00Z,,supplier,,,,
S-1,up,2024-01-13T06:00:00Z,,port,,,,
S-2,commissioned,2023-06-01T00:00:00Z,,,2402,HE,C-1,
S-2,ordered,2023-01-01T00:00:00Z,,,,,,
S-3,stored,2024-01-05T00:00:00Z,,,,,,
"""
CONTRACT = (
    BANDED.replace("America/Chicago", "UTC")
    + """[repair]
clause = "5.2"
credit = 0.5
[[repair.term]]
hours = 48
[[cap]]
clause = "6.1"
share = 0.25
"""
)
PERIOD = ("--from", "2024-01-01", "--until", "2024-02-01")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")

    def called(*arguments: str) -> Result:
        return CliRunner().invoke(complete_app(), list(arguments))

    return called


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    (tmp_path / "c-1.toml").write_text(CONTRACT, encoding="utf-8")
    return str(tmp_path / "log.csv"), str(tmp_path / "c-1.toml")


def test_it_tells_what_was_down_and_what_is_owed(run: Run, files: tuple[str, str], tmp_path: Path) -> None:
    log, contract = files
    owed = tmp_path / "owed.csv"
    result = run("fleet", "report", log, "--contracts", contract, *PERIOD, "--json", "-o", str(owed))
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    found = told["report"]
    assert (found["all"]["scanners"], found["all"]["ever_down"], found["all"]["down"]) == (2, 1, 72.0)
    assert found["all"]["hours"]["parts"] == 72.0
    assert found["all"]["merged"] == 1
    (agreed,) = found["contracts"]
    # 10 % of a month's fee for availability, half of it for the repair, and the cap at a quarter of it.
    assert [(each["reason"], each["cents"]) for each in agreed["lines"]] == [
        ("availability", 10_000), ("repair", 50_000), ("cap", -35_000),
    ]  # fmt: skip
    assert (agreed["owed_cents"], agreed["fees_cents"]) == (25_000, 200_000)
    assert told["from"] == "2024-01-01T00:00:00Z"
    lines = list(csv.DictReader(owed.open(encoding="utf-8")))
    assert [(each["clause"], each["amount"], each["events"]) for each in lines] == [
        ("4.2", "100.00", "3"), ("5.2", "500.00", "3"), ("6.1", "-350.00", ""),
    ]  # fmt: skip
    assert {each["document"] for each in lines} == {agreed["document"]}


@pytest.mark.parametrize(("language", "words"), [("en", "unexplained"), ("es", "sin explicar")])
def test_people_are_told_in_their_language(run: Run, files: tuple[str, str], language: str, words: str) -> None:
    log, contract = files
    result = run("fleet", "report", log, "--contracts", contract, *PERIOD, "--lang", language)
    assert result.exit_code == 0
    assert words in result.stdout
    assert "250.00 USD" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_a_row_that_cannot_be_read_is_told_and_counts_nowhere(run: Run, files: tuple[str, str]) -> None:
    log, _ = files
    with Path(log).open("a", encoding="utf-8") as file:
        file.write("S-1,exploded,2024-01-10T06:00:00Z,,,,,,\nS-2,down,yesterday,,,,,,\n")
    result = run("fleet", "report", log, *PERIOD, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["read"]["refused"] == 2
    assert [each["place"] for each in told["read"]["problems"]] == ["line 10, column event", "line 11, column at"]
    assert told["report"]["all"]["down"] == 72.0
    assert run("fleet", "report", log, *PERIOD).exit_code == 1


def test_without_a_period_it_is_what_the_log_spans(run: Run, files: tuple[str, str]) -> None:
    told = json.loads(run("fleet", "report", files[0], "--json").stdout)
    assert (told["from"], told["until"]) == ("2023-01-01T00:00:00Z", "2024-01-13T06:00:00.000001Z")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "2024-02-01", "--until", "2024-01-01"), "ends before it begins"),
        (("--from", "yesterday"), "yesterday"),
        (("--contracts", "missing.toml"), "missing.toml"),
        (("--scans", "missing.csv"), "missing.csv"),
    ],
)
def test_wrong_use_is_told(run: Run, files: tuple[str, str], options: tuple[str, ...], words: str) -> None:
    result = run("fleet", "report", files[0], *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_contract_that_is_wrong_or_given_twice_is_refused(run: Run, files: tuple[str, str]) -> None:
    log, contract = files
    twice = run("fleet", "report", log, "--contracts", contract, "--contracts", contract)
    assert twice.exit_code == 2
    assert "C-1" in twice.stderr
    Path(contract).write_text(CONTRACT.replace("below = 0.95", "below = 95"), encoding="utf-8")
    wrong = run("fleet", "report", log, "--contracts", contract)
    assert wrong.exit_code == 2
    assert "availability.band" in wrong.stderr


def test_a_log_without_a_report_is_told(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("scanner_id,event,at\n", encoding="utf-8")
    result = run("fleet", "report", str(empty))
    assert result.exit_code == 1
    assert "no report" in result.stderr


def test_work_orders_become_a_log_and_a_log_work_orders(run: Run, files: tuple[str, str], tmp_path: Path) -> None:
    orders, log = tmp_path / "orders.csv", tmp_path / "from-orders.csv"
    result = run("fleet", "to-work-orders", files[0], "-o", str(orders))
    assert result.exit_code == 0
    (order,) = csv.DictReader(orders.open(encoding="utf-8"))
    assert (order["work_type"], order["cause"], order["port"]) == ("CM", "parts", "2304")
    assert run("fleet", "from-work-orders", str(orders), "-o", str(log)).exit_code == 0
    with log.open("a", encoding="utf-8") as file:
        file.write("S-1,commissioned,2023-06-01T00:00:00+00:00,,,2304,,\n")
    again = json.loads(run("fleet", "report", str(log), *PERIOD, "--json").stdout)["report"]["all"]
    assert (again["down"], again["hours"]["parts"]) == (72.0, 72.0)


def test_codes_of_a_maintenance_system_have_the_meaning_that_is_said(run: Run, tmp_path: Path) -> None:
    orders, log = tmp_path / "orders.csv", tmp_path / "log.csv"
    orders.write_text(
        "wonum,assetnum,worktype,reportdate,actfinish,failurecode\n"
        "1,S-1,CM,2024-01-10 06:00:00,2024-01-11 06:00:00,MECH\n"
    )
    without = run("fleet", "from-work-orders", str(orders), "-o", str(log))
    assert without.exit_code == 1
    assert "offset" in without.stderr
    options = ("--zone", "America/Chicago", "-o", str(log))
    unknown = run("fleet", "from-work-orders", str(orders), *options)
    assert unknown.exit_code == 0
    assert "MECH" in unknown.stderr
    known = run("fleet", "from-work-orders", str(orders), *options, "--cause", "MECH=parts")
    assert (known.exit_code, known.stderr) == (0, "")
    assert "2024-01-10T12:00:00+00:00,parts" in log.read_text(encoding="utf-8")
    assert run("fleet", "from-work-orders", str(orders), *options, "--cause", "MECH=rats").exit_code == 2
    assert run("fleet", "from-work-orders", str(orders), "-o", str(log), "--zone", "Mars").exit_code == 2


ORDERS = """wonum,assetnum,worktype,status,reportdate,actstart,actfinish
1,S-1,CM,COMP,2024-01-05T00:00:00Z,,2024-01-05T06:00:00Z
2,S-1,CM,CLOSE,2024-01-10T06:00:00Z,,
3,S-1,CM,INPRG,2024-01-20T00:00:00Z,,
4,S-1,PM,WAPPR,2024-01-22T00:00:00Z,,
5,S-1,CM,WAPPR,2024-01-24T00:00:00Z,,
6,S-1,CM,COMP,2024-01-25T00:00:00Z,,2024-01-26T00:00:00Z
"""


@pytest.mark.parametrize(
    ("language", "opened", "closed", "service"),
    [
        ("en", "orders that are open, and say no finish: 2;", "orders that are closed, and say no finish: 1;",
         "No row of the log puts a device into service"),
        ("es", "órdenes abiertas, que no dicen cuándo se terminaron: 2;",
         "órdenes cerradas que no dicen cuándo se terminaron: 1;", "Ningún renglón del registro pone un equipo"),
    ],
)  # fmt: skip
def test_orders_without_a_finish_are_told_and_that_nothing_is_in_service(
    run: Run, tmp_path: Path, language: str, opened: str, closed: str, service: str
) -> None:
    orders, log = tmp_path / "orders.csv", tmp_path / "log.csv"
    orders.write_text(ORDERS, encoding="utf-8")
    told = run("fleet", "from-work-orders", str(orders), "-o", str(log), "--lang", language)
    assert told.exit_code == 0
    beside = " ".join(told.stderr.split())
    assert opened in beside
    assert closed in beside
    assert service in " ".join(told.stdout.split())
    never = json.loads(run("fleet", "report", str(log), *PERIOD, "--json").stdout)["report"]
    assert (never["all"]["scanners"], never["all"]["down"]) == (0, 0.0)
    assert never["remarks"] == [{"what": "never_in_service", "document": "log", "word": "S-1"}]
    people = " ".join(run("fleet", "report", str(log), *PERIOD, "--lang", language).stdout.split())
    words = "were never in service" if language == "en" else "nunca estuvieron en servicio"
    assert f"{words}: 1 (S-1)" in people
    with log.open("a", encoding="utf-8") as file:
        file.write("S-1,commissioned,2023-06-01T00:00:00+00:00,,,2304,,\n")
    # What the second order began is ended by the finish of the sixth, as the guide has it.
    again = json.loads(run("fleet", "report", str(log), *PERIOD, "--json").stdout)["report"]
    assert (again["all"]["down"], again["remarks"]) == (6.0 + 15 * 24 + 18, [])


def test_neither_way_of_work_orders_writes_over_what_it_reads(run: Run, files: tuple[str, str], tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text(ORDERS, encoding="utf-8")
    (tmp_path / "other.csv").symlink_to(orders)
    for name in ("orders.csv", "other.csv"):
        assert run("fleet", "from-work-orders", str(orders), "-o", str(tmp_path / name)).exit_code == 2
    assert orders.read_text(encoding="utf-8") == ORDERS
    assert run("fleet", "to-work-orders", files[0], "-o", files[0]).exit_code == 2
    assert Path(files[0]).read_text(encoding="utf-8") == LOG


def test_days_are_those_of_the_contract_where_nothing_else_says_a_zone(run: Run, files: tuple[str, str]) -> None:
    log, contract = files
    Path(contract).write_text(CONTRACT.replace('zone = "UTC"', 'zone = "America/Chicago"'), encoding="utf-8")
    told = json.loads(run("fleet", "report", log, "--contracts", contract, *PERIOD, "--json").stdout)
    assert (told["from"], told["until"]) == ("2024-01-01T06:00:00Z", "2024-02-01T06:00:00Z")
    assert {each["month"] for each in told["report"]["contracts"][0]["months"]} == {"2024-01"}
    assert {each["month"] for each in told["report"]["utilisation"]} == {"2024-01"}
