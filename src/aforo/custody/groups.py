"""Causes as people are asked about them: one alert a trip and matter, one a jammed road, by what can still be saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from aforo.custody.cause import MATTER, Cause, CauseKind, Matter, in_order
from aforo.custody.limits import Limits

#: Roads on which trips are one matter: what jams one truck jams all, and a split is that of the whole convoy.
_OF_THE_ROAD: tuple[CauseKind, ...] = ("jammed", "convoy_split")


class Group(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Causes of one `matter`: of one trip, or of all trips on one `road` that are jammed, or split, at once.

    `kinds` are those of its causes, the one first by which most can still be saved, which is `saves`: a share from 0 to
    1. Instants are microseconds since 1970; `until` is NEVER while one of the causes goes on.
    """

    matter: Matter
    trips: tuple[str, ...]
    kinds: tuple[CauseKind, ...]
    since: int
    until: int
    saves: float
    causes: tuple[Cause, ...]
    road: str = ""


def saves(cause: Cause, now: int, limits: Limits) -> float:
    """What a response to a cause can still save at `now`, a share from 0 to 1, by the document's assumed figures.

    `share · 2^(−age / halves)`, where the age is counted from when it began at the latest; a part (`ended`) of that
    once it is over. It orders causes, and is no forecast.
    """
    own = limits.saves.of(cause.kind)
    age = max(0, now - min(cause.latest, cause.since)) / 60e6
    left = own.share * 2.0 ** -(age / own.halves)
    return float(left * (limits.saves.ended.share if cause.until <= now else 1.0))


def grouped(causes: Mapping[str, Iterable[Cause]], now: int, limits: Limits) -> tuple[Group, ...]:
    """The causes of trips (by their identifiers) in groups, those first by which most can still be saved at `now`.

    One that stands alone in a trip and matter is a group. Jammed trips on one road, and splits of one convoy, are one
    while their times overlap, however many trips there are.
    """
    own: dict[tuple[str, Matter], list[tuple[str, Cause]]] = defaultdict(list)
    shared: dict[tuple[str, CauseKind], list[tuple[str, Cause]]] = defaultdict(list)
    for trip in sorted(causes):
        for cause in causes[trip]:
            if cause.kind in _OF_THE_ROAD and cause.road:
                shared[cause.road, cause.kind].append((trip, cause))
            else:
                own[trip, MATTER[cause.kind]].append((trip, cause))
    made = [_group(each, "", now, limits) for each in own.values()]
    for (road, _), members in shared.items():
        made += [_group(each, road, now, limits) for each in _at_once(members)]
    return tuple(sorted(made, key=lambda each: (-each.saves, each.since, each.matter, each.trips)))


def _at_once(members: list[tuple[str, Cause]]) -> list[list[tuple[str, Cause]]]:
    """Causes whose times overlap, together; each with the trip that it is of."""
    made: list[list[tuple[str, Cause]]] = []
    until = 0
    for each in sorted(members, key=lambda member: (in_order(member[1]), member[0])):
        if made and each[1].since <= until:
            made[-1].append(each)
        else:
            made.append([each])
            until = 0
        until = max(until, each[1].until)
    return made


def _group(members: list[tuple[str, Cause]], road: str, now: int, limits: Limits) -> Group:
    ranked = sorted(members, key=lambda each: (-saves(each[1], now, limits), in_order(each[1]), each[0]))
    kinds = tuple(dict.fromkeys(cause.kind for _, cause in ranked))
    every = tuple(cause for _, cause in ranked)
    return Group(
        MATTER[kinds[0]], tuple(sorted({trip for trip, _ in members})), kinds, min(each.since for each in every),
        max(each.until for each in every), saves(every[0], now, limits), every, road,
    )  # fmt: skip
