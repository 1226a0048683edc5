"""What came out of a plan, as it is kept and shown: figures with intervals, and what they rest on."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from aforo.domain.text import Text, catalogue
from aforo.measures.intervals import Interval
from aforo.ports.directory import UsedDocument
from aforo.twin.outcomes import FIGURES
from aforo.twin.page import headline, heads, lacking, sentences
from aforo.twin.premises import premises
from aforo.twin.results import Held, Result

#: Places of assumed figures that are named one by one.
_MOST_NAMED: Final = 400


class Level(msgspec.Struct, frozen=True):
    """A figure with its 95 per cent limits; null where it is not defined, or one replication alone has it."""

    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, interval: Interval, least: float = -math.inf) -> Level:
        """Of an interval, cut at the least that the figure can be."""
        known = interval.value is not None and math.isfinite(interval.value)
        value, low, high = (
            each if known and each is not None and math.isfinite(each) else None for each in _three(interval)
        )
        return cls(value, None if low is None else max(low, least), high)


class FigureRow(msgspec.Struct, frozen=True):
    """One figure of both worlds and their paired difference; `needed` replications would tell it to a tenth."""

    figure: str
    first: Level
    second: Level
    difference: Level
    needed: int | None


class PlanOutcome(msgspec.Struct, frozen=True):
    """The outcome of a comparison. `synthetic` is always true: it is simulated, and nothing of it was observed.

    `rows` are by `port/bridge`, all bridges together under an empty name; `hours` the mean wait (minutes) by local hour
    of arrival, of `first` and `second` with their limits, none of them below zero; `labels` what figures are called;
    `sentences` what it rests on, the largest assumptions first, and what it is worth; `assumed` the places of figures
    of port documents that are;
    `documents` are these documents, as they were when it was made.
    """

    synthetic: bool
    title: Text
    headline: Text
    heads: tuple[Text, Text]
    start: str
    days: int
    seed: int
    replications: int
    policy: str
    rows: dict[str, list[FigureRow]]
    bridges: dict[str, str]
    hours: dict[str, dict[str, list[float | None]]]
    labels: dict[str, Text]
    held: tuple[Held, ...]
    sentences: tuple[Text, ...]
    assumptions: tuple[Text, ...]
    assumed: tuple[str, ...]
    assumed_count: int
    documents: tuple[UsedDocument, ...]


def outcome_of(result: Result) -> PlanOutcome:
    """The outcome of a result."""
    called = catalogue("aforo.twin")
    told: list[tuple[str, tuple[str, str], list[str]]] = []
    for language in ("en", "es"):

        def say(code: str, language: str = language, **fields: object) -> str:
            spoken = called.say(code, **fields)
            return spoken.told(language)

        names = heads(result, say)
        more = [
            *premises(result, names, say, language),
            *sentences(result, say, language),
            *lacking(result.comparison.rows.values(), say),
        ]
        told.append((headline(result, say), names, more))
    (line_en, heads_en, more_en), (line_es, heads_es, more_es) = told
    return PlanOutcome(
        synthetic=True,
        title=result.title,
        headline=Text(line_en, line_es),
        heads=(Text(heads_en[0], heads_es[0]), Text(heads_en[1], heads_es[1])),
        start=result.start,
        days=result.days,
        seed=result.seed,
        replications=result.comparison.replications,
        policy=result.policy,
        rows={
            name: [
                FigureRow(
                    row.figure,
                    Level.of(row.first, 0.0),
                    Level.of(row.second, 0.0),
                    Level.of(row.difference),
                    row.needed,
                )
                for row in rows
            ]
            for name, rows in result.comparison.rows.items()
        },
        bridges=result.bridge_names,
        hours=result.hours,
        labels={figure: called.template(f"figure_{figure}") for figure in FIGURES},
        held=result.held,
        sentences=tuple(Text(en, es) for en, es in zip(more_en, more_es, strict=True)),
        assumptions=result.assumptions,
        assumed=result.assumed[:_MOST_NAMED],
        assumed_count=len(result.assumed),
        documents=result.documents,
    )


def _three(interval: Interval) -> tuple[float | None, float, float]:
    return interval.value, interval.low, interval.high
