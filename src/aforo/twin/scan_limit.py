"""What limits scanning at a bridge under a policy: the worth of a minute, capacity, a share that is set, or orders.

`aforo plan scanners` runs scanners as full as they go, whatever a truck is worth; most policies of the twin do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from aforo.routing.choice import BASE, CAPACITY, LANE_CRITERIA, NONE, PORTAL, PRICED, RANDOM, SCANNER, THRESHOLD, YARD
from aforo.twin.levels import LEAST
from aforo.twin.policy import Policy

#: `worth`: a truck is scanned only where that is worth the minutes, and scanners stand idle. `capacity`: scanners are
#: filled. `share`: a share of the trucks is set that fills scanners or docks. `orders`: mandates and the lottery alone.
ScanLimit = Literal["worth", "capacity", "share", "orders"]
LIMITS: Final[tuple[ScanLimit, ...]] = ("worth", "capacity", "share", "orders")


def scan_limit(policy: Policy) -> ScanLimit:
    """What limits scanning under a policy, as `levels.policy_of` sets it: a rule whose level lies at the least one
    leaves scanners idle, and one whose level lies above it was set to fill them."""
    if policy.code == NONE:
        return "orders"
    if policy.code in (RANDOM, LANE_CRITERIA):
        return "share"
    if policy.code == CAPACITY:
        return "capacity"
    if policy.code == PRICED or policy.params is None:
        return "worth"
    # The rules with a queue begin at half of their level.
    least = LEAST if policy.code == THRESHOLD else 0.5 * LEAST
    bars = [bar for place in (SCANNER, PORTAL, YARD) if (bar := float(policy.params[BASE + place])) > 0.0]
    return "capacity" if bars and min(bars) > least else "worth"


def limits_told(
    limits: Mapping[str, tuple[ScanLimit, ScanLimit]], called: tuple[str, str], say: Callable[..., str]
) -> list[str]:
    """What limits scanning in both scenarios, in sentences; one where both are alike."""
    counts = [
        {limit: sum(pair[side] == limit for pair in limits.values()) for limit in LIMITS} for side in range(2)
    ]  # fmt: skip
    sides = [" · ".join(called)] if counts[0] == counts[1] else list(called)
    sayings = [
        say(
            "scan_limit",
            side=side,
            limits="; ".join(
                say(f"scan_limit_{limit}", bridges=bridges, of=len(limits)) for limit, bridges in own.items() if bridges
            ),
        )
        for side, own in zip(sides, counts, strict=False)
    ]
    worth = any("worth" in pair for pair in limits.values())
    return [*sayings, say("scan_limit_worth_plan" if worth else "scan_limit_plan")]
