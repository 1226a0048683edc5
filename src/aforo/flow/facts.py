"""The facts that are evidence about the crossings of a batch, from every source that states some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aforo.domain.event import Decided
from aforo.domain.stated import Contradiction
from aforo.flow.stated import Fact


def facts_of(contradictions: Mapping[int, Iterable[Contradiction]]) -> dict[int, list[Fact]]:
    """The facts of a batch's crossings, by crossing; those without any are left out."""
    return {c: _of(own) for c, own in contradictions.items()}


def facts_recorded(decided: Decided) -> list[Fact]:
    """The facts that a decision was made with."""
    stated = [Fact(source, code, place) for source, code, _, _, place in decided.stated]
    return list(dict.fromkeys([*stated, *_of(decided.contradictions)]))


def _of(contradictions: Iterable[Contradiction]) -> list[Fact]:
    """Of contradictions of one kind it counts that there are any, for the crossing as a whole."""
    return list(dict.fromkeys(Fact("contradiction", each.code) for each in contradictions))
