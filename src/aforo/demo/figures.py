"""The day's measures: what the border can know from what it examined, and what only the synthetic world knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np
import polars as pl

from aforo.demo.scene import Finding
from aforo.flow.node import Node
from aforo.flow.selection import Selection
from aforo.measures.control_estimate import ControlEstimate, control_estimate, count_cells
from aforo.measures.selection import Crossings, Figures, figures, sampled_figures

_PPB = 1_000_000_000


class Price(msgspec.Struct, frozen=True):
    """The price that one crossing met, in truck-minutes, at the instant of its decision (UTC)."""

    at: datetime
    price: float


class DayFigures(msgspec.Struct, frozen=True):
    """`examined_by` and `found_by` count by basis. `known` is what a border can say, which knows only what it examined;
    `truth` is what the synthetic world knows beside it. `control` is the random sample's own estimate."""

    crossings: int
    examined: int
    rate_asked: float
    examined_by: dict[str, int]
    found_by: dict[str, int]
    drawn: int
    known: Figures
    truth: Figures
    control: ControlEstimate
    prices: tuple[Price, ...]


def measure(
    table: pl.DataFrame, answers: Sequence[Selection], truth: dict[str, Finding], node: Node, rate: float
) -> DayFigures:
    """The measures of a day's answers; `table` holds their declarations, a crossing each."""
    filed = table.select("declaration_id", "filed_at", "port", "lane", "trade_programme")
    rows = pl.DataFrame({"declaration_id": [answer.declaration_id for answer in answers]}).join(
        filed, on="declaration_id", how="left", maintain_order="left"
    )
    findings = [truth[answer.declaration_id] for answer in answers]
    violation = np.array([finding.violation for finding in findings])
    examined = np.array([answer.basis is not None for answer in answers])
    control = np.array([answer.control for answer in answers])
    chance = np.array([answer.control_propensity for answer in answers])
    crossings = Crossings(
        examined=examined,
        violation=violation,
        chosen=np.array([answer.basis is not None and answer.propensity >= 1.0 for answer in answers]),
        control=control,
        control_propensity=chance,
        severity=np.array([finding.severity or 0.0 for finding in findings]),
        probability=np.array([answer.probability for answer in answers]),
    )
    plan = node.force.plan
    cells = count_cells(
        plan.pools_of(rows["port"], rows["lane"], rows["trade_programme"]),
        np.rint(chance * _PPB).astype(np.int64),
        control,
        examined,
        violation,
    )
    chosen = [(answer.basis, finding.violation) for answer, finding in zip(answers, findings, strict=True)]
    return DayFigures(
        crossings=len(answers),
        examined=int(examined.sum()),
        rate_asked=rate,
        examined_by=dict(sorted(Counter(basis for basis, _ in chosen if basis).items())),
        found_by=dict(sorted(Counter(basis for basis, found in chosen if basis and found).items())),
        drawn=int(control.sum()),
        known=sampled_figures(crossings),
        truth=figures(crossings),
        control=control_estimate(cells, plan.names),
        prices=tuple(Price(at, answer.price) for at, answer in zip(rows["filed_at"].to_list(), answers, strict=True)),
    )
