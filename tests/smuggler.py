"""A border whose bridges examine more or less from week to week, what is published of it, and a smuggler who reads
that.

The page is what the product publishes of the border, by its own code. The smuggler is given more than any has: the
truth about each bridge over the first weeks, the truth about all weeks of many other borders of the same kind to learn
from, every wait that was ever live, and of what is published every figure of the last weeks with what can be concluded
from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from aforo.domain.scoreboard import ScoreboardPublished
from aforo.measures.tallies import Cell, bits
from aforo.ports.shipped import ports
from aforo.scoreboard.places import Places, quarter_of, week_of
from aforo.scoreboard.public import ALL, published
from aforo.scoreboard.shipped import definitions
from aforo.scoreboard.state import BoardState, Day
from aforo.scoreboard.times import Times, spread_out

Floats = npt.NDArray[np.float64]
#: A bridge by border and week, as its place in BRIDGES.
Choices = npt.NDArray[np.int64]

BRIDGES = ("world-trade", "pharr", "ysleta", "otay-mesa", "mariposa", "calexico-east")
#: Weeks of one border, the first of which are known in truth; the smuggler goes in the later ones.
WEEKS, KNOWN = 65, 26
#: Trucks of a bridge and week, on average; waits that are published live in one.
TRUCKS, HOURS = 300, 42
#: The day on which the weeks begin: a Monday that begins a quarter.
FIRST = 20_451
assert week_of(FIRST).first == quarter_of(FIRST).first == FIRST


@dataclass(frozen=True)
class Border:
    """A border: by week and bridge the truth (the share that is examined), trucks, and live waits by hour in minutes;
    and what was published of each week and quarter, by name."""

    truth: Floats
    trucks: npt.NDArray[np.int64]
    live: Floats
    weeks: Sequence[ScoreboardPublished]
    quarters: Mapping[str, ScoreboardPublished]
    state: BoardState


def border(seed: int) -> Border:
    """A border. A bridge has a level of its own, drifts from it over weeks, and examines less when it is busy; what it
    examines lengthens its waits a little."""
    draw = np.random.default_rng(seed)
    count = len(BRIDGES)
    own = draw.normal(0.0, 0.35, count)
    size = draw.lognormal(0.0, 0.5, count)
    drift, busy = np.zeros(count), np.zeros(count)
    truth, trucks = np.zeros((WEEKS, count)), np.zeros((WEEKS, count), np.int64)
    live = np.zeros((WEEKS, count, HOURS))
    state = BoardState(Places(ports()), lambda streams: {})
    for week in range(WEEKS):
        drift = 0.92 * drift + draw.normal(0.0, 0.16, count)
        busy = 0.7 * busy + draw.normal(0.0, 0.2, count)
        truth[week] = 1.0 / (1.0 + np.exp(1.6 - own - drift + 0.6 * busy))
        trucks[week] = draw.poisson(TRUCKS * size * np.exp(0.5 * busy)) + 20
        for place, bridge in enumerate(BRIDGES):
            level = 22.0 * np.exp(busy[place] + 1.2 * (truth[week, place] - 0.17))
            live[week, place] = np.round(level * draw.gamma(6.0, 1.0 / 6.0, HOURS))
            _count(
                state, draw, bridge, FIRST + 7 * week, int(trucks[week, place]), live[week, place], truth[week, place]
            )
    measures = definitions().in_use()
    of_weeks = [published(state, measures, week_of(FIRST + 7 * week)) for week in range(WEEKS)]
    periods = {quarter_of(FIRST + 7 * week) for week in range(WEEKS)}
    quarters = {
        each.name: published(state, measures, each) for each in periods if each.last < FIRST + 7 * WEEKS
    }  # fmt: skip
    return Border(truth, trucks, live, of_weeks, quarters, state)


def _count(
    state: BoardState, draw: np.random.Generator, bridge: str, day: int, trucks: int, live: Floats, share: float
) -> None:
    """The crossings and times of a week, as the projection counts them; all on its first day, but for one truck's wait
    on each other day: of a week that was measured on few of its days nothing is published."""
    examined = draw.random(trucks) < share
    scanned = examined & (draw.random(trucks) < 0.7)
    found = examined & (draw.random(trucks) < 0.2)
    drawn = draw.random(trucks) < 0.05
    minutes = draw.choice(live, trucks) * draw.gamma(20.0, 1.0 / 20.0, trucks)
    crossed = minutes + 12.0 + np.where(examined, draw.gamma(8.0, 55.0 / 8.0, trucks), 0.0)
    own = Day(blocks=1, waits=Times({1: _whole(minutes[6:])}), crossings=Times({1: _whole(crossed)}))
    for later in range(6):
        one = Times({1: _whole(minutes[later : later + 1])})
        state.days.setdefault(bridge, {})[day + 1 + later] = Day(blocks=1, waits=one, crossings=Times())
    columns = {"examined": examined, "scanned": scanned, "resolved": examined, "found": found, "drawn": drawn,
               "targeted": examined & ~drawn}  # fmt: skip
    marks = np.full(trucks, bits(["arrived"]))
    for name, holds in columns.items():
        marks |= np.where(holds, bits([name]), 0)
    for mark, number in zip(*np.unique(marks, return_counts=True), strict=True):
        own.cells[Cell("standard", "none", bridge, 50_000_000, int(mark))] = int(number)
    state.days.setdefault(bridge, {})[day] = own


def _whole(minutes: Floats) -> dict[int, int]:
    numbers = np.bincount(np.floor(minutes + 0.5).astype(int))
    values = np.flatnonzero(numbers)
    return dict(zip(values.tolist(), numbers[values].tolist(), strict=True))


#: What the smuggler reads of a border: an array of weeks, bridges and numbers, for the weeks after the first KNOWN.
Reading = Callable[[Border], Floats]


def waits_alone(border: Border) -> Floats:
    """Every published wait that was live, this week's too (what has been of it), and the truth of the first weeks."""
    mean = np.log1p(border.live.mean(axis=2))
    high = np.log1p(np.quantile(border.live, 0.95, axis=2))
    told = [np.broadcast_to(np.log(border.truth[:KNOWN]).mean(axis=0), mean.shape)]
    for back in range(5):
        told += [_before(each, back) for each in (mean, high, mean - mean.mean(axis=1, keepdims=True))]
    usual = np.cumsum(mean, axis=0) / np.arange(1, WEEKS + 1)[:, None]
    told += [usual, mean - usual]
    return np.stack(told, axis=-1)[KNOWN:]


