"""A problem found in something filed: what, where, and what to do, in both languages."""

from __future__ import annotations

from typing import Literal

import msgspec

from aforo.domain.text import Text

Gravity = Literal["refusal", "warning"]


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """`record` counts from 1 within the file; `place` is a line, a segment or a path; `code` is stable."""

    record: int
    place: str
    code: str
    reason: Text
    gravity: Gravity = "refusal"

    def rank(self) -> tuple[bool, int]:
        """Where it stands in every list of problems: refusals before warnings, each by record."""
        return self.gravity != "refusal", self.record
