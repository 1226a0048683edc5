"""One's own port in the twin and in the plans: of a log, of a folder; and which counts are used."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aforo.cli.commands import complete
from aforo.ports import shipped
from aforo.twin.designs import ready as designs
from aforo.twin.tariffs import ready as tariffs

#: A port of one's own, made of a small one that ships.
DOCUMENT = (
    shipped.documents()["2602"]
    .decode()
    .replace('code = "2602"', 'code = "2599"')
    .replace('name = "Lukeville"', 'name = "Nueva Garita"')
    .replace('id = "lukeville', 'id = "garita')
    .replace("Lukeville Port of Entry", "Garita Nueva")
    .replace('aliases = ["Lukeville"]', "aliases = []")
    .replace('names = ["Lukeville"]', 'names = ["Nueva Garita"]')
    .replace('port_number = "260201"', 'port_number = "259901"')
)
SCENARIO = """
name = "own"
title = { en = "own", es = "propio" }
ports = ["Nueva Garita"]
first = 2024-10-07
days = 2
replications = 2
policy = "capacity"
[traffic.prevalence]
contraband = 0.05
[[count]]
port = "Nueva Garita"
month = "2024-10"
trucks = 4000
[[change]]
kind = "scanners_added"
number = 1
"""
#: The counts of a year at the port.
COUNTS = "Port Name,State,Port Code,Border,Date,Measure,Value\n" + "".join(
    f"Nueva Garita,Arizona,2599,US-Mexico Border,{month:%b %Y},Trucks,{3000 + month.month}\n"
    for month in (date(2024, number, 1) for number in range(1, 13))
)


def called(*arguments: object) -> Result:
    return CliRunner().invoke(complete(), list(map(str, arguments)))


def words(told: Result) -> str:
    return " ".join(told.output.split())


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the document alone, a scenario, counts; and no copy of counts that is kept."""
    monkeypatch.setenv("AFORO_DATA", str(tmp_path / "data"))
    (tmp_path / "ports").mkdir()
    (tmp_path / "ports" / "garita.toml").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "sc.toml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "counts.csv").write_text(COUNTS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def store(files: Path) -> tuple[str, ...]:
    """A log in which the document is in force, as options."""
    options = ("--store", str(files / "log.sqlite"), "--keys", str(files / "keys.sqlite"))
    put = called("port", "put", files / "ports" / "garita.toml", "--by", "ana", *options, "--lang", "en")
    assert put.exit_code == 0, put.output
    return options


def test_a_port_in_force_in_a_log_is_simulated(files: Path, store: tuple[str, ...]) -> None:
    told = called("twin", "run", files / "sc.toml", *store, "--json")
    assert told.exit_code == 0, told.output
    result = json.loads(told.stdout)
    assert [each["port"] for each in result["documents"]] == ["2599"]
    rows = {row["figure"]: row for row in result["comparison"]["rows"][""]}
    assert rows["trucks"]["first"]["value"] > 100
    without = called("twin", "run", files / "sc.toml", "--lang", "en")
    assert without.exit_code == 2
    for each in ("no port is called Nueva Garita", "Ports known here:", "Laredo", "--store", "--port-documents"):
        assert each in words(without)


@pytest.mark.parametrize("command", ["run", "compare", "sweep"])
def test_each_command_of_the_twin_takes_a_port_of_a_folder(files: Path, command: str) -> None:
    scenario, own = files / "sc.toml", ("--port-documents", files / "ports")
    more = {
        "run": (scenario,),
        "compare": (scenario, scenario),
        "sweep": (scenario, "--over", "wait_ceiling=5,20", "--workers", "1", "-o", files / "swept"),
    }[command]
    assert called("twin", command, *more).exit_code == 2
    told = called("twin", command, *more, *own, "--lang", "en")
    assert told.exit_code == 0, told.output
    assert "Counts of trucks: trucks counted in 2024" in words(told)
    if command == "sweep":
        # What was swept at one document is not gone on with at another.
        garita = files / "ports" / "garita.toml"
        garita.write_text(DOCUMENT.replace("count = 20,", "count = 21,"), encoding="utf-8")
        assert "another sweep" in words(called("twin", command, *more, *own, "--lang", "en"))


@pytest.mark.parametrize("plan", ["scanners", "port", "tariffs"])
@pytest.mark.parametrize("where", ["log", "folder"])
def test_each_plan_takes_ones_own_port(files: Path, store: tuple[str, ...], plan: str, where: str) -> None:
    own = store if where == "log" else ("--port-documents", str(files / "ports"))
    counts = ("--counts", files / "counts.csv", "--lang", "en")
    if plan == "scanners":
        asked: tuple[object, ...] = ("--count", "2", "--ports", "Nueva Garita", "--draws", "40")
    else:
        named = {"port": ("otay-mesa-east", designs()), "tariffs": ("tariff-2025-03", tariffs())}[plan]
        document = named[1][named[0]].decode()
        lines = list[str]()
        for text in document.splitlines():
            line = text
            if plan == "port" and line.startswith("port = "):
                line = 'port = "Nueva Garita"'
            elif line.startswith("ports = ") and not any(each.startswith("ports = ") for each in lines):
                line = 'ports = ["Nueva Garita"]'
            elif line.startswith("alternatives = "):
                continue
            lines.append(line)
        (files / "plan.toml").write_text("\n".join(lines), encoding="utf-8")
        asked = (files / "plan.toml", "--replications", "20" if plan == "tariffs" else "2")
    refused = called("plan", plan, *asked, *counts)
    assert refused.exit_code == 2
    for each in ("Nueva Garita", "Ports known here:", "--port-documents"):
        assert each in words(refused)
    told = called("plan", plan, *asked, *own, *counts)
    assert told.exit_code == 0, told.output
    assert "Nueva Garita (2599)" in words(told)
    assert "Counts of trucks: counts.csv" in words(told)