def page(border: Border) -> Floats:
    """The published page: the last four weeks of each bridge, the border's quarters, and what follows from both."""
    own = np.array([[_numbers(each, bridge) for bridge in BRIDGES] for each in border.weeks])
    told = [_before(own, back) for back in range(1, 5)]
    counts = np.array([[_count_of(each, bridge) for bridge in BRIDGES] for each in border.weeks])
    quarters = [border.quarters[name] for name in sorted(border.quarters)]
    rates = np.array([_numbers(each, ALL) for each in quarters])
    trucks = np.array([
        counts[[_within(week, each) for week in border.weeks]].sum(axis=0) for each in quarters
    ])  # fmt: skip
    of_border = np.zeros((WEEKS, len(BRIDGES), 2 * rates.shape[1] + rates.shape[1]))
    for week in range(KNOWN, WEEKS):
        over = sum(each.last < border.weeks[week].first for each in quarters)
        change = rates[over - 1] - rates[over - 2]
        of_border[week] = np.concatenate([
            np.broadcast_to(rates[over - 1], (len(BRIDGES), rates.shape[1])),
            np.broadcast_to(change, (len(BRIDGES), rates.shape[1])),
            _concluded(rates[:over], trucks[:over]),
        ], axis=1)  # fmt: skip
    return np.concatenate([*told, of_border], axis=-1)[KNOWN:]


def _concluded(rates: Floats, trucks: Floats) -> Floats:
    """What each bridge's own numbers must be for the border's to be as published: regressions of these on the shares of
    trucks that each bridge had in the same time, by the published counts."""
    x = trucks / trucks.sum(axis=1, keepdims=True)
    x, y = x - x.mean(axis=0), rates - rates.mean(axis=0)
    return np.asarray(np.linalg.solve(x.T @ x + 1e-4 * np.eye(len(BRIDGES)), x.T @ y))


def rates_by_bridge(border: Border) -> Floats:
    """A page that would tell each bridge's examination rate of the weeks before: by bridge and week, a day late."""
    having = bits(["examined"])
    own = np.array([[_share(_day(border, week, bridge), having) for bridge in BRIDGES] for week in range(WEEKS)])
    return np.stack([_before(own, back) for back in range(1, 5)], axis=-1)[KNOWN:]


def crossings_by_bridge(border: Border) -> Floats:
    """A page that would tell each bridge's crossing times of the weeks before."""
    own = np.array([[_crossing(_day(border, week, bridge)) for bridge in BRIDGES] for week in range(WEEKS)])
    return np.concatenate([_before(own, back) for back in range(1, 5)], axis=-1)[KNOWN:]


