"""The decision inside the kernel: what the policy is shown of truck and bridge, and whose choice comes firb.

Mandatory options and the lottery come before the policy, which is `routing.choice.choose`, the same function as in the
live path. Who has been examined, or has an order by mandate, lot or alarm, keeps it; only an alarm asks again.
"""

from __future__ import annotations

import numpy as np

from aforo.domain.decision import EXAMINATIONS
from aforo.routing.choice import (
    BOOTH,
    PRICED,
    RELEASE,
    RESOURCES,
    SCAN,
    SCAN_THEN_DECIDE,
    SCANNED,
    SCANNER,
    STARTS,
    TABLES,
    choose,
)
from aforo.twin.compiled import in_place, inlined
from aforo.twin.draws import POLICY, chance, truck_key
from aforo.twin.network import HOUR
from aforo.twin.policy import OUTSIDE
from aforo.twin.state import (
    ALARM,
    ALL_UNITS,
    ARRIVES,
    ASKED,
    ASKED_OPTIONS,
    ASKED_STAGE,
    ASKED_STATION,
    BACKLOG,
    BASIS,
    BOUND,
    BY_LISTING,
    CARRIED,
    DAYS,
    DAYS_FROM,
    DECISIONS,
    DETECTION,
    EXPECTED,
    FILED_OPTIONS,
    HELD,
    HIDDEN,
    HOURS,
    LANE,
    LIST_WORK,
    LISTED,
    LISTED_AT,
    LISTED_WORK,
    LISTINGS,
    LOTTERY,
    MANDATORY,
    MINUTE_OF_DAY,
    MINUTES,
    NEXT_ARRIVAL,
    NEXT_LISTING,
    NOW,
    NUMBER,
    OLD_ARRIVAL,
    ON_LIST,
    OPTION,
    OPTIONS,
    ORDERS,
    PHASE,
    POLICY_CODE,
    PREDICTED,
    PREVENTED,
    RAISED,
    RECENT,
    RECORDED,
    RESOURCE,
    SEES_LIST,
    SHOWS,
    STREAM,
    UNITS,
    UNITS_UP,
    UP,
    VALUE_CLASS,
    Bridge,
    Floor,
)
from aforo.twin.trucks import (
    ANY,
    BY_ALARM,
    BY_LOT,
    BY_MANDATE,
    BY_POLICY,
    NO_CHOICE,
    OPTION_BITS,
    ORDER_BITS,
)
from aforo.twin.worthless import worthless

_OPTIONS = len(EXAMINATIONS)
_RESOURCES = len(RESOURCES)
_MINUTE = 60_000_000.0
_DAY = 1440.0
#: The same function as in the live path, compiled as all of the kernel.
_choose = in_place(choose)


@inlined
def list_brought_up(b: Bridge) -> None:
    """Puts on the list those whose instant has come and who have not arrived."""
    place = b.floor.clock[NEXT_LISTING]
    now = b.floor.clock[NOW]
    while place < b.floor.clock[LISTINGS]:
        i = b.floor.trucks[place, BY_LISTING]
        if b.floor.trucks[i, LISTED_AT] > now:
            break
        if b.floor.trucks[i, PHASE] == EXPECTED and not b.floor.trucks[i, ON_LIST]:
            listed(b, i, 1)
        place += 1
    b.floor.clock[NEXT_LISTING] = place


@inlined
def listed(b: Bridge, i: int, sign: int) -> None:
    """Puts a truck on the list (1) or takes it off (−1)."""
    work = b.floor.trucks[i, PREDICTED + SCANNER]
    if work < 0:
        work = b.floor.clock[LIST_WORK]
    place = b.floor.trucks[i, VALUE_CLASS]
    b.floor.trucks[i, ON_LIST] = 1 if sign > 0 else 0
    b.floor.clock[LISTED_WORK + place] += sign * work
    b.seen[LISTED + place] = b.floor.clock[LISTED_WORK + place] / _MINUTE


