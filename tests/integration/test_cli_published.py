"""Published tables with a row that is refused: told at the terminal and in the report, and in no figure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from boards import a_log
from click.testing import Result
from lxml import html
from typer.testing import CliRunner

from aforo.cli import complete_app, terminal
from aforo.twin.volumes import shipped

NOW = datetime(2024, 7, 1, 12, tzinfo=UTC)
PERIOD = ("--from", "2024-05-01", "--until", "2024-06-01")
COUNTED = "Port Name,Port Code,Month,Measure,Value\n"
BRIDGES = "Year,Month,POE,Crossing,Modes,Northbound Crossing\n"
SEIZED = (
    "FY,Month (abbv),Component,Region,Land Filter,Area of Responsibility,Drug Type,Count of Event,Sum Qty (lbs)\n"
    "2024,JAN,Office of Field Operations,Southwest Border,Land Only,LAREDO FIELD OFFICE,Heroin,1,5.0\n"
)


@pytest.fixture
def store(tmp_path: Path) -> tuple[str, ...]:
    with a_log(tmp_path, NOW):
        pass
    return "--store", f"sqlite:///{tmp_path / 'log.sqlite'}", "--keys", f"sqlite:///{tmp_path / 'keys.sqlite'}"


@pytest.fixture
def crossings(tmp_path: Path) -> Path:
    file = tmp_path / "bts.csv"
    file.write_text(COUNTED + "".join(f"Laredo,2304,2024-{month:02},Trucks,261745\n" for month in (4, 5)))
    return file


def bridges(folder: Path, world_trade: str) -> Path:
    file = folder / "bridges.csv"
    rows = [("Colombia Bridge", "4", "62830"), ("Colombia Bridge", "5", "62830")]
    rows += [("World Trade Bridge", "4", "198915"), ("World Trade Bridge", "5", world_trade)]
    file.write_text(BRIDGES + "".join(f"2024,{month},Laredo,{b},Commercial Trucks,{n}\n" for b, month, n in rows))
    return file


def run(*arguments: str | Path) -> Result:
    terminal.speak("")  # a command of another test chose a language for this process
    return CliRunner().invoke(complete_app(), ["measure", *map(str, arguments)], env={"LANG": "C", "LC_ALL": "C"})


def shown(file: Path) -> str:
    return " ".join(html.fromstring(file.read_text(encoding="utf-8")).text_content().split())


@pytest.mark.parametrize("world_trade", ["n/a", "198915\n2024,5,Laredo,World Trade Bridge,Commercial Trucks,198916"])
def test_a_row_that_is_refused_makes_no_difference_in_the_report_and_is_told(
    tmp_path: Path, store: tuple[str, ...], crossings: Path, world_trade: str
) -> None:
    asked = ("report", *PERIOD, *store, "--crossings", crossings, "--bridges", bridges(tmp_path, world_trade))
    done = run(*asked, "-o", tmp_path / "out")
    assert done.exit_code == 1, done.output
    assert "refused (line " in done.stdout
    told = json.loads((tmp_path / "out" / "report.json").read_text())
    assert told["differs"] == []
    english, spanish = (shown(tmp_path / "out" / f"report.{language}.html") for language in ("en", "es"))
    assert "62,830" not in english
    assert "No sum for 2024-05: CBP's table has no count of World Trade Bridge" in english
    assert "Sin suma de 2024-05: la tabla de CBP no tiene un conteo de World Trade Bridge" in spanish
    wrong = "n/a is no count" if world_trade == "n/a" else "World Trade Bridge has two counts"
    assert "bridges.csv" in english
    assert wrong in english
    assert "(línea " in spanish
    machine = json.loads(run(*asked, "-o", tmp_path / "other", "--json").stdout)
    assert [len(each["problems"]) for each in machine["inputs"]] == [0, 1]


def test_tables_that_are_read_whole_end_well(tmp_path: Path, store: tuple[str, ...], crossings: Path) -> None:
    asked = ("--crossings", crossings, "--bridges", bridges(tmp_path, "198914"))
    done = run("report", *PERIOD, *store, *asked, "-o", tmp_path / "out", "--lang", "en")
    assert done.exit_code == 0, done.output
    (own,) = json.loads((tmp_path / "out" / "report.json").read_text())["differs"]
    assert (own["place"], own["when"], own["one"], own["other"]) == ("Laredo", "2024-05", 261_745, 261_744)


def test_a_cell_of_seizures_that_is_refused_is_told_in_the_report(tmp_path: Path, store: tuple[str, ...]) -> None:
    file = tmp_path / "seized.csv"
    file.write_text(SEIZED + SEIZED.splitlines()[1].replace("Heroin,1,5.0", "Cocaine,1,oops") + "\n")
    done = run("report", *PERIOD, *store, "--seizures", file, "-o", tmp_path / "out", "--lang", "en")
    assert done.exit_code == 1, done.output
    assert "refused (line 3)" in done.stdout
    assert "oops" in shown(tmp_path / "out" / "report.en.html")


def test_months_that_two_files_tell_differently_are_told_in_the_report(tmp_path: Path, store: tuple[str, ...]) -> None:
    files = []
    for number, pounds in enumerate(("5.0", "6.0")):
        files += ["--seizures", tmp_path / f"{number}.csv"]
        files[-1].write_text(SEIZED.replace("5.0", pounds))
    done = run("report", *PERIOD, *store, *files, "-o", tmp_path / "out", "--lang", "en")
    assert done.exit_code == 1, done.output
    assert "Published tables in several files" in shown(tmp_path / "out" / "report.en.html")


@pytest.fixture
def without_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFORO_STORE", f"sqlite:///{tmp_path / 'none.sqlite'}")


def test_coverage_of_a_file_is_of_that_file_alone_and_tells_what_it_refuses(tmp_path: Path, without_log: None) -> None:
    file = tmp_path / "one.csv"
    file.write_text(COUNTED + "Laredo,2304,2025-01,Trucks,1000\nLaredo,2304,2025-02,Trucks,oops\n")
    done = run("coverage", "--counts", file, "--json")
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout)
    assert told["counts"] is None
    assert {each.get("trucks") for each in told["bridges"]} == {None}
    assert [each["code"] for each in told["problems"]] == ["bts_count"]
    for language, refused, why in (("en", "refused (line 3)", "twelve months in a row of no port"),
                                   ("es", "rechazado (línea 3)", "doce meses seguidos de ningún puerto")):  # fmt: skip
        shown = run("coverage", "--counts", file, "--lang", language)
        assert shown.exit_code == 1
        assert refused in shown.stdout
        assert why in " ".join(shown.stdout.split())


def test_coverage_of_a_whole_year_has_its_port_and_leaves_the_others_unknown(tmp_path: Path, without_log: None) -> None:
    file = tmp_path / "year.csv"
    months = [f"2024-{month:02}" for month in range(2, 13)] + ["2025-01"]
    file.write_text(COUNTED + "".join(f"Laredo,2304,{month},Trucks,36600\n" for month in months))
    done = run("coverage", "--counts", file, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    trucks = {each["bridge"]: each.get("trucks") for each in told["bridges"]}
    assert told["counts"] == ["2024-02", "2025-01"]
    assert trucks["world-trade"] + trucks["colombia"] == pytest.approx(12 * 36_600 / 366)
    assert trucks["otay-mesa"] is None
    assert told["problems"] == []
    usual = json.loads(run("coverage", "--json").stdout)
    assert usual["counts"] == ["2024-01", "2024-12"]
    of_year = sum(shipped()["2506"].values()) / 366
    assert {each["bridge"]: each["trucks"] for each in usual["bridges"]}["otay-mesa"] == pytest.approx(of_year)


def test_a_plan_tells_which_rows_of_its_counts_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text(COUNTED + "Laredo,2304,2025-01,Trucks,1000\nLaredo,2304,2025-02,Trucks,oops\n")
    log = tmp_path / "scanners.csv"
    log.write_text("scanner_id,event,at,port,kind\nS-1,commissioned,2024-01-01T00:00:00Z,2304,LEP\n")
    asked = ["fleet", "cost", str(log), "--counts", str(file), "--json"]
    done = CliRunner().invoke(complete_app(), asked, env={"LANG": "C", "LC_ALL": "C"})
    assert "refused (line 3): oops is no count" in done.stderr
    assert json.loads(done.stdout)["cost"]
