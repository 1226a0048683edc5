"""A fortnight of extracts and of what today's system chose, for the tests of a pilot; and the page that it ends in."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl

from aforo.trials.world import generate


class Nights:
    """A synthetic fortnight: a list of what today's system chose, and an extract a night with what it found."""

    def __init__(self, folder: Path, weeks: int = 2) -> None:
        self.extracts, self.today = folder / "extracts", folder / "today.csv"
        self.extracts.mkdir(parents=True)
        history = generate(5, weeks=weeks, rows_per_week=210, prevalence=0.08).history
        rng = np.random.default_rng(1)
        selected, drawn = rng.random(history.height) < 0.12, rng.random(history.height) < 0.10
        drawn &= ~selected
        examined = pl.Series(selected | drawn)
        self.list = pl.DataFrame(
            {
                "declaration_id": history["declaration_id"],
                "selected": pl.Series(selected).cast(pl.Int8),
                "examined": examined.cast(pl.Int8),
                "channel": pl.Series(drawn).replace_strict({True: "random", False: "rules"}),
                "propensity": pl.Series([0.1 if each else None for each in drawn.tolist()]),
            }
        )
        self.list.write_csv(self.today)
        looked = [pl.when(examined).then(pl.col(name)).alias(name) for name in ("outcome", "threat", "severity")]
        seen = history.with_columns(*looked, examined=examined.cast(pl.Int8))
        self.truth = history.select("declaration_id", "outcome")
        self.days = [
            (day, rows.drop("day"))
            for (day,), rows in seen.with_columns(day=pl.col("filed_at").str.slice(0, 10)).group_by(
                "day", maintain_order=True
            )
        ]
        for day, rows in self.days:
            rows.write_csv(self.extracts / f"declarations-{day}.csv")

    @property
    def arguments(self) -> tuple[object, ...]:
        return "--today", self.today, "--extracts", self.extracts


class Page(HTMLParser):
    """What a page asks for from elsewhere, and how its tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "data")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
