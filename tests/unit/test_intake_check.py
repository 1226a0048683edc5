"""`aforo check`: the JSON of a verdict, the words for people, the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aforo.cli import complete_app
from aforo.intake.verdict import check

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "intake" / "declarations"
WHEN = "2026-01-01T00:00:00Z"
HEAD = "declaration_id,filed_at,importer_id,exporter_id,broker_id,hs6\n"


def run(*arguments: object, **environment: str) -> Result:
    names = {"LANG": "C", "LC_ALL": "", "LC_MESSAGES": "", "COLUMNS": "200", "NO_COLOR": "1", **environment}
    return CliRunner().invoke(complete_app(), ["check", *map(str, arguments)], env=names)


@pytest.fixture
def partly(tmp_path: Path) -> Path:
    path = tmp_path / "partly.csv"
    path.write_text(f"{HEAD}A,{WHEN},I,E,B,870829\nB,{WHEN},I,E,B,8708\nC,{WHEN},,E,B,870829\n", encoding="utf-8")
    return path


def test_an_accepted_file_leaves_with_zero() -> None:
    result = run(SAMPLES / "every_column.csv", "--json")
    assert result.exit_code == 0
    verdict = json.loads(result.stdout)
    assert (verdict["verdict"], verdict["format"]) == ("accepted", "declarations")
    assert (verdict["records"], verdict["good"], verdict["bad"]) == (200, 200, 0)


def test_one_object_a_file_with_every_field(partly: Path) -> None:
    result = run("--json", partly, SAMPLES / "least.csv")
    assert result.exit_code == 1
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["verdict"], second["verdict"]) == ("partly", "accepted")
    assert first["file"] == str(partly)
    assert (first["records"], first["good"], first["bad"]) == (3, 2, 1)
    assert [(each["record"], each["place"], each["code"], each["gravity"]) for each in first["problems"]] == [
        (2, "line 3, column hs6", "hs6_format", "refusal"),
        (3, "line 4, column importer_id", "party_missing", "warning"),
    ]
    assert all(set(each["reason"]) == {"en", "es"} for each in first["problems"])


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"a,b\n1,2\n", b"{}", b"PAR1", b"\0" * 100])
def test_a_file_of_no_known_format_is_refused_with_a_reason(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    result = run("--json", path)
    assert result.exit_code == 1
    verdict = json.loads(result.stdout)
    assert verdict["verdict"] == "refused"
    assert [(each["record"], each["place"]) for each in verdict["problems"]] == [(0, "file")]


def test_problems_of_a_kind_are_listed_up_to_a_limit_and_counted_beyond(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(HEAD + "".join(f"D{number},{WHEN},,E,B,1\n" for number in range(50)), encoding="utf-8")
    verdict = json.loads(run("--json", "--limit", 3, path).stdout)
    assert (verdict["bad"], len(verdict["problems"])) == (50, 6)
    assert verdict["unlisted"] == {"hs6_format": 47, "party_missing": 47}


def test_people_read_it_in_their_language(partly: Path) -> None:
    english, spanish = run(partly).stdout, run(partly, LANG="es_MX.UTF-8").stdout
    assert "partly accepted · declarations · 3 records, 2 good, 1 refused" in english
    assert "line 3, column hs6" in english
    assert "aceptado en parte · declarations · 3 registros, 2 buenos, 1 rechazados" in spanish
    assert "línea 3, columna hs6" in spanish
    assert run(partly, "--lang", "es", LANG="en_US").stdout == spanish
    assert run(partly, "--lang", "en", LC_ALL="es_ES").stdout == english


def test_a_mapping_is_applied(tmp_path: Path) -> None:
    path, rules = tmp_path / "theirs.csv", tmp_path / "rules.toml"
    path.write_text(f"Folio,Fecha\nA,{WHEN}\n", encoding="utf-8")
    rules.write_text('name = "x"\n[columns]\nFolio = "declaration_id"\nFecha = "filed_at"\n', encoding="utf-8")
    assert run(path).exit_code == 1
    assert run(path, "--mapping", rules).exit_code == 0


@pytest.mark.parametrize("language", ["en", "es"])
def test_wrong_use_leaves_with_two(language: str, tmp_path: Path, partly: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("name = ", encoding="utf-8")
    for arguments in (
        (tmp_path / "nothing.csv",),
        (partly, tmp_path / "nothing.csv"),
        (tmp_path,),
        (partly, "--mapping", bad),
        (partly, "--mapping", tmp_path / "none.toml"),
    ):
        result = run(*arguments, "--lang", language)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr
    assert run(partly, "--lang", "fr").exit_code == 2
    assert run().exit_code == 2


def test_a_file_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "escape.csv"
    path.write_text(f"declaration_id,filed_at,hs6\x1b[2J[bold],hs6\x1b[2J[bold]\nA,{WHEN},x,y\n", encoding="utf-8")
    result = run(path)
    assert "\x1b[2J" not in result.stdout
    assert "[bold]" in result.stdout


def test_a_place_is_told_in_the_readers_language_and_kept_as_it_is_for_machines(tmp_path: Path) -> None:
    samples = Path(__file__).resolve().parents[1] / "samples" / "intake" / "x12"
    file = tmp_path / "spoilt.edi"
    file.write_bytes((samples / "309_one_shipment.edi").read_bytes().replace(b"SE*", b"SE*9", 1))
    told = CliRunner().invoke(complete_app(), ["check", str(file), "--lang", "es"])
    assert "intercambio 1, grupo 1, conjunto" in told.output
    assert "interchange" not in told.output
    machine = CliRunner().invoke(complete_app(), ["check", str(file), "--lang", "es", "--json"])
    assert "interchange 1, group 1, set" in machine.output


def test_a_message_is_not_asked_for_what_its_format_has_no_place_for(tmp_path: Path) -> None:
    samples = Path(__file__).resolve().parents[1] / "samples" / "intake"
    verdict, _ = check(samples / "carta_porte" / "import_31.xml")
    assert "broker_id" not in " ".join(problem.reason.en for problem in verdict.problems)
    bare = tmp_path / "bare.ndjson"
    bare.write_text('{"declaration_id": "A", "filed_at": "2026-03-01T08:00:00Z"}\n', encoding="utf-8")
    verdict, _ = check(bare)
    assert "party_missing" in {problem.code for problem in verdict.problems}
