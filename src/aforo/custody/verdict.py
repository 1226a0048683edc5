"""The verdict on a trip's custody at an instant, as it could be given at another."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from aforo.custody.case import Case
from aforo.custody.fact import STATES, Fact, State
from aforo.custody.states import Span, spans
from aforo.domain.reading import Grade


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The state of a load's seal at `at`, by what had come by `known_by`, and since when.

    A breach happened after `earliest` and at `latest` at the latest; a silence began after `earliest`. Both are None
    where nothing happened. `seals` has the span of each seal of the trip that stood then: the verdict is the gravest.
    """

    at: int
    known_by: int
    state: State
    grade: Grade
    since: int | None = None
    earliest: int | None = None
    latest: int | None = None
    facts: tuple[Fact, ...] = ()
    seals: tuple[Span, ...] = ()


def verdict(case: Case, at: int, known_by: int) -> Verdict:
    """What can be said of a trip's custody at `at` by what had come by `known_by`, both in microseconds since 1970.

    Of an instant after `known_by` nothing is known: it is answered for `known_by`.
    """
    return judged(spans(case, known_by), at, known_by)


def judged(found: Collection[Span], at: int, known_by: int) -> Verdict:
    """The same by all spans of the trip's seals as they are known by `known_by`."""
    asked = min(at, known_by)
    standing = tuple(each for each in found if each.since <= asked < each.until)
    if not standing:
        return Verdict(at, known_by, "unsealed", "unsigned")
    gravest = min(standing, key=lambda each: (STATES.index(each.state), each.since, each.device))
    first = min(gravest.facts, key=lambda each: each.since, default=None)
    return Verdict(
        at, known_by, gravest.state, gravest.grade, gravest.since,
        None if first is None else first.earliest, None if first is None else first.latest, gravest.facts, standing,
    )  # fmt: skip


def before(found: Verdict, every: Collection[Span]) -> State | None:
    """The gravest that a seal of the trip was and is no more, of all its spans: where that is graver than what the
    verdict found, or no seal stands any more. One that was taken off broken is no news of the load being sound."""
    ended = [each.state for each in every if each.until <= min(found.at, found.known_by)]
    gravest = min(ended, key=STATES.index, default=None)
    if gravest is None or found.state == "unsealed" or STATES.index(gravest) < STATES.index(found.state):
        return gravest
    return None
