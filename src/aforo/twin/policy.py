"""The policy of a run: which of `routing.choice.POLICIES` decides, with what numbers and prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from aforo.domain.units import Float64Array
from aforo.routing.choice import NONE
from aforo.twin.slopes import slopes_of

#: A policy whose decisions come from outside: the run stops and asks.
OUTSIDE: Final = -1
#: The wait, minutes of work a scanner that is up, below which the capacity policy scans every truck.
WAIT_CEILING: Final = 10.0


@dataclass(frozen=True)
class Policy:
    """Who decides in a run: a policy of `routing.choice.POLICIES` by its code, with its numbers and books of prices.

    `params` float64[PARAMETERS] (`routing.parameters`; none: zeros). `books` float64[D, X]: one row for each class of
    day (`Network.day_class`). `sees_list`: whether the policy is shown the trucks that have filed and not arrived.
    """

    code: int = NONE
    params: Float64Array | None = None
    books: Float64Array | None = None
    sees_list: bool = False

    @cached_property
    def slopes(self) -> Float64Array:
        """The least slopes of the books (`twin.slopes`), found once for all runs under this policy."""
        return slopes_of(np.zeros((0, 0)) if self.books is None else self.books)
