"""An examination that took place: who examined what, where, for how long."""

from __future__ import annotations

from aforo.domain.checked import Checked, Identifier, Instant, Quantity
from aforo.domain.decision import Basis, Examination


class ExaminationRecord(Checked, frozen=True, omit_defaults=True):
    """One examination of one crossing; `minutes` is the time the truck was held for it."""

    crossing_id: Identifier
    examination: Examination
    basis: Basis
    started_at: Instant
    minutes: Quantity | None = None
    joint: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.examination == "release":
            raise self.wrong("examination", "what was done: a truck that was released was not examined")
