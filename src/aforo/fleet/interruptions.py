"""The record of one scanner, read: its time in service, its port, and its interruptions.

What is in the log may have come late, twice, overlapping and without a cause, so nothing here depends on the order in
which reports came, only on when they say that things happened.

* *In service*: from commissioning (else installation) to retirement; trouble outside of it is no interruption.
* A report of an interruption begins at `down` or `maintenance_start` and ends at the same reporter's next `up` (for
  maintenance also `maintenance_end`) if that comes before the same reporter begins another report, else at the first
  later `up` by anyone, else at retirement or the end of the period. This is version 2 of the definition
  (`interruption_rule`); by version 1 the reporter's next `up` ends a report whatever they say in between.
  `maintenance_end` never ends a `down`. An `up` while nothing is down changes nothing. Reports that name no
  reporter are of one, whom nobody names. What the same reporter says to end at the instant at which it began, told
  later, is no interruption.
* Reports that overlap are one interruption, from the earliest start to the latest end: where the supplier says repaired
  and the port says not yet, it is down until the last says up. One that begins as another ends is another.
* A report that says all that another does is the same one, told again: it is one here. The same event told twice counts
  as the earlier. A cause is what a report gave, as it began or while it lasted (such as the `up` of who repaired it);
  none is inferred. Where reports gave several, the first counts.
* A moved scanner is at the new port from the move on, whatever later rows say; before that where the steps of its life
  had it, whatever reports of trouble say.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

import msgspec

from aforo.domain.scanner import Cause, ScannerEvent
from aforo.fleet.interruption_rule import InterruptionRule, newest_rule

#: The events within an interruption that may give its cause.
_LATER: tuple[ScannerEvent, ...] = ("up", "responded", "maintenance_end")
#: The steps of its life that say where a scanner is, before it is ever moved.
PLACED: tuple[ScannerEvent, ...] = ("ordered", "built", "stored", "delivered", "installed", "commissioned")
#: The events that put a scanner into service, that which counts first.
_BEGIN_SERVICE: tuple[ScannerEvent, ...] = ("commissioned", "installed")
#: The events at which an interruption begins or ends.
_EDGES: tuple[ScannerEvent, ...] = ("down", "maintenance_start", "up", "maintenance_end")
_BEGIN: tuple[ScannerEvent, ...] = ("down", "maintenance_start")
#: Where in time a report stands: its instant, and its place among those of that instant.
_Moment = tuple[int, int]


class Said(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """A report of one scanner; `at` in microseconds since 1970. What it did not say is None."""

    event: ScannerEvent
    at: int
    reporter: str | None = None
    cause: Cause | None = None
    port: str | None = None
    kind: str | None = None
    contract_id: str | None = None
    planned: bool | None = None
    blocker: str | None = None


class Interruption(msgspec.Struct, frozen=True):
    """From `start` to `end` in microseconds since 1970; `end` is None where it lasts at the end of the period.

    `causes` are those that reports gave, each once, the first given first; empty where none gave one. `planned` says
    that every report of it was planned; `maintenance` that every one was of maintenance.
    """

    start: int
    end: int | None
    causes: tuple[Cause, ...]
    planned: bool
    maintenance: bool


def in_service(said: Sequence[Said]) -> tuple[int, int | None] | None:
    """From when until when the scanner is in service; None where it was neither commissioned nor installed before it
    retired."""
    retired = _first(said, "retired")
    for event in _BEGIN_SERVICE:
        began = _first(said, event)
        if began is not None and (retired is None or began < retired):
            return began, retired
    return None


def port_at(said: Sequence[Said], at: int) -> str | None:
    """Where the scanner is at an instant: where it was moved to last; before any move where the last step from its
    order to its commissioning had it, else where the first one after has it. Where none of these steps before the move
    gives a port, other reports do."""
    ordered = sorted(said, key=lambda each: each.at)
    moves = [each for each in ordered if each.event == "moved" and each.port is not None]
    if moves and moves[0].at <= at:
        return [each for each in moves if each.at <= at][-1].port
    before = [each for each in ordered if each.port is not None and each.event != "moved"]
    if moves:
        before = [each for each in before if each.at < moves[0].at]
    before = [each for each in before if each.event in PLACED] or before
    known = [each for each in before if each.at <= at] or before[:1]
    return known[-1].port if known else None


def interruptions(said: Sequence[Said], until: int, rule: InterruptionRule | None = None) -> list[Interruption]:
    """The interruptions within the time in service and up to the end `until` of the period, in their order; by the
    newest rule unless another is given."""
    service = in_service(said)
    if service is None:
        return []
    began, retired = service
    ended = until if retired is None else min(retired, until)
    spans = []
    for each, end in told(said, rule):
        start = max(each.at, began)
        stop = ended if end is None else min(end, ended)
        lasts = (end is None or end > until) and (retired is None or retired > until)
        if start < stop or (lasts and start == until):
            spans.append((start, stop, each, lasts))
    joined = _joined(sorted(spans, key=lambda span: (span[0], span[2].at)))
    later = sorted((each for each in said if each.cause is not None and each.event in _LATER), key=lambda each: each.at)
    return _with_later(list(joined), later, until)


def told(said: Sequence[Said], rule: InterruptionRule | None = None) -> Iterator[tuple[Said, int | None]]:
    """Each report that begins an interruption with the instant that ends it, None where nothing did; by the newest rule
    unless another is given. Of reports of one instant those that come first in `said` were told first."""
    own_end = (rule or newest_rule()).own_end
    places: dict[Said, int] = {}
    for each in said:
        if each.event in _EDGES:
            # What is told again was told when it was first told.
            places.setdefault(each, len(places))
    #: The instants at which something ends, in their order: by anyone's `up`, and by what each reporter says.
    anyone: list[int] = []
    own: dict[tuple[str | None, str], list[_Moment]] = {}
    begun: dict[str | None, list[_Moment]] = {}
    for each, place in sorted(places.items(), key=lambda own: (own[0].at, own[1])):
        if each.event == "up":
            anyone.append(each.at)
            own.setdefault((each.reporter, "down"), []).append((each.at, place))
        if each.event in ("up", "maintenance_end"):
            own.setdefault((each.reporter, "maintenance_start"), []).append((each.at, place))
        if each.event in _BEGIN:
            begun.setdefault(each.reporter, []).append((each.at, place))
    for each in said:
        if each.event not in _BEGIN:
            continue
        moment = (each.at, places[each])
        end = _first_after(own.get((each.reporter, each.event), ()), moment)
        if own_end == "before_next_report" and end is not None:
            another = _first_after(begun[each.reporter], moment)
            if another is not None and another < end:
                end = None
        yield each, end[0] if end is not None else _after(anyone, each.at)


def _with_later(found: Sequence[Interruption], later: Sequence[Said], until: int) -> list[Interruption]:
    """Interruptions with the causes that were given while they lasted, behind those that they began with.

    At the instant at which one ends and the next begins, an end is of the first, and who came of the next.
    """
    starts = [each.start for each in found]
    given: list[list[Cause]] = [[] for _ in found]
    for each in later:
        place = (bisect_right if each.event == "responded" else bisect_left)(starts, each.at) - 1
        if place < 0 or each.cause is None:
            continue
        end = found[place].end
        if each.at <= (until if end is None else end):
            given[place].append(each.cause)
    return [
        msgspec.structs.replace(each, causes=tuple(dict.fromkeys((*each.causes, *own))))
        for each, own in zip(found, given, strict=True)
    ]


def _first_after(moments: Sequence[_Moment], moment: _Moment) -> _Moment | None:
    """The first of some moments, in their order, that is later."""
    place = bisect_right(moments, moment)
    return moments[place] if place < len(moments) else None


def _after(instants: Sequence[int], at: int) -> int | None:
    """The first of some instants, in their order, that is later."""
    place = bisect_right(instants, at)
    return instants[place] if place < len(instants) else None


def _first(said: Sequence[Said], event: ScannerEvent) -> int | None:
    return min((each.at for each in said if each.event == event), default=None)


def _joined(spans: Sequence[tuple[int, int, Said, bool]]) -> Iterator[Interruption]:
    """Spans (start, end, report, whether it lasts) in the order of their start; those that overlap are one."""
    group: list[Said] = []
    start = end = 0
    lasts = False
    for begins, ends, each, open_ in spans:
        # What lasts has no end that anything could begin at.
        if group and begins >= end and not lasts:
            yield _interruption(start, None if lasts else end, group)
            group = []
        if not group:
            start, end, lasts = begins, ends, open_
        group.append(each)
        end, lasts = max(end, ends), lasts or open_
    if group:
        yield _interruption(start, None if lasts else end, group)


def _interruption(start: int, end: int | None, group: Sequence[Said]) -> Interruption:
    causes = tuple(dict.fromkeys(each.cause for each in group if each.cause is not None))
    planned = all(each.planned or (each.planned is None and each.cause == "planned") for each in group)
    return Interruption(start, end, causes, planned, all(each.event == "maintenance_start" for each in group))
