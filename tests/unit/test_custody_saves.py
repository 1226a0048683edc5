"""What a response to a cause can still save."""

from __future__ import annotations

import pytest
from driven import LIMITS
from sealed import MINUTE, START

from aforo.custody.case import NEVER
from aforo.custody.cause import CAUSE_KINDS, Cause, CauseKind
from aforo.custody.saves import saves

NOW = START + 60 * MINUTE


def cause(kind: CauseKind, at: int = 0, until: int | None = None, road: str = "") -> Cause:
    """A cause of some kind that began so many minutes after the start."""
    since = START + at * MINUTE
    return Cause(
        kind,
        "seal-1",
        since,
        since - MINUTE,
        since,
        since,
        NEVER if until is None else START + until * MINUTE,
        road=road,
    )


def test_what_a_response_can_save_halves_and_falls_when_the_cause_is_over() -> None:
    own = LIMITS.saves.kind["opened"]
    assert saves(cause("opened", 60), NOW, LIMITS) == pytest.approx(own.share)
    assert saves(cause("opened", 60 - round(own.halves)), NOW, LIMITS) == pytest.approx(own.share / 2)
    ended = saves(cause("opened", 60 - round(own.halves), 59), NOW, LIMITS)
    assert ended == pytest.approx(own.share / 2 * LIMITS.saves.ended.share)
    assert all(0 <= saves(cause(kind), NOW, LIMITS) <= 1 for kind in CAUSE_KINDS)
