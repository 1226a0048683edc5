"""Wrong use is said in words that name the option, the file or the line, and what helps; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    clean = {"LANG": "C", "LC_ALL": "C", "COLUMNS": "200", "AFORO_KEYS": ""}
    made = CliRunner().invoke(complete_app(), list(arguments), env=clean | environment)
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


@pytest.mark.parametrize("store", ["foo://", "://", "mysql://x/y", "postgresql://x/y", "sqlite:///"])
def test_what_is_no_store_is_told_from_a_file(store: str) -> None:
    code, told = run("log", "verify", "--store", store)
    assert code == 2
    assert "is no store" in told
    assert "permissions" not in told


def test_a_server_that_refuses_is_told_from_a_file_and_its_password_is_kept() -> None:
    code, told = run("log", "verify", "--store", "postgresql+psycopg://u:secret@127.0.0.1:1/y")
    assert code == 2
    assert "check host, port" in told
    assert "permissions" not in told
    assert "secret" not in told


@pytest.mark.parametrize("command", [["log", "verify"], ["rules", "list"], ["replay", "--all"]])
def test_a_file_that_is_no_database(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "no.sqlite").write_text("only text " * 20)
    code, told = run(*command, "--store", str(tmp_path / "no.sqlite"))
    assert code == 2
    assert "not a database" in told


def test_a_key_store_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "no.sqlite").write_text("only text " * 20)
    history = tmp_path / "h.csv"
    history.write_text("declaration_id,filed_at,outcome\nA,2024-01-01T08:00:00-06:00,1\n")
    code, told = run("learn", str(history), "-m", str(tmp_path / "m"), AFORO_KEYS=str(tmp_path / "no.sqlite"))
    assert code == 2
    assert "the key store cannot be used" in told
    code, told = run("learn", "[/none].csv", "-m", str(tmp_path / "m"))
    assert code == 2
    assert "[/none].csv" in told


@pytest.mark.parametrize(
    ("command", "en", "es"),
    [
        (["tokens", "issue", "x", "--role", "magic"], "Invalid value for --role: give one of 'officer'",
         "Valor no válido en --role: indique uno de 'officer'"),
        (["tokens", "issue", "x"], "--role is missing", "Falta --role"),
        (["sandbox", "--port", "0"], "for --port: give 1 or more", "en --port: indique 1 o más"),
        (["lottery", "verify", "2026-13-01"], "for day: give a day such as", "en día: indique un día como"),
        (["sandbox", "--port", "x"], "give a whole number", "indique un número entero"),
        (["replay", "--unheard"], "No such option: --unheard", "--unheard"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_in_the_readers_language(command: list[str], en: str, es: str) -> None:
    for language, wanted in (("en", en), ("es", es)):
        code, told = run(*command, "--lang", language)
        assert (code, "Value error" in told) == (2, False)
        assert wanted in told, told


def test_a_replay_of_nothing_says_what_to_name(tmp_path: Path) -> None:
    for language, wanted in (("en", "Name a decision"), ("es", "Nombre una decisión")):
        code, told = run("replay", "--store", str(tmp_path / "s.sqlite"), "--lang", language)
        assert code == 2
        assert wanted in told
        assert "--all" in told


@pytest.mark.parametrize("command", [["log", "verify"], ["log", "checkpoint"], ["log", "rotate-key"]])
def test_every_command_on_the_log_speaks_the_language_that_is_asked_for(command: list[str], tmp_path: Path) -> None:
    nowhere = str(tmp_path / "s.sqlite")
    assert "no hay registro" in run(*command, "--store", nowhere, "--lang", "es")[1]
    assert "no store" in run(*command, "--store", nowhere, "--lang", "en", LANG="es_MX", LC_ALL="")[1]
    assert "no hay registro" in run(*command, "--store", nowhere, LANG="es_MX", LC_ALL="")[1]
    assert run(*command, "--store", nowhere, "--lang", "fr")[0] == 2
    assert "no store" in run(*command, "--store", nowhere)[1]
