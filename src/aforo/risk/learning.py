"""From the examined rows, as they were logged when they were decided, to the artefacts that assess the next ones."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib import metadata

import msgspec
import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from aforo.domain.units import Int64Array
from aforo.risk.artefacts import RiskArtefacts, Training
from aforo.risk.combiner import CombinerSettings, fit_combiner
from aforo.risk.evidence import raw_evidence
from aforo.risk.exploration import Exploration
from aforo.risk.features import FEATURES, INDEX
from aforo.risk.hashtable import Float64Array
from aforo.risk.memory import Outcomes
from aforo.risk.model import ModelSettings, train_bags
from aforo.risk.tells import TellSettings, fit_tells, tells_of
from aforo.risk.trees import Float32Array


class LearningSettings(msgspec.Struct, frozen=True):
    """How evidence is learnt. `override_trust` weighs the label of an examination that an officer chose; `detection` is
    the chance that an examination finds what is there. Of rows without a finding at most `largest_clean` are used,
    those left standing for the others.

    Trees and tells are fitted without regard to propensities. That what was examined was chosen is made good by the
    combiner, which weighs their evidence with inverse propensities up to a bound, and by the base, which uses them
    whole.
    """

    model: ModelSettings = ModelSettings()
    tells: TellSettings = TellSettings()
    combiner: CombinerSettings = CombinerSettings()
    exploration: Exploration = Exploration()
    override_trust: float = 0.5
    detection: float = 1.0
    largest_clean: int = 30_000


def fit(
    features: Float32Array,
    outcomes: Outcomes,
    times: Float64Array,
    settings: LearningSettings | None = None,
    *,
    crossing: npt.NDArray[np.uint64] | None = None,
    filings: int = 0,
) -> RiskArtefacts:
    """Learn from examined rows.

    `features` float32[n, F] are the rows as they were logged; `outcomes` what was found (rows without a result either
    way are left out); `times` float64[n] their times of filing in days since 1970. `crossing` is each row's crossing as
    the memory's: what an examination found is one finding however many declarations the crossing had, so its rows
    weigh one together, and no bag sees some of them and is asked about the others. `filings` is the number of filings
    of the history, for the record. Deterministic: the same rows give the same artefacts. With too few labels the model
    is empty, and the memory's evidence stands alone.
    """
    settings = settings or LearningSettings()
    rows, stands_for = training_rows(outcomes.violation, settings.largest_clean)
    of_rows = None if crossing is None else crossing[rows]
    return fit_sample(
        features[rows], outcomes.at(rows), times[rows], stands_for, settings, crossing=of_rows, filings=filings
    )


def fit_sample(
    x: Float32Array,
    outcomes: Outcomes,
    when: Float64Array,
    stands_for: Float64Array,
    settings: LearningSettings,
    *,
    crossing: npt.NDArray[np.uint64] | None,
    filings: int,
) -> RiskArtefacts:
    """As `fit`, of the rows that `training_rows` chose and of nothing else: a history of millions of rows has no room
    for the features of all. `stands_for` float64[n] says for how many rows of the history each stands."""
    count = len(x)
    found = outcomes.violation == 1
    propensity = np.clip(outcomes.propensity, 1e-6, 1.0)
    trust = np.where(outcomes.by_override, settings.override_trust, 1.0) * stands_for
    detection = np.full(count, settings.detection)
    case = _cases(np.zeros(count, np.uint64) if crossing is None else crossing)
    share = 1.0 / np.bincount(case)[case]
    # A load that was examined before and is filed again is not a new case.
    seen = np.nan_to_num(x[:, INDEX["content.examined"]].astype(np.float64))
    trust = trust * np.exp(-seen) * share
    part = _parts(int(case.max(initial=-1)) + 1, settings.model.bags)[case]
    ensemble = train_bags(x, found, trust, part, settings.model)
    by_bag = ensemble.scores(x)
    # Bags without trees have no number of their own; then every score is zero.
    unseen = by_bag[np.arange(len(x)), np.minimum(part, by_bag.shape[1] - 1)]
    tells = tells_of(x)
    # One thread: the products are small, and with several their sums depend on the number of processors.
    with threadpool_limits(1, user_api="blas"):
        tell_weights = fit_tells(tells, found, trust, settings.tells)
        tells_unseen = np.zeros(len(x), np.int64)
        for each in range(settings.model.bags):
            others, own = part != each, part == each
            tells_unseen[own] = fit_tells(tells[others], found[others], trust[others], settings.tells).evidence(
                tells[own]
            )
        combiner = fit_combiner(
            raw_evidence(x, unseen, tells_unseen),
            found,
            outcomes.threat,
            propensity,
            trust,
            share,
            outcomes.by_override,
            detection,
            settings.combiner,
        )
    training = Training(
        _iso(when.min()) if len(when) else "",
        _iso(when.max()) if len(when) else "",
        count,
        int(found.sum()),
        _digest(x, found, outcomes.threat, propensity, trust, when),
        list(FEATURES),
        metadata.version("aforo"),
        filings,
    )
    days = float(np.ptp(when)) if len(when) else 0.0
    return RiskArtefacts(ensemble, tell_weights, combiner, settings.exploration.after(days), training)


def _cases(crossing: npt.NDArray[np.uint64]) -> Int64Array:
    """The number of each row's crossing, in the order in which they appear; a row whose crossing is 0 is one alone."""
    alone = np.flatnonzero(crossing == 0)
    own = crossing.copy()
    # Numbers that no other row has: those of the rows themselves, which no key of 64 bits meets but by a wonder.
    own[alone] = alone.astype(np.uint64)
    _, first, case = np.unique(own, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    cases: Int64Array = rank[case]
    return cases


def _parts(cases: int, bags: int) -> Int64Array:
    """A part for every case, by a hash of its number: even, mixed over time, and the same every time."""
    position = np.arange(cases, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return ((position >> np.uint64(33)) % np.uint64(bags)).astype(np.int64)


def training_rows(violation: npt.NDArray[np.int8], largest_clean: int) -> tuple[Int64Array, Float64Array]:
    """The rows to learn from, ascending, and for how many each stands: every finding, and an even sample of the
    rest."""
    clean = np.flatnonzero(violation == 0)
    kept = clean
    if len(clean) > largest_clean:
        kept = clean[np.arange(largest_clean, dtype=np.int64) * len(clean) // largest_clean]
    stands_for = np.ones(len(violation))
    stands_for[kept] = len(clean) / max(len(kept), 1)
    rows = np.sort(np.concatenate([np.flatnonzero(violation == 1), kept]))
    return rows, stands_for[rows]


def _digest(*columns: npt.NDArray[np.generic]) -> str:
    digest = hashlib.sha256()
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _iso(day: float) -> str:
    return datetime.fromtimestamp(day * 86_400.0, UTC).isoformat(timespec="seconds")
