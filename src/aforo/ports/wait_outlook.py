"""The waits of the next hours at a bridge, by lane class: from the wait of now, the arrivals to come, the booths that
will be open and the time a truck takes at primary.

The booths of a class are one line, of which the work is followed in booth-minutes along many drawn courses of the hours
to come:

    W(t + dt) = max(W(t) + what arrives in dt − c(t) · dt, 0)

with c(t) the booths open (Lindley's recursion, "The theory of queues with a single server", 1952, solved as the
reflected process W = X − min(−W(0), min X); Asmussen, Applied Probability and Queues, III.6). Who joins at t waits
until the booths have worked W(t) off. So booths count as one that is as fast as all of them, which is right where there
is a queue, and says a fraction of a minute where there is none.

- W(0) is the wait of now times the booths open, drawn from its interval; a published wait has none.
- Arrivals are those of `outlook`, to which they are matched hour by hour in mean and variance: a level that persists,
  an hour's own scatter, and a Poisson's. A class has its share of them by the port document.
- A truck takes the document's time at primary, times a pace. The pace is what the wait of now says of it: a queue of q
  trucks that waits w minutes before c booths leaves each truck c · w / q. It counts by the part of the hour in which
  booths certainly had a queue, w / 60 at most one: an hour in which they stood idle says nothing of how fast they work.
- Open are the lanes that are stated or published, for as long as that holds, then those of the document's roster; none
  while the bridge is closed.

A line that stalls (`waits`) has no forecast: nothing says when it moves.

What this leaves out: that a lane which is full blocks the approach for all classes, except as far as the pace of now
has it in it; and that booths are opened because there is a queue, until somebody states it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from aforo.domain.bridge import LaneClass
from aforo.domain.clock import instant
from aforo.domain.text import Text, catalogue
from aforo.domain.units import Float64Array
from aforo.ports.document import Bridge, PortDocument
from aforo.ports.outlook import Outlook
from aforo.ports.schedule import by_minute
from aforo.ports.standing import SHIFT, BridgeState, Known, LaneStanding
from aforo.ports.waits import HOLDS, LaneWaits, Now

#: How far ahead, every how many minutes a wait is told, and the step of the courses, minutes.
HOURS: Final = 6
EVERY: Final = 30
STEP: Final = 2
#: How many courses are drawn.
COURSES: Final = 200
#: How long after the last hour booths are followed, for who waits through the night, in steps.
_AFTER: Final = 18 * 60 // STEP
COVERAGE: Final = 0.9
_NORMAL_95, _NORMAL_90 = 1.959964, 1.644854
_MICROS = 60_000_000


@dataclass(frozen=True)
class WaitThen:
    """The wait of who joins at `at`: the middle of the courses and the interval of `COVERAGE`, minutes. None while no
    booth is open (`closed`), and where the line is not served by the end of the next day."""

    at: datetime
    minutes: float | None
    low: float | None
    high: float | None
    closed: bool


@dataclass(frozen=True)
class LaneOutlook:
    """The waits to come of a class, `lane` None of all together; or `missing`, which says what is lacking. `served_by`
    is the class whose booths serve it, where it has none of its own."""

    lane: LaneClass | None
    waits: tuple[WaitThen, ...] = ()
    missing: Text | None = None
    served_by: LaneClass | None = None


@dataclass(frozen=True)
class _Line:
    """Booths and whom they serve: `share` of the arrivals, a truck's time (mean and deviation, minutes), and how many
    are open at each step."""

    classes: tuple[LaneClass, ...]
    share: float
    minutes: float
    sd: float
    booths: Float64Array


def wait_outlook(port: PortDocument, bridge: Bridge, state: BridgeState, arrivals: Outlook) -> list[LaneOutlook]:
    """The waits of the next `HOURS` from the instant of `state` on: of all lanes, then of each class of the document.

    `arrivals` reaches an hour further than `HOURS`. The same state gives the same answer.
    """
    now = instant(state.load.at)
    lines, lacking = _lines(port, bridge, state, now)
    draw = np.random.default_rng(_seed(bridge.id, state.load.at))
    coming = _arrivals(arrivals, now, draw)
    courses: dict[LaneClass, Float64Array] = {}
    missing: dict[LaneClass, Text] = dict(lacking)
    booths: dict[LaneClass, Float64Array] = {}
    known = {each.lane: each for each in state.lanes}
    for line in lines:
        wait = _known_wait(line, known)
        if wait is None:
            missing |= dict.fromkeys(line.classes, _say("wait_outlook_now"))
            continue
        if wait.stalled_since is not None:
            missing |= dict.fromkeys(line.classes, _stalled(wait.stalled_since, port))
            continue
        found = _courses(line, wait, coming, draw)
        courses |= dict.fromkeys(line.classes, found)
        booths |= dict.fromkeys(line.classes, line.booths)
    stalls = [each.waits.stalled_since for each in state.lanes if each.waits and each.waits.stalled_since is not None]
    stalled_since = state.waits.stalled_since or min(stalls, default=None)
    if stalled_since is None:
        told = [_all(lines, courses, coming, state.waits, now, draw)]
    else:
        told = [LaneOutlook(None, (), _stalled(stalled_since, port))]
    for lane, own in bridge.lanes.items():
        served_by = None if own.booths else own.served_by
        if lane in courses:
            told.append(LaneOutlook(lane, _told(courses[lane], booths[lane], now), None, served_by))
        else:
            told.append(LaneOutlook(lane, (), missing.get(lane, _say("wait_outlook_booths")), served_by))
    return told


def _say(code: str, **fields: object) -> Text:
    return catalogue("aforo.ports").say(code, **fields)


def _stalled(since: int, port: PortDocument) -> Text:
    """Why a line that stalls has no forecast: nothing says when it moves, and the pace of before is none of now."""
    return _say("wait_outlook_stalled", since=f"{instant(since).astimezone(ZoneInfo(port.zone)):%H:%M %Z}")


def _seed(bridge: str, at: int) -> int:
    """Of the bridge and the minute: two looks within one differ by what was heard alone."""
    return int.from_bytes(hashlib.sha256(f"{bridge} {at // _MICROS}".encode()).digest()[:8], "big")


def _lines(
    port: PortDocument, bridge: Bridge, state: BridgeState, now: datetime
) -> tuple[list[_Line], dict[LaneClass, Text]]:
    """The lines of a bridge; and the classes that none can be made for, with what is lacking."""
    own = {lane: each for lane, each in bridge.lanes.items() if each.booths}
    served: dict[LaneClass, list[LaneClass]] = {lane: [lane] for lane in own}
    for lane, each in bridge.lanes.items():
        if lane not in own and each.served_by in served:
            served[each.served_by].append(lane)
    opened = {each.lane: each.open for each in state.lanes}
    shares = {lane: each.share for lane, each in bridge.arrivals.lanes.items()}
    lines: list[_Line] = []
    lacking: dict[LaneClass, Text] = {}
    for lane, classes in served.items():
        if not shares and len(own) > 1:
            lacking |= dict.fromkeys(classes, _say("wait_outlook_shares", bridge=bridge.name))
            continue
        weights = {each: shares.get(each, 0.0) if shares else 1.0 for each in classes}
        times = [(bridge.lanes[each].primary or own[lane].primary, weights[each]) for each in classes]
        total = sum(weights.values())
        if any(time is None and weight > 0 for time, weight in times) or total <= 0:
            lacking |= dict.fromkeys(classes, _say("wait_outlook_primary", bridge=bridge.name))
            continue
        parts = [(time.mean_minutes, time.sd_minutes, weight / total) for time, weight in times if time is not None]
        mean = sum(minutes * weight for minutes, _, weight in parts)
        square = sum((minutes**2 + sd**2) * weight for minutes, sd, weight in parts)
        booths = _booths(port, bridge, lane, opened.get(lane), now)
        share = total if shares else 1.0
        lines.append(_Line(tuple(classes), share, mean, float(np.sqrt(max(square - mean**2, 0.0))), booths))
    return lines, lacking


def _booths(port: PortDocument, bridge: Bridge, lane: LaneClass, opened: Known | None, now: datetime) -> Float64Array:
    """How many booths of a class are open in each step from now on."""
    zone = ZoneInfo(port.zone)
    steps = HOURS * 60 // STEP + _AFTER
    local = [(now + timedelta(minutes=STEP * number)).astimezone(zone) for number in range(steps)]
    places = np.array([each.weekday() * 1440 + each.hour * 60 + each.minute for each in local])
    found = by_minute(bridge.lanes[lane].booths).ravel()[places].astype(np.float64)
    if opened is not None and opened.at is not None:
        holds = opened.at + (SHIFT if opened.source == "stated" else HOLDS)
        ends = int((holds / _MICROS - now.timestamp() / 60) // STEP)
        found[: max(0, ends)] = opened.value
    opened_then: Float64Array = found * np.minimum(by_minute(bridge.open).ravel()[places], 1)
    return opened_then


def _known_wait(line: _Line, known: Mapping[LaneClass, LaneStanding]) -> LaneWaits | None:
    """The wait of now at a line: that of the class whose booths they are, else of one that is served there."""
    waits = [known[lane].waits for lane in line.classes if lane in known]
    return next((each for each in waits if each is not None and each.now is not None), None)


def _arrivals(outlook: Outlook, now: datetime, draw: np.random.Generator) -> Float64Array:
    """float64[courses, steps]: trucks expected to come in each step, of all classes, along each course.

    An hour's variance is a Poisson's, its own scatter (up to the dispersion), and for the rest the level's.
    """
    said, steps = outlook.forecast, HOURS * 60 // STEP
    mean = np.maximum(said.mean, 1e-9)
    sd = (said.high - said.low) / (2.0 * _NORMAL_90)
    own = np.clip(np.minimum(outlook.scatter.dispersion, sd**2 / mean) - 1.0, 0.0, None) / mean
    level = np.maximum(sd**2 / mean**2 - 1.0 / mean - own, 0.0)
    hours = len(mean)
    kept = outlook.scatter.persistence
    state = draw.standard_normal(COURSES)
    rate = np.empty((COURSES, hours))
    for hour in range(hours):
        spread = np.sqrt(np.log1p(level[hour]))
        rate[:, hour] = mean[hour] * np.exp(spread * state - spread**2 / 2.0)
        if own[hour] > 0:
            rate[:, hour] *= draw.gamma(1.0 / own[hour], own[hour], COURSES)
        state = kept * state + np.sqrt(1.0 - kept**2) * draw.standard_normal(COURSES)
    begun = (now - outlook.start) / timedelta(hours=1)
    of_step = np.minimum((begun + np.arange(steps) * STEP / 60.0).astype(np.int64), hours - 1)
    found: Float64Array = rate[:, of_step] * (STEP / 60.0)
    return found


def _courses(line: _Line, known: LaneWaits, coming: Float64Array, draw: np.random.Generator) -> Float64Array:
    """float64[courses, times]: the waits of who joins every `EVERY` minutes, infinite where nobody knows."""
    assert known.now is not None, "there is a wait of now"
    trucks = draw.poisson(line.share * coming).astype(np.float64)
    pace = _pace(line, known)
    work = pace * (line.minutes * trucks + line.sd * np.sqrt(trucks) * draw.standard_normal(trucks.shape))
    booths = line.booths * STEP
    drained = np.concatenate([[0.0], np.cumsum(booths)])
    now = _drawn(known.now, draw)
    if line.booths[0] > 0:
        begin = np.interp(now / STEP, np.arange(len(drained)), drained)
    else:
        begin = np.full(COURSES, (known.queue or 0.0) * line.minutes)
    net = np.cumsum(np.maximum(work, 0.0) - booths[: work.shape[1]], axis=1)
    left = net - np.minimum(-begin[:, None], np.minimum.accumulate(net, axis=1))
    waiting = np.concatenate([begin[:, None], left], axis=1)[:, :: EVERY // STEP]
    at = np.arange(waiting.shape[1]) * (EVERY // STEP)
    due = drained[at] + waiting
    # The first step by whose end so much is done: a line that is closed overnight is gone on with in the morning.
    place = np.searchsorted(drained, due - 1e-9, side="left")
    inside = np.minimum(place, len(drained) - 1)
    before = np.maximum(inside - 1, 0)
    done = drained[inside] - drained[before]
    over = np.divide(due - drained[before], done, out=np.ones_like(due), where=done > 0)
    ends = np.where(place == 0, 0.0, before + over)
    minutes = np.maximum(ends - at, 0.0) * STEP
    found: Float64Array = np.where(place >= len(drained), np.inf, minutes)
    return found


def _pace(line: _Line, known: LaneWaits) -> float:
    """By how much a truck takes longer than the document says; see the module."""
    queue, booths, now = known.queue, float(line.booths[0]), known.now
    if now is None or now.source != "reads" or not queue or booths <= 0 or now.minutes.value <= 0:
        return 1.0
    told = booths * now.minutes.value / (queue * line.minutes)
    return float(told ** min(1.0, now.minutes.value / 60.0))


def _drawn(now: Now, draw: np.random.Generator) -> Float64Array:
    """The wait of now along each course: lognormal with the interval of 95 % that it has, else as it is published."""
    wait = now.minutes
    normal = draw.standard_normal(COURSES)
    if wait.low is None or wait.high is None or wait.low <= 0:
        return np.full(COURSES, wait.value)
    drawn: Float64Array = wait.value * np.exp(np.log(wait.high / wait.low) / (2.0 * _NORMAL_95) * normal)
    return drawn


def _all(
    lines: Sequence[_Line],
    courses: Mapping[LaneClass, Float64Array],
    coming: Float64Array,
    known: LaneWaits,
    now: datetime,
    draw: np.random.Generator,
) -> LaneOutlook:
    """All lanes together: what the classes come to by their arrivals; where the waits of classes are not known and that
    of all lanes is, all their booths as one line."""
    if not lines:
        return LaneOutlook(None, (), _say("wait_outlook_booths"))
    booths = np.sum([each.booths for each in lines], axis=0)
    share = sum(each.share for each in lines)
    if all(each.classes[0] in courses for each in lines):
        return LaneOutlook(None, _told(_mixed(lines, courses), booths, now))
    if known.now is None:
        return LaneOutlook(None, (), _say("wait_outlook_now"))
    classes = tuple(lane for each in lines for lane in each.classes)
    minutes = sum(each.share / share * each.minutes for each in lines)
    square = sum(each.share / share * (each.minutes**2 + each.sd**2) for each in lines)
    one = _Line(classes, share, minutes, float(np.sqrt(max(square - minutes**2, 0.0))), booths)
    return LaneOutlook(None, _told(_courses(one, known, coming, draw), booths, now))


def _mixed(lines: Sequence[_Line], courses: Mapping[LaneClass, Float64Array]) -> Float64Array:
    """The waits of lines by their arrivals, of those that are open at each time."""
    weights = np.array([np.where(each.booths > 0, each.share, 0.0) for each in lines])
    at = np.arange(HOURS * 60 // EVERY + 1) * (EVERY // STEP)
    own = weights[:, at] / np.maximum(weights[:, at].sum(axis=0), 1e-9)
    parts = [np.where(each > 0, courses[line.classes[0]], 0.0) * each for line, each in zip(lines, own, strict=True)]
    mixed: Float64Array = np.sum(parts, axis=0)
    return mixed


def _told(courses: Float64Array, booths: Float64Array, now: datetime) -> tuple[WaitThen, ...]:
    """What courses come to at each time."""
    tail = (1.0 - COVERAGE) / 2.0
    quantiles = np.quantile(courses, [0.5, tail, 1.0 - tail], axis=0, method="closest_observation").T
    told = []
    for number, of_time in enumerate(quantiles.tolist()):
        closed = bool(booths[number * EVERY // STEP] == 0)
        own = [None if closed or not np.isfinite(each) else round(each, 1) for each in of_time]
        told.append(WaitThen(now + timedelta(minutes=EVERY * number), own[0], own[1], own[2], closed))
    return tuple(told)
