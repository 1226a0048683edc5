"""`aforo fleet report` and `from-work-orders` on logs whose figures could depend on what they must not: the order of
rows in a file, other scanners, when an order was written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from contract_scene import CONTRACT
from typer.testing import CliRunner

from aforo.cli import complete_app

Run = Callable[..., Result]
COLUMNS = "scanner_id,event,at,cause,reporter,port,kind,contract_id,reported_at"
IN_SERVICE = "S-1,commissioned,2023-06-01T00:00:00Z,,,2304,LEP,C-1,"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")

    def called(*arguments: str) -> Result:
        return CliRunner().invoke(complete_app(), list(arguments))

    return called


def found(run: Run, folder: Path, rows: Sequence[str], *options: str, contract: str = CONTRACT) -> dict[str, Any]:
    """The report of a log of some rows, under the contract C-1."""
    (folder / "log.csv").write_text("\n".join([COLUMNS, *rows, ""]), encoding="utf-8")
    (folder / "c.toml").write_text(contract, encoding="utf-8")
    done = run("fleet", "report", str(folder / "log.csv"), "--contracts", str(folder / "c.toml"), *options, "--json")
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)["report"]
    return report


def test_of_two_causes_of_one_instant_that_counts_which_was_told_first_wherever_it_stands(
    run: Run, tmp_path: Path
) -> None:
    late = "S-1,down,2024-01-10T06:00:00Z,parts,port,,,,2024-01-20T00:00:00Z"
    soon = "S-1,down,2024-01-10T06:00:00Z,site,port,,,,2024-01-10T06:05:00Z"
    silent = "S-1,down,2024-01-10T06:00:00Z,power,port,,,,"
    ends = "S-1,up,2024-01-15T06:00:00Z,,port,,,,"
    period = ("--from", "2024-01-01", "--until", "2024-02-01")
    excluded = CONTRACT + '[[exclusion]]\nclause = "4.4"\ncauses = ["site"]\n'
    for rows, cause, cents in (
        ((late, soon), "site", 0),
        ((soon, late), "site", 0),
        # One that does not say when it was told is taken as told at once.
        ((late, soon, silent), "power", 10_000),
    ):
        told = found(run, tmp_path, [IN_SERVICE, *rows, ends], *period, contract=excluded)
        assert told["all"]["hours"][cause] == 120.0
        (agreed,) = told["contracts"]
        assert agreed["owed_cents"] == cents


def test_bands_of_a_cut_month_do_not_depend_on_what_other_scanners_did(run: Run, tmp_path: Path) -> None:
    own = [
        IN_SERVICE,
        "S-1,down,2024-01-20T06:00:00Z,parts,port,,,,",
        "S-1,up,2024-01-25T06:00:00Z,,port,,,,",
    ]
    other = [
        "S-9,commissioned,2024-01-16T18:00:00Z,,,2304,LEP,C-1,",
        "S-9,retired,2024-01-20T18:00:00Z,,,2304,LEP,C-1,",
    ]
    no_whole_month = ("--from", "2024-01-15", "--until", "2024-02-10")
    alone, beside = (found(run, tmp_path, rows, *no_whole_month)["contracts"][0] for rows in (own, [*own, *other]))
    assert alone["owed_cents"] == beside["owed_cents"] > 0
    assert not alone["unjudged"]
    # Where the period has a whole month, its cut ones are under no band.
    with_one = found(run, tmp_path, own, "--from", "2024-01-15", "--until", "2024-03-01")["contracts"][0]
    assert with_one["owed_cents"] == 0
    assert with_one["unjudged"]


def test_who_is_unaccounted_for_is_told_with_the_rule(run: Run, tmp_path: Path) -> None:
    rows = [IN_SERVICE, "A-1,ordered,2022-01-01T00:00:00Z,,,,LEP,,", "A-2,ordered,2024-01-01T00:00:00Z,,,,LEP,,"]
    period = ("--from", "2024-01-01", "--until", "2024-02-01")
    told = found(run, tmp_path, rows, *period)
    assert (told["unaccounted"], told["unaccounted_after_days"]) == (["A-1"], 365)
    for language, words in (("en", "for more than 365 days"), ("es", "por más de 365 días")):
        people = run("fleet", "report", str(tmp_path / "log.csv"), *period, "--lang", language)
        assert words in " ".join(people.stdout.split())


ORDERS = """WONUM,ASSETNUM,WORKTYPE,STATUS,REPORTDATE,ACTSTART,ACTFINISH
1,S-1,CM,COMP,2024-09-03 12:00:00,2024-09-03 01:00:00,2024-09-03 20:00:00
2,S-1,CM,COMP,2024-09-05 12:00:00,2024-09-05 01:00:00,2024-09-05 05:00:00
"""


def test_an_order_that_was_written_after_the_work_began_is_of_all_its_work(run: Run, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    log = tmp_path / "from.csv"
    done = run("fleet", "from-work-orders", str(tmp_path / "orders.csv"), "-o", str(log), "--zone", "UTC")
    assert done.exit_code == 0, done.output
    with log.open("a", encoding="utf-8") as file:
        file.write("S-1,commissioned,2023-06-01T00:00:00Z,,,2304,,\n")
    period = ("--from", "2024-09-01", "--until", "2024-10-01")
    told = json.loads(run("fleet", "report", str(log), *period, "--json").stdout)
    assert (told["report"]["all"]["down"], told["report"]["all"]["interruptions"]) == (23.0, 2)


def test_a_class_of_conveyance_may_be_a_numbered_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(f"{COLUMNS}\n{IN_SERVICE}\n", encoding="utf-8")
    (tmp_path / "scans.csv").write_text(
        "scanner_id,at,conveyance,operator_minutes\n"
        + "".join(
            f"S-1,2024-01-22T0{hour}:00:00Z,{name},30\n"
            for hour, name in enumerate(("truck-5", "Class 8", "class8", "ABC1234", "8"))
        ),
        encoding="utf-8",
    )
    done = run(
        "fleet", "report", str(tmp_path / "log.csv"), "--scans", str(tmp_path / "scans.csv"),
        "--from", "2024-01-01", "--until", "2024-02-01", "--json",
    )  # fmt: skip
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert [each["place"] for each in told["read"]["problems"]] == [
        "line 5, column conveyance", "line 6, column conveyance",
    ]  # fmt: skip
    (used,) = told["report"]["utilisation"]
    assert used["operator_hours"] == 1.5
