"""The state of a run between two events, in a few flat arrays that the compiled kernel changes in place.

A run sees its trucks through a *window* of rows, in the order of arrival: those that are new and those carried over.
Rows of trucks that are gone are dropped between windows, so that a year needs no more memory than its busiest hours.

The arrays are few because each call in the kernel passes them on: two with regions for what is short (`clock`, `seen`),
one with a row for a station and two with one for a truck, with a column for each figure. The numbers of regions and
columns are below.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.threat import THREATS
from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.choice import CLASSES, PARAMETERS, RESOURCES, SCANNER
from aforo.twin.draws import stream_of
from aforo.twin.network import LANES, NEVER, SERVICES, Network
from aforo.twin.policy import Policy
from aforo.twin.trucks import Codes, Fates, Trucks

#: Where a truck is: not there yet, waiting for a unit, in service, done and blocked in its unit, gone.
EXPECTED, WAITING, SERVED, BLOCKED, GONE = range(5)
#: Kinds of events, in their order at one instant.
CHANGED, DONE, FILING, ARRIVAL = range(4)

#: `Floor.clock`: the instant; places in the orders of changes, filings, listings and arrivals; the first arrival of the
#: last hour; pending ends of service; arrivals of the last hour; blockings so far; rows of trace and records, events
#: and decisions so far; whether rings are to be looked for; what a decision from outside is asked for.
NOW, NEXT_CHANGE, NEXT_FILING, NEXT_LISTING, NEXT_ARRIVAL, OLD_ARRIVAL, PENDING, RECENT, BLOCKINGS, TRACED = range(10)
RECORDED, EVENTS, DECISIONS, LOOK, ASKED, ASKED_STATION, ASKED_STAGE, ASKED_OPTIONS = range(10, 18)
#: … what does not change in a run: the policy, whether it sees the list, what may be ordered before arrival, whether
#: trucks can block each other in a ring, the work on the list of a truck without a prediction, the key of chances …
POLICY_CODE, SEES_LIST, FILED_OPTIONS, CYCLIC, LIST_WORK, STREAM = range(18, 24)
#: … how many changes, days and hours there are, filings and listings to come, and rows that the trace can take …
CHANGES, DAYS, HOURS, FILINGS, LISTINGS, TRACE_ROWS = range(25, 31)
#: … and where regions begin: pending ends of service (instant, key, row; the first apart: `pending`), scratch of the
#: moves (three rows), changes (instant, station, units, kind), classes of days, trace. UNITS_UP, LISTED_WORK and
#: FIRST_OF (by resource its first station, −1 for none) are regions of fixed length. A unit's truck stands where the
#: station's UNITS say, its predicted end ALL_UNITS places behind it, and as far behind that the least that is left of
#: it until it ends.
HEAP_FROM, SCRATCH_FROM, CHANGES_FROM, DAYS_FROM, TRACE_FROM, ALL_UNITS = range(31, 37)
UNITS_UP: Final = 37
LISTED_WORK: Final = UNITS_UP + len(RESOURCES)
FIRST_OF: Final = LISTED_WORK + CLASSES
REGIONS: Final = FIRST_OF + len(RESOURCES)

#: `Floor.stations`: what a station is (`UNITS`: where its units begin in `clock`; at ONWARD: where its trucks go next,
#: by option and lane class; the last row is where trucks come in, likewise) …
BUFFER, SERVICE, RESOURCE, DECIDES, EXAMINES, INSTEAD, TYPICAL, OPTIONS, UNITS = range(9)
#: … and how it stands: units up and held, trucks in the line and its ends, the ends of the line of blocked trucks that
#: wait for a place here, predicted µs of those who are to be served here, and its times so far.
UP, HELD, IN_LINE, FIRST, LAST, BLOCKED_FIRST, BLOCKED_LAST, BOUND = range(9, 17)
UP_SINCE, UP_TIME, BUSY_TIME, BLOCKED_TIME, SERVICES_ENDED = range(17, 22)
#: … and the next station of the same resource, −1 for none.
NEXT_OF: Final = 22
ONWARD: Final = 23
_STATION: Final = ONWARD + len(EXAMINATIONS) * len(LANES)

#: `Floor.trucks`: the integers of `trucks.Trucks`, the predicted times, the times …
NUMBER, ARRIVES, FILED_AT, LISTED_AT, SHOWS, LANE, THREAT, MANDATORY, LOTTERY, VALUE_CLASS = range(10)
PREDICTED: Final = 10
TIMES: Final = PREDICTED + len(RESOURCES)
FACTS: Final = TIMES + len(SERVICES)
#: … where the truck is (BEGUN: since when it is served or blocked; BEHIND: the next in the same line) …
PLACE, PHASE, BEGUN, TARGET, BLOCKING, BEHIND, UNIT, ON_LIST, TOLD = range(FACTS, FACTS + 9)
#: … the columns of `trucks.Fates` …
PRIMARY_AT, PRIMARY_END, EXAM_AT, EXAM_END, SCAN_END, LEFT, ORDERS = range(FACTS + 9, FACTS + 16)
OPTION, BASIS, CARRIED, ALARMED, FOUND = range(FACTS + 16, FACTS + 21)
#: … and, which has nothing to do with the row's truck, the window's rows in the orders of filing and of listing.
BY_FILING, BY_LISTING = range(FACTS + 21, FACTS + 23)
TRUCK: Final = FACTS + 23

#: `Bridge.figures`: what each option prevents, the chance of an alarm, what an alarm multiplies by.
ALARM: Final = len(EXAMINATIONS)
RAISED: Final = ALARM + 1
FIGURES: Final = ALARM + 2

#: `Bridge.seen`: what the policy is shown, in the form in which it is shown; then the minute of the local day at the
#: start, the chances of an alarm and then of a find by station, and the arrivals forecast by hour.
LISTED: Final = 0
MINUTES: Final = LISTED + CLASSES
BACKLOG: Final = MINUTES + len(RESOURCES)
PREVENTED: Final = BACKLOG + len(RESOURCES)
MINUTE_OF_DAY: Final = PREVENTED + len(EXAMINATIONS)
DETECTION: Final = MINUTE_OF_DAY + 1
HIDDEN: Final = 1 + len(THREATS)

#: A row of the trace: instant, what happened, station, truck's number.
ENTERED, BEGAN, ENDED, WENT = range(4)
#: A row of the records; see `twin.recording`.
RECORD: Final = 13 + len(EXAMINATIONS) + 3 * len(RESOURCES) + CLASSES


class Floor(NamedTuple):
    """Where trucks stand and move: `clock` int64[…], `stations` int64[S + 1, …], `trucks` int64[n, TRUCK]."""

    clock: Int64Array
    stations: Int64Array
    trucks: Int64Array


class Bridge(NamedTuple):
    """A bridge in a run, as the kernel takes it: its floor, and what the policy is shown.

    `figures` float64[n, FIGURES] of the window's trucks, `seen` float64[…], the policy's `params` and `books`, the
    books' `slopes` (`twin.slopes`), and `records` float64[m, RECORD], without rows where nothing is to be recorded.
    """

    floor: Floor
    figures: Float64Array
    seen: Float64Array
    params: Float64Array
    books: Float64Array
    slopes: Float64Array
    records: Float64Array


def has_rings(network: Network) -> bool:
    """Whether a truck can come back to a station where it has been, so that trucks may block each other in a ring."""
    stations = len(network)
    reaches = np.zeros((stations, stations), dtype=bool)
    for s in range(stations):
        onward = network.onward[s]
        targets = set(onward[onward >= 0].tolist())
        targets |= {int(network.instead[t]) for t in targets if network.instead[t] >= 0}
        reaches[s, list(targets)] = True
    for middle in range(stations):
        reaches |= reaches[:, middle : middle + 1] & reaches[middle : middle + 1, :]
    return bool(np.any(np.diag(reaches)))


def bridge_of(
    network: Network, policy: Policy, seed: int, port: int, trace_rows: int = 0, record_rows: int = 0
) -> Bridge:
    """An empty bridge at instant 0, with no trucks yet."""
    count = len(network)
    most = network.servers.copy()
    np.maximum.at(most, network.change_station, network.change_servers)
    units = int(most.sum())
    changes = np.stack((network.change_at, network.change_station, network.change_servers, network.change_kind), axis=1)
    lengths = [3 * units, 3 * (units + 1), 3 * (count + 1), 4 * len(changes), len(network.day_class), 4 * trace_rows]
    starts = REGIONS + np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    clock = np.zeros(int(starts[-1]), np.int64)
    scanners = np.flatnonzero(network.resource == SCANNER)
    clock[POLICY_CODE] = policy.code
    clock[SEES_LIST] = policy.sees_list
    clock[FILED_OPTIONS] = network.filed_options
    clock[CYCLIC] = has_rings(network)
    clock[LIST_WORK] = network.typical[scanners[0]] if len(scanners) else 0
    clock[STREAM] = np.uint64(stream_of(seed, port)).astype(np.int64)
    clock[CHANGES], clock[DAYS], clock[HOURS] = len(changes), len(network.day_class), len(network.expected)
    clock[TRACE_ROWS], clock[ALL_UNITS] = trace_rows, units
    clock[HEAP_FROM : TRACE_FROM + 1] = starts[1:6]
    clock[starts[1]] = NEVER
    clock[starts[3] : starts[4]] = changes.ravel()
    clock[starts[4] : starts[5]] = network.day_class
    stations = np.zeros((count + 1, _STATION), np.int64)
    for place, column in (
        (BUFFER, network.buffer),
        (SERVICE, network.service),
        (RESOURCE, network.resource),
        (DECIDES, network.decides),
        (EXAMINES, network.examines),
        (INSTEAD, network.instead),
        (TYPICAL, network.typical),
        (OPTIONS, network.options),
        (UNITS, starts[0] + np.cumsum(most) - most),
        (UP, network.servers),
    ):
        stations[:count, place] = column
    stations[:, FIRST : BLOCKED_LAST + 1] = stations[:, NEXT_OF] = -1
    for resource in range(len(RESOURCES)):
        own = np.flatnonzero(network.resource == resource)
        clock[FIRST_OF + resource] = own[0] if len(own) else -1
        stations[own[:-1], NEXT_OF] = own[1:]
    stations[:count, ONWARD:] = network.onward.reshape(count, -1)
    stations[count, ONWARD:] = network.entry.ravel()
    seen = np.zeros(DETECTION + 2 * HIDDEN * count + len(network.expected))
    seen[MINUTE_OF_DAY] = network.minute_of_day
    seen[DETECTION : DETECTION + HIDDEN * count] = network.detection.ravel()
    seen[DETECTION + HIDDEN * count : DETECTION + 2 * HIDDEN * count] = network.finds.ravel()
    seen[DETECTION + 2 * HIDDEN * count :] = network.expected
    books = np.zeros((0, 0)) if policy.books is None else np.ascontiguousarray(policy.books, np.float64)
    return Bridge(
        floor=Floor(clock, stations, np.zeros((0, TRUCK), np.int64)),
        figures=np.zeros((0, FIGURES)),
        seen=seen,
        params=np.zeros(PARAMETERS) if policy.params is None else np.ascontiguousarray(policy.params, np.float64),
        books=books,
        slopes=policy.slopes,
        records=np.zeros((record_rows, RECORD)),
    )


def packed(trucks: Trucks) -> tuple[Int64Array, Float64Array]:
    """The columns of trucks that are expected, as (`Floor.trucks`, `Bridge.figures`)."""
    facts = np.zeros((len(trucks), TRUCK), np.int64)
    facts[:, PLACE] = facts[:, BEHIND] = -1
    facts[:, PRIMARY_AT : LEFT + 1] = -1
    for place, column in (
        (NUMBER, trucks.number),
        (ARRIVES, trucks.arrives),
        (FILED_AT, np.where(trucks.filed < trucks.arrives, trucks.filed, NEVER)),
        (LISTED_AT, np.where(trucks.listed < trucks.arrives, trucks.listed, NEVER)),
        (SHOWS, trucks.shows),
        (LANE, trucks.lane),
        (THREAT, trucks.threat),
        (MANDATORY, trucks.mandatory),
        (LOTTERY, trucks.lottery),
        (VALUE_CLASS, trucks.value_class),
    ):
        facts[:, place] = column
    facts[:, PREDICTED:TIMES] = trucks.predicted
    facts[:, TIMES:FACTS] = trucks.service
    figures = np.empty((len(trucks), FIGURES))
    figures[:, :ALARM] = trucks.prevented
    figures[:, ALARM] = trucks.alarm
    figures[:, RAISED] = trucks.raised
    return facts, figures


def fates_of(rows: Int64Array) -> Fates:
    """What became of the trucks of these rows of `Floor.trucks`."""

    def codes(column: Int64Array) -> Codes:
        return column.astype(np.int8)

    return Fates(
        number=rows[:, NUMBER].copy(),
        arrives=rows[:, ARRIVES].copy(),
        primary=rows[:, PRIMARY_AT].copy(),
        primary_end=rows[:, PRIMARY_END].copy(),
        exam=rows[:, EXAM_AT].copy(),
        exam_end=rows[:, EXAM_END].copy(),
        scan_end=rows[:, SCAN_END].copy(),
        left=rows[:, LEFT].copy(),
        orders=rows[:, ORDERS].copy(),
        lane=codes(rows[:, LANE]),
        threat=codes(rows[:, THREAT]),
        option=codes(rows[:, OPTION]),
        basis=codes(rows[:, BASIS]),
        carried=codes(rows[:, CARRIED]),
        alarm=codes(rows[:, ALARMED]),
        found=codes(rows[:, FOUND]),
    )
