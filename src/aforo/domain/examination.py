"""An examination that took place: who examined what, where, for how long."""

from __future__ import annotations

from datetime import datetime

import msgspec

from aforo.domain.decision import Basis, Examination


class ExaminationRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One examination of one crossing; `minutes` is the time the truck was held for it."""

    crossing_id: str
    examination: Examination
    basis: Basis
    started_at: datetime
    minutes: float | None = None
    joint: bool = False
