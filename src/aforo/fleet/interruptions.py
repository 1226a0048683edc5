"""The record of one scanner, read: its time in service, its port, and its interruptions.

What is in the log may have come late, twice, overlapping and without a cause, so nothing here depends on the order in
which reports came, only on when they say that things happened.

* *In service*: from commissioning (else installation) to retirement; trouble outside of it is no interruption.
* A report of an interruption begins at `down` or `maintenance_start` and ends at the same reporter's next `up` (for
  maintenance also `maintenance_end`), else at the first later `up` by anyone, else at retirement or the end of the
  period. `maintenance_end` never ends a `down`. An `up` while nothing is down changes nothing.
* Reports that overlap, or touch, are one interruption, from the earliest start to the latest end: where the supplier
  says repaired and the port says not yet, it is down until the last says up.
* A report that says all that another does is the same one, told again: it is one here. The same event told twice counts
  as the earlier. A cause is what a report gave, as it began or while it lasted (such as the `up` of who repaired it);
  none is inferred. Where reports gave several, the first counts.
* A moved scanner is at the new port from the move on, whatever later rows say.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import msgspec

from aforo.domain.scanner import Cause, ScannerEvent

#: The events within an interruption that may give its cause.
_LATER: tuple[ScannerEvent, ...] = ("up", "responded", "maintenance_end")


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
    """From when until when the scanner is in service; None where it was neither commissioned nor installed."""
    began = _first(said, "commissioned")
    if began is None:
        began = _first(said, "installed")
    return None if began is None else (began, _first(said, "retired"))


def port_at(said: Sequence[Said], at: int) -> str | None:
    """Where the scanner is at an instant: where it was moved to last, else where the last report before had it, else
    where the first one after has it."""
    ordered = sorted(said, key=lambda each: each.at)
    moves = [each for each in ordered if each.event == "moved" and each.port is not None]
    if moves and moves[0].at <= at:
        return [each for each in moves if each.at <= at][-1].port
    before = [each for each in ordered if each.port is not None and each.event != "moved"]
    if moves:
        before = [each for each in before if each.at < moves[0].at]
    known = [each for each in before if each.at <= at] or before[:1]
    return known[-1].port if known else None


def interruptions(said: Sequence[Said], until: int) -> list[Interruption]:
    """The interruptions within the time in service and up to the end `until` of the period, in their order."""
    service = in_service(said)
    if service is None:
        return []
    began, retired = service
    ended = until if retired is None else min(retired, until)
    spans = []
    for each, end in told(said):
        start = max(each.at, began)
        stop = ended if end is None else min(end, ended)
        lasts = (end is None or end > until) and (retired is None or retired > until)
        if start < stop or (lasts and start == until):
            spans.append((start, stop, each, lasts))
    joined = _joined(sorted(spans, key=lambda span: (span[0], span[2].at)))
    later = sorted((each for each in said if each.cause is not None and each.event in _LATER), key=lambda each: each.at)
    return [_with_later(each, later, until) for each in joined]


def told(said: Sequence[Said]) -> Iterator[tuple[Said, int | None]]:
    """Each report that begins an interruption with the instant that ends it, None where nothing did."""
    #: The instants at which something ends, in their order: by anyone's `up`, and by what each reporter says.
    anyone: list[int] = []
    own: dict[tuple[str, str], list[int]] = {}
    for each in sorted((each for each in said if each.event in ("up", "maintenance_end")), key=lambda each: each.at):
        if each.event == "up":
            anyone.append(each.at)
        if each.reporter is not None:
            if each.event == "up":
                own.setdefault((each.reporter, "down"), []).append(each.at)
            own.setdefault((each.reporter, "maintenance_start"), []).append(each.at)
    for each in said:
        if each.event not in ("down", "maintenance_start"):
            continue
        same = None if each.reporter is None else _after(own.get((each.reporter, each.event), ()), each.at)
        yield each, same if same is not None else _after(anyone, each.at)


def _with_later(interruption: Interruption, later: Sequence[Said], until: int) -> Interruption:
    """An interruption with the causes that were given while it lasted, behind those that it began with."""
    end = until if interruption.end is None else interruption.end
    given = [each.cause for each in later if interruption.start <= each.at <= end and each.cause is not None]
    return msgspec.structs.replace(interruption, causes=tuple(dict.fromkeys((*interruption.causes, *given))))


def _after(instants: Sequence[int], at: int) -> int | None:
    """The first of some instants, in their order, that is later."""
    place = bisect_right(instants, at)
    return instants[place] if place < len(instants) else None


def _first(said: Sequence[Said], event: ScannerEvent) -> int | None:
    return min((each.at for each in said if each.event == event), default=None)


def _joined(spans: Sequence[tuple[int, int, Said, bool]]) -> Iterator[Interruption]:
    """Spans (start, end, report, whether it lasts) in the order of their start; those that meet are one."""
    group: list[Said] = []
    start = end = 0
    lasts = False
    for begins, ends, each, open_ in spans:
        if group and begins > end:
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
