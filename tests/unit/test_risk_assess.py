"""Evidence adds up to the log-odds exactly; learning is repeatable; what is unknown is explored, never believed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO
from aforo.risk.artefacts import RiskArtefacts
from aforo.risk.assess import assess
from aforo.risk.attribution import attribute
from aforo.risk.boosting import MISSING, Growth, grow
from aforo.risk.evidence import SOURCES, model_score
from aforo.risk.exploration import Exploration, optimism
from aforo.risk.feature_rows import rounded
from aforo.risk.features import FEATURES, INDEX
from aforo.risk.learning import LearningSettings, fit
from aforo.risk.memory import Outcomes
from aforo.risk.model import Bins, taken_over
from aforo.risk.tells import TELLS, tells_of
from aforo.risk.trees import Ensemble


def rows(seed: int, n: int) -> np.ndarray:
    """Features rows of no meaning, a tenth of them missing."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, len(FEATURES))).astype(np.float32)
    features[rng.random(features.shape) < 0.1] = np.nan
    return features


def learnt(seed: int = 1, n: int = 900) -> RiskArtefacts:
    """Artefacts that know that a low price and a shift of the importer are bad signs."""
    rng = np.random.default_rng(seed)
    features = rows(seed, n)
    log_odds = -2.0 - 1.5 * np.nan_to_num(features[:, INDEX["unit_price.backed_off"]])
    log_odds += np.nan_to_num(features[:, INDEX["importer.shift"]])
    found = rng.random(n) < 1.0 / (1.0 + np.exp(-log_odds))
    outcomes = Outcomes.of(found, rng.integers(0, 4, n), rng.choice([0.05, 1.0], n), rng.random(n) < 0.05)
    return fit(features, outcomes, np.linspace(19_000.0, 19_400.0, n))


@pytest.fixture(scope="module")
def artefacts() -> RiskArtefacts:
    return learnt()


def test_evidence_adds_up_exactly(artefacts: RiskArtefacts) -> None:
    hits = np.random.default_rng(2).integers(-2 * MICRO, 2 * MICRO, (400, len(THREATS)))
    made = assess(rows(3, 400), artefacts, hits)
    assert made.log_odds.dtype == made.evidence.dtype == np.int64
    assert made.evidence.shape == (400, len(SOURCES), len(THREATS))
    assert (made.base[None, :] + made.evidence.sum(axis=1) == made.log_odds).all()
    assert (made.evidence[:, SOURCES.index("rules")] == hits).all()
    assert np.abs(made.evidence[:, 0]).max() > 0


def test_an_assessment_does_not_depend_on_the_batch(artefacts: RiskArtefacts) -> None:
    features = rows(4, 60)
    whole = assess(features, artefacts)
    for i in range(60):
        one = assess(features[i : i + 1], artefacts)
        assert (one.log_odds[0] == whole.log_odds[i]).all()
        assert one.exploration[0] == whole.exploration[i]


def test_the_models_term_is_the_sum_of_its_features(artefacts: RiskArtefacts) -> None:
    features = rows(5, 200)
    _, by_bag = model_score(artefacts.ensemble, features)
    parts = attribute(features, artefacts)
    assert (parts.sum(axis=1) == by_bag.sum(axis=1)).all()
    # What the model was taught is what it names.
    strongest = np.abs(parts[:, :-1]).mean(axis=0).argsort()[-2:]
    assert {FEATURES[i] for i in strongest} == {"unit_price.backed_off", "importer.shift"}


def test_the_tells_add_up_to_their_evidence(artefacts: RiskArtefacts) -> None:
    tells = tells_of(rows(6, 100))
    assert tells.shape == (100, len(TELLS))
    assert tells.min() >= 0.0
    assert tells.max() <= 1.0
    assert (artefacts.tells.parts(tells).sum(axis=1) == artefacts.tells.evidence(tells)).all()


