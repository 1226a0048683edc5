"""Peers of the product in a backtest: what selection looks like without memory, exploration or past-only features.

All see the same declarations, are judged by the same measures, and pass one conformance test.

- `random`: no knowledge at all.
- `importer-rule`: the importer's past hit rate, drawn towards the overall rate by SMOOTHING examinations.
- `exploit-loo`: gradient boosting on the fields of the filing and leave-one-out target encodings of who and what it
  names, over all rows that were examined; takes the likeliest.
- `exploit-past-only`: the same with encodings as they stood when the row was decided.
- `random-90/10`: as `exploit-loo`, with a tenth of the capacity spent at random.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, Int64Array, any_of_ppb, probability_ppb, to_micro
from aforo.flow.evidence import Term
from aforo.flow.judge import Judged
from aforo.risk.assess import Assessment
from aforo.risk.columns import code_hashes
from aforo.risk.evidence import SOURCES
from aforo.risk.memory import Outcomes
from aforo.risk.rules.rule_set import Hits, RuleHits, RuleSet
from aforo.trials.learner import Filed

Float64Array = npt.NDArray[np.float64]

#: Examinations that the overall rate counts for in a target encoding.
SMOOTHING = 10.0
#: Fewer findings than this, and a peer selects at random.
FEWEST_FINDINGS = 10
#: What is encoded by its targets.
ENCODED: tuple[str, ...] = (
    "importer",
    "exporter",
    "broker",
    "carrier",
    "driver",
    "tractor",
    "hs6",
    "goods",
    "origin",
    "port",
)
_MISDECLARATION = THREATS.index("misdeclaration")


def judged(probability: Float64Array, order: Float64Array) -> Judged:
    """The judgement of a peer that knows one probability of any threat; `order` in [0, 1) breaks ties among equals."""
    p = np.clip(probability, 1e-6, 1.0 - 1e-6)
    n = len(p)
    base = np.full(len(THREATS), -40 * MICRO, dtype=np.int64)
    base[_MISDECLARATION] = 0
    evidence = np.zeros((n, len(SOURCES), len(THREATS)), dtype=np.int64)
    evidence[:, SOURCES.index("model"), _MISDECLARATION] = to_micro(np.log(p) - np.log1p(-p))
    log_odds = base + evidence.sum(axis=1)
    threat_ppb = probability_ppb(log_odds)
    any_ppb = any_of_ppb(threat_ppb)
    no = np.zeros(n, dtype=np.bool_)
    value = any_ppb * 1000 + (order * 1000.0).astype(np.int64)
    return Judged(Assessment(log_odds, base, evidence, np.zeros(n)), threat_ppb, any_ppb, value, no, no, _no_rules(n))


def _no_rules(rows: int) -> RuleHits:
    none = np.empty(0, dtype=np.int64)
    hits = Hits(none, none, none, none)
    return RuleHits(rows, hits, hits, none, none, {}, ())


class Peer:
    """What all peers share: no evidence to show, a random stream of their own for each period."""

    name = "random"
    draws = False

    def __init__(self, seed: int = 0) -> None:
        self.rules = RuleSet.compile(())
        self._seed = seed
        self._period = 0

    def _shuffled(self, n: int) -> Float64Array:
        self._period += 1
        return np.random.default_rng([self._seed, self._period]).random(n)

    def judge(self, filed: Filed) -> Judged:
        order = self._shuffled(filed.table.height)
        return judged(np.full(len(order), 0.01), order)

    def evidence(self, rows: Sequence[int]) -> dict[int, list[Term]]:
        return {}

    def learn(self, filed: Filed, outcomes: Outcomes, rows: Int64Array) -> None:
        """Nothing is learnt."""

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """What has to be kept between two periods."""
        return {"period": np.array([self._period])}

    def take(self, state: dict[str, npt.NDArray[np.generic]]) -> None:
        """The inverse of `state`."""
        self._period = int(state["period"][0])

    def dump(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **self.state())
        return buffer.getvalue()

    def restore(self, dumped: bytes) -> None:
        with np.load(io.BytesIO(dumped), allow_pickle=False) as archive:
            self.take({name: archive[name] for name in archive.files})


class ImporterRule(Peer):
    """Selects by the importer's past hit rate."""

    name = "importer-rule"

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self._record: dict[int, tuple[int, int]] = {}

    def judge(self, filed: Filed) -> Judged:
        order = self._shuffled(filed.table.height)
        hits, looks = (sum(column) for column in zip(*self._record.values(), strict=True)) if self._record else (0, 0)
        rate = (hits + 1.0) / (looks + 40.0)
        record = np.array([self._record.get(i, (0, 0)) for i in filed.identities["importer"].tolist()], np.float64)
        return judged((record[:, 0] + SMOOTHING * rate) / (record[:, 1] + SMOOTHING), order)

    def learn(self, filed: Filed, outcomes: Outcomes, rows: Int64Array) -> None:
        for importer, found in zip(
            filed.identities["importer"][rows].tolist(), outcomes.violation.tolist(), strict=True
        ):
            if found >= 0:
                hits, looks = self._record.get(importer, (0, 0))
                self._record[importer] = hits + found, looks + 1

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        keys = np.array(list(self._record), np.uint64)
        return {**super().state(), "keys": keys, "record": np.array(list(self._record.values())).reshape(len(keys), 2)}

    def take(self, state: dict[str, npt.NDArray[np.generic]]) -> None:
        super().take(state)
        self._record = {k: (h, n) for k, (h, n) in zip(state["keys"].tolist(), state["record"].tolist(), strict=True)}


