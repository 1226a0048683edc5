"""The scene: a synthetic history, one more day of crossings, and what examinations of that day would find.

Of the history a fixed share was examined, at random and with the propensity written down, so that its labels stand for
all of its traffic. The day is the local calendar day at every port. All of it comes from `aforo.trials.world`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from aforo.domain.threat import Threat
from aforo.intake import declarations
from aforo.trials import world
from aforo.trials.world import FIRST_MONDAY

#: A world crowds what is left of its schemes into its last weeks, so it is drawn longer than it is used.
_SPARE_WEEKS = 3
#: The day is a Wednesday: two days after the last whole week of the history.
_WEEKDAY = 2
_LABELS = ("outcome", "threat", "severity")


@dataclass(frozen=True)
class Scale:
    """How much is drawn. `examined_share`: the share of the history that was examined, at random (assumed)."""

    weeks: int = 12
    crossings_per_week: int = 3_000
    prevalence: float = 0.025
    examined_share: float = 0.2


@dataclass(frozen=True)
class Finding:
    """What an examination of one crossing would find: the truth of the synthetic world."""

    violation: bool
    threat: Threat | None
    severity: float | None
    scheme: str | None


@dataclass(frozen=True)
class Scene:
    """`history` and `filings` are files as a user would have them; `truth` is by declaration of the day."""

    first_day: date
    day: date
    history: Path
    filings: Path
    crossings: int
    examined: int
    truth: dict[str, Finding]


def draw(folder: Path, seed: int, scale: Scale) -> Scene:
    """Draw the world of `seed` and write `history.csv` and `day.csv` into the folder.

    Raises ValueError for sizes that the world refuses.
    """
    made = world.generate(seed, scale.weeks + _SPARE_WEEKS, scale.crossings_per_week, scale.prevalence)
    rows = made.history.join(made.truth, on="declaration_id", how="left", maintain_order="left")
    day = (FIRST_MONDAY + timedelta(weeks=scale.weeks, days=_WEEKDAY)).date()
    local_day = pl.col("filed_at").str.slice(0, 10).str.to_date()
    past, today = rows.filter(local_day < day), rows.filter(local_day == day)
    examined = np.random.default_rng([seed, scale.weeks]).random(past.height) < scale.examined_share
    known = pl.Series("examined", examined.astype(np.int8))
    past = past.drop("scheme", "episode", "lookalike").with_columns(
        known,
        pl.lit(scale.examined_share).alias("propensity"),
        *(pl.when(known == 1).then(pl.col(label)).alias(label) for label in _LABELS),
    )
    history, filings = folder / "history.csv", folder / "day.csv"
    past.write_csv(history)
    today.drop(*_LABELS, "scheme", "episode", "lookalike").write_csv(filings)
    truth = {
        own: Finding(bool(outcome), threat, severity, scheme)
        for own, outcome, threat, severity, scheme in today.select("declaration_id", *_LABELS, "scheme").iter_rows()
    }
    return Scene(FIRST_MONDAY.date(), day, history, filings, past.height, int(examined.sum()), truth)


def read(path: Path) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """A file's declarations through intake, and their labels where it has any. Nothing synthetic is refused."""
    batches = list(declarations.read(path))
    assert not any(batch.refused for batch in batches), "the world writes what intake accepts"
    labels = [batch.labels for batch in batches if batch.labels is not None]
    return pl.concat([batch.table for batch in batches]), pl.concat(labels) if labels else None
