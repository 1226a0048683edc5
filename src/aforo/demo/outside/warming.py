"""What a new demonstration's node will compute is compiled beforehand, while the node compiles what it computes first.

Loops are compiled on their first use and kept on disk (numba), which takes most of a first start. A machine has more
than one core: so the world's process, which has little to do before the node is there, uses some of them once, on
numbers of no meaning, and the node finds them compiled. Where they are, nothing takes long here.
"""

from __future__ import annotations

import numpy as np

from aforo.demo.outside.places import Shown
from aforo.domain.units import PPB
from aforo.flow.solving import wanted, worth_of_brief
from aforo.risk.features import FEATURES
from aforo.risk.learning import fit
from aforo.risk.memory import Outcomes
from aforo.routing import policy as policies
from aforo.routing.prices import solved

#: Rows to fit on, crossings to price, and trucks of a day: enough for every loop to run.
_ROWS, _CROSSINGS, _TRUCKS = 400, 400, 400.0


def warm(shown: Shown) -> None:
    """Fit a model, and solve a table of a bridge; both are thrown away."""
    drawn = np.random.default_rng(0)
    features = drawn.normal(size=(_ROWS, len(FEATURES))).astype(np.float32)
    found = (features[:, 0] + drawn.normal(size=_ROWS) > 1.0).astype(np.int8)
    crossing = np.arange(1, _ROWS + 1, dtype=np.uint64)
    fit(features, Outcomes.of(found), np.arange(_ROWS, dtype=np.float64), crossing=crossing, filings=_ROWS)
    chances = (drawn.random(_CROSSINGS) * 0.05 * PPB).astype(int).tolist()
    worth = worth_of_brief(chances, policies.parse(policies.default_document()))
    solved(wanted(shown.bridge, _TRUCKS, worth)[0])
