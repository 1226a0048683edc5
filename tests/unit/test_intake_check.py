"""`aforo check`: the JSON of a verdict, the words for people, the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aforo.cli import complete_app
from aforo.intake.mapping import load
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
    assert [(each["record"], each["place"].partition(",")[0]) for each in verdict["problems"]] == [(0, "file")]


def test_a_table_without_what_it_needs_names_what_it_needs_and_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("Folio;Fecha;Valor\nA;2026-01-01;5\n", encoding="utf-8")
    verdict = json.loads(run("--json", path).stdout)
    [problem] = verdict["problems"]
    assert (verdict["format"], problem["code"], problem["gravity"]) == ("declarations", "column_missing", "refusal")
    for words in ("declaration_id, filed_at", "Folio, Fecha, Valor", "Folio may be declaration_id", "--template"):
        assert words in problem["reason"]["en"]
    assert "Fecha puede ser filed_at" in problem["reason"]["es"]
    mapping = tmp_path / "m.toml"
    mapping.write_text('name = "x"\n[columns]\nFecha = "filed_at"\n', encoding="utf-8")
    [problem] = json.loads(run("--json", path, "--mapping", mapping).stdout)["problems"]
    assert "missing: declaration_id;" in problem["reason"]["en"]


def test_a_first_line_of_data_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("Juan Pérez,2026-01-01,870829\nAna Ruiz,2026-01-02,870829\n", encoding="utf-8")
    told = run("--json", path).stdout
    assert "Juan" not in told
    assert "holds values" in told


def test_a_file_refused_as_a_whole_counts_no_records(tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "0 good" not in run(path).stdout
    assert "refused · declarations · the file as a whole; no record was read" in run(path).stdout
    assert "el archivo entero; no se leyó ningún registro" in run(path, "--lang", "es").stdout
    assert json.loads(run("--json", path).stdout)["records"] == 0


def test_refusals_come_before_warnings_and_a_kind_has_its_first_places(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    rows = [f"D{number},{WHEN},,E,B,870829\n" for number in range(5)] + [f"X,{WHEN},I,E,B,1\n"]
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    gravities = [each["gravity"] for each in json.loads(run("--json", path).stdout)["problems"]]
    assert gravities == ["refusal"] + ["warning"] * 5
    shown = run(path).stdout
    assert shown.index("refusal") < shown.index("warning")
    assert "line 2, column importer_id; line 3; line 4; …" in shown


def test_the_warning_of_foreign_offices_names_what_says_that_they_are(tmp_path: Path) -> None:
    path = tmp_path / "foreign.csv"
    path.write_text(f"declaration_id,filed_at,port,origin\nA,{WHEN},240,MEX\n", encoding="utf-8")
    reasons = [
        each["reason"] for each in json.loads(run("--json", path).stdout)["problems"] if "unknown" in each["code"]
    ]
    assert len(reasons) == 2
    assert all("listed = false" in reason["en"] and "listed = false" in reason["es"] for reason in reasons)


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


TEMPLATE = (
    "Fecha;RFC Importador;Proveedor;Fracción;País Origen;Peso bruto (t);Valor USD;IGI %;Aduana;Hallazgo;Folio;Turno\n"
    "05/03/2026;ABC;X;70200;CHN;12,5;1.000,50;5;240;0;A1;noche\n"
    "26/03/2026;ABD;X;870829;MEX;12,5;1.000,50;15;240;1;A2;noche\n"
    "44166;ABD;X;870829;MEX;12,5;1.000,50;5;240;1;A3;noche\n"
)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_template_is_begun_from_the_header_and_reads_the_file(language: str, tmp_path: Path) -> None:
    path, out = tmp_path / "history.csv", tmp_path / "begun.toml"
    path.write_text(TEMPLATE, encoding="utf-8")
    assert run(path, "--template", "-o", out, "--lang", language).exit_code == 0
    told = run(path, "--template", "--lang", language)
    assert told.stdout == out.read_text(encoding="utf-8")
    mapping = load(out)
    assert {name: rule.to for name, rule in mapping.rules().items()} == {
        "fecha": "filed_at", "rfc importador": "importer_id", "proveedor": "exporter_id", "fracción": "hs6",
        "país origen": "origin", "peso bruto (t)": "gross_mass_kg", "valor usd": "value_usd", "igi %": "duty_rate",
        "aduana": "port", "hallazgo": "outcome", "folio": "declaration_id",
    }  # fmt: skip
    assert mapping.decimal == ","
    assert mapping.rules()["fecha"].formats == ("%d/%m/%Y", "excel")
    assert "Turno" in told.stdout
    verdict = json.loads(run("--json", path, "--mapping", out).stdout)
    assert (verdict["verdict"], verdict["good"]) == ("accepted", 3)
    assert {each["code"] for each in verdict["problems"]} <= {"zone_assumed", "column_absent"}


@pytest.mark.parametrize(
    "name", ["least.csv", "korean_header.csv", "semicolon_windows1252.csv", "tab_utf16.txt", "every_column.parquet"]
)
def test_every_table_has_a_template_that_loads(name: str, tmp_path: Path) -> None:
    out = tmp_path / "begun.toml"
    assert run(SAMPLES / name, "--template", "--out", out).exit_code == 0
    assert load(out).columns


def test_a_template_of_a_file_without_identifier_takes_the_rows_number(tmp_path: Path) -> None:
    path, out = tmp_path / 'odd "name".csv', tmp_path / "begun.toml"
    path.write_text('Fecha,"Valor ""x"" \\ USD"\n2026-03-01T08:00:00Z,5\n', encoding="utf-8")
    assert run(path, "--template", "-o", out).exit_code == 0
    assert json.loads(run("--json", path, "--mapping", out).stdout)["good"] == 1


def test_no_template_is_made_of_what_is_no_table(tmp_path: Path) -> None:
    bare, picture, out = tmp_path / "bare.csv", tmp_path / "p.png", tmp_path / "out.toml"
    bare.write_text("Juan,2026-01-01\n", encoding="utf-8")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    for path in (bare, picture):
        result = run(path, "--template", "-o", out)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr
    assert run(SAMPLES / "least.csv", SAMPLES / "least.csv", "--template").exit_code == 2
    assert run(SAMPLES / "least.csv", "-o", out).exit_code == 2
    copy = tmp_path / "copy.csv"
    copy.write_bytes((SAMPLES / "least.csv").read_bytes())
    assert run(copy, "--template", "-o", copy).exit_code == 2
    assert copy.read_bytes() == (SAMPLES / "least.csv").read_bytes()
    assert not out.exists()
