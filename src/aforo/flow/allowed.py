"""Which options a choice has at a stage, for a truck and a bridge as they are."""

from __future__ import annotations

from collections.abc import Sequence

from aforo.domain.routed import STAGES, DecisionStage
from aforo.routing.choice import (
    DOCK,
    FILED,
    IN_YARD,
    JOINT,
    JOINT_EXAM,
    PORTAL,
    PRIMARY,
    RELEASE,
    SCAN,
    SCAN_THEN_DECIDE,
    SCANNER,
    SECONDARY,
    YARD,
    scan_place,
)


def allowed_at(stage: DecisionStage, minutes: Sequence[float]) -> int:
    """The mask of options at a stage, for a truck with these minutes: a release, and what it has a place to go for."""
    mask = 1 << RELEASE
    scans = minutes[SCANNER] == minutes[SCANNER]
    if stage in ("filed", "yard"):
        scans = scans or minutes[PORTAL] == minutes[PORTAL] or minutes[YARD] == minutes[YARD]
    docks = minutes[DOCK] == minutes[DOCK]
    if scans and stage != "scanned":
        mask |= 1 << SCAN
        if docks:
            mask |= 1 << SCAN_THEN_DECIDE
    if docks:
        mask |= 1 << SECONDARY
    if minutes[JOINT] == minutes[JOINT]:
        mask |= 1 << JOINT_EXAM
    return mask


def with_room(stage: DecisionStage, allowed: int, minutes: Sequence[float], full: Sequence[bool]) -> int:
    """Of the options at a stage those that a price may choose: it sends nobody to where there is no room. Who is sent
    there from a booth keeps it from all behind, for as long as it is full, which no table counts; and who is ordered
    there ahead will."""
    if stage not in ("filed", "primary") or not full:
        return allowed
    if full[scan_place(stage_number(stage, minutes), minutes)]:
        allowed &= ~((1 << SCAN) | (1 << SCAN_THEN_DECIDE))
    if full[DOCK]:
        allowed &= ~(1 << SECONDARY)
    if full[JOINT]:
        allowed &= ~(1 << JOINT_EXAM)
    return allowed


def stage_number(stage: DecisionStage, minutes: Sequence[float]) -> int:
    """The stage as the choice knows it. Before arrival, and in a yard, a truck for which there is no scanner before
    primary is weighed by what waits for it there."""
    number = STAGES.index(stage)
    if number in (FILED, IN_YARD) and minutes[PORTAL] != minutes[PORTAL] and minutes[YARD] != minutes[YARD]:
        return PRIMARY
    if number == IN_YARD and minutes[YARD] != minutes[YARD]:
        return PRIMARY
    return number
