"""Overrides: an officer chooses otherwise. Raising takes one person; lowering takes a second and a reason."""

from __future__ import annotations

from aforo.domain.decision import EXAMINATIONS, STRICTNESS, Examination
from aforo.domain.declaration import identity_text


class OverrideRefusedError(ValueError):
    """The override is not allowed; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check(
    was: Examination, wanted: Examination, officer: str, seconded_by: str | None, reason: str, *, grounded: bool = False
) -> None:
    """Raise OverrideRefusedError unless the change from `was` to `wanted` is allowed.

    What is `grounded`, by one of the grounds for raising, needs no reason unless it asks for less. An order that
    changes nothing is refused, since it would mark the label that follows as an officer's choice.
    """
    if wanted not in EXAMINATIONS:
        raise OverrideRefusedError("override_unknown_option")
    if not officer.strip():
        raise OverrideRefusedError("override_needs_officer")
    if not reason.strip() and (not grounded or STRICTNESS[wanted] < STRICTNESS[was]):
        raise OverrideRefusedError("override_needs_reason")
    if wanted == was:
        raise OverrideRefusedError("override_changes_nothing")
    second = (seconded_by or "").strip()
    if second and identity_text(second) == identity_text(officer.strip()):
        raise OverrideRefusedError("override_second_is_first")
    if STRICTNESS[wanted] < STRICTNESS[was] and not second:
        raise OverrideRefusedError("override_needs_second")