def _before(numbers: Floats, weeks: int) -> Floats:
    """The numbers of so many weeks before."""
    return np.roll(numbers, weeks, axis=0)


def _day(border: Border, week: int, bridge: str) -> Day:
    return border.state.days[bridge][FIRST + 7 * week]


def _share(day: Day, having: int) -> float:
    return sum(n for cell, n in day.cells.items() if cell.marks & having) / sum(day.cells.values())


def _crossing(day: Day) -> list[float]:
    assert day.crossings is not None
    assert day.waits is not None
    crossed, waited = (spread_out(each.minutes[1]) for each in (day.crossings, day.waits))
    return [float(crossed.mean()), float(np.quantile(crossed, 0.95)), float(crossed.mean() - waited.mean())]


def _numbers(told: ScoreboardPublished, place: str) -> list[float]:
    """Every number that was published of a place, 0 where one is missing."""
    found: list[float] = []
    for each in sorted((one for one in told.figures if one.place == place), key=lambda one: one.measure):
        found += [float(each.part or 0), float(each.whole or 0)]
        timed = each.measure in ("wait-to-primary", "crossing-time")
        values = {one.name: one for one in each.estimates}
        for name in ("mean", "p50", "p95", "buffer_time", "buffer_index") if timed else ("share",):
            own = values.get(name)
            found += [0.0] * 3 if own is None else [float(v or 0) / 1_000 for v in (own.value, own.low, own.high)]
    return found


def _count_of(told: ScoreboardPublished, bridge: str) -> float:
    (own,) = [each.whole for each in told.figures if (each.place, each.measure) == (bridge, "wait-to-primary")]
    return float(own or 0)


def _within(week: ScoreboardPublished, quarter: ScoreboardPublished) -> bool:
    return quarter.first <= week.first and week.last <= quarter.last


def read(borders: Sequence[Border], *readings: Reading) -> Floats:
    """What is read of every border, week and bridge: an array of those three and the numbers."""
    return np.array([np.concatenate([reading(each) for reading in readings], axis=-1) for each in borders])


def truth(borders: Sequence[Border]) -> Floats:
    return np.array([each.truth[KNOWN:] for each in borders])


def chosen(learnt: Floats, known: Floats, asked: Floats) -> dict[str, Choices]:
    """The bridge that each of the smuggler's ways takes for that which examines least: by border and week."""
    x, y = learnt.reshape(-1, learnt.shape[-1]), np.log(known).ravel()
    models = {
        "linear": make_pipeline(StandardScaler(), Ridge(alpha=30.0)),
        "boosted": HistGradientBoostingRegressor(max_iter=80, learning_rate=0.1, min_samples_leaf=60,
                                                 l2_regularization=1.0, random_state=0),
    }  # fmt: skip
    told = {}
    for name, model in models.items():
        with threadpool_limits(1):  # threads that wait for each other on a busy machine take many times as long
            model.fit(x, y)
        guess = model.predict(asked.reshape(-1, asked.shape[-1])).reshape(asked.shape[:-1])
        told[name] = guess.argmin(axis=-1)
    return told


def lowest_last(borders: Sequence[Border]) -> Choices:
    """The simplest way, of who has rates by bridge: go where the last one that was told is lowest."""
    return np.array([rates_by_bridge(each)[..., 0].argmin(axis=-1) for each in borders])


@dataclass(frozen=True)
class Gain:
    """By how much one way of choosing is better than another of the same weeks: the mean over borders, with its 95 %
    limits (borders are independent, weeks of one are not)."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, by_border: Floats) -> Gain:
        mean, error = float(by_border.mean()), float(by_border.std(ddof=1) / np.sqrt(len(by_border)))
        return cls(mean, mean - 2.0 * error, mean + 2.0 * error)


def found_more(one: Choices, other: Choices, known: Floats) -> Gain:
    """How much more often one way finds the bridge that examines least, as a share of weeks."""
    least = known.argmin(axis=-1)
    return Gain.of((one == least).mean(axis=1) - (other == least).mean(axis=1))


def risk_less(one: Choices, other: Choices, known: Floats) -> Gain:
    """By how much the chance of being examined is less at the bridges that one way chooses."""
    risks = [np.take_along_axis(known, each[..., None], axis=-1)[..., 0].mean(axis=1) for each in (other, one)]
    return Gain.of(risks[0] - risks[1])
