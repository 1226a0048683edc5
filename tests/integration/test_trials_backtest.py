"""`aforo backtest` on a small world: nothing that is not known is used, a stopped run goes on, the report adds up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.flow.selection import Selection
from aforo.risk.memory import Outcomes
from aforo.routing import policy as policies
from aforo.trials import replay as replays
from aforo.trials import world
from aforo.trials.backtest import Backtest, Setting
from aforo.trials.history import HistoryError, read_history
from aforo.trials.learner import Filed
from aforo.trials.replay import LEARNERS, replay
from aforo.trials.report import report

WEEKS, ROWS = 6, 200
POLICY = policies.parse(policies.default_document())


@pytest.fixture(scope="module")
def made() -> pl.DataFrame:
    drawn = world.generate(5, WEEKS, ROWS, 0.08)
    return drawn.history.join(drawn.truth, on="declaration_id", how="left", maintain_order="left")


def selections(frame: pl.DataFrame, folder: Path, name: str, learner: str = "aforo", rate: float = 0.1) -> bytes:
    history, out = folder / f"{name}.parquet", folder / f"{name}.ndjson"
    frame.write_parquet(history)
    setting = Setting(rate, "selective", POLICY)
    replay(read_history(history), LEARNERS[learner](POLICY, 0), setting, "week", selections=out)
    return out.read_bytes()


def test_truth_columns_are_never_features(made: pl.DataFrame, tmp_path: Path) -> None:
    """Shuffled, replaced or gone: the selections are the same to the byte."""
    plain = selections(made, tmp_path, "plain")
    shuffled = made.with_columns(pl.col("scheme", "lookalike", "episode").shuffle(seed=1))
    replaced = made.with_columns(pl.col("outcome").alias("scheme"), pl.lit(7).alias("another"))
    gone = made.drop("scheme", "episode", "lookalike")
    for name, frame in (("shuffled", shuffled), ("replaced", replaced), ("gone", gone)):
        assert selections(frame, tmp_path, name) == plain, name


def test_outcomes_that_were_not_revealed_have_no_say(made: pl.DataFrame, tmp_path: Path) -> None:
    plain = selections(made, tmp_path, "known")
    lines = [json.loads(line) for line in plain.splitlines()]
    released = [line["declaration_id"] for line in lines if line["examination"] == "release"]
    turned = made.with_columns(
        pl.when(pl.col("declaration_id").is_in(released))
        .then(1 - pl.col("outcome"))
        .otherwise("outcome")
        .alias("outcome")
    )
    assert selections(turned, tmp_path, "turned") == plain


def test_what_comes_later_has_no_say(made: pl.DataFrame, tmp_path: Path) -> None:
    whole = selections(made, tmp_path, "whole").splitlines()
    half = selections(made.head(4 * ROWS), tmp_path, "half").splitlines()
    # The last week of the shorter history is cut at another instant in other zones; the three before it are whole.
    assert half[: 3 * ROWS] == whole[: 3 * ROWS]


@pytest.fixture(scope="module")
def amended(made: pl.DataFrame) -> pl.DataFrame:
    """Every tenth declaration of the first two weeks is replaced three weeks later, as something quite different, and
    every twentieth is cancelled. In a week of its own, after the last, one more is replaced."""
    early = made.head(2 * ROWS)
    kind = pl.int_range(early.height, eager=True)
    action = pl.when(kind % 20 == 0).then(pl.lit("replace")).when(kind % 20 == 10).then(pl.lit("cancel"))
    later = early.with_columns(
        pl.col("declaration_id").alias("amends"),
        pl.format("{}-late", "declaration_id").alias("declaration_id"),
        (pl.col("filed_at").str.to_datetime(time_zone="UTC") + pl.duration(weeks=3)).dt.to_string("iso:strict"),
        pl.col("value_usd") * 50,
        pl.lit("CN").alias("origin"),
        action.alias("action"),
        (1 - pl.col("outcome")).alias("outcome"),
    ).filter(pl.col("action").is_not_null())
    last = later.head(1).with_columns(
        pl.lit("last").alias("declaration_id"), pl.lit("2024-02-28T12:00:00+00:00").alias("filed_at")
    )
    return pl.concat([made, later, last], how="diagonal_relaxed")


def decided_in(lines: bytes, periods: set[str]) -> dict[str, dict[str, object]]:
    """What was decided in some periods, by declaration."""
    read = [json.loads(line) for line in lines.splitlines()]
    return {line["declaration_id"]: line for line in read if line["period"] in periods}


@pytest.mark.parametrize("learner", ["aforo", "exploit-loo"])
def test_what_is_amended_later_has_no_say_before(
    learner: str, made: pl.DataFrame, amended: pl.DataFrame, tmp_path: Path
) -> None:
    """Nor does it draw a lot, or take a place in the rate: its line repeats what had been decided of its crossing."""
    before = {"2024-W01", "2024-W02", "2024-W03"}
    plain = decided_in(selections(made, tmp_path, "plain", learner), before)
    raw = selections(amended, tmp_path, "amended", learner)
    with_later = decided_in(raw, before)
    later = {own: with_later.pop(own) for own in list(with_later) if own not in plain}
    assert with_later == plain
    assert len(later) == 2 * ROWS // 10 + 1
    first = {line["crossing_id"]: line for line in plain.values()}
    for line in later.values():
        was = first[line["crossing_id"]]
        assert {**line, "declaration_id": was["declaration_id"]} == was
    assert len(raw.splitlines()) == amended.height, "a line for every declaration"


def test_what_is_amended_later_is_learnt_from_in_its_own_period(amended: pl.DataFrame, tmp_path: Path) -> None:
    history = tmp_path / "history.parquet"
    amended.write_parquet(history)
    read = read_history(history)
    seen: list[list[str]] = []

    class Watching(replays.Peer):
        def learn(self, filed: Filed, outcomes: Outcomes, rows: np.ndarray) -> None:
            named = filed.table["declaration_id"][rows].to_list()
            truth = read.truth.violation[read.table["declaration_id"].is_in(named).to_numpy()]
            assert outcomes.violation.tolist() == truth.tolist()
            seen.append(named)

    run = replay(read, Watching(0), Setting(0.5, "selective", POLICY), "week")
    examined = {name for name, shown in zip(read.names, run.decided.examined.tolist(), strict=True) if shown}
    late = [[own for own in named if own.endswith("-late") or own == "last"] for named in seen]
    assert [bool(named) for named in late[:6]] == [False, False, False, True, True, False]
    replaced = amended.filter(pl.col("action") == "replace", pl.col("crossing_id").is_in(sorted(examined)))
    assert {own for named in late for own in named} == set(replaced["declaration_id"])
    assert report(run).crossings == len(read.names) == WEEKS * ROWS


def test_revealed_outcomes_do_have_a_say(made: pl.DataFrame, tmp_path: Path) -> None:
    none = made.with_columns(pl.lit(0).alias("outcome"))
    assert selections(none, tmp_path, "none") != selections(made, tmp_path, "some")


def test_a_line_for_every_declaration_and_the_rate_is_held(made: pl.DataFrame, tmp_path: Path) -> None:
    raw = selections(made, tmp_path, "lines").splitlines()
    lines = [msgspec.json.decode(line, type=Selection) for line in raw]
    assert [line.declaration_id for line in lines] == read_history(tmp_path / "lines.parquet").table[
        "declaration_id"
    ].to_list()
    assert len(lines) == made.height
    examined = [line for line in lines if line.examination != "release"]
    assert len(examined) == round(0.1 * made.height)
    assert {line.basis for line in examined} <= {"priced", "random", "mandatory"}
    for line in examined:
        assert (line.propensity == 1.0) == (line.basis != "random" or line.value > line.price)
        for threat in line.threats.values():
            total = threat.base + sum(each.log_odds for each in threat.evidence)
            assert threat.probability == pytest.approx(1 / (1 + np.exp(-total)), abs=1e-6)
    drawn = [line for line in lines if line.control]
    assert all(line.examination != "release" for line in drawn)
    periods = [json.loads(line)["period"] for line in raw]
    assert periods == sorted(periods)
    assert periods[0] == "2024-W01"


@pytest.mark.parametrize("learner", ["aforo", "exploit-loo"])
def test_a_stopped_run_goes_on_to_the_same_bytes(
    learner: str, made: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = selections(made, tmp_path, "whole", learner)
    history, out, folder = tmp_path / "whole.parquet", tmp_path / "stopped.ndjson", tmp_path / "state"
    read, setting = read_history(history), Setting(0.1, "selective", POLICY)
    step = Backtest.step

    def stops(self: Backtest, *arguments: Any) -> None:
        if self.done == 3:
            raise KeyboardInterrupt
        step(self, *arguments)

    monkeypatch.setattr(Backtest, "step", stops)
    with pytest.raises(KeyboardInterrupt):
        replay(read, LEARNERS[learner](POLICY, 0), setting, "week", selections=out, resume=folder, every=2)
    assert out.read_bytes() != whole
    monkeypatch.setattr(Backtest, "step", step)
    went_on: list[int] = []
    run = replay(
        read, LEARNERS[learner](POLICY, 0), setting, "week", selections=out, resume=folder, advance=went_on.append
    )
    assert folder.stat().st_mode & 0o777 == 0o700, "its hashes tell who was in the history"
    assert went_on[0] == 2, "it went on from the last state that was saved"
    assert out.read_bytes() == whole
    assert report(run) == report(replay(read, LEARNERS[learner](POLICY, 0), setting, "week"))


def test_the_state_of_another_run_is_refused(made: pl.DataFrame, tmp_path: Path) -> None:
    history = tmp_path / "history.parquet"
    made.write_parquet(history)
    read, folder = read_history(history), tmp_path / "state"
    replay(read, LEARNERS["random"](POLICY, 0), Setting(0.1, "selective", POLICY), "week", resume=folder)
    with pytest.raises(HistoryError) as refused:
        replay(read, LEARNERS["random"](POLICY, 0), Setting(0.2, "selective", POLICY), "week", resume=folder)
    assert refused.value.code == "backtest_other_run"
    with pytest.raises(HistoryError) as short:
        replay(
            read,
            LEARNERS["random"](POLICY, 0),
            Setting(0.1, "selective", POLICY),
            "week",
            selections=tmp_path / "gone.ndjson",
            resume=folder,
        )
    assert short.value.code == "backtest_selections_short"


def test_full_feedback_reveals_everything(made: pl.DataFrame, tmp_path: Path) -> None:
    history = tmp_path / "history.parquet"
    made.write_parquet(history)
    seen: list[int] = []

    class Counting(replays.Peer):
        def learn(self, filed: object, outcomes: object, rows: np.ndarray) -> None:
            seen.append(len(rows))

    for feedback, expected in (("full", ROWS), ("selective", ROWS // 10)):
        seen.clear()
        replay(read_history(history), Counting(0), Setting(0.1, feedback, POLICY), "week")
        assert seen == [expected] * WEEKS


def test_the_report_of_a_random_selection_is_what_chance_gives(made: pl.DataFrame, tmp_path: Path) -> None:
    history = tmp_path / "history.parquet"
    made.write_parquet(history)
    read = read_history(history, scheme="scheme")
    made_report = report(replay(read, LEARNERS["random"](POLICY, 0), Setting(0.5, "selective", POLICY), "week"))
    figures = made_report.overall.figures
    assert figures.recall.value == pytest.approx(0.5, abs=0.1)
    assert figures.precision.value == pytest.approx(0.08, abs=0.02)
    assert figures.precision.maximum == pytest.approx(96 / 600)
    assert sum(each.violations for each in made_report.schemes) == figures.scheme_recall.whole
    assert sum(group.figures.crossings for group in made_report.by_port.values()) == made_report.crossings


def test_the_command_reports_in_both_languages_and_for_machines(made: pl.DataFrame, tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    made.write_csv(history)
    arguments = ["backtest", str(history), "--label", "outcome", "--learner", "random-90/10", "--scheme", "scheme"]
    spoken = CliRunner().invoke(complete_app(), [*arguments, "--lang", "es"])
    assert spoken.exit_code == 0, spoken.output
    assert "precisión" in spoken.output
    machine = CliRunner().invoke(complete_app(), [*arguments, "--json"])
    document = json.loads(machine.stdout)
    assert document["crossings"] == made.height
    assert set(document["by_threat"]) == {"contraband", "people", "theft", "misdeclaration"}
    assert document["overall"]["control"]["drawn"] > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rate", "2"],
        ["--feedback", "none"],
        ["--period", "hour"],
        ["--learner", "x"],
        ["--label", "x"],
        ["--scheme", "x"],
    ],
)
def test_wrong_use_leaves_with_two_and_says_what_to_do(
    arguments: list[str], made: pl.DataFrame, tmp_path: Path
) -> None:
    history = tmp_path / "history.csv"
    made.head(50).write_csv(history)
    outcome = CliRunner().invoke(complete_app(), ["backtest", str(history), *arguments])
    assert outcome.exit_code == 2
    assert "→" in outcome.stderr
