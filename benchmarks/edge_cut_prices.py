"""Prices for the bridge of `edge_cut_off`: a store that has its port document and tables, and a load that swings."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from edge_cut_traffic import START
from priced_decisions import put_prices

from aforo.flow.priced import BridgeNow
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.ports import shipped
from aforo.routing import policy as policies
from aforo.routing.choice import RESOURCES

PRICED = "world-trade"
#: The shipped policy with a third of the harm: a truck is worth a scan where there is room, not where it is full.
LOWER_HARM = policies.default_document().replace(b"minutes = 600", b"minutes = 200")
#: Units that are up at each resource, and the trucks of the last hour.
UNITS, ARRIVALS = 5, 40.0
#: Minutes of work at each resource, at most, and the hours in which the bridge fills and empties.
MOST_WORK, SWING_H = 240.0, 6.0


def solved(folder: Path, keys: Path) -> Path:
    """A folder with a store in which the bridge has prices, and the keys that go with it: each trial takes a copy."""
    made = folder / "priced"
    made.mkdir()
    shutil.copy(keys, made / "keys.sqlite")
    found = shipped.bridge_called(PRICED)
    assert found is not None
    with (
        closing(KeyStore(made / "keys.sqlite")) as own,
        Log.open(f"sqlite:///{made / 'log.sqlite'}", own, synchronous="OFF", clock=lambda: START) as log,
    ):
        put_prices(log, found[1])
    return made


def swinging(start: datetime) -> Callable[[str, datetime, datetime], BridgeNow]:
    """How the bridge stands at an instant: it fills and empties, so that a truck that was released an hour ahead may
    find room."""

    def state(bridge: str, at: datetime, arrives: datetime) -> BridgeNow:
        turn = 2 * math.pi * ((at - start) / timedelta(hours=SWING_H))
        work = MOST_WORK * (1 + math.cos(turn)) / 2
        return BridgeNow([work] * len(RESOURCES), [UNITS] * len(RESOURCES), ARRIVALS, at)

    return state
