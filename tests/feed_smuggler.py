"""A smuggler who reads the public feed as it is made, over borders where more happens than in `smuggler`: scanners fail
for weeks, bridges close, things happen on the road, readings come late and are published anew, readers are silent.
Readers fall silent by themselves: why a wait is not known follows in the product from gates, clocks and hours alone,
and no scanner stands behind any of them (`aforo.ports.waits`).

Each week the smuggler fetches the feed and goes: it has every feed since the first, every live wait of every hour, the
truth of the first weeks, and the truth of all weeks of other borders to learn from. It reads every number that is in
the feed: values, limits, counts, ages, delays, revisions, severities, what is missing and why; how each differs from
the feed of a week before; the mean of ages asked for a hundred times a week; and what follows from the border's rates
and the bridges' shares of trucks. All of it comes in parts, so that what each of them gives can be told apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from feeds import MEASURES, Stands, Waits, a_state, as_read
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from smuggler import BRIDGES, FIRST, HOURS, KNOWN, TRUCKS, WEEKS, Choices, Floats
from threadpoolctl import threadpool_limits

from aforo.domain.clock import instant, microseconds
from aforo.domain.incident import IncidentKind
from aforo.flow.scoreboard_shown import READS, as_of
from aforo.measures.tallies import Cell, bits
from aforo.measures.waits import Quantity
from aforo.ports.waits import LaneWaits, Now
from aforo.scoreboard import public
from aforo.scoreboard.incidents import KnownIncident
from aforo.scoreboard.places import Period, date_of
from aforo.scoreboard.state import BoardState, Day, Publication
from aforo.scoreboard.times import Times, spread_out

COUNT = len(BRIDGES)
_DAY = 86_400_000_000
ROAD: tuple[IncidentKind, ...] = ("accident", "weather", "hazard", "surge", "blockade")
#: Weeks of the feed that are read each time, and how often in a week the feed is asked for its waits.
READ, POLLS = 4, 100
#: Waits as an agency publishes them by the hour, for every hour: to whole five minutes, with an error of a fifth
#: (assumed: rougher than readings, so that what the feed gives more is not made small).
TO, SHARPNESS = 5.0, 25.0
#: The parts of the feed: of its waits now, the codes and ages too; of its weeks, the times, the counts, the incidents
#: and all else; of its quarters, what follows for each bridge too.
WEEKS_TOLD = ("week_waits", "week_counts", "week_incidents", "week_rest")
FEED = ("now", "polled", *WEEKS_TOLD, "quarters")


@dataclass(frozen=True)
class World:
    """A border: by week and bridge the truth (the share that is examined; that of a closed bridge is 1, since nobody
    can go there), whether scanners are out of service there, a hash of all its feeds, and what can be read, by parts:
    `half_year` is the truth of the first weeks, `agency` an agency's waits, `live` every live wait of the feed and its
    silences, those of `FEED`; and what leaks: `rates`, `outages`, exact `ages`, silences that come with outages."""

    truth: Floats
    outage: Floats
    digest: str
    parts: Mapping[str, Floats]

    def read(self, parts: Sequence[str]) -> Floats:
        """Some of the parts, one number after another: by week and bridge."""
        return np.concatenate([self.parts[each] for each in parts], axis=-1)


def world(seed: int, reported: bool = True) -> World:
    """A border, lived through week by week, with its feed as the product makes it at noon of each week's Sunday.
    Without `reported` nobody reports that scanners failed: all else is as it was."""
    draw = np.random.default_rng((seed, 7))
    own, size = draw.normal(0.0, 0.35, COUNT), draw.lognormal(0.0, 0.5, COUNT)
    drift, busy, down = np.zeros(COUNT), np.zeros(COUNT), np.zeros(COUNT, int)
    truth, outage, live = np.ones((WEEKS, COUNT)), np.zeros((WEEKS, COUNT)), np.full((WEEKS, COUNT, HOURS), np.nan)
    rates = np.full((WEEKS, COUNT), np.nan)
    exact, polled = np.zeros((WEEKS, COUNT)), np.zeros((WEEKS, COUNT))
    agency, asked = np.full_like(live, np.nan), np.random.default_rng((seed, 11))
    stands = Stands(a_state(BRIDGES), _noon(0), bridges=BRIDGES)
    read: list[dict[str, Any]] = []
    late: list[tuple[str, int, Floats]] = []
    for week in range(WEEKS):
        drift = 0.92 * drift + draw.normal(0.0, 0.16, COUNT)
        busy = 0.7 * busy + draw.normal(0.0, 0.2, COUNT)
        began = (down == 0) & (draw.random(COUNT) < 0.05)
        down = np.where(began, draw.integers(1, 4, COUNT), np.maximum(down - 1, 0))
        outage[week] = down > 0
        closed = draw.random(COUNT) < 0.01
        met = _road(draw, stands.state, week, busy, closed, began & reported)
        logit = own + drift - 0.6 * (busy + met) - 1.2 * outage[week] - 1.6
        moved = np.where(closed, 0.0, 1.0 + 0.5 * closed.sum() / COUNT)
        trucks = np.where(closed, 0, draw.poisson(TRUCKS * size * moved * np.exp(0.5 * (busy + met))) + 20)
        silent = draw.random(COUNT) < 0.05
        waits = {}
        for place, bridge in enumerate(BRIDGES):
            if closed[place]:
                waits[bridge] = Waits(closed=True)
                continue
            truth[week, place] = share = 1.0 / (1.0 + np.exp(-logit[place]))
            level = 22.0 * np.exp(busy[place] + met[place] + 1.2 * (share - 0.17))
            live[week, place] = np.round(level * draw.gamma(6.0, 1.0 / 6.0, HOURS))
            agency[week, place] = _agency(asked, live[week, place])
            held, rates[week, place] = _count(
                draw, stands.state, bridge, week, int(trucks[place]), live[week, place], share
            )
            if len(held):
                late.append((bridge, FIRST + 7 * week, held))
            # Readers stand where trucks queue for primary; a full secondary holds primary up.
            ages = draw.exponential(60.0 * 16.0 / max(trucks[place], 1), POLLS) * (1.0 + 1.5 * share)
            exact[week, place], polled[week, place] = _polled(week, np.minimum(ages, 59.0))
            waits[bridge] = _now(week, live[week, place, -1], float(min(ages[-1], 59.0)), bool(silent[place]))
            if silent[place]:
                live[week, place, -1] = np.nan
        stands.now, stands.waits = _noon(week), waits
        stands.publish()
        _revise(stands, late)
        read.append(as_read(stands.feed(READ)))
    together = np.random.default_rng((seed, 13)).random(outage.shape) < 0.04 + 0.1 * outage
    parts = {
        "half_year": np.broadcast_to(np.log(truth[:KNOWN]).mean(axis=0), (WEEKS, COUNT))[..., None],
        "agency": _waits(agency),
        "live": np.concatenate([_waits(live), _silences(np.isnan(live[..., -1]))], axis=-1),
        "polled": _asked_often(polled),
        "rates": np.nan_to_num(np.stack([_before(rates, back) for back in range(1, 5)], axis=-1), nan=-1.0),
        "outages": np.stack([_before(outage, back) for back in range(1, 3)], axis=-1),
        "ages": _asked_often(exact),
        "silences_with_outages": _silences(together),
    } | _read(read)
    digest = hashlib.sha256(msgspec.json.encode(read)).hexdigest()
    return World(truth[KNOWN:], outage[KNOWN:], digest, {name: each[KNOWN:] for name, each in parts.items()})


def _noon(week: int) -> datetime:
    return instant((FIRST + 7 * week + 6) * _DAY + 20 * _DAY // 24)


def _road(
    draw: np.random.Generator, state: BoardState, week: int, busy: Floats, closed: Floats, began: Floats
) -> Floats:
    """What happens to bridges in a week, as the record has it, and by how much it makes each busier."""
    met = np.zeros(COUNT)
    for place, bridge in enumerate(BRIDGES):
        at = (FIRST + 7 * week) * _DAY + int(draw.integers(8, 60)) * _DAY // 24
        if draw.random() < 0.08 + 0.04 * (busy[place] > 0.2):
            severity = int(draw.integers(1, 5))
            met[place] = 0.12 * severity
            _report(state, str(draw.choice(ROAD)), bridge, severity, at, at + severity * _DAY // 3)
        if closed[place]:
            _report(state, "closure", bridge, 5, at, at + 6 * _DAY)
        if began[place]:
            _report(state, "scanner_outage", bridge, 4, at, at + 9 * _DAY)
    return met


def _report(state: BoardState, kind: str, bridge: str, severity: int, at: int, until: int) -> None:
    name = f"{kind}-{bridge}-{at}"
    state.incidents[name] = KnownIncident(name, kind, bridge, "port", severity, at, at, "Luz", 1, until)  # type: ignore[arg-type]


def _count(
    draw: np.random.Generator, state: BoardState, bridge: str, week: int, trucks: int, live: Floats, share: float
) -> tuple[Floats, float]:
    """The crossings and times of a week as the projection counts them, all on its first day, but for one truck's wait
    on each other day: of a week that was measured on few of its days nothing is published. The waits that are read
    late, and the share that was examined."""
    examined = draw.random(trucks) < share
    scanned, found = examined & (draw.random(trucks) < 0.7), examined & (draw.random(trucks) < 0.2)
    drawn = draw.random(trucks) < 0.05
    minutes = draw.choice(live, trucks) * draw.gamma(20.0, 1.0 / 20.0, trucks)
    crossed = minutes + 12.0 + np.where(examined, draw.gamma(8.0, 55.0 / 8.0, trucks), 0.0)
    comes_late = draw.random(trucks) < (0.2 if draw.random() < 0.1 else 0.0)
    in_time = minutes[~comes_late]
    own = Day(blocks=1, waits=Times({1: _whole(in_time[6:])}), crossings=Times({1: _whole(crossed)}))
    for later in range(6):
        one = Times({1: _whole(in_time[later : later + 1])})
        state.days.setdefault(bridge, {})[FIRST + 7 * week + 1 + later] = Day(blocks=1, waits=one, crossings=Times())
    columns = {"examined": examined, "scanned": scanned, "resolved": examined, "found": found, "drawn": drawn,
               "targeted": examined & ~drawn}  # fmt: skip
    marks = np.full(trucks, bits(["arrived"]))
    for name, holds in columns.items():
        marks |= np.where(holds, bits([name]), 0)
    for mark, number in zip(*np.unique(marks, return_counts=True), strict=True):
        own.cells[Cell("standard", "none", bridge, 50_000_000, int(mark))] = int(number)
    state.days.setdefault(bridge, {})[FIRST + 7 * week] = own
    return minutes[comes_late], float(examined.mean())


def _whole(minutes: Floats) -> dict[int, int]:
    numbers = np.bincount(np.floor(minutes + 0.5).astype(int))
    values = np.flatnonzero(numbers)
    return dict(zip(values.tolist(), numbers[values].tolist(), strict=True))


def _now(week: int, minutes: float, age: float, silent: bool) -> Waits:
    """The wait of now, as readings of so many minutes ago have it."""
    if silent:
        return Waits(LaneWaits(None, missing="silent"))
    at = microseconds(_noon(week)) - int(age * 60e6)
    every = LaneWaits(None, queue=minutes / 2.0, now=Now(Quantity(float(minutes)), "reads", at))
    fast = LaneWaits("fast", now=Now(Quantity(0.4 * minutes), "reads", at))
    return Waits(every, {"fast": fast})


def _polled(week: int, ages: Floats) -> tuple[float, float]:
    """The mean of how many minutes ago the last truck was read, at many instants of the week; and the mean of what the
    feed tells of it when it is asked for then."""
    asked = [_noon(week) - timedelta(minutes=97.0 * poll) for poll in range(len(ages))]
    at = [microseconds(when) - int(age * 60e6) for when, age in zip(asked, ages, strict=True)]
    told = [microseconds(when) - as_of(own, READS, when) for when, own in zip(asked, at, strict=True)]
    return float(ages.mean()), float(np.mean(told)) / 60e6


def _asked_often(ages: Floats) -> Floats:
    """Ages by week and bridge as they are learnt from: of four weeks, each also over what is usual at the bridge."""
    usual = np.cumsum(ages, axis=0) / np.arange(1, len(ages) + 1)[:, None]
    own = (np.log1p(ages), ages / np.maximum(usual, 1e-9))
    return np.stack([_before(each, back) for each in own for back in range(READ)], axis=-1)


def _revise(stands: Stands, late: list[tuple[str, int, Floats]]) -> None:
    """Readings that came late are counted once their week was published, and the week is published anew."""
    for bridge, day, held in list(late):
        week = next((own for own in stands.state.published.values() if own[0].told.first == date_of(day)
                     and "-W" in own[0].told.period), None)  # fmt: skip
        if week is None:
            continue
        late.remove((bridge, day, held))
        own = stands.state.days[bridge][day]
        assert own.waits is not None
        before = spread_out(own.waits.minutes[1]) if own.waits.minutes.get(1) else np.zeros(0)
        own.waits = Times({1: _whole(np.concatenate([before, held]))})
        last = week[-1]
        period = Period(last.told.period, day, day + 6)
        anew = public.published(stands.state, MEASURES.in_use(), period)
        if (made := public.revised(last.told, anew, "Readings came late.")) is not None:
            week.append(Publication(microseconds(stands.now), last.revision + 1, made))


# ---- what is read ----------------------------------------------------------------------------------------------------


def _before(numbers: Floats, weeks: int) -> Floats:
    return np.roll(numbers, weeks, axis=0)


def _waits(live: Floats) -> Floats:
    """What waits by the hour tell, this week's too: their means and high ones, by week and over what is usual."""
    known = ~np.isnan(live).all(axis=2)
    with np.errstate(all="ignore"):
        mean = np.where(known, np.log1p(np.nan_to_num(live).sum(axis=2) / np.maximum((~np.isnan(live)).sum(2), 1)), 0)
        high = np.log1p(np.array([[np.nanquantile(x, 0.95) if k else 0.0 for x, k in zip(a, b, strict=True)]
                                  for a, b in zip(live, known, strict=True)]))  # fmt: skip
    last = np.log1p(np.nan_to_num(live[..., -1], nan=0.0))
    told: list[Floats] = []
    for back in range(5):
        told += [_before(each, back) for each in (mean, high, mean - mean.mean(axis=1, keepdims=True))]
    usual = np.cumsum(mean, axis=0) / np.arange(1, WEEKS + 1)[:, None]
    told += [usual, mean - usual, last, last - mean, known.astype(float)]
    return np.stack(told, axis=-1)


