"""In which direction the figures of a fleet may be off while rows of its log are not counted.

A row that could not be read may have said that a scanner went down, or that it was up again. Only where every such row
can change a figure in one direction alone is the figure a bound; else it may be off either way, and says so.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from aforo.domain.scanner import RowsNotCounted
from aforo.fleet.contract import Contract
from aforo.fleet.interruption_rule import InterruptionRule
from aforo.fleet.ledger import NEVER, report_ends
from aforo.fleet.record import Record

#: `lower`: the figure is a lower bound, the true one is no less; `upper`: it is no more; `either`: it may be either.
Bound = Literal["exact", "lower", "upper", "either"]
_OPPOSITE: dict[Bound, Bound] = {"exact": "exact", "lower": "upper", "upper": "lower", "either": "either"}
#: Rows of the record that are worked on at once.
_ROWS_AT_ONCE = 1 << 19


class Bounds(msgspec.Struct, frozen=True):
    """The `rows` that are not counted, and what kind of bound the figures are while they are not: hours down
    (`downtime`), `availability`, the number of `scans` and with it the scan rate, `utilisation`, and where `purchases`
    stand."""

    rows: RowsNotCounted
    downtime: Bound
    availability: Bound
    scans: Bound
    utilisation: Bound
    purchases: Bound


def bounds(rows: RowsNotCounted, record: Record, rule: InterruptionRule) -> Bounds:
    """The bounds of the figures of a record, whose outages are counted by a rule."""
    downtime = _downtime(rows, record, rule)
    scans: Bound = "either" if rows.service else "lower" if rows.scans or rows.unknown else "exact"
    # Hours of operators stand over hours up: with more downtime there are fewer of these.
    utilisation = _together(scans, downtime)
    purchases: Bound = "either" if rows.steps or rows.service or rows.unknown else "exact"
    return Bounds(rows, downtime, _OPPOSITE[downtime], scans, utilisation, purchases)


def contract_bound(contract: Contract, found: Bounds) -> Bound:
    """What kind of bound the availability is that is reckoned under a contract, with what it excludes."""
    by_cause = any(each.causes for each in contract.exclusions)
    own: list[Bound] = []
    if found.downtime != "exact":
        # An outage more can give another one a cause that is excluded.
        own.append("either" if by_cause else found.availability)
    if found.rows.causes and contract.exclusions:
        # What was planned is excluded, and a text may mean that.
        own.append("either" if by_cause else "lower")
    return _together(*own)


def owed_bound(contract: Contract, found: Bounds) -> Bound:
    """What kind of bound the amount is that is owed under a contract."""
    rows, own = found.rows, [_OPPOSITE[contract_bound(contract, found)]]
    promises = [each for each in (contract.response, contract.repair) if each is not None]
    if promises and found.downtime != "exact":
        # An outage more can join two failures into one, for which less is owed.
        own.append("either")
    if promises and rows.causes:
        own.append("either" if any(each.except_causes for each in promises) else "upper")
    if rows.responded and contract.response is not None:
        # Who came first counts, and before them who began maintenance.
        own.append("either")
    return _together(*own)


def _downtime(rows: RowsNotCounted, record: Record, rule: InterruptionRule) -> Bound:
    if rows.unknown or rows.service or (rows.begins and rows.ends):
        return "either"
    if not rows.begins and not rows.ends:
        return "exact"
    grows, shrinks = _one_way(rows, record, rule)
    if rows.begins:
        return "lower" if grows else "either"
    return "upper" if shrinks else "either"


def _one_way(rows: RowsNotCounted, record: Record, rule: InterruptionRule) -> tuple[bool, bool]:
    """Whether one more report of an outage can only add downtime, and whether one more end can only take some away, on
    the scanners that the rows concern.

    A reporter's next report takes their own later `up` from the one before, by the second version of the rule: what
    somebody else ended earlier then ends earlier. And an own `up` that comes to light may be later than the one by
    somebody else that ended the report in its place.
    """
    names = record.names.scanners
    wanted = np.ones(len(names), dtype=np.bool_)
    if rows.scanners is not None:
        known = set(rows.scanners)
        wanted = np.array([name in known for name in names], dtype=np.bool_)
    grows = shrinks = True
    for part in record.parts(_ROWS_AT_ONCE):
        begins = part.where("down", "maintenance_start")
        begins = begins[wanted[part.scanner[begins]]]
        found = report_ends(part, begins, rule)
        by_own = (found.own != NEVER) & (found.end == found.own)
        if rule.own_end == "before_next_report":
            grows &= not (by_own & (found.own > found.anyone)).any()
        another = found.another if rule.own_end == "before_next_report" else np.full(len(begins), NEVER)
        shrinks &= not (~by_own & (found.anyone != NEVER) & (found.anyone < another)).any()
    return grows, shrinks


def _together(*found: Bound) -> Bound:
    """The bound of a figure that several things bound."""
    own = {each for each in found if each != "exact"}
    if not own:
        return "exact"
    return own.pop() if len(own) == 1 else "either"
