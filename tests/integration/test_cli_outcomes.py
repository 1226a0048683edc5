"""`aforo outcomes` as a person or a machine runs it: what is told of a file of reports, and in which language."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from journeys import Post, file, truck
from typer.testing import CliRunner

from aforo.bootstrap import save_state
from aforo.cli import complete_app


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


def run(*arguments: str) -> tuple[int, str, str]:
    made = CliRunner().invoke(complete_app(), list(arguments), env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"})
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.stdout, made.stderr


def screened(post: Post, *rows: dict[str, object]) -> None:
    with post.node() as node:
        file(node, list(rows))
        save_state(node)


def outcomes(post: Post, given: Path, *options: str) -> tuple[int, str, str]:
    return run("outcomes", str(given), "-m", str(post.model), "--store", post.store, *options)


def test_reports_say_where_and_how_many_in_the_language_that_is_asked_for(post: Post, files: Path) -> None:
    given = files / "r.csv"
    given.write_text("declaration_id,outcome,at\n" + "".join(f"n{i},1,\n" for i in range(30)) + "n,maybe,\n")
    code, told, _ = outcomes(post, given, "--lang", "es")
    assert code == 1
    assert "línea 32, columna outcome: " in told
    assert "línea 2, columna declaration_id: Ningún cruce" in told
    assert "line " not in told
    assert "y 11 más" in told
    code, told, _ = outcomes(post, given)
    assert "and 11 more" in told
    assert "line 2, column declaration_id: No crossing" in told
    code, told, _ = outcomes(post, given, "--json")
    assert len(json.loads(told)["problems"]) == 31
    assert json.loads(told)["problems"][0]["line"] == 32


def test_a_correction_and_an_assumption_are_told(post: Post, files: Path) -> None:
    screened(post, truck("a"), truck("b"))
    given = files / "r.csv"
    given.write_text("declaration_id,outcome\na,0\nb,1\n")
    code, told, _ = outcomes(post, given)
    assert code == 0
    assert "warning ×1 (line 3, column threat): " in told
    assert "misdeclaration" in told
    assert "next" not in told
    given.write_text("declaration_id,outcome,threat\na,1,people\nb,1,\n")
    code, told, _ = outcomes(post, given, "--json")
    said = json.loads(told)
    assert (code, said["examinations"], said["repeated"], said["corrections"]) == (0, 0, 1, 1)
    given.write_text("declaration_id,outcome\na,0\n")
    code, told, _ = outcomes(post, given)
    assert code == 0
    assert "corrections" in told
    assert "made anew" in told
    assert run("replay", "--all", "--store", post.store)[0] == 0


def test_a_file_that_holds_no_report_is_told(post: Post, files: Path) -> None:
    screened(post, truck("a"))
    pl.DataFrame({"declaration_id": ["a"], "outcome": [1]}).write_parquet(files / "r.parquet")
    (files / "none.csv").write_bytes(b"")
    (files / "none.ndjson").write_bytes(b"")
    (files / "head.csv").write_text("declaration_id,outcome\n")
    for name in ("r.parquet", "none.csv", "none.ndjson", "head.csv"):
        code, told, _ = outcomes(post, files / name)
        assert code == 1
        assert "file: " in told
        assert "CSV" in told
        assert "NDJSON" in told


MAPPING = """name = "found"
zone = "America/Chicago"
threat = "people"
[columns]
Folio = "declaration_id"
Hallazgo = { to = "outcome", values = { "Sí" = "1", "No" = "0" } }
"Daño" = { to = "severity", scale = 0.5 }
Revisado = { to = "at", format = ["%d/%m/%Y %H:%M", "excel"] }
"""


def test_reports_in_other_columns_are_told_by_their_columns_once(post: Post, files: Path) -> None:
    given = files / "found.csv"
    given.write_text("Folio;Hallazgo\n" + "".join(f"n{i};Sí\n" for i in range(199)), encoding="utf-8")
    code, told, _ = outcomes(post, given, "--json")
    assert code == 1
    [problem] = json.loads(told)["problems"]
    assert (problem["record"], problem["code"]) == (0, "columns_missing")
    for words in ("declaration_id", "outcome", "Folio, Hallazgo", "Folio may be declaration_id", "--mapping"):
        assert words in problem["reason"]["en"]
    code, told, _ = outcomes(post, given, "--lang", "es")
    assert "Folio, Hallazgo" in told


def test_a_mapping_renames_reports(post: Post, files: Path) -> None:
    screened(post, truck("a"), truck("b"))
    given, mapping = files / "found.csv", files / "m.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    given.write_text(
        "Folio;Hallazgo;Daño;Revisado\na;Sí;5;20/03/2024 09:30\nb;No;;45371,5\n"
        "b;Quizá;;20/03/2024 09:30\na;Sí;5;ayer\n",
        encoding="utf-8",
    )
    code, told, wrong = outcomes(post, given, "--mapping", str(mapping), "--json")
    assert code == 1, wrong
    reported = json.loads(told)
    assert reported["examinations"] == 2, reported
    assert [(each["place"], each["code"]) for each in reported["problems"]] == [
        ("line 4, Hallazgo", "not_a_flag"),
        ("line 5, Revisado", "not_an_instant"),
    ]
    assert "%d/%m/%Y %H:%M | excel" in reported["problems"][1]["reason"]["en"]
    assert not reported["warnings"], "the mapping names the threat"


def test_a_mapping_that_cannot_be_used_is_wrong_use(post: Post, files: Path) -> None:
    given, mapping = files / "found.csv", files / "m.toml"
    given.write_text("declaration_id,outcome\na,1\n")
    mapping.write_text('name = "x"\n[columns]\nA = "nothing"\n')
    code, _, told = outcomes(post, given, "--mapping", str(mapping))
    assert code == 2
    assert "nothing" in told
