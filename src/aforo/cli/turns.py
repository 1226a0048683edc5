"""How the threads of a command that goes on take turns."""

from __future__ import annotations

import sys

#: Seconds for which a thread computes, at most, before another that waits gets its turn.
_SWITCH_S = 0.001


def short_turns() -> None:
    """Let a thread that computes make way sooner than the interpreter would of itself: a thread that asks the database
    a thousand short questions waits for its turn after each."""
    sys.setswitchinterval(_SWITCH_S)