def test_a_document_replaces_the_one_that_ships_and_a_folder_that_is_wrong_is_refused(files: Path) -> None:
    scenario = files / "one.toml"
    scenario.write_text(SCENARIO.replace("Nueva Garita", "Lukeville"), encoding="utf-8")
    (files / "ports" / "lukeville.toml").write_bytes(
        shipped.documents()["2602"].replace(b'version = "2026-11"', b'version = "own-7"')
    )
    own = ("--port-documents", files / "ports")
    assert json.loads(called("twin", "run", scenario, *own, "--json").stdout)["documents"][0]["version"] == "own-7"
    (files / "ports" / "twice.toml").write_text(DOCUMENT, encoding="utf-8")
    assert "two documents are of port 2599" in words(called("twin", "run", scenario, *own, "--lang", "en"))
    (files / "ports" / "twice.toml").write_text(DOCUMENT.replace("booths = {", "boots = {"), encoding="utf-8")
    broken = called("twin", "run", scenario, *own, "--lang", "en")
    assert broken.exit_code == 2
    assert "boots" in words(broken)
    (files / "empty").mkdir()
    for folder in ("empty", "absent"):
        assert called("twin", "run", scenario, "--port-documents", files / folder).exit_code == 2


def test_the_counts_that_are_kept_are_used_and_named(files: Path) -> None:
    scenario = files / "counted.toml"
    scenario.write_text(SCENARIO.split("[[count]]")[0], encoding="utf-8")
    own = (scenario, "--port-documents", files / "ports", "--lang", "en")
    lacking = called("twin", "run", *own)
    assert lacking.exit_code == 2
    assert "2024-10" in words(lacking)
    assert called("data", "get", "bts", "--file", files / "counts.csv").exit_code == 0
    told = called("twin", "run", *own)
    assert told.exit_code == 0, told.output
    assert "Counts of trucks: the copy of the Bureau of Transportation Statistics kept on" in words(told)


def test_prevalences_and_finds_by_threat_are_told_in_every_form(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Paths as short as a reader's: a line is as long as the path that it names.
    monkeypatch.chdir(files)
    arguments = ("sc.toml", "--port-documents", "ports")
    told = called("twin", "run", *arguments, "-o", "out", "--lang", "en")
    assert told.exit_code == 0, told.output
    assert "contraband 5 % (scenario), people 0.01 %, theft 0.02 %, misdeclaration 2 %" in words(told)
    assert "Finds by threat" in told.output
    assert max(len(line) for line in told.output.splitlines()) <= 100
    assert "Finds by threat" in (files / "out" / "report.html").read_text(encoding="utf-8")
    result = json.loads((files / "out" / "result.json").read_text(encoding="utf-8"))
    finds = {each["threat"]: each for each in result["threats"]}
    assert list(finds) == ["contraband", "people", "theft", "misdeclaration"]
    assert [finds["contraband"]["stated"], finds["people"]["stated"]] == [True, False]
    rows = {row["figure"]: row for row in result["comparison"]["rows"][""]}
    for what in ("hidden", "found"):
        summed = sum(each[what][1]["value"] for each in finds.values())
        assert summed == pytest.approx(rows[what]["second"]["value"])
    share = finds["contraband"]["share"][1]
    assert 0.0 <= share["low"] <= share["value"] <= share["high"] <= 1.0
    table = (files / "out" / "figures.csv").read_text(encoding="utf-8")
    for figure in ("hidden_contraband", "found_people", "found_share_misdeclaration"):
        assert figure in table
    spanish = words(called("twin", "run", *arguments, "--lang", "es"))
    assert "contrabando 5 % (escenario)" in spanish
    assert "Hallazgos por amenaza" in spanish


def test_the_plan_and_the_twin_say_what_limits_scanning_and_name_each_other(files: Path) -> None:
    plan = words(called("plan", "scanners", "--count", "2", "--ports", "Santa Teresa", "--draws", "40", "--lang", "en"))
    assert "What limits scanning here: capacity." in plan
    assert "--policy capacity" in plan
    scenario = files / "one.toml"
    scenario.write_text(SCENARIO.replace("Nueva Garita", "Lukeville"), encoding="utf-8")
    worth = words(called("twin", "run", scenario, "--policy", "clearance", "--lang", "en"))
    assert "What limits scanning (base · scenario): the worth of a minute at 1 of 1 bridges" in worth
    assert "aforo plan scanners" in worth
    filled = words(called("twin", "run", scenario, "--policy", "capacity", "--wait-ceiling", "20", "--lang", "en"))
    assert "What limits scanning (base · scenario): capacity at 1 of 1 bridges" in filled
