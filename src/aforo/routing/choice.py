"""The choice among options of examination at a bridge: one pure function of numbers, for live trucks and for the twin.

Every policy of the family is a branch here, so that the twin compiles them once and a live decision is the same code
read plainly (`choose.py_func`). Only + − × ÷ and comparison, on doubles in a fixed order, so both give the same bits.
Value and cost are truck-minutes. What is mandatory, drawn by lot or for lives is decided before and never comes here.
"""

from __future__ import annotations

from typing import Final

from numba import njit

#: What is priced, in the order of every array over resources; see docs/adr/0011.
RESOURCES: Final = ("scanner", "portal", "yard", "dock", "joint", "booth")
SCANNER, PORTAL, YARD, DOCK, JOINT, BOOTH = range(6)
#: When a choice is made: before arrival, in the pre-check yard, at primary, after a scan.
STAGES: Final = ("filed", "yard", "primary", "scanned")
FILED, IN_YARD, PRIMARY, SCANNED = range(4)
#: The options, as `domain.decision.EXAMINATIONS` orders them.
RELEASE, SCAN, SCAN_THEN_DECIDE, JOINT_EXAM, SECONDARY, HOLD = range(6)
#: The policies of the family, the priced one and its peers.
POLICIES: Final = ("none", "random", "threshold", "queue_aware", "clearance", "lane_criteria", "priced")
NONE, RANDOM, THRESHOLD, QUEUE_AWARE, CLEARANCE, LANE_CRITERIA, PRICED = range(7)
