"""A forum's report from a log: what was published in some local days, or, in its official version, what staff see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from aforo.domain.clock import instant, microseconds
from aforo.domain.text import Text, catalogue
from aforo.flow.forum_differs import feeds_and_reads
from aforo.flow.scoreboard import Board
from aforo.flow.scoreboard_shown import PublishedIncidentShown, PublishedShown, published_shown
from aforo.log.origin import origin_of
from aforo.measures.definition import Definition
from aforo.measures.estimates import Measured
from aforo.scoreboard.forum_report import Forum, IncidentTold, Refusal, Revised, Told
from aforo.scoreboard.incidents import KnownIncident, overlapping
from aforo.scoreboard.input_refusals import RefusedShown
from aforo.scoreboard.official import Asked, Dimension
from aforo.scoreboard.places import date_of, number_of
from aforo.scoreboard.responses import STAGE_OF
from aforo.scoreboard.state import DAYS


def forum(board: Board, since: date, until: date, *, official: bool) -> Forum:
    """The report of local days from `since` until before `until`, without what files are given for: fleet, claims."""
    log, heard = board.log, board.heard_until()
    made = Forum(
        now=log.clock(), official=official, origin=origin_of(log), log=log.origin, since=since, until=until,
        # How much is recorded, and when last, tells how much is examined: the public form has neither.
        events=log.position() if official else None,
        heard=instant(heard) if official and heard is not None else None,
        definitions=tuple(board.measures.in_use()), revised=tuple(_revised(board, since, until)),
    )  # fmt: skip
    return _official(board, made) if official else _public(board, made)


def lacking(board: Board, made: Forum) -> list[RefusedShown]:
    """The refused rows that the figures of a report lack, and that nobody settled."""
    if made.official:
        span = (number_of(made.since), number_of(made.until) - 1)
        return board.refused(board.measures.in_use(), Asked(list(board.places.zones), *span, frozenset()))
    published = [published_shown(own) for own in board.published()]
    return board.refused_of([each for each in published if made.since <= each.last < made.until])


def said(code: str, **fields: object) -> Text:
    """A sentence of the report, in both languages."""
    return catalogue("aforo.scoreboard").say(f"report.{code}", **fields)


def _public(board: Board, made: Forum) -> Forum:
    """What was published of the weeks and quarters that end in the time, each in its last revision."""
    published = [published_shown(own) for own in board.published()]
    own = [each for each in published if made.since <= each.last < made.until]
    figures = tuple(one for each in own for one in _published(board, each))
    used = {each.document for each in figures}
    older = tuple(each for each in board.measures.all() if each.hash in used and each not in made.definitions)
    return msgspec.structs.replace(
        made, figures=figures, incidents=tuple(_incidents_told(board, own)), definitions=made.definitions + older,
        refused=tuple(_not_public(board, own)),
    )  # fmt: skip


def _incidents_told(board: Board, own: list[PublishedShown]) -> Iterator[IncidentTold]:
    """The incidents of some weeks. One that goes on stands in each of its weeks, and is told once, by the last word of
    it; two of one kind that began at one bridge on one day are two."""
    found: dict[tuple[str, str, date], list[PublishedIncidentShown]] = {}
    for week in own:
        before = {key: list(told) for key, told in found.items()}
        for one in week.incidents:
            key = (one.bridge, one.kind, one.started)
            going = [each for each in before.get(key, ()) if each.ended is None]
            if going:
                last = next((each for each in going if each.severity == one.severity), going[0])
                before[key].remove(last)
                found[key].remove(last)
            found.setdefault(key, []).append(one)
    for one in (one for told in found.values() for one in told):
        ended = None if one.ended is None else f"{one.ended}"
        yield IncidentTold(one.kind, board.places.called(one.bridge), f"{one.started}", ended, one.severity)


def _not_public(board: Board, own: list[PublishedShown]) -> Iterator[Refusal]:
    """What the public version cannot say."""
    if not own:
        yield Refusal(said("published"), said("nothing_published"))
    for each in own:
        if board.refused_of([each]):
            yield Refusal(said("published"), said("incomplete", period=each.period))
    for measure in board.measures.in_use():
        if measure.public == "none":
            yield Refusal(measure.name, said("never_public"))
        elif measure.kind == "incidents":
            yield Refusal(measure.name, said("incidents_listed"))
        elif measure.public == "border_quarter":
            if measure.between not in STAGE_OF:
                yield Refusal(measure.name, said("only_border"))
            if not any("-Q" in each.period for each in own):
                yield Refusal(measure.name, said("no_quarter"))
    yield Refusal(said("fleet"), said("fleet_official"))
    yield Refusal(said("coverage_name"), said("coverage_official"))


def _published(board: Board, told: PublishedShown) -> list[Told]:
    """The figures of a publication."""
    return [
        Told(
            each.measure, each.version, each.document,
            None if each.bridge is None else board.places.called(each.bridge),
            told.period, told.first, told.last, told.published_at, each.estimates, each.part, each.whole, rounded=True,
            counts_only=each.missing is None and not each.estimates, missing=each.missing, days=each.days,
        )
        for each in told.figures
    ]  # fmt: skip


def _official(board: Board, made: Forum) -> Forum:
    """What staff see of the local days, for all bridges together and by bridge, and every incident of them."""
    first, last = number_of(made.since), number_of(made.until) - 1
    today = max(board.places.day(each, microseconds(made.now)) for each in board.places.zones)
    kept, last = max(first, today - DAYS + 1), min(last, today)
    refused = []
    if kept > first:
        refused.append(Refusal(said("official_figures"), said("not_kept", days=DAYS, since=f"{date_of(kept)}")))
    figures: list[Told] = []
    measures = board.measures.in_use()
    by_bridge: frozenset[Dimension] = frozenset({"bridge"})
    for by in (frozenset[Dimension](), by_bridge) if kept <= last else ():
        for row in board.rows(measures, Asked(list(board.places.zones), kept, last, by)):
            place = None if row.bridge is None else board.places.called(row.bridge)
            of = list(board.places.zones) if row.bridge is None else [row.bridge]
            heard = len(board.days_heard(of).intersection(range(kept, last + 1)))
            figures += [
                _figure(each, own, place, (kept, last), made.now, row.provisional, heard)
                for each, own in zip(measures, row.figures, strict=True)
            ]
    for each in lacking(board, made):
        refused.append(Refusal(said("rows_refused", id=each.refusal), each.words))
    if board.unplaced:
        refused.append(Refusal(said("crossings"), said("unplaced", count=f"{board.unplaced:,}")))
    return msgspec.structs.replace(
        made, figures=tuple(figures), refused=tuple(refused),
        incidents=_incidents(board, kept, last) if kept <= last else (),
        differs=feeds_and_reads(board, kept, last) if kept <= last else (),
    )  # fmt: skip


def _figure(
    measure: Definition, own: Measured, place: str | None, days: tuple[int, int], now: datetime, provisional: bool,
    heard: int,
) -> Told:  # fmt: skip
    return Told(
        measure.id, measure.version, measure.hash, place, "", date_of(days[0]), date_of(days[1]), now, own.estimates,
        own.part, own.whole, counts_only=own.told == "counts", provisional=provisional, missing=own.missing,
        days=heard, covered=own.covered,
    )  # fmt: skip


def _incidents(board: Board, first: int, last: int) -> tuple[IncidentTold, ...]:
    """Incidents of the local days, the first to begin first."""
    found: dict[str, KnownIncident] = {}
    known = board.incidents()
    for bridge in board.places.zones:
        since, until = board.places.bounds(bridge, first)[0], board.places.bounds(bridge, last)[1]
        names = {bridge, *board.places.ports_of(bridge)}
        found |= {each.incident: each for each in overlapping(known, names, since, until)}
    return tuple(
        IncidentTold(
            each.kind, board.places.called(each.place), _minute(each.started),
            None if each.ended is None else _minute(each.ended), each.severity, each.source,
        )
        for each in sorted(found.values(), key=lambda each: (each.started, each.incident))
    )  # fmt: skip


def _minute(at: int) -> str:
    return f"{instant(at):%Y-%m-%d %H:%M}Z"


def _revised(board: Board, since: date, until: date) -> Iterator[Revised]:
    """Periods that were published anew."""
    for own in board.published():
        last = own[-1]
        if since <= last.told.last < until and last.revision > 1:
            yield Revised(last.told.period, last.revision, instant(last.at), last.told.reason)