def _silences(absent: npt.NDArray[np.bool_]) -> Floats:
    """Where the wait of now is not known, and was not a week before."""
    own = absent.astype(float)
    return np.stack([own, _before(own, 1)], axis=-1)


def _agency(draw: np.random.Generator, live: Floats) -> Floats:
    """The waits of a week's hours as an agency has them."""
    told: Floats = TO * np.round(live * draw.gamma(SHARPNESS, 1.0 / SHARPNESS, len(live)) / TO)
    return told


def _read(feeds: Sequence[Mapping[str, Any]]) -> dict[str, Floats]:
    """All numbers of the feeds by parts: arrays of weeks, bridges and numbers; each also less what it was a week
    before, and less the mean of the bridges."""
    of_bridges = [[_of_bridge(feed, bridge) for bridge in BRIDGES] for feed in feeds]
    parts: dict[str, Floats] = {}
    for name in of_bridges[0][0]:
        own = np.array([[each[name] for each in row] for row in of_bridges])
        parts[name] = np.concatenate([own, own - _before(own, 1), own - own.mean(axis=1, keepdims=True)], axis=-1)
    border = [_of_border(feed) for feed in feeds]
    longest = max(map(len, border))
    every = np.array([each + [0.0] * (longest - len(each)) for each in border])
    spread = np.broadcast_to(every[:, None], (len(feeds), COUNT, longest))
    return parts | {"quarters": np.concatenate([spread, _concluded(feeds)], axis=-1)}


