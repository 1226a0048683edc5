"""The scoreboard as people and machines are shown it: definitions, rows of figures, what was published, incidents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from aforo.domain.clock import instant, microseconds
from aforo.domain.event import Origin
from aforo.domain.forum import MeasureStage
from aforo.domain.incident import IncidentKind
from aforo.domain.scoreboard import PublishedFigure
from aforo.domain.text import Text
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scoreboard import Board
from aforo.measures.definition import Definitions, Kind, Public, Way
from aforo.measures.disagreement import Disagreement
from aforo.measures.estimates import Estimate, Measured, Missing, Quantity, WhyMissing, why
from aforo.ports.reads import MINUTE
from aforo.ports.waits import LaneWaits
from aforo.scoreboard.forum import Governed
from aforo.scoreboard.incidents import KnownIncident, State
from aforo.scoreboard.official import Row
from aforo.scoreboard.places import Period, date_of
from aforo.scoreboard.public import why_missing
from aforo.scoreboard.state import Publication

_THOUSAND = 1_000
#: The source of waits that readings of gates give, and the instants as of which they are told.
READS, GRID = "reads", 5 * MINUTE


class StepShown(msgspec.Struct, frozen=True):
    """A step that the forum took with a version: for which side, when, from which local day it holds, and why. Who took
    it is told to staff alone (`by`, empty to others)."""

    stage: MeasureStage
    at: datetime
    by: str
    side: str
    since: date
    reason: str


class MeasureShown(msgspec.Struct, frozen=True):
    """One version of a measure. `document` is the hash of the document that says all of this, `in_use` whether figures
    are computed by it on the day that was asked for; `public` in which form the public is shown it. `stage` is null of
    a version that ships and that the forum did not decide on; `waits_for` are the sides that have not agreed to it."""

    measure: str
    version: int
    document: str
    in_use: bool
    kind: Kind
    unit: str
    interval: Way
    public: Public
    name: Text
    definition: Text
    numerator: Text
    denominator: Text
    exclusions: Text
    standard: Text
    events: tuple[str, ...]
    stage: MeasureStage | None = None
    waits_for: tuple[str, ...] = ()
    steps: tuple[StepShown, ...] = ()


class RowShown(msgspec.Struct, frozen=True):
    """The figures of a port, a bridge, a local day, a lane and a programme; what the row does not tell apart is null.
    `provisional`: a day of it is not settled yet, and readings of it still count. `compared` are figures of it that
    several sources speak of, with the difference."""

    bridge: str | None
    bridge_name: str | None
    day: date | None
    lane: str | None
    programme: str | None
    provisional: bool
    figures: tuple[Measured, ...]
    compared: tuple[Disagreement, ...]
    port: str | None = None
    port_name: str | None = None


class PublishedFigureShown(msgspec.Struct, frozen=True):
    """A figure as it was published; `bridge` is null for all bridges together. Counts are rounded. `days` are those of
    the time on which it was measured, of all bridges together those of any; `bridges`, of all together, how many it is
    of: the others were measured on too few days. Both are null where they are not told: of what was published before
    they were, and of figures that are no time of trucks."""

    bridge: str | None
    measure: str
    version: int
    document: str
    part: int | None
    whole: int | None
    estimates: tuple[Estimate, ...]
    missing: WhyMissing | None
    days: int | None = None
    bridges: int | None = None


class PublishedIncidentShown(msgspec.Struct, frozen=True):
    """An incident as it was published, by local days; `ended` is null where it went on at the end of the week, and
    `severity` (1 noted to 5 corridor stopped) in what was published before it was told."""

    bridge: str
    kind: IncidentKind
    started: date
    ended: date | None
    severity: int | None = None


class PublishedShown(msgspec.Struct, frozen=True):
    """What was published of a week or a quarter, in its last revision; `reason` says why it was revised. `incomplete`:
    rows of input that figures of it lack were refused, and nobody settled them; figures may be too low."""

    period: str
    first: date
    last: date
    published_at: datetime
    revision: int
    reason: str
    form: int
    figures: tuple[PublishedFigureShown, ...]
    incidents: tuple[PublishedIncidentShown, ...]
    incomplete: bool = False


#: Why the public is told no wait of now. Which reader is silent, or cannot be read, is no affair of who stands outside.
Unknown = Literal["closed", "not_known"]


class LiveWaitShown(msgspec.Struct, frozen=True):
    """The wait of who joins the queue of a lane class now, in whole minutes, as of `at` (see `as_of`); where
    there is none, `missing` says whether the bridge is closed. `at_least` marks a lower bound: the line stalls. Since
    when is not told, as the instant of the last truck at primary is not."""

    lane: str
    minutes: int | None
    source: str | None
    at: datetime | None
    missing: Unknown | None = None
    at_least: bool = False


class PlaceShown(msgspec.Struct, frozen=True):
    """A bridge, with its port and zone, and its waits as they are now."""

    bridge: str
    name: str
    port: str
    port_name: str
    zone: str
    waits: tuple[LiveWaitShown, ...]


class NextShown(msgspec.Struct, frozen=True):
    """The week that is published next, and when."""

    period: str
    first: date
    last: date
    at: datetime


class PublicShown(msgspec.Struct, frozen=True):
    """The public form: bridges with their waits now, and what was published, the newest first. `until` is the last day
    that anything but the wait itself was published of, null where nothing was yet."""

    now: datetime
    origin: Origin
    until: date | None
    next: NextShown
    places: tuple[PlaceShown, ...]
    weeks: tuple[PublishedShown, ...]
    quarters: tuple[PublishedShown, ...]


class IncidentShown(msgspec.Struct, frozen=True):
    """An incident by its last word. `corrected` counts corrections, `reason` is that of the last one."""

    incident_id: str
    state: State
    kind: IncidentKind
    place: str
    place_name: str
    source: str
    severity: int
    note: str
    started_at: datetime
    ended_at: datetime | None
    reported_at: datetime
    reported_by: str
    closing: str
    closed_by: str
    corrected: int
    reason: str


def measures_shown(
    measures: Definitions, governed: Sequence[Governed] = (), *, names: bool = False
) -> list[MeasureShown]:
    """Every version of every measure, with what the forum decided on it; `names` tells who took its steps."""
    used = {each.hash for each in measures.in_use()}
    decided = {each.hash: each for each in governed}
    return [
        MeasureShown(
            each.id,
            each.version,
            each.hash,
            each.hash in used,
            each.kind,
            each.unit,
            each.interval,
            each.public,
            each.name,
            each.definition,
            each.numerator_said,
            each.denominator_said,
            each.exclusions_said,
            each.standard,
            each.events,
            *((None, (), ()) if (own := decided.get(each.hash)) is None else _decided(own, names=names)),
        )
        for each in measures.all()
    ]


def _decided(own: Governed, *, names: bool) -> tuple[MeasureStage, tuple[str, ...], tuple[StepShown, ...]]:
    steps = tuple(
        StepShown(each.stage, each.at, each.by if names else "", each.side, each.since, each.reason)
        for each in own.steps
    )
    return own.stage, own.waits_for, steps


def rows_shown(board: Board, rows: Sequence[Row]) -> list[RowShown]:
    """Rows with their ports and bridges by name and their days as dates."""
    return [
        RowShown(
            each.bridge,
            None if each.bridge is None else board.places.names[each.bridge],
            None if each.day is None else date_of(each.day),
            each.lane,
            each.programme,
            each.provisional,
            each.figures,
            each.compared,
            each.port,
            None if each.port is None else board.places.called(each.port),
        )
        for each in rows
    ]


def public_shown(board: Board, live: LiveBridges, now: datetime, origin: Origin, weeks: int) -> PublicShown:
    """The public form at an instant, with so many of the weeks that were published last, and their quarters."""
    newest = list(reversed(board.published()))

    def newest_of(mark: str, most: int) -> list[PublishedShown]:
        chosen = [each for each in newest if mark in each[-1].told.period][:most]
        return [
            msgspec.structs.replace(published_shown(own), incomplete=bool(board.refused_of([own[-1].told])))
            for own in chosen
        ]

    of_weeks, quarters = newest_of("-W", weeks), newest_of("-Q", max(1, weeks // 13 + 1))
    following, at = board.next_due()
    return PublicShown(
        now,
        origin,
        max((each.last for each in of_weeks), default=None),
        _next(following, at),
        _places(live, now),
        tuple(of_weeks),
        tuple(quarters),
    )


def incident_shown(board: Board, known: KnownIncident) -> IncidentShown:
    """One incident."""
    return IncidentShown(
        known.incident,
        known.state,
        known.kind,
        known.place,
        board.places.names.get(known.place, known.place),
        known.source,
        known.severity,
        known.note,
        instant(known.started),
        None if known.ended is None else instant(known.ended),
        instant(known.reported),
        known.reported_by,
        known.closing,
        known.closed_by,
        known.corrected,
        known.reason,
    )


def _next(period: Period, at: int) -> NextShown:
    return NextShown(period.name, date_of(period.first), date_of(period.last), instant(at))


def published_shown(own: Sequence[Publication]) -> PublishedShown:
    """What was published of a period, in its last revision."""
    last = own[-1]
    told = last.told
    return PublishedShown(
        told.period,
        told.first,
        told.last,
        instant(last.at),
        last.revision,
        told.reason,
        told.form,
        tuple(map(_figure, told.figures)),
        tuple(
            PublishedIncidentShown(each.place, each.kind, each.started, each.ended, each.severity)
            for each in told.incidents
        ),
    )


def _figure(own: PublishedFigure) -> PublishedFigureShown:
    estimates = tuple(
        Estimate(
            msgspec.convert(each.name, Quantity),
            *(None if value is None else value / _THOUSAND for value in (each.value, each.low, each.high)),
        )
        for each in own.estimates
    )
    code = msgspec.convert(why_missing(own.missing), Missing) if own.missing else None
    return PublishedFigureShown(
        own.place or None,
        own.measure,
        own.version,
        own.document,
        own.part,
        own.whole,
        estimates,
        None if code is None else why(code),
        own.days,
        own.bridges,
    )


def _places(live: LiveBridges, now: datetime) -> tuple[PlaceShown, ...]:
    """Bridges with the waits of their lanes as of the last whole five minutes, and nothing else of how they stand."""
    made = []
    for state in live.states(on_grid(now)):
        port, bridge = live.place(state.load.bridge)
        closed = state.load.closed
        lanes = [_live("all", state.waits, closed, now)]
        lanes += [_live(each.lane, each.waits, closed, now) for each in state.lanes if each.lane in bridge.lanes]
        waits = tuple(lanes)
        made.append(PlaceShown(bridge.id, bridge.name, port.code, port.name, port.zone, waits))
    return tuple(made)


def _live(lane: str, waits: LaneWaits | None, closed: bool, asked: datetime) -> LiveWaitShown:
    now = None if waits is None else waits.now
    if now is None:
        return LiveWaitShown(lane, None, None, None, "closed" if closed else "not_known")
    # A bound is told downwards: rounded up it would claim more than is known.
    minutes = math.floor(now.minutes.value) if now.at_least else round(now.minutes.value)
    at = instant(as_of(now.at, now.source, asked))
    return LiveWaitShown(lane, minutes, now.source, at, None, now.at_least)


def as_of(at: int, source: str, asked: datetime) -> int:
    """As of when the public is told a wait (microseconds since 1970) that it asks for at an instant: an agency's own
    instant, to the minute; of readings of the hour before, the whole five minutes, whenever the last truck was read.

    The instants of single trucks at primary, asked for often enough, would tell how fast they go through: and that
    depends on how many are held up behind it (docs/adr/0036).
    """
    return at - at % MINUTE if source != READS else microseconds(on_grid(asked))


def on_grid(asked: datetime) -> datetime:
    """The whole five minutes before an instant: bridges are told as they stood then, so that asking more often tells no
    more."""
    now = microseconds(asked)
    return instant(now - now % GRID)
