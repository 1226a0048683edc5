"""A pilot from the command line: one report, the same however it was run, and nothing written beside what it reads."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import Result
from nights import Nights, Page
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.trials.world import generate

KCS = Path(__file__).resolve().parents[3] / "shared" / "data" / "declarations" / "kcs_valid.csv"
#: As the built-in mapping has it, but for its word that everything was examined.
KCS_COLUMNS = """
name = "kcs-as-extracts"
threat = "misdeclaration"
[columns]
"Declaration ID" = "declaration_id"
"Date" = { to = "filed_at", format = "%Y-%m-%d", zone = "Asia/Seoul" }
"Office ID" = { to = "port", listed = false }
"Declarant ID" = "broker_id"
"Importer ID" = "importer_id"
"Seller ID" = "exporter_id"
"HS6 Code" = { to = "hs6", pad = 6 }
"Country of Origin" = "origin"
"Net Mass" = "gross_mass_kg"
"Item Price" = "value_usd"
"Fraud" = "outcome"
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command with its report at `pilot.html` in a folder of its own, and stores that are nobody's."""
    monkeypatch.setenv("AFORO_STORE", str(tmp_path / "own" / "aforo.sqlite"))
    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("AFORO_KEYS", raising=False)

    def invoke(*arguments: object, report: Path = tmp_path / "pilot.html") -> Result:
        given = [str(each) for each in arguments]
        return CliRunner().invoke(complete_app(), ["pilot", *given, "-o", str(report)])

    return invoke


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return Nights(tmp_path_factory.mktemp("fortnight"))