@inlined
def level_of(b: Bridge) -> float:
    """Arrivals of the last hour over those that were forecast for it; NaN in the first hour and without a forecast."""
    now = b.floor.clock[NOW]
    old = b.floor.clock[OLD_ARRIVAL]
    while old < b.floor.clock[NEXT_ARRIVAL] and b.floor.trucks[old, ARRIVES] <= now - HOUR:
        b.floor.clock[RECENT] -= b.floor.trucks[old, SHOWS]
        old += 1
    b.floor.clock[OLD_ARRIVAL] = old
    hour = now // HOUR
    if hour < 1 or hour >= b.floor.clock[HOURS]:
        return np.nan
    share = (now - hour * HOUR) / 3_600_000_000.0
    forecast = DETECTION + 2 * HIDDEN * (len(b.floor.stations) - 1) + hour
    expected = share * b.seen[forecast] + (1.0 - share) * b.seen[forecast - 1]
    if not expected > 0.0:
        return np.nan
    level: float = b.floor.clock[RECENT] / expected
    return level


@inlined
def bridge_seen(b: Bridge, booths: bool) -> None:
    """Writes the backlog (predicted minutes: bound, waiting and left in service) and the units up of each resource, of
    booths only where asked for.

    What is left is as `domain.service_left` has it; who is blocked in a unit has nothing left.
    """
    now = b.floor.clock[NOW]
    for r in range(_RESOURCES):
        b.seen[BACKLOG + r] = 0.0
        b.floor.clock[UNITS_UP + r] = 0
    for s in range(len(b.floor.stations) - 1):
        r = b.floor.stations[s, RESOURCE]
        if r < 0 or (r == BOOTH and not booths):
            continue
        work = b.floor.stations[s, BOUND]
        ends = b.floor.stations[s, UNITS] + b.floor.clock[ALL_UNITS]
        for u in range(ends, ends + b.floor.stations[s, HELD]):
            work += max(b.floor.clock[u] - now, b.floor.clock[u + b.floor.clock[ALL_UNITS]])
        b.floor.clock[UNITS_UP + r] += b.floor.stations[s, UP]
        b.seen[BACKLOG + r] += work / _MINUTE


@inlined
def chosen(
    b: Bridge,
    i: int,
    stage: int,
    allowed: int,
) -> int:
    """The option that the policy chooses among those allowed, for truck `i` now."""
    minute = b.seen[MINUTE_OF_DAY] + b.floor.clock[NOW] / _MINUTE
    day = int(minute / _DAY)
    now = minute - _DAY * day
    book = b.seen[:0]
    if day < b.floor.clock[DAYS] and len(b.books):
        kind = b.floor.clock[b.floor.clock[DAYS_FROM] + day]
        book = b.books[kind]
        priced = b.floor.clock[POLICY_CODE] == PRICED and stage != SCANNED and allowed & 1 and now <= _DAY
        if priced and len(b.records) == 0 and len(book) >= TABLES and worthless(b, i, stage, allowed, now, kind):
            b.floor.clock[DECISIONS] += 1
            return RELEASE
    # Nothing but a table of booths reads how they stand, and a record.
    bridge_seen(b, len(b.records) > 0 or (len(book) >= TABLES and book[STARTS + BOOTH] > 0.0))
    for r in range(_RESOURCES):
        predicted = b.floor.trucks[i, PREDICTED + r]
        b.seen[MINUTES + r] = predicted / _MINUTE if predicted >= 0 else np.nan
    alarm = b.figures[i, ALARM]
    raised = 1.0
    if stage == SCANNED:
        alarm = 1.0
        raised = b.figures[i, RAISED]
    for o in range(_OPTIONS):
        b.seen[PREVENTED + o] = b.figures[i, o] * raised
    level = level_of(b)
    on_list = b.seen[:0]
    if b.floor.clock[SEES_LIST]:
        list_brought_up(b)
        on_list = b.seen[LISTED:MINUTES]
    draw = chance(truck_key(np.uint64(b.floor.clock[STREAM]), b.floor.trucks[i, NUMBER]), POLICY)
    option, cost = _choose(
        b.floor.clock[POLICY_CODE],
        b.params,
        stage,
        allowed,
        b.floor.trucks[i, LANE],
        draw,
        b.seen[PREVENTED:MINUTE_OF_DAY],
        b.seen[MINUTES:BACKLOG],
        alarm,
        now,
        b.seen[BACKLOG:PREVENTED],
        b.floor.clock[UNITS_UP:LISTED_WORK],
        level,
        on_list,
        book,
    )
    b.floor.clock[DECISIONS] += 1
    if len(b.records):
        row = b.records[b.floor.clock[RECORDED]]
        b.floor.clock[RECORDED] += 1
        row[0], row[1], row[2], row[3], row[4] = (
            b.floor.trucks[i, NUMBER],
            stage,
            allowed,
            b.floor.trucks[i, LANE],
            draw,
        )
        row[5], row[6], row[7], row[8] = alarm, now, level, day
        row[9], row[10], row[11], row[12] = option, cost, len(on_list), b.floor.clock[NOW]
        at = 13
        for o in range(_OPTIONS):
            row[at + o] = b.seen[PREVENTED + o]
        at += _OPTIONS
        for r in range(_RESOURCES):
            row[at + r] = b.seen[MINUTES + r]
            row[at + _RESOURCES + r] = b.seen[BACKLOG + r]
            row[at + 2 * _RESOURCES + r] = b.floor.clock[UNITS_UP + r]
        at += 3 * _RESOURCES
        for c in range(len(on_list)):
            row[at + c] = on_list[c]
    return option


