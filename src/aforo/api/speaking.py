"""For which bridges a token speaks: a device for those that it was issued for, and anyone else for all."""

from __future__ import annotations

from aforo.flow.live_bridges import LiveBridges
from aforo.log.tokens import Token


def speaks_for(token: Token, live: LiveBridges) -> frozenset[str] | None:
    """The identifiers of the bridges that a device speaks for, None for whoever is none. One that was issued for no
    bridge, as before tokens named any, speaks for none."""
    if token.role != "device":
        return None
    return frozenset(own for each in token.carriers if (own := live.called(each)) is not None)