def _of_bridge(feed: Mapping[str, Any], bridge: str) -> dict[str, list[float]]:
    """What a feed has of a bridge, by parts in an order that is the same each time; 0 where a number is not there."""
    told: list[float] = []
    for lane in ("all", "fast"):
        (wait,) = [each for each in feed["waits_now"] if (each["bridge"], each["lane"]) == (bridge, lane)] or [{}]
        told += list(_numbers(wait.get("value"), wait.get("age", {}).get("seconds")))
        told += [float((wait.get("missing") or {}).get("code") == code) for code in ("closed", "not_known")]
    parts = {"now": told} | {name: [] for name in WEEKS_TOLD}
    for back in range(READ):
        week = feed["weeks"][back] if back < len(feed["weeks"]) else None
        for name, numbers in zip(WEEKS_TOLD, _of_week(week, bridge), strict=True):
            parts[name] += numbers
    return parts


def _of_week(week: Mapping[str, Any] | None, bridge: str) -> tuple[list[float], ...]:
    """The parts of a week in the order of `WEEKS_TOLD`."""
    values = {} if week is None else {each["bridge"]: each for each in week["values"]}
    own, every = values.get(bridge), values.get(None)
    names = ("mean", "p50", "p95", "buffer_time", "buffer_index")
    if week is None or own is None or every is None:
        return [0.0] * (3 * len(names)), [0.0] * 2, [0.0] * 6, [0.0] * 4
    estimates = {each["name"]: each for each in own["estimates"]}
    told = [each for name in names for each in _numbers(*map(estimates.get(name, {}).get, ("value", "low", "high")))]
    age = own["age"]
    delay = 0.0
    if age["measured_until"] is not None:
        ends, published = (datetime.fromisoformat(age[each]) for each in ("measured_until", "published_at"))
        delay = (published - ends) / timedelta(days=1)
    whole = float(own["whole"] or 0)
    counts = [whole, whole / max(1.0, float(every["whole"] or 0))]
    rest = [*_numbers(age["seconds"]), delay, float(week["revision"]), float(own["missing"] is not None)]
    incidents = [each for each in week["incidents"] if each["bridge"] == bridge]
    met = [float(len(incidents)), float(sum(each["severity"] or 0 for each in incidents))]
    met += [float(sum(each["kind"] == kind for each in incidents)) for kind in ("closure", "surge", "blockade")]
    return told, counts, [*met, float(sum(each["ended"] is None for each in incidents))], rest


