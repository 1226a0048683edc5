"""Overrides: an officer chooses otherwise. Raising takes one person; lowering takes a second and a reason."""

from __future__ import annotations

from aforo.domain.decision import EXAMINATIONS, STRICTNESS, Examination


class OverrideRefusedError(ValueError):
    """The override is not allowed; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check(was: Examination, wanted: Examination, officer: str, seconded_by: str | None, reason: str) -> None:
    """Raise OverrideRefusedError unless the change from `was` to `wanted` is allowed.

    An order that changes nothing is refused, since it would mark the label that follows as an officer's choice.
    """
    if wanted not in EXAMINATIONS:
        raise OverrideRefusedError("override_unknown_option")
    if not officer.strip():
        raise OverrideRefusedError("override_needs_officer")
    if not reason.strip():
        raise OverrideRefusedError("override_needs_reason")
    if wanted == was:
        raise OverrideRefusedError("override_changes_nothing")
    second = (seconded_by or "").strip()
    if second and second.casefold() == officer.strip().casefold():
        raise OverrideRefusedError("override_second_is_first")
    if STRICTNESS[wanted] < STRICTNESS[was] and not second:
        raise OverrideRefusedError("override_needs_second")
