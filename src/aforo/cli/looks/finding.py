"""What one look found, in words, and what to do about it."""

from __future__ import annotations

from typing import Literal

import msgspec

from aforo.domain.text import Text, catalogue

State = Literal["ok", "warning", "error"]


class Finding(msgspec.Struct, frozen=True):
    """What one look found. `to_do` is empty where nothing is to be done."""

    what: str
    state: State
    said: Text
    to_do: Text | None = None


def found(what: str, state: State, code: str, **fields: object) -> Finding:
    """A finding in the words of its code; one that is not good says what to do."""
    say = catalogue("aforo.cli").say
    told = say(f"doctor_{what}_{code}", **fields)
    return Finding(what, state, told, say(f"doctor_{what}_{code}_to_do", **fields) if state != "ok" else None)
