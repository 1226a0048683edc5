"""What an examination found: the only source of labels. A scan that found nothing is not proof of clean."""

from __future__ import annotations

from aforo.domain.checked import Checked, Identifier, Instant, Quantity
from aforo.domain.threat import Threat


class Outcome(Checked, frozen=True, omit_defaults=True):
    """The outcome of one examination of one crossing.

    `violation` is None where the examination ended without a finding either way. `severity` is in the unit of the
    source (the declaration table leaves it open; larger is worse). `by_override` marks labels of examinations that an
    officer chose against the product: they are biased and are weighed as such.
    """

    crossing_id: Identifier
    found_at: Instant
    violation: bool | None
    threat: Threat | None = None
    severity: Quantity | None = None
    by_override: bool = False
