"""The states of a trip's seals over time: which holds when, since when, and by which facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from aforo.custody import chain, clocks, jamming, movement, openings, silence, swaps
from aforo.custody.case import NEVER, Case, Heard, Sealing
from aforo.custody.fact import STATE_OF, STATES, Fact, State
from aforo.custody.silence import Quiet
from aforo.custody.told import Told, known, told
from aforo.domain.reading import GRADES, Grade


class Span(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """That a device's seal was in `state` from `since` until before `until`, by `facts`; graded as what that rests on.

    What is intact rests on every reading since the sealing: one unsigned reading makes it a claim from there on.
    """

    device: str
    state: State
    since: int
    until: int
    grade: Grade
    facts: tuple[Fact, ...] = ()


class Course(msgspec.Struct, frozen=True, gc=False):
    """All that is found of one sealing, in the order of time, and the states that it makes."""

    sealing: Sealing
    facts: tuple[Fact, ...]
    spans: tuple[Span, ...]


def facts_of(case: Case, sealing: Sealing, known_by: int) -> tuple[Fact, ...]:
    """All that is found of a seal while it stood, by what had come by `known_by`, in the order of time."""
    heard = known(case.heard.get(sealing.device, Heard()), known_by)
    return _found(case, sealing, heard, told(heard, sealing.tolerance), known_by)


def _found(case: Case, sealing: Sealing, heard: Heard, all_of_it: Told, known_by: int) -> tuple[Fact, ...]:
    own = all_of_it.between(sealing.since - sealing.tolerance, sealing.until)
    while_it_stood = all_of_it.between(sealing.since, sealing.until)
    covered = [each for recorded, each in case.covered if recorded <= known_by]
    device = sealing.device
    before = [each for each in case.before.get(device, ()) if each.arrived <= known_by]
    found = [
        *chain.facts(device, heard.blocks, sealing.tolerance, before),
        *clocks.facts(device, own, sealing.tolerance),
        *movement.facts(device, own),
        *openings.facts(sealing, while_it_stood, case.places),
        *swaps.facts(case, sealing, known_by),
        *jamming.facts(sealing, while_it_stood),
        *silence.facts(sealing, while_it_stood, covered, known_by),
    ]
    # Blocks that contradict each other may speak of times before this sealing too; what speaks of none within it is of
    # another load.
    begins = sealing.since - sealing.tolerance
    # What two rules find alike is one fact.
    once = {
        each
        for each in found
        if each.since <= known_by and each.since < sealing.until and min(each.until, each.latest + 1) > begins
    }
    return tuple(sorted(once, key=lambda each: each.in_time))


def spans(case: Case, known_by: int) -> tuple[Span, ...]:
    """The states of every seal of a trip, from its sealing until it was taken off, or until `known_by`.

    Outside of these spans a device is unsealed. The spans of one device follow each other without a gap; `until` of the
    last is NEVER where the seal still stands.
    """
    return tuple(span for course in courses(case, known_by) for span in course.spans)


def silences(case: Case, known_by: int) -> tuple[Quiet, ...]:
    """When nothing was heard of the seals of a trip while they stood, by what had come by `known_by`."""
    found: list[Quiet] = []
    for sealing in case.sealings:
        if sealing.since <= known_by:
            heard = known(case.heard.get(sealing.device, Heard()), known_by)
            while_it_stood = told(heard, sealing.tolerance).between(sealing.since, sealing.until)
            found += silence.quiets(sealing, while_it_stood, known_by)
    return tuple(found)


def courses(case: Case, known_by: int, of: Sequence[Sealing] | None = None) -> tuple[Course, ...]:
    """What became of every sealing of a trip, or of some of them, that had begun by `known_by`, in their order."""
    made = []
    for sealing in sorted(case.sealings if of is None else of, key=lambda each: (each.since, each.device, each.until)):
        if sealing.since <= known_by:
            heard = known(case.heard.get(sealing.device, Heard()), known_by)
            all_of_it = told(heard, sealing.tolerance)
            found = _found(case, sealing, heard, all_of_it, known_by)
            made.append(Course(sealing, found, tuple(_spans(sealing, all_of_it, found, known_by))))
    return tuple(made)


def _spans(sealing: Sealing, all_of_it: Told, facts: tuple[Fact, ...], known_by: int) -> Iterable[Span]:
    found = [each for each in facts if each.code in STATE_OF]
    end = sealing.until if sealing.until <= known_by else NEVER
    edges = {sealing.since}
    for each in found:
        edges |= {edge for edge in (each.since, each.until) if sealing.since < edge < end and edge <= known_by}
    bounds = [*sorted(edges), end]
    last: Span | None = None
    for since, until in pairwise(bounds):
        holding = [each for each in found if each.since <= since < each.until]
        state: State = min((STATE_OF[each.code] for each in holding), key=STATES.index, default="intact")
        behind = tuple(each for each in holding if STATE_OF[each.code] == state)
        span = Span(sealing.device, state, since, until, "unsigned", behind)
        if last is not None and last.state == state and last.facts == behind:
            last = msgspec.structs.replace(last, until=until)
            continue
        if last is not None:
            yield _graded(last, sealing, all_of_it)
        last = span
    if last is not None:
        yield _graded(last, sealing, all_of_it)


def _graded(span: Span, sealing: Sealing, all_of_it: Told) -> Span:
    """The span with the grade of what it rests on: its facts, else every reading from the sealing to its end."""
    if span.facts:
        weakest = max((each.grade for each in span.facts), key=GRADES.index)
    else:
        grades = all_of_it.between(sealing.since, span.until).grade
        weakest = GRADES[int(grades.max())] if len(grades) else "unsigned"
    return msgspec.structs.replace(span, grade=weakest)