@inlined
def decided(
    b: Bridge,
    i: int,
    station: int,
    stage: int,
) -> bool:
    """Takes the decision of truck `i` at a stage, if there is one to take. True where it is to come from outside."""
    allowed = b.floor.clock[FILED_OPTIONS] if station < 0 else b.floor.stations[station, OPTIONS]
    basis = BY_POLICY
    if stage == SCANNED:
        allowed &= ~((1 << SCAN) | (1 << SCAN_THEN_DECIDE))
        if allowed == 1:
            return False
        basis = BY_ALARM
    else:
        if (
            allowed == 1
            or b.floor.trucks[i, CARRIED]
            or (b.floor.trucks[i, BASIS] != NO_CHOICE and b.floor.trucks[i, BASIS] != BY_POLICY)
        ):
            return False
        ordered = b.floor.trucks[i, MANDATORY]
        by = BY_MANDATE
        if ordered < 0:
            ordered = b.floor.trucks[i, LOTTERY]
            by = BY_LOT
        if ordered >= 0:
            basis = by
            if ordered == ANY:
                allowed &= ~1
            elif allowed & (1 << ordered):
                if b.floor.clock[POLICY_CODE] != OUTSIDE:
                    b.floor.trucks[i, OPTION] = ordered
                    b.floor.trucks[i, BASIS] = by
                    _told(b.floor, i, ordered, by, stage)
                    return False
            else:
                return False
    if b.floor.clock[POLICY_CODE] == OUTSIDE:
        b.floor.clock[ASKED] = i
        b.floor.clock[ASKED_STATION] = station
        b.floor.clock[ASKED_STAGE] = stage
        b.floor.clock[ASKED_OPTIONS] = allowed
        return True
    ordered_by(b.floor, i, chosen(b, i, stage, allowed), basis, stage)
    return False


@inlined
def ordered_by(b: Floor, i: int, option: int, basis: int, stage: int) -> None:
    """Writes an order: a release after an alarm leaves what was ordered before, which has been carried out."""
    if option != RELEASE:
        b.trucks[i, OPTION] = option
        b.trucks[i, BASIS] = basis
    elif stage != SCANNED:
        b.trucks[i, OPTION] = RELEASE
        b.trucks[i, BASIS] = NO_CHOICE
    _told(b, i, option, basis, stage)


@inlined
def _told(b: Floor, i: int, option: int, basis: int, stage: int) -> None:
    """Keeps what was decided at a stage (`trucks.decided_at`)."""
    place = ORDER_BITS * stage
    held = b.trucks[i, ORDERS] & ~(((1 << ORDER_BITS) - 1) << place)
    b.trucks[i, ORDERS] = held | ((1 + option + (basis << OPTION_BITS)) << place)