def test_an_unknown_tell_is_explored_and_a_known_one_less() -> None:
    features = np.full((1, len(FEATURES)), np.nan, np.float32)
    features[0, INDEX["seal.moved"]] = 1.0
    nothing_known = fit(np.empty((0, len(FEATURES)), np.float32), Outcomes.of([]), np.empty(0))
    looked_into = fit(np.repeat(features, 300, axis=0), Outcomes.of(np.zeros(300)), np.full(300, 19_000.0))
    unknown, known = assess(features, nothing_known), assess(features, looked_into)
    assert unknown.exploration[0] > 2 * known.exploration[0] > 0
    assert (unknown.log_odds > known.log_odds).all()


def looked_at(filed: int, *, days: float = 0.0, burst: float = 2.0, examined: float = 0.0) -> float:
    """The optimism for a row of an exporter of whom so much is known."""
    features = np.full((1, len(FEATURES)), np.nan, np.float32)
    for what, value in (("count", filed), ("age", days), ("examined", examined)):
        features[0, INDEX[f"exporter.{what}"]] = np.log1p(value)
    features[0, INDEX["exporter.burst"]] = burst
    exploration = Exploration(novelty=0.5, burst=1.0)
    return float(optimism(rounded(features), np.zeros((1, 1), np.int64), np.zeros(1), exploration)[0])


def test_a_new_exporter_that_nobody_examined_is_looked_at_when_its_filings_have_doubled() -> None:
    worth = [looked_at(filed) for filed in range(200)]
    assert [filed for filed, each in enumerate(worth) if each > 0.0] == [1, 2, 4, 8, 16, 32, 64]
    assert max(worth) == looked_at(2, burst=9.0) == 2.5
    assert looked_at(2, burst=-1.0) == 0.5
    assert 0.0 < looked_at(2, examined=1.0) < 0.5
    assert 0.0 < looked_at(2, days=90.0) < 1.0


def test_novelty_counts_once_there_is_a_history_in_which_to_be_new() -> None:
    at_most = Exploration(novelty=2.0, burst=1.0)
    assert [at_most.after(days).novelty for days in (0.0, 30.0, 75.0, 120.0, 900.0)] == [0.0, 0.0, 1.0, 2.0, 2.0]
    assert at_most.after(75.0).burst == 0.5
    assert at_most.after(0.0).tells == at_most.tells
    features, outcomes = rows(11, 40), Outcomes.of(np.zeros(40))
    settings = LearningSettings(exploration=at_most)
    assert fit(features, outcomes, np.linspace(19_000.0, 19_075.0, 40), settings).exploration == at_most.after(75.0)


def test_learning_is_repeatable_and_goes_to_documents_and_back(artefacts: RiskArtefacts) -> None:
    again = learnt()
    assert again.hash == artefacts.hash
    read = RiskArtefacts.from_documents(artefacts.model_document, artefacts.combiner_document)
    assert read.hash == artefacts.hash
    features = rows(7, 50)
    assert (assess(features, read).log_odds == assess(features, artefacts).log_odds).all()


def test_an_outcome_without_result_is_no_label() -> None:
    features = rows(8, 300)
    times = np.full(300, 19_000.0)
    found = np.where(np.arange(300) % 7 == 0, 1, 0)
    with_unknown = np.concatenate([found, np.full(50, -1)])
    plain = fit(features, Outcomes.of(found), times)
    more = fit(np.vstack([features, rows(9, 50)]), Outcomes.of(with_unknown), np.full(350, 19_000.0))
    assert plain.combiner == more.combiner
    assert more.training.rows == 300


def test_a_crossing_of_many_declarations_is_one_case() -> None:
    n = 400
    features, found = rows(4, n), np.arange(n) % 20 == 0
    outcomes, times = Outcomes.of(found), np.linspace(19_000.0, 19_400.0, n)
    alone = fit(features, outcomes, times)
    named = fit(features, outcomes, times, crossing=np.arange(1, n + 1, dtype=np.uint64)[::-1].copy())
    assert named.ensemble.value.tolist() == alone.ensemble.value.tolist()
    assert named.combiner == alone.combiner
    five = np.repeat(np.arange(n), 5)
    together = fit(
        features[five],
        Outcomes.of(found[five]),
        times[five],
        crossing=np.repeat(np.arange(1, n + 1), 5).astype(np.uint64),
    )
    apart = fit(features[five], Outcomes.of(found[five]), times[five])
    # Five times the same declaration say what one says: neither the base nor the weights believe it five times over.
    was = np.array(alone.combiner.base)
    assert np.abs(together.combiner.base - was).max() < 300_000
    assert np.abs(apart.combiner.base - was).max() > 1_000_000


