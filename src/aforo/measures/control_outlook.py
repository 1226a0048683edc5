"""What a control plan will be able to say: the interval that a year gives at a stated prevalence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

import msgspec
import numpy as np
import scipy

from aforo.domain.text import Text, catalogue
from aforo.measures.control import SEVERAL, ControlPlan, Pool
from aforo.measures.figures import expected, percent, without_noise
from aforo.measures.intervals import CONFIDENCE, clopper_pearson

Level = Literal["all", "port", "pool"]
#: The prevalences for which an outlook is given unless others are asked for.
PREVALENCES = (0.025, 0.0025, 0.0005)


class Outlook(msgspec.Struct, frozen=True):
    """What a year would show if `prevalence` were the true rate.

    `low` and `high` are the limits at the expected number of finds. That is seldom whole and is not made so: the limits
    are quantiles of beta distributions, which need no whole numbers. `width` is the mean width over what chance may
    find in the whole examinations. `carried`: narrow enough to publish a rate; `needed`: the examinations a year that
    would be.
    """

    prevalence: float
    finds: float
    low: float
    high: float
    width: float
    carried: bool
    needed: int
    words: Text


class PlanRow(msgspec.Struct, frozen=True):
    """One line of the plan: the whole, a port, or a pool.

    `examinations` are random ones a year; `effective` is the size of a simple random sample that would say as much.
    """

    level: Level
    name: str
    crossings: float
    examinations: float
    effective: float
    outlooks: tuple[Outlook, ...]


@cache
def expected_width(examinations: int, prevalence: float, confidence: float = CONFIDENCE) -> float:
    """The mean width of the Clopper–Pearson interval over the binomial number of finds."""
    if examinations < 1:
        return 1.0
    least, most = scipy.stats.binom.ppf([1e-9, 1.0 - 1e-9], examinations, prevalence)
    finds = np.arange(least, most + 1.0)
    chance = scipy.stats.binom.pmf(finds, examinations, prevalence)
    low, high = clopper_pearson(finds, examinations, confidence)
    return float((chance * (high - low)).sum() / chance.sum())


@cache
def examinations_needed(prevalence: float, largest_relative_width: float, confidence: float = CONFIDENCE) -> int:
    """The fewest random examinations whose expected width is at most `largest_relative_width` × `prevalence`."""
    fewest, most = 1, 2
    while expected_width(most, prevalence, confidence) > largest_relative_width * prevalence:
        fewest, most = most, most * 2
    while most - fewest > 1:
        middle = (fewest + most) // 2
        if expected_width(middle, prevalence, confidence) > largest_relative_width * prevalence:
            fewest = middle
        else:
            most = middle
    return most


def effective_size(pools: Sequence[Pool]) -> float:
    """The simple random sample of equal variance (Kish): 1/Σ(W²/n), W the share of crossings and n the examinations."""
    crossings = sum(pool.crossings for pool in pools)
    inverse = sum((pool.crossings / crossings) ** 2 / pool.examinations for pool in pools)
    return without_noise(1.0 / inverse)


def outlook(effective: float, prevalence: float, largest_relative_width: float, name: Text) -> Outlook:
    """The outlook of `effective` random examinations a year."""
    finds = effective * prevalence
    low, high = (float(limit) for limit in clopper_pearson(finds, effective))
    width = expected_width(int(effective), prevalence)
    carried = width <= largest_relative_width * prevalence
    needed = examinations_needed(prevalence, largest_relative_width)
    said = {
        "prevalence": percent(prevalence),
        "examinations": f"{effective:,.0f}",
        "finds": expected(finds),
        "low": percent(low),
        "high": percent(high),
        "needed": f"{needed:,}",
    }
    sentence = catalogue("aforo.measures").template("control.carried" if carried else "control.refused")
    words = Text(sentence.en.format(name=name.en, **said), sentence.es.format(name=name.es, **said))
    return Outlook(prevalence, finds, low, high, width, carried, needed, words)


def outlooks(plan: ControlPlan, prevalences: Sequence[float] = PREVALENCES) -> list[PlanRow]:
    """The lines of a plan: the whole, each port that has several pools of its own, each pool."""
    ports = sorted({pool.port for pool in plan.pools} - {SEVERAL})
    groups: list[tuple[Level, str, list[Pool]]] = [("all", SEVERAL, list(plan.pools))]
    groups += [("port", port, own) for port in ports if len(own := [p for p in plan.pools if p.port == port]) > 1]
    groups += [("pool", pool.name, [pool]) for pool in plan.pools]
    width = plan.parameters.largest_relative_width
    rows = []
    for level, name, pools in groups:
        effective = effective_size(pools)
        called = catalogue("aforo.measures").template("control.all") if level == "all" else Text(name, name)
        rows.append(
            PlanRow(
                level,
                name,
                without_noise(sum(pool.crossings for pool in pools)),
                without_noise(sum(pool.examinations for pool in pools)),
                effective,
                tuple(outlook(effective, prevalence, width, called) for prevalence in prevalences),
            )
        )
    return rows
