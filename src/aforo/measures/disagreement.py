"""One figure as several sources tell it: shown together, with the difference, since none of them is simply right.

The first source is the one that the others are held against. A source that tells nothing stays in the list without a
value: that it is silent is worth knowing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from aforo.domain.text import Text, catalogue

#: What is compared; the sentence `compared.<what>` says what each source means by it.
What = Literal["wait", "scan_rate", "crossings"]
Unit = Literal["minutes", "share", "trucks"]


class Said(msgspec.Struct, frozen=True):
    """What one source says: its value with limits where it has any, of how many (trucks, readings), and as of when it
    spoke last. None is what it does not say. `less` is its value less that of the first source, `apart` whether it lies
    beyond the limits of the first; None where either has none."""

    source: str
    value: float | None
    low: float | None = None
    high: float | None = None
    count: int | None = None
    at: datetime | None = None
    less: float | None = None
    apart: bool | None = None


class Disagreement(msgspec.Struct, frozen=True):
    """A figure by all sources that speak of it, in `unit`. `words` say what each of them means, and why they may
    differ without either being wrong. `bridge_days` are the local days of bridges that all of them tell of, which the
    values are of; with none of these there are no values. None where the values are of something else, as of months."""

    what: What
    unit: Unit
    told: tuple[Said, ...]
    words: Text
    bridge_days: int | None = None


def together(what: What, unit: Unit, told: Sequence[Said], bridge_days: int | None = None) -> Disagreement | None:
    """The sources beside each other; None where fewer than two say anything."""
    if sum(each.value is not None for each in told) < 2:
        return None
    first, *others = sorted(told, key=lambda each: each.value is None)  # the first that says anything
    compared = [first, *(_against(first, each) for each in others)]
    words = catalogue("aforo.measures").template(f"compared.{what}")
    return Disagreement(what, unit, tuple(compared), words, bridge_days)


def never_together(what: What, unit: Unit, sources: Sequence[str]) -> Disagreement:
    """Sources that speak of no day of any bridge in common: there is nothing to compare, and that is said."""
    words = catalogue("aforo.measures").template("compared.no_day")
    return Disagreement(what, unit, tuple(Said(each, None) for each in sources), words, 0)


def _against(first: Said, other: Said) -> Said:
    if first.value is None or other.value is None:
        return other
    apart = None if first.low is None or first.high is None else not first.low <= other.value <= first.high
    return msgspec.structs.replace(other, less=other.value - first.value, apart=apart)
