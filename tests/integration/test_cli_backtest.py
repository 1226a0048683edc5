"""A backtest's report for people: counts where a rate would say too much, every figure whole, one language."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table
from typer.testing import CliRunner

from aforo.cli import complete_app, terminal
from aforo.trials.world import generate


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "history.csv"
    generate(3, weeks=6, rows_per_week=200, prevalence=0.03).history.write_csv(path)
    return path


def report(history: Path, language: str, columns: int = 80, code: int = 0) -> str:
    made = CliRunner().invoke(
        complete_app(),
        ["backtest", str(history), "--learner", "random-90/10", "--lang", language],
        env={"COLUMNS": str(columns), "LANG": "C"},
    )
    assert made.exit_code == code, made.output
    return made.stdout


def row(told: str, begin: str) -> str:
    return next(line for line in told.splitlines() if begin in line)


def test_no_rate_stands_where_the_next_sentence_refuses_it(history: Path) -> None:
    told = report(history, "en", columns=200)
    assert "too few for a rate" in told
    control = row(told, "violation rate, from the control sample alone")
    assert "%" not in control
    assert "/" in control
    assert "(0–" not in told
    assert "its count alone is shown" in told


def test_no_figure_is_cut_at_eighty_columns(history: Path) -> None:
    for language in ("en", "es"):
        assert "…" not in report(history, language)


def test_the_report_is_in_one_language(history: Path) -> None:
    told = report(history, "es")
    assert "retroalimentación selectiva" in told
    assert "por aduana" in told
    for english in ("selective", "contraband ", "under 30", "crossings", "none ", "puerto"):
        assert english not in told


def test_a_wide_table_in_a_pipe_is_wrapped_between_words_and_no_word_is_broken() -> None:
    told = io.StringIO()
    table = Table()
    for header in ("identifier", "what was found, and what is to be done about it", "value"):
        table.add_column(header)
    identifier = "f3a9" * 10
    table.add_row(identifier, "the approach stands on the bridge " * 4, "-12.34 [-15.00, -9.00]")
    terminal.show(table, Console(file=told, width=80, color_system=None, soft_wrap=True))
    lines = told.getvalue().splitlines()
    assert max(map(len, lines)) <= 100
    assert identifier in told.getvalue()
    # What cannot be wrapped is as wide as it has to be: a pipe has no width of its own.
    wide = Table()
    for header in ("one", "other", "third"):
        wide.add_column(header)
    wide.add_row(identifier, identifier, identifier)
    told = io.StringIO()
    terminal.show(wide, Console(file=told, width=80, color_system=None, soft_wrap=True))
    assert f"│ {identifier} │ {identifier} │ {identifier} │" in told.getvalue()


def test_a_narrow_terminal_has_rows_under_each_other() -> None:
    table = Table(title="rates")
    for header in ("group", "value", "interval"):
        table.add_column(header)
    table.add_row("the whole of the traffic", "12.34 %", "10.02–100 %")
    shown = {}
    for width, is_terminal in ((30, True), (120, True), (30, False)):
        told = io.StringIO()
        console = Console(file=told, width=width, force_terminal=is_terminal, color_system=None, soft_wrap=True)
        terminal.show(table, console)
        shown[width, is_terminal] = told.getvalue()
        assert "12.34 %" in shown[width, is_terminal]
        assert "10.02–100 %" in shown[width, is_terminal]
    assert "  interval: 10.02–100 %\n" in shown[30, True]
    assert "│" in shown[120, True]
    assert "│" in shown[30, False]


def test_a_group_that_the_history_does_not_state_is_unknown(tmp_path: Path) -> None:
    without = ["carrier_id", "importer_id", "origin", "port", "trade_programme"]
    path = tmp_path / "history.csv"
    generate(3, weeks=6, rows_per_week=200, prevalence=0.03).history.drop(without, strict=False).write_csv(path)
    told = CliRunner().invoke(complete_app(), ["backtest", str(path), "--learner", "random-90/10", "--json"])
    assert told.exit_code == 0, told.output
    made = json.loads(told.stdout)
    crossings = made["crossings"]
    for name in (
        "false_selection_by_carrier_size",
        "false_selection_by_carrier_age",
        "false_selection_by_importer_age",
        "false_selection_by_origin",
    ):
        assert [(each["group"], each["crossings"]) for each in made[name]] == [("unknown", crossings)], name
    for name in ("by_port", "by_programme"):
        assert list(made[name]) == ["unknown"], name
    assert "desconocido" in report(path, "es", columns=200)


@pytest.mark.parametrize(
    ("command", "misspelt", "there"),
    [("backtest", "Outcom", "outcome"), ("learn", "Outcom", "outcome"), ("backtest", "xyz", ""), ("learn", "xyz", "")],
)
def test_a_label_that_the_history_lacks_is_named_with_the_columns_that_it_has(
    command: str, misspelt: str, there: str, history: Path, tmp_path: Path
) -> None:
    more = ["-m", str(tmp_path / "model")] if command == "learn" else []
    for language, says in (
        ("en", f"The history has no column {misspelt}."),
        ("es", f"no tiene la columna {misspelt}."),
    ):
        made = CliRunner().invoke(
            complete_app(), [command, str(history), "--label", misspelt, *more, "--lang", language], env={"LANG": "C"}
        )
        assert made.exit_code == 2
        assert says in made.stderr
        assert "declaration_id, filed_at" in made.stderr
        assert ("closest is outcome" in made.stderr) == (there == "outcome" and language == "en")


def test_a_history_without_identifiers_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text("Folio,Fecha,Hallazgo\nA,2026-01-01,1\n", encoding="utf-8")
    made = CliRunner().invoke(complete_app(), ["backtest", str(path)], env={"LANG": "C"})
    assert made.exit_code == 2
    assert "declaration_id, filed_at" in made.stderr
    assert "Folio, Fecha, Hallazgo" in made.stderr


def test_rows_that_cannot_be_read_are_counted_beside_the_figures(history: Path, tmp_path: Path) -> None:
    lines = history.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("filed_at")
    for row in (5, 9):
        cells = lines[row].split(",")
        lines[row] = ",".join([*cells[:place], "yesterday", *cells[place + 1 :]])
    path = tmp_path / "history.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "history.csv: 2 rows could not be read" in report(path, "en", columns=200, code=1)
    assert "history.csv: 2 renglones no pudieron leerse" in report(path, "es", columns=200, code=1)
    assert "could not be read" not in report(history, "en", columns=200)
