"""Small numbers kept back from a published table, and others with them, so that none can be had by subtraction.

A cell under `LEAST` is blank. Where a total is published beside its cells, what is blank is the total less the others:
so the smallest cell that is not small is blanked too, and more of them until all that is blank comes to twice `LEAST`;
where there is none, the total is. Who knows the rule then knows of a small cell that it is small, and nothing more: the
other blank cell may have been any size. What stays is rounded to `STEP`, each number by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

#: A smaller number is not published.
LEAST: Final = 10
#: Published counts are multiples of this.
STEP: Final = 10


class Blanks(NamedTuple):
    """Which cells are blank for being small, which with them, and whether the total is."""

    small: tuple[bool, ...]
    with_others: tuple[bool, ...]
    total: bool


def blanks(counts: Sequence[int]) -> Blanks:
    """What is blank of some cells whose total is published."""
    small = [each < LEAST for each in counts]
    others = [False] * len(counts)
    while any(small) and not _hidden(counts, small, others):
        rest = [place for place, own in enumerate(small) if not own and not others[place]]
        if not rest:
            break
        others[min(rest, key=lambda place: (counts[place], place))] = True
    exposed = any(small) and not _hidden(counts, small, others)
    return Blanks(tuple(small), tuple(others), exposed or sum(counts) < LEAST)


def _hidden(counts: Sequence[int], small: Sequence[bool], others: Sequence[bool]) -> bool:
    """Whether another cell is blank with the small ones, and all of them come to twice LEAST."""
    blank = sum(n for n, own, other in zip(counts, small, others, strict=True) if own or other)
    return any(others) and blank >= 2 * LEAST


def rounded(count: int) -> int:
    """A count as it is published: the nearest multiple of STEP, halves upward."""
    return (count + STEP // 2) // STEP * STEP


def share_shows(part: int, whole: int) -> bool:
    """Whether a share may be shown: neither those that have it nor those that have it not are a small number."""
    return part >= LEAST and whole - part >= LEAST


def dominated(counts: Sequence[int], fewest: int = 3, most: float = 0.8) -> bool:
    """Whether a figure of several places is in truth of one: fewer than `fewest` of them have LEAST crossings, or one
    has more than the share `most` of all (an (n, k) rule; Hundepool and others, Statistical Disclosure Control,
    2012)."""
    return sum(each >= LEAST for each in counts) < fewest or max(counts) > most * sum(counts)
