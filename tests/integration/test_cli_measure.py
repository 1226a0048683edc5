"""`aforo measure control-plan` on strata, on a history, and used wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.measures.control import ControlPlan

STRATA = (
    "port,lane,programme,crossings\n2304,standard,none,1500000\n2304,fast,ctpat2,300000\n2604,standard,none,80000\n"
)


@pytest.fixture
def strata(tmp_path: Path) -> Path:
    path = tmp_path / "strata.csv"
    path.write_text(STRATA)
    return path


def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(complete_app(), ["measure", "control-plan", *arguments])
    return made.exit_code, made.output


def test_a_plan_from_strata_is_shown_and_written(strata: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    code, text = run(str(strata), "--out", str(out), "--lang", "en")
    assert code == 0
    assert "3 strata in 3 pools" in text
    assert "cannot carry a rate of 0.05 %" in text
    plan = ControlPlan.load(out.read_bytes())
    columns = pl.Series(["2304"]), pl.Series(["standard"]), pl.Series(["none"])
    assert plan.propensity_ppb(*columns).tolist() == [5_000_000]


def test_the_plan_speaks_spanish_and_json(strata: Path) -> None:
    code, text = run(str(strata), "--lang", "es", "--prevalence", "0.0005")
    assert code == 0
    assert "no sostienen una tasa" in text
    code, text = run(str(strata), "--json", "--prevalence", "0.01")
    made = json.loads(text)
    assert [row["outlooks"][0]["carried"] for row in made["outlook"] if row["level"] == "all"] == [True]
    assert len(made["plan"]["pools"]) == 3


def test_toml_strata_give_the_same_plan(strata: Path, tmp_path: Path) -> None:
    other = tmp_path / "strata.toml"
    rows = [line.split(",") for line in STRATA.splitlines()[1:]]
    other.write_text(
        "".join(
            f'[[stratum]]\nport = "{p}"\nlane = "{lane}"\nprogramme = "{t}"\ncrossings = {n}\n'
            for p, lane, t, n in rows
        )
    )
    assert json.loads(run(str(other), "--json")[1]) == json.loads(run(str(strata), "--json")[1])


def test_a_history_counts_crossings_not_declarations(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    lines = ["declaration_id,filed_at,port,lane,trade_programme,crossing_id,amends,action"]
    for number in range(400):
        lines.append(f"D{number},2026-01-{1 + number % 20:02d}T08:00:00-06:00,2304,standard,none,C{number // 2},,")
    lines.append("D999,2026-01-20T09:00:00-06:00,2304,standard,none,,D0,replace")
    path.write_text("\n".join(lines) + "\n")
    code, text = run(str(path), "--json", "--years", "0.1")
    assert code == 0, text
    assert sum(pool["crossings"] for pool in json.loads(text)["plan"]["pools"]) == pytest.approx(2_000)


@pytest.mark.parametrize("wrong", [["--rate", "0"], ["--rate", "2"], ["--prevalence", "1.5"], ["--lang", "fr"]])
def test_wrong_use_is_exit_2(strata: Path, wrong: list[str]) -> None:
    assert run(str(strata), *wrong)[0] == 2


def test_wrong_files_are_exit_2(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("port,crossings\n2304,many\n")
    assert run(str(bad))[0] == 2
    assert run(str(tmp_path / "absent.csv"))[0] == 2
    nothing = tmp_path / "nothing.toml"
    nothing.write_text("[other]\nx = 1\n")
    assert run(str(nothing))[0] == 2


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (["--rate", "2"], "--rate"),
        (["--rate", "nan"], "--rate"),
        (["--prevalence", "2"], "--prevalence"),
        (["--floor-share", "5"], "--floor-share"),
        (["--minimum", "nan"], "--minimum"),
        (["--minimum", "-1"], "--minimum"),
        (["--years", "0"], "--years"),
        (["--years", "nan"], "--years"),
    ],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_wrong_option_is_named(strata: Path, wrong: list[str], named: str, language: str) -> None:
    code, told = run(str(strata), *wrong, "--lang", language)
    assert code == 2
    assert told.count(named) >= 2  # in what is wrong and in what to do
    assert wrong[1].removesuffix(".0") in told
    assert ("Dé otro valor" in told) == (language == "es")


@pytest.mark.parametrize("crossings", ["many", "-5", "nan", "inf", ""])
def test_a_wrong_stratum_is_named_by_its_line(tmp_path: Path, crossings: str) -> None:
    path = tmp_path / "strata.csv"
    path.write_text(f"port,lane,programme,crossings\n2304,standard,none,100\n\n2304,fast,none,{crossings}\n")
    code, told = run(str(path), "--lang", "en")
    assert code == 2
    assert "line 4" in told
    assert "línea 4" in run(str(path), "--lang", "es")[1]


def test_wrong_documents_are_named_in_the_readers_language(tmp_path: Path) -> None:
    files = {
        "twice.csv": ("port,crossings\n2304,1\n2304,2\n", "twice", "dos veces"),
        "nothing.csv": ("port,crossings\n2304,0\n", "No stratum", "Ningún estrato"),
        "no.toml": ("[[stratum]\n", "not TOML", "no es TOML"),
        "row.toml": ("[[stratum]]\nport = 1\ncrossings = -1\n", "[[stratum]] number 1", "[[stratum]] número 1"),
        "text.csv": (b"port,crossings\n\xff\xfe,1\n".decode("latin-1"), "UTF-8", "UTF-8"),
    }
    for name, (content, english, spanish) in files.items():
        (tmp_path / name).write_text(content, encoding="latin-1")
        for language, wanted in (("en", english), ("es", spanish)):
            code, told = run(str(tmp_path / name), "--lang", language)
            assert code == 2
            assert wanted in told, told
    code, told = run(str(tmp_path / "absent.csv"), "--lang", "es")
    assert code == 2
    assert "No existe el archivo" in told
    assert "Errno" not in told


def test_a_stratum_without_crossings_joins_another_whatever_the_minimum(tmp_path: Path) -> None:
    path = tmp_path / "strata.csv"
    path.write_text("port,crossings\n2304,100000\n2506,0\n")
    code, told = run(str(path), "--minimum", "0", "--json")
    assert code == 0
    assert len(json.loads(told)["plan"]["pools"]) == 1


def test_figures_are_neither_noise_nor_rounded_into_others(tmp_path: Path) -> None:
    path = tmp_path / "strata.csv"
    path.write_text("port,crossings\n2304,100000\n")
    code, told = run(str(path), "--json", "--prevalence", "0.025")
    (row, *_) = json.loads(told)["outlook"]
    assert (row["examinations"], row["effective"], row["outlooks"][0]["finds"]) == (500.0, 500.0, 12.5)
    assert (round(row["outlooks"][0]["low"], 4), round(row["outlooks"][0]["high"], 4)) == (0.0132, 0.0428)
    code, told = run(str(path), "--prevalence", "0.999999", "--lang", "en")
    assert code == 0
    assert "if it is 99.9999 %" in told
    assert "if it is 100 %" not in told


def test_a_plan_that_cannot_be_written_is_told(strata: Path) -> None:
    code, told = run(str(strata), "-o", str(strata / "below.json"), "--lang", "en")
    assert code == 2
    assert "Cannot be written" in told
