"""`aforo learn` as a person or a machine runs it: the folder, what is said of it, and what is refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.risk import artefacts
from aforo.trials.world import generate


def run(*arguments: str) -> tuple[int, str, str]:
    made = CliRunner().invoke(complete_app(), list(arguments), env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"})
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.stdout, made.stderr


@pytest.fixture(scope="module")
def history() -> pl.DataFrame:
    return generate(5, weeks=4, rows_per_week=200, prevalence=0.1).history


def write(frame: pl.DataFrame, path: Path) -> str:
    frame.write_csv(path)
    return str(path)


def test_a_history_becomes_a_folder_the_same_every_time(history: pl.DataFrame, tmp_path: Path) -> None:
    store = str(tmp_path / "store.sqlite")
    halves = [write(history[:400], tmp_path / "one.csv"), write(history[400:], tmp_path / "two.csv")]
    code, told, _ = run("learn", *halves, "-m", str(tmp_path / "model"), "--store", store, "--json")
    assert code == 0
    report = json.loads(told)
    assert (report["rows"], report["examined"], report["refused"]) == (800, 800, 0)
    assert report["violations"] == int(history["outcome"].sum())
    code, _, _ = run("learn", *halves, "-m", str(tmp_path / "again"), "--store", store)
    assert code == 0
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert names == {"manifest.json", "model.json", "combiner.json", "memory.npz", "briefing.json"}
    for name in names:
        assert (tmp_path / "model" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
        assert b"SYN" not in (tmp_path / "model" / name).read_bytes()
    assert artefacts.load(tmp_path / "model").artefacts.hash == report["artefacts"]


def test_only_what_was_examined_is_learnt_from(history: pl.DataFrame, tmp_path: Path) -> None:
    looked = history.with_columns((pl.int_range(pl.len()) % 4 == 0).cast(pl.Int8).alias("examined"))
    named = looked.rename({"outcome": "what_was_found"})
    code, told, _ = run(
        "learn", write(named, tmp_path / "h.csv"), "-m", str(tmp_path / "model"),
        "--store", str(tmp_path / "s.sqlite"), "--label", "what_was_found", "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(told)["examined"] == 200


def test_a_column_that_the_table_does_not_know_changes_nothing(history: pl.DataFrame, tmp_path: Path) -> None:
    store = str(tmp_path / "s.sqlite")
    with_truth = history.with_columns(pl.col("outcome").alias("truth_of_the_world"))
    hashes = []
    for name, frame in (("plain", history), ("truth", with_truth)):
        file = write(frame, tmp_path / f"{name}.csv")
        code, told, _ = run("learn", file, "-m", str(tmp_path / name), "--store", store, "--json")
        assert code == 0
        hashes.append(json.loads(told)["artefacts"])
    assert hashes[0] == hashes[1]


def test_a_history_without_labels_or_records_is_refused_in_words(history: pl.DataFrame, tmp_path: Path) -> None:
    model, store = str(tmp_path / "model"), str(tmp_path / "s.sqlite")
    unlabelled = write(history.drop("outcome", "threat", "severity"), tmp_path / "unlabelled.csv")
    code, _, wrong = run("learn", unlabelled, "-m", model, "--store", store)
    assert code == 2
    assert "what an examination found" in wrong
    code, _, wrong = run("learn", str(tmp_path / "nowhere.csv"), "-m", model, "--store", store)
    assert code == 2
    assert "nowhere.csv" in wrong
    (tmp_path / "nothing.csv").write_text("declaration_id,filed_at,outcome\n")
    code, _, wrong = run("learn", str(tmp_path / "nothing.csv"), "-m", model, "--store", store)
    assert code == 2
    assert "No record" in wrong
    assert not (tmp_path / "model").exists()


def test_a_label_column_that_is_not_there_is_named(history: pl.DataFrame, tmp_path: Path) -> None:
    given = write(history, tmp_path / "h.csv")
    code, _, wrong = run("learn", given, "-m", str(tmp_path / "model"), "--label", "nosuch")
    assert code == 2
    assert "nosuch" in wrong
    assert "Add a column" not in wrong


def test_days_are_those_of_the_filers_clocks(history: pl.DataFrame, tmp_path: Path) -> None:
    day = pl.int_range(pl.len()) % 15 + 1
    local = history.with_columns(
        filed_at=pl.format("2020-01-{}T01:30:00+09:00", day.cast(pl.String).str.zfill(2)).sort()
    )
    code, told, _ = run(
        "learn", write(local, tmp_path / "h.csv"), "-m", str(tmp_path / "m"), "--store", str(tmp_path / "s.sqlite")
    )
    assert code == 0
    assert "filed 2020-01-01 to 2020-01-15 (UTC+09:00)" in told


def test_a_history_without_a_violation_says_that_nothing_was_learnt(history: pl.DataFrame, tmp_path: Path) -> None:
    store = str(tmp_path / "s.sqlite")
    for found, said in ((0, "nothing was learnt to tell violations by"), (3, "too few for the model")):
        row = pl.int_range(pl.len())
        few = history.with_columns(
            outcome=(row < found).cast(pl.Int64), threat=pl.when(row < found).then(pl.lit("theft")), severity=None
        )
        given = write(few, tmp_path / "h.csv")
        code, told, _ = run("learn", given, "-m", str(tmp_path / "m"), "--store", store)
        assert code == 0
        assert said in told
        assert "or more" in told
        code, told, _ = run("learn", given, "-m", str(tmp_path / "m"), "--store", store, "--json")
        assert (json.loads(told)["violations"], json.loads(told)["trees"]) == (found, 0)


def test_files_that_overlap_count_a_declaration_once(history: pl.DataFrame, tmp_path: Path) -> None:
    store = str(tmp_path / "s.sqlite")
    whole = write(history, tmp_path / "whole.csv")
    part = write(history[100:300], tmp_path / "part.csv")
    other = write(history[:7].with_columns(packages=pl.lit(99_999.0)), tmp_path / "other.csv")
    hashes = {}
    for name, files in (("once", [whole]), ("again", [whole, part, other])):
        code, told, _ = run("learn", *files, "-m", str(tmp_path / name), "--store", store, "--json")
        assert code == (name == "again")  # other content of the same declarations is refused
        hashes[name] = json.loads(told)
    assert hashes["again"]["artefacts"] == hashes["once"]["artefacts"]
    assert (hashes["again"]["rows"], hashes["again"]["repeated"], hashes["again"]["refused"]) == (800, 200, 7)
    _, told, _ = run("learn", whole, part, "-m", str(tmp_path / "told"), "--store", store)
    assert "200 declarations were in the files again" in told


def test_warnings_are_told_in_the_readers_language(history: pl.DataFrame, tmp_path: Path) -> None:
    odd = write(history.with_columns(threat=pl.lit("weather")), tmp_path / "h.csv")
    _, _, warned = run("learn", odd, "-m", str(tmp_path / "m"), "--store", str(tmp_path / "s.sqlite"), "--lang", "es")
    assert "(línea 2, columna threat; línea 3; " in warned
    assert "line 2" not in warned
