"""The choice among options of examination at a bridge: one pure function of numbers, for live trucks and for the twin.

Every policy of the family is a branch here, so that the twin compiles them once and a live decision is the same code
read plainly (`choose.py_func`, with lists). Only + − × ÷ and comparison, on doubles in a fixed order, so both give the
same bits. Value and cost are truck-minutes. What is mandatory, drawn by lot or for lives is decided before; such a
truck is only told here which examination it gets, and is never released. Formulas: docs/reference/routing.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from numba import njit
from numba.extending import register_jitable

from aforo.domain.units import Float64Array, Int64Array

Numbers = Sequence[float] | Float64Array
Counts = Sequence[int] | Int64Array

#: What is priced, in the order of every array over resources; see docs/adr/0011.
RESOURCES: Final = ("scanner", "portal", "yard", "dock", "joint", "booth")
SCANNER, PORTAL, YARD, DOCK, JOINT, BOOTH = range(6)
#: When a choice is made: before arrival, in the pre-check yard, at primary, after a scan that alarmed.
STAGES: Final = ("filed", "yard", "primary", "scanned")
FILED, IN_YARD, PRIMARY, SCANNED = range(4)
#: The options, as `domain.decision.EXAMINATIONS` orders them.
RELEASE, SCAN, SCAN_THEN_DECIDE, JOINT_EXAM, SECONDARY, HOLD = range(6)
#: The policies of the family, the priced one and its peers; a recorded decision names one by its place.
POLICIES: Final = ("none", "random", "threshold", "queue_aware", "clearance", "lane_criteria", "priced", "capacity")
NONE, RANDOM, THRESHOLD, QUEUE_AWARE, CLEARANCE, LANE_CRITERIA, PRICED, CAPACITY = range(8)
#: Lane classes, in the order of lane criteria's numbers.
LANES: Final = ("fast", "standard", "empty", "hazmat")

#: The grid of a price table: every quarter hour of the local day with both ends; work in fine cells and then coarse
#: ones; arrivals at these multiples of the forecast. A table is float64[units + 1, LEVELS, QUARTERS, WORKS], flat.
QUARTERS: Final = 97
QUARTER_MINUTES: Final = 15.0
WORKS: Final = 64
FINE: Final = 40
COARSE: Final = 6.0
#: Where a table ends, in cells of work.
REACH: Final = FINE + (WORKS - 1 - FINE) * COARSE
LEVELS: Final = 3
LOW_LEVEL, HIGH_LEVEL = 0.5, 2.5
LIST_LEAST, LIST_MOST = 0.6, 1.6
#: Classes of value per predicted minute, in which the list counts its work: from a 32nd on, each edge √2 times one.
CLASSES: Final = 32
FIRST_EDGE: Final = 0.03125
ROOT_2: Final = 1.4142135623730951

#: Where each number of a policy stands in `params`; see `routing.parameters`.
RATE: Final = 0  # random: share examined; lane criteria: share of the top-up; all: share where risk does not answer
TOP_UP_WAIT: Final = 1  # lane criteria, capacity: the wait, minutes, below which the top-up examines
PER_MINUTE: Final = 2  # 1: the peers' price is for a predicted minute, 0: for an examination
LEVEL_WEIGHT: Final = 3  # how much of the last hour's level is believed for the rest of the day, 0 to 1
LIST_WEIGHT: Final = 4  # how much of what the list says is believed, 0 to 1
LIST_MINUTES: Final = 5  # the horizon of the list
BLIND_WAIT: Final = 6  # the wait, minutes, that is assumed where the backlog is unknown
LANE_CUT: Final = 8  # by lane class: the value from which lane criteria examine
BASE: Final = 12  # by resource: a of a + b·queue
SLOPE: Final = 18  # by resource: b of a + b·queue
CREDIT: Final = 24  # by resource: dual of a minimum rate or utilisation, truck-minutes an examination
SURCHARGE: Final = 30  # by resource: dual of a ceiling on the wait, truck-minutes a minute of wait
SHOWN: Final = 36  # by class: share of listed work that arrives
PARAMETERS: Final = 68

#: The layout of a book of prices: where its tables start by resource (0: none), units installed, widths of a cell of
#: work, mean services and mean rests of one in minutes; for each quarter hour the work per minute that is forecast over
#: the list's horizon in each class and those above it, and how much of it files too late to be on the list; by
#: resource the units on the roster in each quarter hour; the tables.
STARTS, TOPS, CELLS, MEANS, RESIDUALS, EXPECTED = 0, 6, 12, 18, 24, 30
ROSTER: Final = EXPECTED + QUARTERS * 2 * CLASSES
TABLES: Final = ROSTER + QUARTERS * 6

#: The cost of what cannot be had: nobody and nothing is there to do it.
UNAVAILABLE: Final = 1e9
_ENDLESS: Final = 1e6
#: No references are counted, since nothing is allocated: counting took as long as the decision. Stubs do not know it.
if TYPE_CHECKING:
    _light = njit(cache=True, nogil=True)
else:
    _light = njit(cache=True, nogil=True, _nrt=False)
_PER_COARSE, _PER_QUARTER = 1.0 / COARSE, 1.0 / QUARTER_MINUTES
_PER_LOW, _PER_HIGH = 1.0 / (1.0 - LOW_LEVEL), 1.0 / (HIGH_LEVEL - 1.0)
_PER_WIDTH = 1.0 / (ROOT_2 - 1.0)


@register_jitable
def class_of(density: float) -> int:
    """The class, 0 to CLASSES − 1, of a value per predicted minute. A value that is not a number is of class 0."""
    place = 0
    edge = FIRST_EDGE
    while place < CLASSES - 4 and density >= 4.0 * edge:
        edge = 4.0 * edge
        place += 4
    upper = edge * ROOT_2
    while place < CLASSES - 1 and density >= upper:
        place += 1
        upper = upper * ROOT_2
    return place


@register_jitable
def edge_of(place: int) -> float:
    """The lower edge of a class, by the same arithmetic as `class_of`."""
    edge = FIRST_EDGE
    while place >= 4:
        edge = 4.0 * edge
        place -= 4
    while place > 0:
        edge = edge * ROOT_2
        place -= 1
    return edge


@register_jitable
def _place_of(work: float, cells: float) -> float:
    """Where an amount of work lies in the grid of so many cells a minute, in grid points; linear beyond its end."""
    x = work * cells
    if not x < _ENDLESS:
        x = _ENDLESS
    if x > FINE:
        x = FINE + (x - FINE) * _PER_COARSE
    return x


@register_jitable
def _read(tables: Numbers, start: int, place: float) -> float:
    """The table at one time, between two points of work."""
    i = int(place)
    if i > WORKS - 2:
        i = WORKS - 2
    low = tables[start + i]
    return low + (place - i) * (tables[start + i + 1] - low)


@register_jitable
def _taken(tables: Numbers, start: int, hour: float, here: float, there: float) -> float:
    """V(t, w) − V(t, w + x) of one table at one level, between two quarter hours."""
    q = int(hour)
    if q > QUARTERS - 2:
        q = QUARTERS - 2
    start = start + q * WORKS
    now = _read(tables, start, here) - _read(tables, start, there)
    then = _read(tables, start + WORKS, here) - _read(tables, start + WORKS, there)
    return now + (hour - q) * (then - now)


@register_jitable
def _share_of(level: float) -> float:
    """How far a level lies from the forecast towards the low or the high one, 0 to 1."""
    share = (1.0 - level) * _PER_LOW if level < 1.0 else (level - 1.0) * _PER_HIGH
    return share if share < 1.0 else 1.0


@register_jitable
def _table_price(
    book: Numbers, resource: int, start: int, units: int, level: float, now: float, work: float, minutes: float,
    params: Numbers, listed: Numbers,
) -> float:  # fmt: skip
    """The price, truck-minutes, of `minutes` more of work at a resource where `work` minutes are outstanding, with
    `units` up: V(t, w) − V(t, w + x) at `level` times the forecast arrivals, corrected by the list."""
    cells = 1.0 / book[CELLS + resource]
    here = _place_of(work, cells)
    there = _place_of(work + minutes, cells)
    hour = now * _PER_QUARTER
    size = QUARTERS * WORKS
    start = start + units * LEVELS * size
    middle = _taken(book, start + size, hour, here, there)
    below = level < 1.0
    other = _taken(book, start if below else start + 2 * size, hour, here, there)
    price = middle + _share_of(level) * (other - middle)
    # Only where trucks are scanned, and where the list is believed and seen.
    if resource >= DOCK or not params[LIST_WEIGHT] > 0.0 or len(listed) < CLASSES or listed[0] != listed[0]:
        return price
    if not (minutes > 0.0 and price > 0.0):
        return price
    density = price / minutes
    coming = _level_above(density, level, hour, params, listed, book)
    # Work is not worth keeping for longer than its price: so far ahead the price looks.
    ahead = density * book[MEANS + resource]
    share = params[LIST_WEIGHT]
    if ahead > params[LIST_MINUTES]:
        share = share * params[LIST_MINUTES] / ahead
    level = level + share * (coming - level)
    if (level < 1.0) != below:
        other = _taken(book, start + 2 * size if below else start, hour, here, there)
    return middle + _share_of(level) * (other - middle)


@register_jitable
def _level_above(density: float, level: float, hour: float, params: Numbers, listed: Numbers, book: Numbers) -> float:
    """The work on its way above a price per minute, over what the forecast expects there; `level` if unknown."""
    q = int(hour)
    if q > QUARTERS - 2:
        q = QUARTERS - 2
    rest = hour - q
    first = class_of(density)
    part = (ROOT_2 - density / edge_of(first)) * _PER_WIDTH
    part = 1.0 if not part <= 1.0 else part if part > 0.0 else 0.0
    here = EXPECTED + q * 2 * CLASSES + first
    there = here + 2 * CLASSES
    low = book[here]
    above = low + rest * (book[there] - low)
    low = book[here + CLASSES]
    unseen = low + rest * (book[there + CLASSES] - low)
    if first < CLASSES - 1:
        low = book[here + 1]
        above = part * above + (1.0 - part) * (low + rest * (book[there + 1] - low))
        low = book[here + CLASSES + 1]
        unseen = part * unseen + (1.0 - part) * (low + rest * (book[there + CLASSES + 1] - low))
    if not above > 1e-9:
        return level
    coming = part * params[SHOWN + first] * listed[first]
    beside = 0.0  # in two sums: each waits for the one before
    for b in range(first + 1, CLASSES - 1, 2):
        coming = coming + params[SHOWN + b] * listed[b]
        beside = beside + params[SHOWN + b + 1] * listed[b + 1]
    if first & 1 == 0 and first < CLASSES - 1:
        coming = coming + params[SHOWN + CLASSES - 1] * listed[CLASSES - 1]
    found = (level * unseen + (coming + beside) / params[LIST_MINUTES]) / above
    # Filings cost nothing, trucks do: a list moves the level only so far, whoever fills or empties it.
    if found > LIST_MOST * level:
        return LIST_MOST * level
    return found if found > LIST_LEAST * level else LIST_LEAST * level


@register_jitable
def _rule(policy: int, params: Numbers, resource: int, minutes: float, work: float, manned: int) -> float:
    """What a rule of the form a + b · queue asks for an examination at a resource."""
    asked = params[BASE + resource]
    if policy == QUEUE_AWARE:
        asked = asked + params[SLOPE + resource] * work
    elif policy == CLEARANCE:
        asked = asked + params[SLOPE + resource] * work / manned
    if params[PER_MINUTE] > 0.0:
        asked = asked * minutes
    return asked


@register_jitable
def _cost(
    policy: int, params: Numbers, resource: int, minutes: Numbers, now: float, backlog: Numbers, up: Counts,
    level: float, listed: Numbers, book: Numbers,
) -> float:  # fmt: skip
    """What a policy asks for one examination at a resource, truck-minutes; UNAVAILABLE where it cannot be had."""
    x = minutes[resource]
    units = up[resource]
    bound = len(book) >= TABLES
    start = int(book[STARTS + resource]) if bound else 0
    top = int(book[TOPS + resource]) if bound else 0
    if units < 0:  # unknown: what is installed, and where nobody says that either, one
        units = top if top > 0 else 1
    if not (x >= 0.0 and x < _ENDLESS):
        return UNAVAILABLE
    priced = policy == PRICED and start > 0 and now >= 0.0 and now <= 1440.0
    if units == 0 and not priced:
        return UNAVAILABLE
    manned = units if units > 0 else 1
    work = backlog[resource]
    if not work >= 0.0:
        work = params[BLIND_WAIT] * manned
    if work > _ENDLESS:
        work = _ENDLESS
    if not priced:
        if policy == PRICED:
            policy = CLEARANCE
        return _rule(policy, params, resource, x, work, manned)
    # What counts is what is lost of the roster: who is not on duty now, the table knows of.
    q = int(now * _PER_QUARTER)
    lost = book[ROSTER + QUARTERS * resource + q] - units
    if units == 0 and lost == 0.0 and q < QUARTERS - 1:  # the quarter's table still speaks for the shift that ended
        now = (q + 1) * QUARTER_MINUTES
    units = max(top - int(lost + 0.5), 0) if lost > 0.0 else top
    rest = 1.0
    if level >= 0.0 and level <= _ENDLESS:
        rest = 1.0 + params[LEVEL_WEIGHT] * (level - 1.0)
    mean = book[MEANS + resource]
    within = min(work, REACH * book[CELLS + resource])  # beyond its end the table costs what it does there, never less
    price = _table_price(book, resource, start, units, rest, now, within, x, params, listed)
    # The table counts trucks by their work; this one is one truck, however long its examination takes.
    wait = work / manned - book[RESIDUALS + resource]
    if wait > 0.0:
        own = 1.0 - x / mean
        # A longer examination is let off no more than what the table has counted.
        counted = wait if own >= 0.0 else within / manned - book[RESIDUALS + resource]
        price = price + own * counted + params[SURCHARGE + resource] * wait
    price = price - params[CREDIT + resource]
    return price if price > 0.0 else 0.0


@register_jitable
def scan_place(stage: int, minutes: Numbers) -> int:
    """The resource at which a scan is made: before arrival the portal (else the yard), in the yard the yard's own."""
    if stage == FILED:
        if minutes[PORTAL] == minutes[PORTAL]:
            return PORTAL
        return YARD
    if stage == IN_YARD:
        return YARD
    return SCANNER


