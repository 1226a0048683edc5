"""What every learner of a backtest must do: the product's own and each peer."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from aforo.domain.table import DECLARATION_SCHEMA, LABEL_SCHEMA
from aforo.domain.threat import THREATS
from aforo.domain.units import any_of_ppb, probability_ppb
from aforo.risk.memory import Outcomes
from aforo.routing import policy as policies
from aforo.trials import world
from aforo.trials.backtest import Backtest, Setting
from aforo.trials.history import History, arrange, read_history
from aforo.trials.learner import Filed
from aforo.trials.replay import LEARNERS

ROWS = 150


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    path = tmp_path_factory.mktemp("world") / "history.parquet"
    world.generate(11, 5, ROWS, 0.1).history.write_parquet(path)
    return read_history(path)


@pytest.fixture(scope="module")
def policy() -> policies.Policy:
    return policies.parse(policies.default_document())


def filed_of(run: Backtest, period: int) -> Filed:
    rows = run.history.rows[period]
    table = run.history.table[rows]
    identities = {kind: column[rows] for kind, column in run.identities.items()}
    return Filed(table, identities, table["filed_at"].max())


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_keeps_the_protocol(name: str, history: History, policy: policies.Policy) -> None:
    learner = LEARNERS[name](policy, 0)
    assert learner.name == name
    run = Backtest(history, learner, Setting(0.1, "selective", policy), 7.0)
    for period in range(3):
        filed = filed_of(run, period)
        judged = learner.judge(filed)
        made = judged.assessment
        assert (made.log_odds == made.base + made.evidence.sum(axis=1)).all(), "the parts add up"
        assert (judged.threat_ppb == probability_ppb(made.log_odds)).all()
        assert (judged.probability_ppb == any_of_ppb(judged.threat_ppb)).all()
        assert judged.threat_ppb.shape == (ROWS, len(THREATS))
        assert judged.value.dtype == np.int64
        assert (judged.value >= 0).all()
        terms = learner.evidence([0, 5])
        for row, own in terms.items():
            for k in range(len(THREATS)):
                assert sum(micro for *_, threat, micro in own if threat == k) == made.evidence[row, :, k].sum()
        rows = np.argsort(-judged.value)[:30]
        truth = history.truth.violation[history.rows[period]][rows]
        learner.learn(filed, Outcomes.of(truth), np.sort(rows))


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_goes_on_from_its_dump_as_if_nothing_had_happened(
    name: str, history: History, policy: policies.Policy
) -> None:
    one, other = (Backtest(history, LEARNERS[name](policy, 3), Setting(0.1, "selective", policy), 7.0) for _ in "ab")
    lines: list[str] = []
    for _ in range(3):
        one.step()
    dumped = one.learner.dump()
    other.learner.restore(dumped)
    assert other.learner.dump() == dumped
    for name_, column in other.decided.columns().items():
        column[...] = one.decided.columns()[name_]
    other.done = one.done
    one.step(lines.extend)
    again: list[str] = []
    other.step(again.extend)
    assert lines == again


#: declaration, filed at (UTC), crossing, amends, action, outcome
Row = tuple[str, str, str | None, str | None, str | None, int | None]


def arranged(rows: list[Row], examined: list[bool | None]) -> History:
    """A history of Laredo in weeks."""
    table = pl.DataFrame(
        {
            "declaration_id": [r[0] for r in rows],
            "filed_at": pl.Series([r[1] for r in rows]).str.to_datetime(
                "%Y-%m-%d %H:%M", time_zone="UTC", time_unit="us"
            ),
            "filed_offset_minutes": [-360] * len(rows),
            "port": ["2304"] * len(rows),
            "crossing_id": [r[2] for r in rows],
            "amends": [r[3] for r in rows],
            "action": [r[4] for r in rows],
        }
    )
    empty = [pl.lit(None, dtype).alias(name) for name, dtype in DECLARATION_SCHEMA.items() if name not in table.columns]
    labels = pl.DataFrame({"outcome": [r[5] for r in rows]}, schema={"outcome": pl.Int8}).with_columns(
        pl.col("outcome").cast(pl.Boolean),
        pl.Series("examined", examined),
        *(pl.lit(None, LABEL_SCHEMA[name]).alias(name) for name in ("threat", "severity")),
    )
    return arrange(table.with_columns(empty).select(list(DECLARATION_SCHEMA)), labels, None, "week", "x")


def test_arranging_orders_crossings_by_period_and_joins_their_declarations() -> None:
    made = arranged(
        [
            ("d1", "2024-01-09 12:00", "c2", None, None, 0),
            ("d2", "2024-01-02 12:00", "c1", None, None, 0),
            ("d3", "2024-01-08 05:30", "c1", None, None, 1),  # still Sunday evening in Laredo
            ("d4", "2024-01-09 13:00", None, "d1", "replace", 1),
            ("d5", "2024-01-10 13:00", None, None, None, None),
            ("d6", "2024-01-10 14:00", None, "d5", "cancel", None),
        ],
        [False, None, True, True, True, True],
    )
    assert made.periods == ("2024-W01", "2024-W02")
    assert made.table["declaration_id"].to_list() == ["d2", "d3", "d1", "d4", "d5", "d6"]
    assert made.crossing.tolist() == [0, 0, 1, 1, 2, 2]
    assert made.names == ["c1", "c2", "d5"]
    assert made.stands.tolist() == [True, True, False, True, False, False]
    assert made.truth.violation.tolist() == [0, 1, -1, 1, -1, -1], "d1 was not examined: it has no outcome"
    assert made.truth.of_groups(made.crossing, 3).violation.tolist() == [1, 1, -1]


def test_what_amends_a_crossing_after_its_period_stays_in_its_own() -> None:
    made = arranged(
        [
            ("a", "2024-01-02 12:00", None, None, None, 0),
            ("a2", "2024-01-03 12:00", None, "a", "replace", 0),
            ("b", "2024-01-02 13:00", None, None, None, 0),
            ("c", "2024-01-02 14:00", None, "late", "replace", 0),  # an amendment that comes before what it amends
            ("d", "2024-01-09 12:00", None, None, None, 0),
            ("b2", "2024-01-10 12:00", None, "b", "cancel", None),
            ("a3", "2024-02-20 12:00", None, "a2", "replace", 1),
            ("a4", "2024-02-21 12:00", None, "a3", "replace", 1),
            ("late", "2024-02-21 13:00", "named later", None, None, 0),
        ],
        [None] * 9,
    )
    assert made.periods == ("2024-W01", "2024-W02", "2024-W08")
    assert made.names == ["a", "b", "late", "d", "named later"]
    assert [made.table["declaration_id"][own].to_list() for own in made.rows] == [
        ["a", "b", "c", "a2"],
        ["d", "b2"],
        ["a3", "a4", "late"],
    ]
    assert made.crossing.tolist() == [0, 1, 2, 0, 3, 1, 0, 0, 4]
    assert made.stands.tolist() == [False, True, True, True, True, False, False, True, True]
    assert made.period.tolist() == [0, 0, 0, 1, 2]
    assert made.crossings == (slice(0, 3), slice(3, 4), slice(4, 5))


def test_a_peer_learns_from_a_history_that_lacks_a_column(history: History, policy: policies.Policy) -> None:
    peer = LEARNERS["exploit-loo"](policy, 0)
    run = Backtest(history, peer, Setting(0.1, "selective", policy), 7.0)
    for period in range(2):
        whole = filed_of(run, period)
        lacking = Filed(
            whole.table.with_columns(pl.lit(None, pl.Float64).alias("packages")), whole.identities, whole.at
        )
        judged = peer.judge(lacking)
        peer.learn(lacking, Outcomes.of(history.truth.violation[history.rows[period]]), np.arange(ROWS))
    assert len(np.unique(judged.probability_ppb)) > 1, "it has learnt something"