def _of_border(feed: Mapping[str, Any]) -> list[float]:
    return [
        each
        for quarter in feed["quarters"]
        for own in sorted(quarter["values"], key=lambda value: value["measure"])
        for estimate in own["estimates"][:1]
        for each in _numbers(own["part"], own["whole"], estimate["value"], estimate["low"], estimate["high"])
    ]


def _numbers(*some: float | None) -> Iterator[float]:
    for each in some:
        yield 0.0 if each is None else float(each)


def _concluded(feeds: Sequence[Mapping[str, Any]]) -> Floats:
    """What each bridge's own rate must be for the border's rates by quarter to be as published: a regression of these
    on the shares of trucks that the bridges had in the same weeks, by the counts of all weeks that were published."""
    counts: dict[str, Floats] = {}
    quarters: dict[str, tuple[str, str, list[float]]] = {}
    found = np.zeros((len(feeds), COUNT, 2))
    for at, feed in enumerate(feeds):
        for week in feed["weeks"]:
            values = {each["bridge"]: float(each["whole"] or 0) for each in week["values"]}
            counts[week["first"]] = np.array([values.get(bridge, 0.0) for bridge in BRIDGES])
        for quarter in feed["quarters"]:
            rates = {each["measure"]: each["estimates"] for each in quarter["values"]}
            shares = [rates.get(name) or [] for name in ("examination-rate", "scan-rate")]
            if all(shares):
                told = [float(each[0]["value"] or 0.0) for each in shares]
                quarters[quarter["period"]] = (quarter["first"], quarter["last"], told)
        rows = [
            (sum((own for first, own in counts.items() if begins <= first <= ends), np.zeros(COUNT)), told)
            for begins, ends, told in quarters.values()
        ]
        if len(rows) > 1:
            x = np.array([own / max(own.sum(), 1.0) for own, _ in rows])
            y = np.array([told for _, told in rows])
            x, y = x - x.mean(axis=0), y - y.mean(axis=0)
            found[at] = np.linalg.solve(x.T @ x + 1e-4 * np.eye(COUNT), x.T @ y)
    return found