@_light
def choose(
    policy: int, params: Numbers, stage: int, allowed: int, lane: int, draw: float, prevented: Numbers,
    minutes: Numbers, alarm: float, now: float, backlog: Numbers, up: Counts, level: float, listed: Numbers,
    book: Numbers,
) -> tuple[int, float]:  # fmt: skip
    """(option, cost) for one truck. Compiled it takes arrays; `choose.py_func` takes lists and gives the same bits.

    Of the truck: `allowed` bit mask of the options that stage and port allow (bit 0: release); `lane` its class;
    `draw` its own uniform number; `prevented` float64[6] truck-minutes that each option is expected to prevent;
    `minutes` float64[R] predicted at each resource, NaN where it cannot go (at the booth: what an examined truck takes
    more than a released one); `alarm` chance that a scan alarms. Of the bridge: `now` minute of the local day;
    `backlog` float64[R] predicted minutes of waiting work and of what is left in service; `up` int64[R], −1 unknown;
    `level` last hour's arrivals over forecast; `listed` float64[CLASSES] predicted minutes of scanning of the trucks
    that have filed and not arrived, by `class_of(value ÷ minutes)`; `book` float64[…] the prices of the bridge and
    day, flat (`routing.book`). Unknown is NaN; an empty `listed` or `book` is allowed.

    The cost is that of the option chosen, or for a release of the examination that came nearest to being worth it.
    Where `allowed` has no release the best examination is chosen whatever it costs, and HOLD where there is none.
    """
    if policy == NONE and allowed & 1:
        return RELEASE, 0.0
    place = scan_place(stage, minutes)
    scan = dock = UNAVAILABLE
    booth = 0.0
    weighed = policy if policy in (THRESHOLD, QUEUE_AWARE, PRICED) else CLEARANCE
    if allowed & ((1 << SCAN) | (1 << SCAN_THEN_DECIDE)):
        scan = _cost(weighed, params, place, minutes, now, backlog, up, level, listed, book)
    if allowed & ((1 << SECONDARY) | (1 << SCAN_THEN_DECIDE)):
        dock = _cost(weighed, params, DOCK, minutes, now, backlog, up, level, listed, book)
    booths = minutes[BOOTH] > 0.0 and len(book) >= TABLES and book[STARTS + BOOTH] > 0.0
    if stage == PRIMARY and policy == PRICED and booths:
        booth = _cost(weighed, params, BOOTH, minutes, now, backlog, up, level, listed, book)
    chance = alarm
    if not (chance >= 0.0 and chance <= 1.0):
        chance = 1.0
    best = RELEASE
    first = RELEASE  # of a policy that does not weigh options: the least examination that can be had
    gain = 0.0
    asked = UNAVAILABLE
    known = False
    for option in range(SCAN, HOLD):
        if not allowed & (1 << option):
            continue
        if option == SCAN:
            cost = scan
        elif option == SCAN_THEN_DECIDE:
            cost = scan + chance * dock
        elif option == SECONDARY:
            cost = dock
        else:
            cost = _cost(weighed, params, JOINT, minutes, now, backlog, up, level, listed, book)
        cost = cost + booth
        value = prevented[option]
        if value == value:
            known = True
        else:
            value = 0.0
        if cost < UNAVAILABLE and (first in (RELEASE, JOINT_EXAM) or option == SCAN_THEN_DECIDE):
            first = option
        if best == RELEASE or value - cost > gain:
            best = option
            gain = value - cost
            asked = cost
    asked = min(asked, UNAVAILABLE)
    if not allowed & 1:  # an examination is ordered: which one is all there is to choose
        if best == RELEASE:
            return HOLD, UNAVAILABLE
        return best, asked
    if best == RELEASE:
        return RELEASE, 0.0
    if asked >= UNAVAILABLE:
        return RELEASE, UNAVAILABLE
    if not known:  # nobody says what it would prevent: neither all nor none, but a share by the truck's own draw
        if stage == SCANNED or draw < params[RATE]:  # a scan that alarmed is never let go unread
            return first, asked
        return RELEASE, asked
    short = up[place] > 0 and backlog[place] / up[place] < params[TOP_UP_WAIT]
    if policy in (RANDOM, LANE_CRITERIA):
        if stage == SCANNED or (draw < params[RATE] and policy == RANDOM):
            return first, asked
        if policy == LANE_CRITERIA:
            cut = params[BASE + place]
            if lane >= 0 and lane < 4:
                cut = params[LANE_CUT + lane]
            if prevented[first] > cut:
                return first, asked
            if draw < params[RATE] and short:
                return first, asked
        return RELEASE, asked
    if gain > 0.0:
        return best, asked
    if policy == CAPACITY and short and stage != SCANNED and first in (SCAN, SCAN_THEN_DECIDE):
        return first, (scan if first == SCAN else scan + chance * dock)  # whom the clearance rule would release
    return RELEASE, asked
