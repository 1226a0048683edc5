"""scanned → decided again: what an image showed says whether a truck goes on, to the dock, or to both countries' dock.

An image is no finding: it moves the chance of each threat by how well scans find it, and what that is worth is held
against the price of the dock at that moment. A clear image ends a scan; no choice is made after it.
"""

from __future__ import annotations

from aforo.domain.event import Decided, Examined, Overridden
from aforo.flow.node import Node
from aforo.flow.order import but_undone
from aforo.flow.priced import Moment
from aforo.flow.reassess import Reassessed, reassess

#: What says how a truck stands.
_WORDS = (Examined, Decided, Overridden)


def decide_after_scan(stream: str, node: Node) -> Reassessed | None:
    """Decide a crossing again after its last scan, where that alarmed or showed nothing clear, nothing was found, and
    nobody has decided since; None where there is nothing to decide, or the bridge has no prices. Raises
    ConcurrencyError; asked again, it does what is left to do.
    """
    if node.bridges is None:
        return None
    events = node.log.stream(stream)
    last = next((each for each in reversed(but_undone(events)) if isinstance(each.payload, _WORDS)), None)
    examined = None if last is None else last.payload
    if not isinstance(examined, Examined) or examined.image in (None, "clear") or examined.outcome.violation:
        return None
    crossing = stream.removeprefix("crossing/")
    decided = next(each for stored in reversed(events) if isinstance(each := stored.payload, Decided))
    moment = Moment("scanned", {crossing: decided.bridge}, {crossing: examined.image})
    made = reassess([events], node, moment)
    return made[0] if made else None
