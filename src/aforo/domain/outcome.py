"""What an examination found: the only source of labels. A scan that found nothing is not proof of clean."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of one examination of one crossing.

    `violation` is None where the examination ended without a finding either way. `severity` is in the unit of the
    source (the declaration table leaves it open; larger is worse). `by_override` marks labels of examinations that an
    officer chose against the product: they are biased and are weighed as such.
    """

    crossing_id: str
    found_at: datetime
    violation: bool | None
    threat: str | None = None
    severity: float | None = None
    by_override: bool = False