class Exploit(Peer):
    """Gradient boosting on the filing's fields and target encodings; takes the likeliest.

    `past_only`: encodings as they stood when the row was decided, instead of leaving one out of all that is known now.
    """

    def __init__(
        self, seed: int = 0, *, name: str = "exploit-loo", past_only: bool = False, draws: bool = False
    ) -> None:
        super().__init__(seed)
        self.name, self.draws, self._past_only = name, draws, past_only
        self._numbers = np.empty((0, len(NUMBERS) + len(COUNTED)))
        self._filings: dict[str, dict[int, int]] = {kind: {} for kind in COUNTED}
        self._keys = np.empty((0, len(ENCODED)), np.uint64)
        self._logged = np.empty((0, len(ENCODED)))
        self._found = np.empty(0)
        self._last: tuple[Float64Array, npt.NDArray[np.uint64], Float64Array] | None = None
        self._model: HistGradientBoostingClassifier | None = None

    def judge(self, filed: Filed) -> Judged:
        order = self._shuffled(filed.table.height)
        numbers = np.column_stack([numbers_of(filed.table), self._counts(filed)])
        keys = keys_of(filed)
        encodings = self._encode(keys)
        self._last = numbers, keys, encodings
        if self._model is None:
            return judged(np.full(len(order), 0.01), order)
        with threadpool_limits(1):
            scores = self._model.predict_proba(np.column_stack([numbers, encodings]))[:, 1]
        return judged(scores, order)

    def learn(self, filed: Filed, outcomes: Outcomes, rows: Int64Array) -> None:
        assert self._last is not None, "judge comes first"
        known = outcomes.violation >= 0
        numbers, keys, encodings = (column[rows][known] for column in self._last)
        self._numbers = np.concatenate([self._numbers, numbers])
        self._keys = np.concatenate([self._keys, keys])
        self._logged = np.concatenate([self._logged, encodings])
        self._found = np.concatenate([self._found, outcomes.violation[known]])
        self._refit()

    def _refit(self) -> None:
        if self._found.sum() < FEWEST_FINDINGS or self._found.all():
            return
        encodings = self._logged if self._past_only else self._left_out()
        model = HistGradientBoostingClassifier(
            max_iter=80,
            learning_rate=0.08,
            max_leaf_nodes=15,
            min_samples_leaf=20,
            # More findings may only raise the risk; else leave-one-out encodings tell the label of their own row.
            monotonic_cst=[0] * self._numbers.shape[1] + [1] * len(ENCODED),
            l2_regularization=1.0,
            early_stopping=False,
            random_state=self._seed,
        )
        seen = np.column_stack([self._numbers, encodings])
        seen[:, np.isnan(seen).all(axis=0)] = 0.0  # a column without a number cannot be binned
        with threadpool_limits(1), warnings.catch_warnings():
            # Asked how many cores there are, though only one is used, the library warns where it cannot tell.
            warnings.filterwarnings("ignore", message="Could not find the number of physical cores")
            self._model = model.fit(seen, self._found)

    def _counts(self, filed: Filed) -> Float64Array:
        """How often each party of each row was seen before this period, log(1 + n); then they are counted."""
        made = np.empty((filed.table.height, len(COUNTED)))
        for j, kind in enumerate(COUNTED):
            seen = self._filings[kind]
            named, index, counts = np.unique(filed.identities[kind], return_inverse=True, return_counts=True)
            before = np.array([seen.get(name, 0) for name in named.tolist()])
            made[:, j] = np.log1p(before)[index]
            seen.update(zip(named.tolist(), (before + counts).tolist(), strict=True))
        return made

    def _rate(self) -> float:
        return float((self._found.sum() + 1.0) / (len(self._found) + 40.0))

    def _encode(self, keys: npt.NDArray[np.uint64]) -> Float64Array:
        rate = self._rate()
        made = np.empty(keys.shape)
        for j in range(len(ENCODED)):
            names, index = np.unique(self._keys[:, j], return_inverse=True)
            looks, hits = np.bincount(index, minlength=len(names)), np.bincount(index, self._found, len(names))
            at = np.minimum(np.searchsorted(names, keys[:, j]), max(len(names) - 1, 0))
            seen = names[at] == keys[:, j] if len(names) else np.zeros(len(keys), np.bool_)
            hit, look = (np.where(seen, column[at] if len(names) else 0.0, 0.0) for column in (hits, looks))
            made[:, j] = (hit + SMOOTHING * rate) / (look + SMOOTHING)
        return made

    def _left_out(self) -> Float64Array:
        rate = self._rate()
        made = np.empty(self._keys.shape)
        for j in range(len(ENCODED)):
            _, index = np.unique(self._keys[:, j], return_inverse=True)
            looks, hits = np.bincount(index), np.bincount(index, self._found)
            made[:, j] = (hits[index] - self._found + SMOOTHING * rate) / (looks[index] - 1.0 + SMOOTHING)
        return made

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        return {
            **super().state(),
            "numbers": self._numbers,
            "keys": self._keys,
            "logged": self._logged,
            "found": self._found,
            **{f"names_{kind}": np.array(list(seen), np.uint64) for kind, seen in self._filings.items()},
            **{f"counts_{kind}": np.array(list(seen.values()), np.int64) for kind, seen in self._filings.items()},
        }

    def take(self, state: dict[str, npt.NDArray[np.generic]]) -> None:
        super().take(state)
        self._numbers, self._keys = state["numbers"].astype(np.float64), state["keys"].astype(np.uint64)
        self._logged, self._found = state["logged"].astype(np.float64), state["found"].astype(np.float64)
        self._filings = {
            kind: dict(zip(state[f"names_{kind}"].tolist(), state[f"counts_{kind}"].tolist(), strict=True))
            for kind in COUNTED
        }
        self._refit()