def test_a_scan_without_finding_is_not_proof_where_scans_miss() -> None:
    features, times = rows(10, 600), np.full(600, 19_000.0)
    outcomes = Outcomes.of(np.arange(600) % 10 == 0)
    sees_all = fit(features, outcomes, times)
    sees_half = fit(features, outcomes, times, LearningSettings(detection=0.5))
    lower = assess(features, sees_all).log_odds.mean(axis=0)
    assert (assess(features, sees_half).log_odds.mean(axis=0) > lower).all()


def drawn(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Six features of which two act, and what was found."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 6)).astype(np.float32)
    features[rng.random(features.shape) < 0.15] = np.nan
    acting = np.nan_to_num(features)
    return features, rng.random(n) < 1.0 / (1.0 + np.exp(1.0 - acting[:, 0] - acting[:, 1] * acting[:, 2]))


def test_boosting_learns_as_well_as_the_library() -> None:
    features, found = drawn(11, 3_000)
    bins = Bins.of(features[:2_000])
    codes = bins.codes(features[:2_000])
    grown = grow(codes, found[:2_000], np.ones(2_000), np.zeros(6, np.bool_), Growth(feature_share=1.0), 1)
    ours = roc_auc_score(found[2_000:], taken_over(grown, bins, np.arange(6)).scores(features[2_000:])[:, 0])
    library = HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.08, max_leaf_nodes=12, min_samples_leaf=15, l2_regularization=5.0
    ).fit(features[:2_000], found[:2_000])
    assert ours > 0.65
    assert ours > roc_auc_score(found[2_000:], library.decision_function(features[2_000:])) - 0.02


def test_thresholds_part_the_rows_as_the_codes_did() -> None:
    features, found = drawn(12, 800)
    bins = Bins.of(features)
    codes = bins.codes(features)
    grown = grow(codes, found, np.ones(800), np.zeros(6, np.bool_), Growth(trees=5), 3)
    by_code = np.zeros(800)
    for tree in range(5):
        for i in range(800):
            node = 0
            while grown.feature[tree, node] >= 0:
                c = codes[i, grown.feature[tree, node]]
                goes_left = c <= grown.code[tree, node] or (c == MISSING and grown.missing_left[tree, node])
                node = (grown.left if goes_left else grown.right)[tree, node]
            by_code[i] += grown.value[tree, node]
    np.testing.assert_allclose(taken_over(grown, bins, np.arange(6)).scores(features)[:, 0] / MICRO, by_code, atol=1e-5)


def test_a_rising_feature_never_lowers_the_score() -> None:
    features, found = drawn(13, 1_500)
    bins = Bins.of(features)
    rising = np.array([True, True, True, False, False, False])
    grown = grow(bins.codes(features), ~found, np.ones(1_500), rising, Growth(), 1)
    ensemble = taken_over(grown, bins, np.arange(6))
    for j in range(3):
        probe = features[:100].copy()
        scores = []
        for x in np.linspace(-3.0, 3.0, 25):
            probe[:, j] = x
            scores.append(ensemble.scores(probe)[:, 0])
        assert (np.diff(np.array(scores), axis=0) >= 0).all()


def test_an_ensemble_goes_to_json_and_back_to_the_bit(artefacts: RiskArtefacts) -> None:
    read = Ensemble.from_json(artefacts.ensemble.to_json())
    for mine, theirs in zip(artefacts.ensemble, read, strict=True):
        assert mine.tobytes() == theirs.tobytes()


def test_no_label_leaves_the_memory_alone_to_speak() -> None:
    nothing = fit(np.empty((0, len(FEATURES)), np.float32), Outcomes.of([]), np.empty(0))
    features = np.zeros((1, len(FEATURES)), np.float32)
    quiet = assess(features, nothing).log_odds
    features[0, INDEX["importer.shift"]] = 2.0
    assert (assess(features, nothing).log_odds > quiet).all()