# ---- where it goes ---------------------------------------------------------------------------------------------------

WAYS = ("linear", "boosted", "ranked")


def chosen(learnt: Floats, known: Floats, asked: Floats) -> dict[str, Choices]:
    """The bridge that each way takes for the one that examines least: by border and week. `linear` and `boosted`
    predict each bridge's rate; `ranked` the chance that it is the least."""
    x, y = learnt.reshape(-1, learnt.shape[-1]), np.log(known).ravel()
    least = (known == known.min(axis=-1, keepdims=True)).ravel()
    flat = asked.reshape(-1, asked.shape[-1])
    trees = {"max_iter": 80, "learning_rate": 0.1, "min_samples_leaf": 60, "l2_regularization": 1.0, "random_state": 0}
    with threadpool_limits(1):
        linear = make_pipeline(StandardScaler(), Ridge(alpha=100.0)).fit(x, y)
        boosted = HistGradientBoostingRegressor(**trees).fit(x, y)
        ranked = HistGradientBoostingClassifier(**trees).fit(x, least)
        guesses = {
            "linear": linear.predict(flat),
            "boosted": boosted.predict(flat),
            "ranked": -ranked.predict_proba(flat)[:, 1],
        }
    return {name: each.reshape(asked.shape[:-1]).argmin(axis=-1) for name, each in guesses.items()}
