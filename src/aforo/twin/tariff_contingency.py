"""What a port opens when a tariff or a rule brings more trucks than it is staffed for: the cheapest that is enough.

Enough is what holds, in the share of futures that the document asks for, the wait of an ordinary week in the busiest
week: its 95th percentile no longer by more than is allowed; and on the mean of futures the harm prevented, no less by
more. (What one week prevents at a small port is mostly chance.) Where not all that may be opened is enough, the
cheapest is sought that comes as far as all of it does.

Options are tried on the same trucks in the order of their cost. What falls short with everything but one thing opened
needs that thing; and what falls short rules out all that opens no more than it. Both rest on opening more never being
worse. What is found is then tried on futures that it was not searched on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.text import Text, catalogue
from aforo.measures.crossing_times import mean_interval
from aforo.measures.economics import Range, worth_of
from aforo.measures.intervals import Interval, proportion
from aforo.twin.base_check import value_missing
from aforo.twin.tariff_bridge import Figures, Opened, Ready, Site, column
from aforo.twin.week_run import known

#: Options that are tried before the search is given up.
MOST_TRIED: Final = 48
#: More trucks than this share that do not come through are more.
_STUCK: Final = 1e-3


class Plan(msgspec.Struct, frozen=True):
    """The contingency plan of a bridge.

    `opened` what is opened in its busiest week; `found` whether that holds what was asked in the futures it was
    searched on, `enough` whether it does so in those not searched on too, by the lower limit of `held` and the mean of
    `lost`. `held` is the share of futures not searched on in which the wait and the passage hold, `undone` that with
    nothing opened. `lost` and `lost_undone`: by how much less of the harm is prevented than in an ordinary week, with
    the plan and with nothing opened. `cost` US$ a week with the limits of the stated ranges. `wait` and `prevented`:
    the 95th percentile of the wait, minutes, and the share of harm prevented, of an ordinary week, with nothing opened,
    and with the plan.
    `saved` truck-hours of that week, `value` what they are worth: null where that is not clear, where trucks never come
    through (`stranded`), and where the base was not checked; `value_missing` says which.
    """

    opened: Opened
    found: bool
    enough: bool
    tried: int
    options: int
    cost: Interval
    held: Interval
    undone: Interval
    lost: Interval
    lost_undone: Interval
    wait: tuple[Interval, Interval, Interval]
    prevented: tuple[Interval, Interval, Interval]
    saved: Interval
    value: Range | None
    value_missing: Text | None
    stranded: bool


class Found(msgspec.Struct, frozen=True):
    """What the search came to: what is opened, whether it is enough, and how many options were tried of how many."""

    opened: Opened
    enough: bool
    tried: int
    options: int


def holds(site: Site, ordinary: Sequence[Figures], own: Sequence[Figures]) -> npt.NDArray[np.bool_]:
    """bool[futures]: whether the wait of the busiest week is that of an ordinary one, as far as is asked, and as many
    trucks come through."""
    longer = column(own, "wait_p95") - column(ordinary, "wait_p95")
    through = column(own, "missing_share") <= column(ordinary, "missing_share") + _STUCK
    held: npt.NDArray[np.bool_] = (longer <= site.tariff.contingency.longer.minutes) & through
    return held


def loss(ordinary: Sequence[Figures], own: Sequence[Figures]) -> float:
    """By how much less of the harm is prevented than in an ordinary week, on the mean of futures."""
    return losses(ordinary, own).value or 0.0


def losses(ordinary: Sequence[Figures], own: Sequence[Figures]) -> Interval:
    """`loss` with the limits of the mean."""
    return mean_interval(known(column(ordinary, "prevented_share") - column(own, "prevented_share")))


def searched(site: Site, futures: Sequence[int], ordinary: Sequence[Figures], workers: int) -> tuple[Found, Ready]:
    """The cheapest of what may be opened that is enough on these futures, else that comes as far as all of it."""
    options = site.options()
    order = sorted(options, key=lambda each: (site.cost(each)[0], each))
    most = _greatest(options)
    tries: dict[Opened, tuple[float, float, Ready]] = {}

    def tried(opened: Opened) -> tuple[float, float]:
        """The share of futures in which the wait holds, and how much less is prevented."""
        if opened not in tries:
            ready = site.ready(opened)
            own = list(site.runs(ready, futures, workers))
            tries[opened] = float(holds(site, ordinary, own).mean()), loss(ordinary, own), ready
        return tries[opened][:2]

    def reaches(opened: Opened, share: float, less: float) -> bool:
        held, lost = tried(opened)
        return held >= share and lost <= less

    def found(opened: Opened, enough: bool) -> tuple[Found, Ready]:
        return Found(opened, enough, len(tries), len(options)), tries[opened][2]

    asked = site.tariff.contingency
    share, less = asked.held.share, asked.less.share
    enough = reaches(order[0], share, less)
    if enough or len(order) == 1:
        return found(order[0], enough)
    enough = reaches(most, share, less)
    held, lost = tried(most)
    share, less = min(share, held), max(less, lost)
    if reaches(order[0], share, less):
        return found(order[0], False)
    short = [order[0]]
    short += [left_out for left_out in _without_one(most, options) if not reaches(left_out, share, less)]
    for opened in order:
        if len(tries) >= MOST_TRIED:
            break
        if not any(opened.within(each) for each in short):
            if reaches(opened, share, less):
                return found(opened, enough)
            short.append(opened)
    return found(most, enough)


def _greatest(options: Sequence[Opened]) -> Opened:
    """The option that opens most: as many booths as there are, and of everything else all."""
    return max(
        options, key=lambda each: (each.standard + each.fast, *map(int, msgspec.structs.astuple(each)[2:]), each)
    )


def _without_one(most: Opened, options: Sequence[Opened]) -> list[Opened]:
    """The options that open everything but one thing."""
    idle = msgspec.structs.asdict(Opened())
    made = [
        msgspec.structs.replace(most, **{name: idle[name]})
        for name, value in msgspec.structs.asdict(most).items()
        if value != idle[name]
    ]
    return [each for each in made if each in options]


def plan_of(
    site: Site, found: Found, ordinary: Sequence[Figures], undone: Sequence[Figures], own: Sequence[Figures]
) -> Plan:
    """The plan of a bridge, from the figures of futures that it was not searched on."""
    stated, low, high = site.cost(found.opened)
    saved = mean_interval(column(undone, "truck_hours") - column(own, "truck_hours"))
    held, lost = _share(holds(site, ordinary, own)), losses(ordinary, own)
    asked = site.tariff.contingency
    stranded = bool(np.any([column(each, "missing_share") > 0.0 for each in (undone, own)]))
    say = catalogue("aforo.twin").template
    worth = None if found.opened.nothing or stranded else worth_of(saved)
    weeks = (ordinary, undone, own)
    waits, harms = (tuple(_mean(each, name) for each in weeks) for name in ("wait_p95", "prevented_share"))
    return Plan(
        opened=found.opened,
        found=found.enough,
        enough=found.enough and held.low >= asked.held.share and (lost.value or 0.0) <= asked.less.share,
        tried=found.tried,
        options=found.options,
        cost=Interval(stated, low, high),
        held=held,
        undone=_share(holds(site, ordinary, undone)),
        lost=lost,
        lost_undone=losses(ordinary, undone),
        wait=(waits[0], waits[1], waits[2]),
        prevented=(harms[0], harms[1], harms[2]),
        saved=saved,
        value=worth if site.base.checked else None,
        value_missing=(say("value_stranded") if stranded else value_missing(site.base, worth, "value_unclear")),
        stranded=stranded,
    )


def _share(held: npt.NDArray[np.bool_]) -> Interval:
    return proportion(int(held.sum()), len(held))


def _mean(figures: Sequence[Figures], name: str) -> Interval:
    return mean_interval(known(column(figures, name)))
