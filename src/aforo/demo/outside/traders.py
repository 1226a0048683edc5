"""Who trades in the demonstration, what they carry, and what they hide: the seeded world, as a past and a future.

The past is a labelled history of which a fixed share was examined, at random: the node learns from it before anything
is filed. The future is what is filed then, by the same traders and by new ones; most schemes of it begin there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from aforo.demo.outside import forms
from aforo.domain.threat import Threat
from aforo.trials import world
from aforo.trials.world import FIRST_MONDAY
from aforo.trials.world_places import PLACES

#: Weeks of the world that are past when the demonstration begins, and those whose crossings are filed in it.
PAST_WEEKS, FUTURE_WEEKS = 6, 18
#: Crossings of a week of the world: its traders are those of so many.
ROWS_PER_WEEK = 5_000
#: Fewer crossings than this in a lane at a place would come again and again: those of all places come there then.
FEW_ROWS = 1_500
#: The share of the past that was examined (assumed): enough to learn from at once.
EXAMINED_SHARE = 0.25
#: When the demonstration begins: a Wednesday, two days after the past ends, at ten in the morning at Laredo.
BEGINS = (FIRST_MONDAY + timedelta(weeks=PAST_WEEKS, days=2, hours=16)).replace(tzinfo=UTC)
_LABELS = ("outcome", "threat", "severity")
_TRUTH = ("scheme", "episode", "lookalike")


@dataclass(frozen=True)
class Hidden:
    """What a truck hides, and how severe that is; the scheme that it belongs to, if it does."""

    threat: Threat
    severity: float
    scheme: str | None


@dataclass(frozen=True)
class Traders:
    """`future` are the crossings to file, in order, as columns of the declaration table, and what they hide beside."""

    past: pl.DataFrame
    future: pl.DataFrame

    @cached_property
    def carriers(self) -> list[str]:
        """The codes of all carriers of the future, the one with most crossings first."""
        counted = self.future.group_by("carrier_id").len().sort(["len", "carrier_id"], descending=[True, False])
        return [str(each) for each in counted["carrier_id"].to_list()]

    @cached_property
    def queues(self) -> Mapping[tuple[int, str], list[int]]:
        """The rows of the future by place of the world and lane, in order; where a place has few, everyone's."""
        named = self.future.select("port", "bridge", "lane").with_row_index("row")
        found: dict[tuple[int, str], list[int]] = {}
        for lane in ("fast", "standard", "empty"):
            own = named.filter(pl.col("lane") == lane)
            for index, place in enumerate(PLACES):
                here = own.filter((pl.col("port") == place.port) & (pl.col("bridge") == place.bridge))
                found[index, lane] = (here if here.height >= FEW_ROWS else own)["row"].to_list()
        return found

    @cached_property
    def rows(self) -> list[dict[str, object]]:
        """The future row by row, without labels."""
        return self.future.drop(*_LABELS, *_TRUTH).to_dicts()

    @cached_property
    def hidden(self) -> dict[int, Hidden]:
        """What is hidden in the rows that hide something."""
        named = self.future.select(*_LABELS, "scheme").with_row_index("row").filter(pl.col("outcome") == 1)
        return {
            row: Hidden(threat, float(severity), scheme)
            for row, threat, severity, scheme in named.select("row", "threat", "severity", "scheme").iter_rows()
        }


def draw(seed: int) -> Traders:
    """The traders of a seed."""
    made = world.generate(seed, PAST_WEEKS + FUTURE_WEEKS, ROWS_PER_WEEK)
    rows = made.history.join(made.truth, on="declaration_id", how="left", maintain_order="left")
    ends = (FIRST_MONDAY + timedelta(weeks=PAST_WEEKS)).date()
    before = pl.col("filed_at").str.slice(0, 10).str.to_date() < ends
    # A carrier is known by one code, past and future: that of the form in which it files.
    known = forms.codes(Traders(rows.filter(before), rows.filter(~before)).carriers)
    rows = rows.with_columns(pl.col("carrier_id").replace(known))
    return Traders(rows.filter(before), rows.filter(~before))


def write_past(traders: Traders, file: Path, seed: int) -> None:
    """The past as a history that a node learns from: labels where a crossing was examined."""
    examined = np.random.default_rng([seed, PAST_WEEKS]).random(traders.past.height) < EXAMINED_SHARE
    known = pl.Series("examined", examined.astype(np.int8))
    traders.past.drop(*_TRUTH).with_columns(
        known,
        pl.lit(EXAMINED_SHARE).alias("propensity"),
        *(pl.when(known == 1).then(pl.col(label)).alias(label) for label in _LABELS),
    ).write_csv(file)
