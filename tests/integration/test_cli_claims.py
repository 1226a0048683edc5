"""`aforo measure claims` on documents and files, right and wrong, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app

DOCUMENT = """
id = "some"
version = 3
name = { en = "Some claims", es = "Algunas afirmaciones" }
[sources.paper]
title = "A paper"
[ports.laredo]
name = { en = "Laredo", es = "Laredo" }
codes = ["2304"]
[[claim]]
id = "one"
name = { en = "One", es = "Uno" }
said = { en = "300 trucks.", es = "300 camiones." }
source = "paper"
published = { figure = "300", unit = "trucks" }
formula = { kind = "sum", of = { from = "crossings", ports = "laredo", period = "2024-01" } }
[[claim]]
id = "two"
name = { en = "Two", es = "Dos" }
said = { en = "5 lb.", es = "5 lb." }
source = "paper"
published = { figure = "5", unit = "pounds" }
formula = { kind = "sum", of = { from = "seizures", measure = "pounds", period = "2024-01" } }
"""
COUNTS = "Port Name,Port Code,Month,Measure,Value\nLaredo,2304,2024-01,Trucks,300\n"
SEIZED = (
    "FY,Month (abbv),Component,Region,Land Filter,Area of Responsibility,Drug Type,Count of Event,Sum Qty (lbs)\n"
    "2024,JAN,Office of Field Operations,Southwest Border,Land Only,LAREDO FIELD OFFICE,Heroin,1,5.0\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "claims.toml").write_text(DOCUMENT)
    (tmp_path / "counts.csv").write_text(COUNTS)
    (tmp_path / "seized").mkdir()
    (tmp_path / "seized" / "one.CSV").write_text(SEIZED)
    (tmp_path / "seized" / "notes.pdf").write_bytes(b"%PDF")
    return tmp_path


def run(*arguments: object, exits: int = 0) -> str:
    made = CliRunner().invoke(complete_app(), ["measure", "claims", *map(str, arguments)])
    assert made.exit_code == exits, made.output
    return made.output


def test_claims_that_are_reproduced_end_well(folder: Path) -> None:
    asked = ("--claims", folder / "claims.toml", "--crossings", folder / "counts.csv", "--seizures", folder / "seized")
    told = run(*asked, "--lang", "en")
    assert "Reproduced: 2; differing: 0; not in the data: 0" in told
    assert "Some claims, version 3" in told
    assert "Se reproducen: 2" in run(*asked, "--lang", "es")
    judged = json.loads(run(*asked, "--json"))
    assert judged["counts"] == {"reproduced": 2}
    assert judged["stated"] == {}
    assert [(each["table"], each["first"], len(each["sha256"])) for each in judged["inputs"]] == [
        ("crossings", "2024-01", 64), ("seizures", "2024-01", 64),
    ]  # fmt: skip
    assert judged["sources"]["paper"]["title"] == "A paper"


def test_a_claim_that_differs_is_a_finding_and_one_that_cannot_be_judged_is_none(folder: Path) -> None:
    asked = ("--claims", folder / "claims.toml", "--lang", "en")
    assert "no table was given: drug seizures" in run(*asked, "--crossings", folder / "counts.csv")
    (folder / "counts.csv").write_text(COUNTS.replace("300", "301"))
    told = run(*asked, "--crossings", folder / "counts.csv", exits=1)
    assert "differs by +1 trucks (+0.333 %)" in told
    assert "Dos" not in run("--claims", folder / "claims.toml", "--only", "one", "--lang", "es")


def test_a_file_that_cannot_be_read_whole_is_a_finding(folder: Path) -> None:
    file = folder / "seized" / "one.CSV"
    file.write_text(SEIZED + SEIZED.splitlines()[1].replace("5.0", "five") + "\n")
    told = run("--claims", folder / "claims.toml", "--seizures", file, "--lang", "en", exits=1)
    assert "line 3" in told
    assert "these months are in no sum" in told
    assert "drug seizures: not loaded: 2024-01" in told


@pytest.mark.parametrize("language", ["en", "es"])
def test_wrong_use_is_told_in_words(folder: Path, language: str) -> None:
    claims = folder / "claims.toml"
    run("--claims", claims, "--only", "three", "--lang", language, exits=2)
    run("--claims", folder / "none.toml", "--lang", language, exits=2)
    run("--claims", claims, "--crossings", folder / "none.csv", "--lang", language, exits=2)
    (folder / "empty").mkdir()
    run("--claims", claims, "--transborder", folder / "empty", "--lang", language, exits=2)
    claims.write_text(DOCUMENT.replace('unit = "pounds"', 'unit = "dollars"'))
    told = run("--claims", claims, "--lang", language, exits=2)
    assert "two" in told
    assert "dollars" in told


def test_the_shipped_claims_are_judged_in_both_languages(folder: Path) -> None:
    for language, word in (("en", "Claims: "), ("es", "Afirmaciones: ")):
        # Those of the audit are its own figures, and one of them differs in the base.
        told = run("--lang", language, exits=1)
        assert word in told
    told = " ".join(run("--lang", "en", exits=1).split())
    assert "Reproduced: 3, of which 3 from figures as published alone; differing: 1, of which 1 from" in told
    assert told.count("not from data: no input changes it") == 4
    assert "de ellas 3 solo con cifras tal como se publicaron" in " ".join(run("--lang", "es", exits=1).split())
    judged = json.loads(run("--json", exits=1))
    assert judged["stated"] == {"reproduced": 3, "differs_by": 1}
    assert sum(each["stated"] for each in judged["claims"]) == 4


FREIGHT = (
    "TRDTYPE,DEPE,COMMODITY2,DISAGMOT,COUNTRY,VALUE,SHIPWT,FREIGHT_CHARGES,DF,CONTCODE,MONTH,YEAR\n"
    "2,2304,84,5,2010,1000,20,3,,X,{month:02},2024\n"
)


def get(*arguments: object, exits: int = 0) -> str:
    made = CliRunner().invoke(complete_app(), ["data", "get", *map(str, arguments)])
    assert made.exit_code == exits, made.output
    return made.output


def test_freight_of_several_files_is_kept_in_one_copy(folder: Path) -> None:
    files = []
    for month in (4, 5):
        files += ["--file", folder / f"dot3_{month}.csv"]
        (folder / f"dot3_{month}.csv").write_text(FREIGHT.format(month=month))
    told = get("transborder", *files, "--data", folder / "kept", "--lang", "es")
    assert "2024-04" in told
    assert "2,000" in told
    taken = json.loads(get("transborder", *files, "--data", folder / "two", "--json"))
    assert taken["freight"] == [{"table": "dot3", "first": "2024-04", "last": "2024-05", "months": 2, "dollars": 2000}]
    copy = Path(taken["copy"])
    assert sorted(each.name for each in copy.iterdir()) == ["copy.json", "dot3_4.csv", "dot3_5.csv"]
    get("bts", *files, "--data", folder / "kept", exits=2)
    get("transborder", *files, *files, "--data", folder / "kept", exits=2)


def test_seizures_are_kept_and_have_no_lasting_address(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "seized" / "one.CSV"
    taken = json.loads(get("seizures", "--file", file, "--data", folder / "kept", "--json"))
    assert taken["drugs"] == [
        {"drug": "heroin", "first": "2024-01", "last": "2024-01", "events": 1, "micropounds": 5_000_000}
    ]
    file.write_text("<html>")
    assert "Nothing was kept" in get("seizures", "--file", file, "--data", folder / "kept", "--lang", "en", exits=1)
    monkeypatch.delenv("AFORO_SEIZURES_ADDRESS", raising=False)
    assert "AFORO_SEIZURES_ADDRESS" in get("seizures", "--data", folder / "kept", exits=2)
