"""What a command writes never destroys what it reads, under whatever name, and every refusal is in words."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest
from journeys import Post, truck
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.trials.world import generate


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(complete_app(), list(arguments), env={"LANG": "C", "LC_ALL": "C", "COLUMNS": "200"})
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.csv"
    generate(5, weeks=2, rows_per_week=50, prevalence=0.1).history.write_csv(path)
    return path


def names_of(file: Path) -> list[str]:
    """Other names of one file: as it is, by a detour, by a symbolic and by a hard link."""
    symbolic, hard = file.with_name("symbolic.csv"), file.with_name("hard.csv")
    symbolic.symlink_to(file)
    os.link(file, hard)
    return [str(file), f"{file.parent}/./{file.name}", str(symbolic), str(hard)]


def test_a_screening_never_writes_over_what_it_reads(post: Post, tmp_path: Path) -> None:
    day = tmp_path / "day.csv"
    pl.DataFrame([truck("a"), truck("b")]).write_csv(day)
    mapping, policy = tmp_path / "mapping.toml", tmp_path / "policy.toml"
    mapping.write_text("[columns]\n")
    policy.write_text("")
    with post.node():
        pass
    model = Path(post.model)
    read = [*names_of(day), str(mapping), str(policy), str(model / "manifest.json"), post.store]
    read.append(str(post.folder / "log-keys.sqlite"))
    for output in read:
        before = Path(output).read_bytes()
        code, told = run(
            "screen", str(day), "-m", str(model), "--store", post.store, "-o", output,
            "--mapping", str(mapping), "--policy", str(policy),
        )  # fmt: skip
        assert code == 2, output
        assert "-o" in told
        assert Path(output).read_bytes() == before, output
    assert run("screen", str(day), "-m", str(model), "--store", post.store, "-o", str(day), "--lang", "es")[1].count(
        "escribiría sobre"
    )
    out = str(tmp_path / "selection.ndjson")
    for _ in range(2):  # a selection may be written anew
        assert run("screen", str(day), "-m", str(model), "--store", post.store, "-o", out)[0] == 0


def test_a_backtest_and_a_plan_never_write_over_what_they_read(history: Path) -> None:
    before = history.read_bytes()
    for output in names_of(history):
        code, told = run("backtest", str(history), "--selections", output)
        assert code == 2
        assert "--selections" in told
        assert run("measure", "control-plan", str(history), "-o", output)[0] == 2
        assert history.read_bytes() == before


def test_a_world_does_not_write_its_truth_over_its_history(tmp_path: Path) -> None:
    history = tmp_path / "w.csv"
    code, told = run("world", "-o", str(history), "--truth", f"{tmp_path}/./w.csv", "--weeks", "1")
    assert code == 2
    assert "--truth" in told
    assert not history.exists()


def test_a_world_speaks_spanish_and_refuses_in_words(tmp_path: Path) -> None:
    history = tmp_path / "w.csv"
    code, told = run("world", "-o", str(history), "--weeks", "1", "--rows-per-week", "50", "--lang", "es")
    assert code == 0
    assert "50 cruces sintéticos" in told
    assert run("world", "-o", str(history), "--weeks", "0")[0] == 2
    code, told = run("world", "-o", str(tmp_path / "w.xlsx"), "--lang", "es")
    assert code == 2
    assert "no es .csv ni .parquet" in told
    code, told = run("world", "-o", str(history / "below" / "w.csv"), "--weeks", "1", "--rows-per-week", "50")
    assert code == 2
    assert "Cannot be written" in told


def test_a_model_is_a_folder(history: Path, tmp_path: Path) -> None:
    for model in (history, tmp_path / "file"):
        model.touch()
        before = model.read_bytes()
        code, told = run("learn", str(history), "-m", str(model), "--store", str(tmp_path / "s.sqlite"))
        assert code == 2
        assert "a model is a folder" in told
        assert model.read_bytes() == before
