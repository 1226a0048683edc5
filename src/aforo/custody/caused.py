"""The causes of a trip as the log tells of them: which are known from before, which changed, and which are none now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Literal

import msgspec

from aforo.custody.case import NEVER
from aforo.custody.cause import ASKS_THOUGH_OVER, MATTER, TOLD_ALONE, Cause, CauseKind, Matter, in_order
from aforo.custody.coverage import others_heard
from aforo.custody.fact import Gap
from aforo.custody.limits import Limits
from aforo.domain.trip import TripCause, TripCaused, Withdrawn

#: Causes of one kind that are named: the first, and the last, of those that somebody signed and of those that nobody
#: did. Nobody is asked about more of one trip, and a device that says a thousand things makes no event larger.
FIRST, LAST = 10, 20


def caused(
    before: TripCaused | None, found: Iterable[Cause], judged_by: tuple[str, ...], limits: Limits
) -> TripCaused | None:
    """What is to be recorded of a trip that has these causes now; None where that is what was recorded before.

    A cause is the same as one of before where kind and device are, and they are of one time. It keeps its identifier,
    and has changed where it now is said to have begun otherwise, or elsewhere; that it goes on or ends is no change.
    `judged_by` are the hashes of the documents, and behind them that of the trip's places; `limits` those among these.
    """
    known = () if before is None else before.causes
    ordered = sorted(found, key=in_order)
    matched = _matched(known, ordered)
    every = _numbered(
        _told(each, known[matched[place]] if place in matched else None) for place, each in enumerate(ordered)
    )
    gone = [each for place, each in enumerate(known) if place not in matched.values()]
    named, more = _named(every)
    withdrawn = tuple(Withdrawn(each.id, each.kind, _why(each, ordered, before, judged_by)) for each in gone)
    made = TripCaused(named, withdrawn, judged_by, more)
    if before is None:
        return made if named else None
    same = not withdrawn and _alike(made, limits) == _alike(before, limits)
    return None if same and (alike_judged(before, made) or not _any_alone(made, limits)) else made


def alike_judged(one: TripCaused, other: TripCaused) -> bool:
    """Whether both were found by the same documents, wherever the trip may stop: the places are the last of what a trip
    is judged by."""
    return one.judged_by[:-1] == other.judged_by[:-1]


def cause_of(told: TripCause) -> Cause:
    """A cause as it was recorded, to be ranked by what a response can still save, and shown."""
    kind: CauseKind = msgspec.convert(told.kind, CauseKind)
    gap: Gap | None = msgspec.convert(told.gap or None, Gap | None)
    return Cause(
        kind, told.device, told.since, told.earliest, told.latest, told.latest, told.until, told.grade,
        place=told.place, road=told.road, metres=told.metres, heard=told.heard, expected=told.expected,
        latitude=told.latitude, longitude=told.longitude, gap=gap,
    )  # fmt: skip


def matter_of(kind: str) -> Matter:
    """The matter that a recorded cause is of."""
    return MATTER[msgspec.convert(kind, CauseKind)]


def goes_on(told: TripCause) -> bool:
    """Whether it had not ended by when it was recorded."""
    return told.until == NEVER


def asks(told: TripCause) -> bool:
    """Whether somebody is to see to it: a silence that was over before anybody could know is a fact of the record, and
    so is a watched fence. A block that never came is none of these: what was in it is not known."""
    over = matter_of(told.kind) == "silence" and not goes_on(told) and told.kind not in ASKS_THOUGH_OVER
    return told.kind not in TOLD_ALONE and not over


def _matched(known: Sequence[TripCause], found: Sequence[Cause]) -> dict[int, int]:
    """For the places of those found that were known: the place of each one's there. What is exactly as it was comes
    before what only is of one time with it."""
    by_kind: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, each in enumerate(known):
        by_kind[each.kind, each.device].append(place)
    same: dict[int, int] = {}
    for exactly in (True, False):
        for place, now in enumerate(found):
            if place in same:
                continue
            own = by_kind[now.kind, now.device]
            hit = next((each for each in own if _one(known[each], now, exactly)), None)
            if hit is not None:
                own.remove(hit)
                same[place] = hit
    return same


def _one(was: TripCause, now: Cause, exactly: bool) -> bool:
    if exactly:
        return (was.since, was.place, was.road) == (now.since, now.place, now.road)
    return was.earliest <= max(now.until, now.latest) and now.earliest <= max(was.until, was.latest)


def _told(now: Cause, was: TripCause | None) -> TripCause:
    # A silence began when the promise ran out; that it was last looked at now says nothing of it.
    latest = now.since if MATTER[now.kind] == "silence" else now.latest
    told = TripCause(
        f"{now.kind}:{now.device}:{now.since}", now.kind, now.device, now.since, now.earliest, latest, now.until,
        now.grade, now.place, now.road, now.latitude, now.longitude, now.metres, now.heard, now.expected,
        now.gap or "",
    )  # fmt: skip
    if was is None:
        return told
    changed = was.changed or _began(was) != _began(told)
    return msgspec.structs.replace(told, id=was.id, changed=changed)


def _began(told: TripCause) -> tuple[object, ...]:
    return told.since, told.latest, told.place


def _numbered(every: Iterable[TripCause]) -> list[TripCause]:
    """The same, no two of one identifier: two fences may be entered at one instant."""
    made: list[TripCause] = []
    taken: dict[str, int] = defaultdict(int)
    for each in every:
        taken[each.id] += 1
        made.append(each if taken[each.id] == 1 else msgspec.structs.replace(each, id=f"{each.id}:{taken[each.id]}"))
    return made


def _named(every: Sequence[TripCause]) -> tuple[tuple[TripCause, ...], int]:
    """Of each kind the first and the last; and how many are left out. Claims crowd out nothing that is signed: a proven
    opening proves the fact, wherever it stands among them."""
    alike: dict[tuple[str, bool], list[TripCause]] = defaultdict(list)
    for each in every:
        alike[each.kind, each.grade == "unsigned"].append(each)
    kept = {
        each.id
        for own in alike.values()
        for each in (own if len(own) <= FIRST + LAST else chain(own[:FIRST], own[-LAST:]))
    }
    named = tuple(each for each in every if each.id in kept)
    return named, len(every) - len(named)


def _why(
    gone: TripCause, found: Iterable[Cause], before: TripCaused | None, judged_by: tuple[str, ...]
) -> Literal["late_data", "judged_otherwise", "road_jammed", "announced_otherwise"]:
    if gone.kind == "silent" and any(each.kind == "jammed" and _of_one_time(gone, each) for each in found):
        return "road_jammed"
    if before is None or before.judged_by == judged_by:
        return "late_data"
    # The places of the trip are the last of it. Of one under seal an authority alone changes them.
    return "announced_otherwise" if before.judged_by[:-1] == judged_by[:-1] else "judged_otherwise"


def _of_one_time(was: TripCause, now: Cause) -> bool:
    return was.device == now.device and _one(was, now, exactly=False)


def _any_alone(said: TripCaused, limits: Limits) -> bool:
    """Whether a silence goes on while nearly all beside it are heard. By other limits it may not have been so, and what
    answers it waits for a record (`flow.response_starts`)."""
    return any(
        each.kind == "silent" and goes_on(each) and others_heard(each.heard, each.expected, limits)
        for each in said.causes
    )


def _alike(said: TripCaused, limits: Limits) -> tuple[object, ...]:
    """What makes a set another one: how far a truck is off, and how many are heard beside it, changes with each
    reading; that anybody else is expected there, and that nearly all of these are heard, seldom does: whether the
    silence is the truck's own hangs on it."""
    return [_coarsely(each, limits) for each in said.causes], said.more


def _coarsely(told: TripCause, limits: Limits) -> TripCause:
    heard = int(others_heard(told.heard, told.expected, limits))
    return msgspec.structs.replace(told, metres=0, heard=heard, expected=min(told.expected, 2))
