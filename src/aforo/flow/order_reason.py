"""Why an officer ordered otherwise, as a reader is told: their own sentence, or the ground that they chose."""

from __future__ import annotations

from aforo.domain.event import Overridden
from aforo.domain.text import Text, catalogue

_CATALOGUE = catalogue("aforo.flow")


def reason_of(order: Overridden) -> Text:
    """The ground in both languages, and the sentence as it was written; either may be all there is."""
    written = Text(order.reason, order.reason)
    if order.ground is None:
        return written
    ground = _CATALOGUE.template(f"ground_{order.ground}")
    return _CATALOGUE.say("ground_and_reason", ground=ground, reason=written) if order.reason else ground
