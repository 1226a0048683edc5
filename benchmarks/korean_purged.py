"""The Korean declarations: the product's model against its peers on a test quarter whose goods were never trained on.

    python benchmarks/korean_purged.py [--data ../shared/data/declarations] [--resamples 1000]

The published files are split by time (2020 to train, the first quarter of 2021 to test), and hold the same goods tuples
(HS6, departure, origin, tax rate, tax type, mass, price) again and again, nearly always with one label. So the plain
split measures memory: a dictionary of tuples is among the rows below. In the purged split the training rows whose tuple
occurs in the test quarter are left out, and what is measured is judgement of goods not seen before.

All see the same declarations. The peers get the fields of the declaration table (HS6, origin, departure, office, rate,
mass, price, and unit price); each learner is fitted once, with the settings that its library or this file gives, none
tuned on the test quarter. Intervals are of the difference ours − peer, by a bootstrap that resamples the test rows.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt
import polars as pl
from rich.console import Console
from rich.table import Table
from scipy.sparse import hstack
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from aforo.domain.units import any_of_ppb, probability_ppb
from aforo.intake.declarations import read
from aforo.risk.assess import assess
from aforo.risk.history import learn_history, outcomes_of
from aforo.trials.history import identities_of

Scores = npt.NDArray[np.float64]
DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "declarations"
RATE = 0.05
GOODS = ("hs6", "departure", "origin", "duty_rate", "gross_mass_kg", "value_usd")


def history(paths: list[Path]) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """The declarations, their labels, and the goods tuple of each row as one text."""
    batches = [batch for path in paths for batch in read(path)]
    table = pl.concat([batch.table for batch in batches])
    labels = pl.concat([batch.labels for batch in batches if batch.labels is not None])
    tax_type = table["extra"].str.json_path_match("$['Tax Type']").alias("tax_type")
    goods = table.select(*GOODS).with_columns(tax_type)
    return table, labels, goods.select(pl.concat_str(pl.all().cast(pl.String).fill_null(""), separator="|"))["hs6"]


def fields(table: pl.DataFrame) -> pl.DataFrame:
    """What the peers see."""
    mass, price = (pl.col(c).fill_null(0.0) + 1.0 for c in ("gross_mass_kg", "value_usd"))
    return table.select(
        pl.col("hs6").cast(pl.Float64, strict=False).fill_null(0.0),
        pl.col("hs6").str.slice(0, 2).fill_null("").alias("chapter"),
        *(pl.col(c).fill_null("") for c in ("origin", "departure", "port")),
        pl.col("duty_rate").fill_null(0.0),
        mass.log().alias("mass"),
        price.log().alias("price"),
        (price / mass).log().alias("unit"),
    )


def precision(found: npt.NDArray[np.bool_], scores: Scores) -> float:
    """The share of violations among the best 5 % by score; earlier rows first where scores are equal."""
    return float(found[np.argsort(-scores, kind="stable")[: round(RATE * len(found))]].mean())


def ours(train: pl.DataFrame, labels: pl.DataFrame, test: pl.DataFrame) -> Scores:
    """The product as it is: memory over the training rows, model and weights, then the test rows as they come."""
    key = b"korean_purged"
    lesson = learn_history(train, identities_of(train, key), outcomes_of(labels))
    made = assess(lesson.memory.features(test, identities_of(test, key)), lesson.artefacts)
    return any_of_ppb(probability_ppb(made.log_odds)).astype(np.float64)


def peers() -> dict[str, Callable[[pl.DataFrame, npt.NDArray[np.bool_], pl.DataFrame], Scores]]:
    """The peers by name, each a function from (training fields, labels, test fields) to scores."""
    words = ["chapter", "origin", "departure", "port"]
    numbers = ["duty_rate", "mass", "price", "unit"]

    def linear(train: pl.DataFrame, found: npt.NDArray[np.bool_], test: pl.DataFrame) -> Scores:
        encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20)
        scaler = StandardScaler().fit(train.select(numbers).to_numpy())
        encoder.fit(train.select(words).to_numpy())
        x, y = (
            hstack(
                [encoder.transform(each.select(words).to_numpy()), scaler.transform(each.select(numbers).to_numpy())]
            )
            for each in (train, test)
        )
        scores: Scores = LogisticRegression(max_iter=2_000).fit(x, found).predict_proba(y)[:, 1]
        return scores

    def trees(model: object) -> Callable[[pl.DataFrame, npt.NDArray[np.bool_], pl.DataFrame], Scores]:
        def fitted(train: pl.DataFrame, found: npt.NDArray[np.bool_], test: pl.DataFrame) -> Scores:
            both = pl.concat([train, test]).with_columns(pl.col(c).rank("dense").cast(pl.Float64) for c in words)
            x = both.to_numpy()
            scores: Scores = model.fit(x[: len(train)], found).predict_proba(x[len(train) :])[:, 1]  # type: ignore[attr-defined]
            return scores

        return fitted

    return {
        "logistic regression": linear,
        "LightGBM, bare": trees(lightgbm.LGBMClassifier(verbose=-1, n_jobs=1, random_state=0)),
        "random forest": trees(RandomForestClassifier(300, min_samples_leaf=5, n_jobs=1, random_state=0)),
        "scikit-learn HGB, bare": trees(HistGradientBoostingClassifier(random_state=0)),
    }


def compare(
    found: npt.NDArray[np.bool_], mine: Scores, theirs: Scores, resamples: int, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """95 % intervals of the differences in AUC and in precision, over the same resampled test rows."""
    auc, precise = np.empty(resamples), np.empty(resamples)
    for r in range(resamples):
        rows = rng.integers(0, len(found), len(found))
        auc[r] = roc_auc_score(found[rows], mine[rows]) - roc_auc_score(found[rows], theirs[rows])
        precise[r] = precision(found[rows], mine[rows]) - precision(found[rows], theirs[rows])
    return np.quantile(auc, [0.025, 0.975]).tolist(), np.quantile(precise, [0.025, 0.975]).tolist()


def run(console: Console, folder: Path, resamples: int) -> None:
    table, labels, goods = history(sorted(folder.glob("kcs_train*.csv")))
    test, test_labels, test_goods = history([folder / "kcs_valid.csv"])
    found = test_labels["outcome"].to_numpy().astype(np.bool_)
    known = goods.is_in(test_goods.unique().to_list())
    for title, kept in (
        ("purged split", ~known),
        ("published split (measures memory)", pl.Series([True] * len(goods))),
    ):
        train, train_labels, train_goods = table.filter(kept), labels.filter(kept), goods.filter(kept)
        target = train_labels["outcome"].to_numpy().astype(np.bool_)
        started = time.perf_counter()
        mine = ours(train, train_labels, test)
        results: dict[str, tuple[Scores, float]] = {"Aforo": (mine, time.perf_counter() - started)}
        for name, peer in peers().items():
            started = time.perf_counter()
            results[name] = peer(fields(train), target, fields(test)), time.perf_counter() - started
        rates = pl.DataFrame({"goods": train_goods, "found": target}).group_by("goods").agg(pl.col("found").mean())
        looked_up = pl.DataFrame({"goods": test_goods}).join(rates, on="goods", how="left", maintain_order="left")
        results["dictionary of goods tuples"] = looked_up["found"].fill_null(target.mean()).to_numpy(), 0.0
        shown = Table(
            title=f"{title}: {len(train):,} training rows, {len(test):,} test rows, {found.mean():.1%} violate"
        )
        for column in ("", "AUC", "precision at 5 %", "ours − it: AUC", "ours − it: precision", "seconds"):
            shown.add_column(column, justify="left" if not column else "right")
        rng = np.random.default_rng(1)
        for name, (scores, seconds) in results.items():
            intervals = ["", ""]
            if scores is not mine:
                intervals = [f"{low:+.3f} … {high:+.3f}" for low, high in compare(found, mine, scores, resamples, rng)]
            figures = f"{roc_auc_score(found, scores):.3f}", f"{precision(found, scores):.3f}"
            shown.add_row(name, *figures, *intervals, f"{seconds:.1f}")
        console.print(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of kcs_*.csv")
    parser.add_argument("--resamples", type=int, default=1000)
    arguments = parser.parse_args()
    console = Console(width=120)
    if not (arguments.data / "kcs_valid.csv").is_file():
        console.print(f"skipped: {arguments.data} has no kcs_valid.csv; the Korean files are not part of the product")
        sys.exit(0)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("aforo", "scikit-learn", "lightgbm", "numpy"))
    console.print(
        f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, {versions}; {arguments.resamples} resamples"
    )
    run(console, arguments.data, arguments.resamples)


if __name__ == "__main__":
    main()
