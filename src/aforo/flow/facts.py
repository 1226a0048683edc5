"""The facts that are evidence about the crossings of a batch, from every source that states some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aforo.domain.event import Decided
from aforo.domain.screening import ListedParty
from aforo.domain.stated import Contradiction
from aforo.flow.stated import Fact


def facts_of(
    contradictions: Mapping[int, Iterable[Contradiction]], listed: Mapping[int, Iterable[ListedParty]]
) -> dict[int, list[Fact]]:
    """The facts of a batch's crossings, by crossing; those without any are left out."""
    return {
        c: [*_of(contradictions.get(c, ())), *_of_lists(listed.get(c, ()))]
        for c in sorted(contradictions.keys() | listed.keys())
    }


def facts_recorded(decided: Decided) -> list[Fact]:
    """The facts that a decision was made with."""
    stated = [Fact(source, code, place) for source, code, _, _, place in decided.stated]
    return list(dict.fromkeys([*stated, *_of(decided.contradictions), *_of_lists(decided.listed)]))


def _of(contradictions: Iterable[Contradiction]) -> list[Fact]:
    """Of contradictions of one kind it counts that there are any, for the crossing as a whole."""
    return list(dict.fromkeys(Fact("contradiction", each.code) for each in contradictions))


def _of_lists(listed: Iterable[ListedParty]) -> list[Fact]:
    """Of the parties of a declaration it counts that one is on a list, or else that one may be: many namesakes of one
    name say no more than one."""
    strongest: dict[int, str] = {}
    for each in listed:
        if strongest.get(each.place) != "confirmed":
            strongest[each.place] = each.standing
    return [Fact("list", standing, place) for place, standing in sorted(strongest.items())]