#: Parties whose earlier filings are counted.
COUNTED: tuple[str, ...] = ("importer", "exporter", "broker", "carrier", "driver", "tractor")
#: The fields of the filing that a peer's model sees as they are.
NUMBERS: tuple[str, ...] = (
    "value", "mass", "unit_price", "mass_per_package", "packages", "duty_rate", "hour", "weekday", "empty", "fast",
    "trusted",
)  # fmt: skip


def numbers_of(table: pl.DataFrame) -> Float64Array:
    """The fields of the filing, float64[n, len(NUMBERS)]; NaN where it does not say."""
    local = pl.col("filed_at") + pl.duration(minutes=pl.col("filed_offset_minutes").cast(pl.Int64))
    value, mass, packages = (
        pl.when(pl.col(column) > 0.0).then(pl.col(column)) for column in ("value_usd", "gross_mass_kg", "packages")
    )
    frame = table.select(
        value.log().alias("value"),
        mass.log().alias("mass"),
        (value / mass).log().alias("unit_price"),
        (mass / packages).log().alias("mass_per_package"),
        packages.alias("packages"),
        pl.col("duty_rate"),
        (local.dt.hour() + local.dt.minute() / 60.0).alias("hour"),
        local.dt.weekday().alias("weekday"),
        pl.col("declared_empty").alias("empty"),
        (pl.col("lane") == "fast").alias("fast"),
        (pl.col("trade_programme").fill_null("none") != "none").alias("trusted"),
    )
    return frame.select(pl.all().cast(pl.Float64).fill_null(float("nan"))).to_numpy()


def keys_of(filed: Filed) -> npt.NDArray[np.uint64]:
    """What the filing names, as keys, uint64[n, len(ENCODED)]."""
    table = filed.table.select(
        "hs6",
        "origin",
        "port",
        (pl.col("hs6").fill_null("").str.slice(0, 2) + pl.col("origin").fill_null("")).alias("goods"),
    )
    columns = {**filed.identities, **{name: code_hashes(table[name]) for name in table.columns}}
    return np.column_stack([columns[name] for name in ENCODED]).astype(np.uint64)
