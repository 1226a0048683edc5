"""The days on which designs are tried: those that the document names, else of each future its own of the counted year.

The last twelve months in a row that were counted, from their first Monday on, are cut into runs of as many days as the
document has. Futures take them by twelves: each twelve has one run of every twelfth of the year, in drawn order. So few
futures are spread over the year too, and more futures keep the days of those before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np

from aforo.twin.border import Border
from aforo.twin.designs import PortPlan
from aforo.twin.plan_documents import PlanError
from aforo.twin.working_days import bounds, shifted

#: Parts of the year, one for each of so many futures.
_PARTS: Final = 12
_PURPOSE: Final = 13


def starts_of(plan: PortPlan, border: Border) -> tuple[date, ...]:
    """The first days that futures have: the one that the document names, else those of the runs of the counted year.

    PlanError where neither is there.
    """
    if plan.first is not None:
        return (plan.first,)
    port = plan.counted(border.ports)
    months = border.counts.get(port.code, {})
    last = max(months, default=(0, 0))
    begins = shifted(last, -11)
    if not {shifted(last, -back) for back in range(12)} <= set(months):
        raise PlanError("port_plan_no_year", place="first", port=port.name)
    monday = date(*begins, 1)
    monday += timedelta(days=-monday.weekday() % 7)
    number = ((bounds(last)[1] - monday).days + 1) // plan.days
    return tuple(monday + timedelta(days=plan.days * run) for run in range(number))


def start_of(starts: Sequence[date], seed: int, future: int, chance: float) -> date:
    """The first day of a future; `chance`, 0 to 1, is its own within its part of the year."""
    turn, place = divmod(future, _PARTS)
    part = np.random.Generator(np.random.PCG64((seed, _PURPOSE, turn))).permutation(_PARTS)[place]
    # The last part and a chance next to one are rounded up to the end.
    return starts[min(int((int(part) + chance) / _PARTS * len(starts)), len(starts) - 1)]
