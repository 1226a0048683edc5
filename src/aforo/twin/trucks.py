"""The columns of trucks that go into a run, and those of what became of them that come out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from aforo.domain.decision import EXAMINATIONS
from aforo.domain.threat import THREATS
from aforo.domain.units import Float64Array, Int64Array
from aforo.routing.choice import RESOURCES
from aforo.twin.network import LANES, SERVICES

Codes = npt.NDArray[np.int8]

#: In `mandatory` and `lottery`: an examination, whichever the policy finds best.
ANY = len(EXAMINATIONS)
#: In `carried`: the places where an image is taken, and those where a truck is opened.
SCANS = sum(1 << RESOURCES.index(name) for name in ("scanner", "portal", "yard"))
BY_HAND = sum(1 << RESOURCES.index(name) for name in ("dock", "joint"))
#: Bits of `orders` for each stage, and places of the option and the basis in them.
ORDER_BITS, OPTION_BITS = 8, 3
#: Classes of value in the list of trucks that have filed and not arrived.
MOST_VALUE_CLASSES = 64
#: Whose choice an option was. `NO_CHOICE`: released, with nothing chosen.
NO_CHOICE, BY_MANDATE, BY_LOT, BY_POLICY, BY_ALARM = range(5)


class TrucksError(ValueError):
    """Columns that cannot be run; says which, and what they must be."""


@dataclass(frozen=True)
class Trucks:
    """n trucks of one bridge, in the order of arrival (then of number). Times in µs of the run, codes −1 for none.

    `number` int64[n]: the truck's number at its bridge, by which its chances are drawn; it rises. `arrives` int64[n]:
    when it reaches the bridge, or, for one that does not come (`shows` 0), when it is given up. `filed` int64[n]: when
    its manifest came (NEVER: not before arrival); a decision before arrival is taken then. `listed` int64[n]: from when
    it is on the list of those who have filed and not arrived (NEVER: it never is); it leaves the list at `arrives`.
    `lane`, `threat` (hidden truth), `mandatory` and `lottery` (the option that comes before the policy: one of
    EXAMINATIONS, or ANY for the examination that the policy finds best) and `value_class` (`choice.class_of`) are
    int8[n]. `prevented` float64[n, options]: truck-minutes that each option is expected to prevent. `alarm` float64[n]:
    chance that a scan alarms; `raised` float64[n]: what an alarm multiplies `prevented` by, P(threat | alarm) ÷
    P(threat). `predicted` int64[n, resources]: predicted time at each, µs, −1 missing (at the booth: what an examined
    truck takes more than a released one). `service` int64[n, SERVICES]: the time that it will take, µs.
    """

    number: Int64Array
    arrives: Int64Array
    filed: Int64Array
    listed: Int64Array
    shows: Codes
    lane: Codes
    threat: Codes
    mandatory: Codes
    lottery: Codes
    value_class: Codes
    prevented: Float64Array
    alarm: Float64Array
    raised: Float64Array
    predicted: Int64Array
    service: Int64Array

    def __len__(self) -> int:
        return len(self.number)

    def rows(self, chosen: slice | npt.NDArray[np.generic]) -> Trucks:
        """These rows alone."""
        return Trucks(*(getattr(self, column.name)[chosen] for column in fields(self)))

    def check(self) -> None:
        """Raises TrucksError if a column is of the wrong length, out of order or out of range."""
        n = len(self)
        widths = {"prevented": len(EXAMINATIONS), "predicted": len(RESOURCES), "service": len(SERVICES)}
        for column in fields(self):
            held = getattr(self, column.name)
            wanted = (n, widths[column.name]) if column.name in widths else (n,)
            if held.shape != wanted:
                raise TrucksError(f"column {column.name} is of shape {held.shape}; it must be {wanted}")
        if n and (np.any(np.diff(self.arrives) < 0) or np.any(np.diff(self.number) <= 0)):
            raise TrucksError("trucks are in the order of arrival, and their numbers rise")
        limits = {
            "lane": (0, len(LANES)),
            "threat": (-1, len(THREATS)),
            "mandatory": (-1, ANY + 1),
            "lottery": (-1, ANY + 1),
            "value_class": (0, MOST_VALUE_CLASSES),
            "shows": (0, 2),
        }
        for name, (low, high) in limits.items():
            held = getattr(self, name)
            if n and not (low <= int(held.min()) and int(held.max()) < high):
                raise TrucksError(f"column {name} holds codes from {low} to {high - 1}")
        if n and (int(self.service.min()) < 0 or int(self.predicted.min()) < -1 or int(self.number[0]) < 0):
            raise TrucksError("times and numbers are not negative (a missing prediction is −1)")
        for name in ("prevented", "alarm", "raised"):
            if np.any(getattr(self, name) < 0.0) or np.any(np.isinf(getattr(self, name))):
                raise TrucksError(f"column {name} is finite and not negative; NaN where it is missing")


@dataclass(frozen=True)
class Fates:
    """What became of n trucks, in columns; instants in µs of the run, −1 where it did not come to that.

    `number`, `arrives`, `primary` (service began at a booth: the end of the wait), `primary_end`, `exam` (the first
    examination began), `exam_end` (the last one ended), `scan_end` (the last image was taken), `left` int64[n].
    `orders` int64[n]: what was decided at each stage (`decided_at`). `lane`, `option` (last ordered), `basis`
    (NO_CHOICE…), `carried` (bit mask of the options' examinations carried out), `alarm` (1 if one alarmed), `threat`,
    `found` (1: a hidden threat was found) int8[n].
    """

    number: Int64Array
    arrives: Int64Array
    primary: Int64Array
    primary_end: Int64Array
    exam: Int64Array
    exam_end: Int64Array
    scan_end: Int64Array
    left: Int64Array
    orders: Int64Array
    lane: Codes
    threat: Codes
    option: Codes
    basis: Codes
    carried: Codes
    alarm: Codes
    found: Codes

    def __len__(self) -> int:
        return len(self.number)


def decided_at(orders: Int64Array, stage: int) -> tuple[Int64Array, Int64Array]:
    """What was decided at a stage, the last time there, and by whose choice (NO_CHOICE…): int64[n] each, −1 where
    nothing was."""
    held = (orders >> (ORDER_BITS * stage)) & ((1 << ORDER_BITS) - 1)
    told = held > 0
    option = np.where(told, (held & ((1 << OPTION_BITS) - 1)) - 1, -1)
    return option, np.where(told, held >> OPTION_BITS, -1)


def none() -> Trucks:
    """No trucks."""

    def empty(kind: type[np.generic], width: int | None = None) -> npt.NDArray[Any]:
        return np.zeros(0 if width is None else (0, width), kind)

    widths = {"prevented": len(EXAMINATIONS), "predicted": len(RESOURCES), "service": len(SERVICES)}
    wide = {"number", "arrives", "filed", "listed", "predicted", "service"}
    exact = {"prevented", "alarm", "raised"}
    columns = {
        column.name: empty(
            np.int64 if column.name in wide else np.float64 if column.name in exact else np.int8,
            widths.get(column.name),
        )
        for column in fields(Trucks)
    }
    return Trucks(**columns)