def state_of(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file of a folder: the digest of its content, and when it was written."""
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
    }


def test_the_report_is_one_page_that_fetches_nothing_and_says_that_its_data_are_synthetic(
    run: Run, fortnight: Nights, tmp_path: Path
) -> None:
    for language, words in (
        ("en", ("Synthetic data", "In short", "cannot say")),
        ("es", ("Datos sintéticos", "En resumen", "no pueden decir")),
    ):
        done = run(*fortnight.arguments, "--lang", language)
        assert done.exit_code == 0, done.output
        text = (tmp_path / "pilot.html").read_text(encoding="utf-8")
        page = Page(text)
        assert page.open == []
        assert page.fetched == []
        assert {"script", "link", "iframe", "img", "object"}.isdisjoint(page.tags)
        assert page.tags.count("title") == 1 + page.tags.count("svg")
        assert f'<html lang="{language}">' in text
        assert all(each in text for each in words)
        assert "{" not in text.split("</style>")[1]
        assert str(tmp_path) not in text


def test_the_figures_are_those_of_the_files(run: Run, fortnight: Nights) -> None:
    done = run(*fortnight.arguments, "--json")
    assert done.exit_code == 0, done.output
    made: dict[str, Any] = json.loads(done.stdout)
    chosen = fortnight.list.filter(pl.col("examined") == 1).join(fortnight.truth, on="declaration_id")
    assert made["synthetic"] is True
    assert made["workload"]["crossings"] == fortnight.list.height
    assert made["workload"]["theirs"] == made["workload"]["ours"] == chosen.height
    assert made["workload"]["theirs_random"] == int((fortnight.list["channel"] == "random").sum())
    assert made["kept"]["found"] == int(chosen["outcome"].sum())
    square = made["square"]
    assert sum(cell["crossings"] for cell in square.values()) == fortnight.list.height
    assert square["both"]["found"] + square["only_theirs"]["found"] == made["kept"]["found"]
    assert square["only_ours"]["rate"]["value"] is None
    assert made["verdict"]["basis"] == ("sample" if made["verdict"]["draws"] >= 5 else "bounds")
    for grouped in ("by_port", "by_week"):
        assert sum(each["crossings"] for each in made[grouped]) == fortnight.list.height
        assert all(each["resolved"] >= 10 for each in made[grouped])
    assert [night["new"] for night in made["quality"]] == [rows.height for _, rows in fortnight.days]


def test_night_by_night_gives_the_bytes_of_all_at_once(run: Run, fortnight: Nights, tmp_path: Path) -> None:
    once, nightly = tmp_path / "once.html", tmp_path / "nightly.html"
    assert run(*fortnight.arguments, report=once).exit_code == 0
    growing = tmp_path / "extracts"
    growing.mkdir()
    work = tmp_path / "work"
    for day, rows in fortnight.days:
        rows.write_csv(growing / f"declarations-{day}.csv")
        if day[-2:] in ("03", "08", "14"):
            done = run("--today", fortnight.today, "--extracts", growing, "--work", work, report=nightly)
            assert done.exit_code == 0, done.output
    assert nightly.read_bytes() == once.read_bytes()
    chosen = [json.loads(line) for path in sorted((work / "selections").iterdir()) for line in path.open()]
    assert sum(line["chosen"] for line in chosen) == int(fortnight.list["examined"].sum())
    store = ["--store", str(work / "pilot.sqlite"), "--keys", str(work / "pilot-keys.sqlite")]
    verified = CliRunner().invoke(complete_app(), ["log", "verify", *store])
    assert verified.exit_code == 0, verified.output


def test_what_changed_since_is_decided_anew(run: Run, fortnight: Nights, tmp_path: Path) -> None:
    copied = tmp_path / "extracts"
    shutil.copytree(fortnight.extracts, copied)
    work, again = tmp_path / "work", tmp_path / "again.html"
    assert run("--today", fortnight.today, "--extracts", copied, "--work", work).exit_code == 0
    first = copied / f"declarations-{fortnight.days[0][0]}.csv"
    lines = first.read_text(encoding="utf-8").splitlines(keepends=True)
    first.write_text("".join(lines[:-1]), encoding="utf-8")
    done = run("--today", fortnight.today, "--extracts", copied, "--work", work)
    assert "decided anew" in done.stderr
    assert run("--today", fortnight.today, "--extracts", copied, report=again).exit_code == 0
    assert (tmp_path / "pilot.html").read_bytes() == again.read_bytes()


def test_nothing_is_written_where_it_reads(run: Run, fortnight: Nights, tmp_path: Path) -> None:
    copied = tmp_path / "extracts"
    shutil.copytree(fortnight.extracts, copied)
    before = state_of(copied)
    for path in copied.iterdir():
        path.chmod(0o444)
    copied.chmod(0o555)
    try:
        done = run("--today", fortnight.today, "--extracts", copied, "--work", tmp_path / "work")
        assert done.exit_code == 0, done.output
        assert state_of(copied) == before
    finally:
        copied.chmod(0o755)
    for option in ("--work",):
        refused = run("--today", fortnight.today, "--extracts", copied, option, copied / "inside")
        assert refused.exit_code == 2
        assert "nothing is written" in refused.stderr
    assert run("--today", fortnight.today, "--extracts", copied, report=copied / "r.html").exit_code == 2
    assert state_of(copied) == before
    assert not (tmp_path / "own").exists()  # nor is the node's own log touched


def test_the_same_choices_agree_wholly(run: Run, fortnight: Nights, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for day, rows in fortnight.days:
        rows.drop("outcome", "threat", "severity", "examined").write_csv(bare / f"{day}.csv")
    given = fortnight.list.select("declaration_id", "examined")
    given.write_csv(tmp_path / "first.csv")
    work = tmp_path / "work"
    assert run("--today", tmp_path / "first.csv", "--extracts", bare, "--work", work).exit_code == 0
    ours = [json.loads(line) for path in (work / "selections").iterdir() for line in path.open()]
    pl.DataFrame(
        {"crossing_id": [line["crossing_id"] for line in ours], "selected": [int(line["chosen"]) for line in ours]}
    ).write_csv(tmp_path / "second.csv")
    done = run("--today", tmp_path / "second.csv", "--extracts", bare, "--json")
    made = json.loads(done.stdout)
    assert made["square"]["only_theirs"]["crossings"] == made["square"]["only_ours"]["crossings"] == 0
    assert made["square"]["both"]["crossings"] == int(given["examined"].sum())
    assert "The two chose the same trucks" in (tmp_path / "pilot.html").read_text(encoding="utf-8")


def test_outcomes_that_come_late_are_learnt_late_and_counted(run: Run, fortnight: Nights, tmp_path: Path) -> None:
    late = tmp_path / "late"
    late.mkdir()
    for day, rows in fortnight.days:
        rows.drop("outcome", "threat", "severity", "examined").write_csv(late / f"{day}.csv")
    everything = pl.concat([rows for _, rows in fortnight.days]).filter(pl.col("examined") == 1)
    told = everything.select("declaration_id", "examined", "outcome", "threat")
    day = fortnight.days[-1][0]
    told.write_csv(late / f"outcomes-{day}.csv")
    made = json.loads(run("--today", fortnight.today, "--extracts", late, "--json").stdout)
    assert made["kept"]["found"] == int(told["outcome"].sum())
    assert [night["outcomes"] for night in made["quality"][:-1]] == [0] * (len(fortnight.days) - 1)
    assert made["quality"][-1]["outcomes"] == told.height
    # Not one was known when any night was decided: the model is the first throughout.
    assert made["cold_nights"] == len(fortnight.days)
    without = tmp_path / "without"
    shutil.copytree(late, without)
    (without / f"outcomes-{day}.csv").unlink()
    blind = json.loads(run("--today", fortnight.today, "--extracts", without, "--json").stdout)
    both = made["square"]["both"]["crossings"], blind["square"]["both"]["crossings"]
    assert both[0] == both[1]


def test_what_is_repeated_amended_missing_refused_or_of_nobody_is_said(
    run: Run, fortnight: Nights, tmp_path: Path
) -> None:
    folder = tmp_path / "extracts"
    folder.mkdir()
    (first, one), (_, two), (third, three) = fortnight.days[:3]
    one.head(one.height - 1).write_csv(folder / f"{first}.csv")
    mended = one.head(2).with_columns(value_usd=pl.col("value_usd").fill_null(0.0) + 1.0)
    pl.concat([three, one.slice(2, 3), mended, two.head(4), one.tail(1)]).write_csv(folder / f"{third}.csv")
    with (folder / f"{third}.csv").open("a", encoding="utf-8") as file:
        file.write("a,broken,line\n")
    (folder / f"outcomes-{third}.csv").write_text("declaration_id,outcome\nNOBODY,1\n", encoding="utf-8")
    (folder / "notes.pdf").write_bytes(b"%PDF-1.7 \0")
    listed = tmp_path / "list.csv"
    listed.write_text(fortnight.today.read_text(encoding="utf-8") + "SYN5D1,perhaps,1,rules,\n", encoding="utf-8")
    done = run("--today", listed, "--extracts", folder, "--json")
    assert done.exit_code == 1
    made = json.loads(done.stdout)
    [_, last] = made["quality"]
    assert (last["repeated"], last["amended"], last["refused"], last["late"]) == (3, 2, 1, 1)
    assert last["unmatched"] == 1
    assert made["missing"] == [fortnight.days[1][0]]
    assert made["unread"] == ["notes.pdf"]
    assert made["today"]["refused"] == 1


def test_a_list_of_what_was_chosen_says_nothing_of_the_rest_unless_it_is_complete(
    run: Run, fortnight: Nights, tmp_path: Path
) -> None:
    chosen = tmp_path / "chosen.ndjson"
    fortnight.list.filter(pl.col("selected") == 1).select(folio="declaration_id").write_ndjson(chosen)
    renames = tmp_path / "list.toml"
    renames.write_text('name = "list"\n[columns]\nfolio = "declaration_id"\n', encoding="utf-8")
    bare = tmp_path / "bare"
    bare.mkdir()
    for day, rows in fortnight.days:
        rows.drop("examined").write_csv(bare / f"{day}.csv")
    arguments = ("--today", chosen, "--extracts", bare, "--today-mapping", renames, "--json")
    made = json.loads(run(*arguments).stdout)
    assert made["workload"]["unknown"] == fortnight.list.height - int(fortnight.list["selected"].sum())
    assert made["square"]["only_ours"]["crossings"] == 0
    assert made["verdict"]["basis"] == "nothing"
    # An outcome of a truck that nobody is known to have examined is no outcome.
    assert sum(night["unexamined"] for night in made["quality"]) == int((fortnight.list["channel"] == "random").sum())
    known = json.loads(run(*arguments, "--today-complete").stdout)
    assert known["workload"]["unknown"] == 0
    assert known["square"]["only_ours"]["crossings"] > 0
    assert known["verdict"]["basis"] == "bounds"


@pytest.mark.parametrize("kind", ["better", "worse"])
def test_a_selection_that_knows_the_truth_is_told_from_one_that_avoids_it(run: Run, tmp_path: Path, kind: str) -> None:
    nights = Nights(tmp_path / "nights", weeks=4)
    rng = np.random.default_rng(2)
    truth = nights.truth["outcome"].to_numpy() == 1
    drawn = rng.random(len(truth)) < 0.12
    selected = (
        truth & (rng.random(len(truth)) < 0.9) if kind == "better" else ~truth & (rng.random(len(truth)) < 0.1)
    ) & ~drawn
    examined = selected | drawn
    today = nights.list.with_columns(
        selected=pl.Series(selected).cast(pl.Int8),
        examined=pl.Series(examined).cast(pl.Int8),
        channel=pl.Series(drawn).replace_strict({True: "random", False: "rules"}),
        propensity=pl.Series([0.12 if each else None for each in drawn.tolist()]),
    )
    today.write_csv(nights.today)
    told = nights.truth.with_columns(examined=pl.Series(examined).cast(pl.Int8)).filter(pl.col("examined") == 1)
    for day, rows in nights.days:
        own = rows.drop("outcome", "threat", "severity", "examined").join(told, on="declaration_id", how="left")
        own.write_csv(nights.extracts / f"declarations-{day}.csv")
    made = json.loads(run(*nights.arguments, "--json").stdout)
    own = made["verdict"]
    ours = made["square"]["both"]["found"]
    assert own["basis"] == "sample"
    assert own["says"] == ("fewer" if kind == "better" else own["says"])
    assert kind == "better" or own["difference"]["value"] > 0.0
    assert ours <= made["kept"]["found"]


def test_it_starts_from_a_model_and_says_so(run: Run, fortnight: Nights, tmp_path: Path) -> None:
    generate(9, weeks=4, rows_per_week=200, prevalence=0.08).history.write_csv(tmp_path / "history.csv")
    model = tmp_path / "model"
    learnt = CliRunner().invoke(complete_app(), ["learn", str(tmp_path / "history.csv"), "-m", str(model)])
    assert learnt.exit_code == 0, learnt.output
    done = run(*fortnight.arguments, "-m", model, "--rate", "0.05", "--json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert made["cold"] is False
    assert len(made["provenance"]["models"]) == 1
    work = made["workload"]
    # The lottery's numbers are this log's own: on a last night it may draw more than the night has left.
    beyond = work["ours"] - round(0.05 * work["crossings"])
    assert 0 <= beyond <= work["ours_random"], work
    text = (tmp_path / "pilot.html").read_text(encoding="utf-8")
    assert "did not have the same work" in text
    assert "those of the given model" in text
    foreign = run(*fortnight.arguments, "-m", model, "--store", tmp_path / "other" / "x.sqlite")
    assert foreign.exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--today", "nowhere.csv", "--extracts", "."), "no file nowhere.csv"),
        (("--today", __file__, "--extracts", "nowhere"), "no folder nowhere"),
        (("--today", __file__, "--extracts", "empty"), "no column declaration_id or crossing_id"),
        (("--today", "list.csv", "--extracts", "empty"), "holds a declaration that can be read"),
    ],
)
def test_wrong_use_says_what_and_what_to_do(
    run: Run, arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.csv").write_text("declaration_id\nD-1\n", encoding="utf-8")
    done = run(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "→" in done.stderr


def test_real_declarations_beside_a_made_selection(run: Run, tmp_path: Path) -> None:
    if not KCS.exists():
        pytest.skip("the real inputs are absent: no kcs_valid.csv beside the repository")
    rows = pl.read_csv(KCS, infer_schema=False).filter(pl.col("Date") < "2021-01-22")
    folder = tmp_path / "extracts"
    folder.mkdir()
    for (day,), own in rows.group_by("Date", maintain_order=True):
        own.write_csv(folder / f"kcs_{day}.csv")
    rng = np.random.default_rng(4)
    drawn = rng.random(rows.height) < 0.1
    pl.DataFrame(
        {
            "declaration_id": rows["Declaration ID"],
            "examined": pl.Series(drawn).cast(pl.Int8),
            "control": pl.Series(drawn).cast(pl.Int8),
            "propensity": pl.Series([0.1 if each else None for each in drawn.tolist()]),
        }
    ).write_csv(tmp_path / "today.csv")
    renames = tmp_path / "kcs.toml"
    renames.write_text(KCS_COLUMNS, encoding="utf-8")
    done = run("--today", tmp_path / "today.csv", "--extracts", folder, "--mapping", renames, "--json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert made["synthetic"] is False
    # No column says who was examined: only outcomes of what the list says was examined are learnt and counted.
    assert made["workload"]["theirs"] == int(drawn.sum())
    assert sum(night["outcomes"] for night in made["quality"]) == int(drawn.sum())
    assert made["verdict"]["basis"] == "sample"
    assert "Synthetic data" not in (tmp_path / "pilot.html").read_text(encoding="utf-8")
