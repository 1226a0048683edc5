"""The public feed: waits now, incidents, and what was published, as one versioned document in which every value has its
age.

It is made of the public form alone (`scoreboard_shown.PublicShown`) and of the definitions, so it can hold nothing that
the public form withholds. An age is counted from the end of what a value is about to the answer. Reference:
docs/reference/feed.md, and the schema beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from aforo.domain.event import Origin
from aforo.domain.incident import IncidentKind
from aforo.domain.text import Text, catalogue
from aforo.flow.scoreboard_shown import (
    READS,
    LiveWaitShown,
    PlaceShown,
    PublicShown,
    PublishedFigureShown,
    PublishedIncidentShown,
    PublishedShown,
)
from aforo.measures.definition import Definition, Definitions, Kind, Way
from aforo.measures.estimates import Estimate, Quantity

FORMAT: Final = "aforo-public-feed"
#: The version of the form: it changes where a reader of the one before could be misled.
VERSION: Final = 1
SCHEMA_AT: Final = "/v1/feed/schema"

Instant = Annotated[datetime, Meta(tz=True)]
Unit = Literal["minutes", "share", "ratio", "incidents", "hours"]
#: What a value was made of.
Source = Literal["gate_reads", "crossings", "responses", "incident_reports"]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 of the measure's document.")]
Bridge = Annotated[str, Meta(min_length=1, max_length=60, description="A bridge's identifier, as in `bridges`.")]
_UNITS: Final[Mapping[Quantity, Unit]] = {
    "share": "share", "mean": "minutes", "p50": "minutes", "p95": "minutes", "buffer_time": "minutes",
    "buffer_index": "ratio", "incidents": "incidents", "hours": "hours",
}  # fmt: skip


class FeedPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the feed."""


class FeedAge(FeedPart, frozen=True):
    """How old a value is. It is about the time from `measured_from` to `measured_until`, was published at
    `published_at`, and `seconds` passed from the end of what it is about to `answered_at`. All but the publication are
    null where there is no value."""

    measured_from: Instant | None
    measured_until: Instant | None
    published_at: Instant
    seconds: Annotated[int, Meta(ge=0)] | None


class FeedMissing(FeedPart, frozen=True):
    """Why there is no value: what is not known is never zero."""

    code: Annotated[str, Meta(pattern="^[a-z_]+$")]
    text: Text


class FeedLimits(FeedPart, frozen=True):
    """One number of a value with its 95 % limits; a limit that the data cannot give is null."""

    name: Quantity
    unit: Unit
    value: float | None
    low: float | None
    high: float | None


class FeedWait(FeedPart, frozen=True):
    """The wait of who joins the queue of a lane class at a bridge now, in whole minutes. `source` is `reads` of the
    bridge's gates, or the feed of the agency that published it. By readings it is of the hour before the last whole
    five minutes: when in this hour the last truck was read is not told. It is an outlook and no measure: it has no
    document. `at_least` is true, and the last field, where `value` is a lower bound, since the line stalls: the truck
    at its head has waited so long already. It is absent elsewhere."""

    bridge: Bridge
    lane: Annotated[str, Meta(description="A lane class, or `all`.")]
    unit: Literal["minutes"]
    value: Annotated[int, Meta(ge=0)] | None
    source: str | None
    missing: FeedMissing | None
    age: FeedAge
    at_least: Literal[True] | msgspec.UnsetType = msgspec.UNSET


class FeedValue(FeedPart, frozen=True):
    """A measure as it was published; `bridge` is null for the whole border together. `part` of `whole` are counts,
    rounded to tens. `days` are the local days of the period on which it was measured, for the whole border those on
    which any bridge was; `bridges`, for the whole border, how many bridges it is of. Both are null where they are not
    told: of what was published before they were, and of what is no time of trucks. `version` and `document` are of the
    measure's definition, by which it was computed; unit and source are its, and null where this node has the definition
    no more."""

    bridge: Bridge | None
    measure: str
    version: Annotated[int, Meta(ge=1)]
    document: Sha256
    unit: Unit | None
    source: Source | None
    part: Annotated[int, Meta(ge=0, multiple_of=10)] | None
    whole: Annotated[int, Meta(ge=0, multiple_of=10)] | None
    estimates: tuple[FeedLimits, ...]
    days: Annotated[int, Meta(ge=0)] | None
    bridges: Annotated[int, Meta(ge=0)] | None
    missing: FeedMissing | None
    age: FeedAge


class FeedIncident(FeedPart, frozen=True):
    """An incident that was seen from the road, by local days of the bridge. `ended` is null where it went on at the end
    of the week; `severity` runs from 1 (noted) to 5 (corridor stopped), null in what was published before it was told.
    `source` is the same for all: officers reported it; in whose words is not told."""

    bridge: Bridge
    kind: IncidentKind
    started: date
    ended: date | None
    severity: Annotated[int, Meta(ge=1, le=5)] | None
    source: Source
    age: FeedAge


class FeedPeriod(FeedPart, frozen=True):
    """A week, or a quarter, as it was published last: whole local days of each bridge, from `first` to `last`. `record`
    is the stream of the log that has it, `revision` which of its events, `reason` why it was revised, `form` the
    version of the public form by which it was made. `incomplete` is true, and the last field, where rows of input that
    values of it lack were refused and nobody settled them: values may be too low. It is absent elsewhere."""

    period: Annotated[str, Meta(pattern="^[0-9]{4}-(W[0-9]{2}|Q[1-4])$")]
    first: date
    last: date
    record: str
    revision: Annotated[int, Meta(ge=1)]
    reason: str
    form: Annotated[int, Meta(ge=1)]
    values: tuple[FeedValue, ...]
    incidents: tuple[FeedIncident, ...]
    incomplete: Literal[True] | msgspec.UnsetType = msgspec.UNSET


class FeedBridge(FeedPart, frozen=True):
    """A bridge with its port and the IANA zone in which its days are counted."""

    bridge: Bridge
    name: str
    port: str
    port_name: str
    zone: str


class FeedMeasure(FeedPart, frozen=True):
    """A definition that a value of the feed names: /v1/measures has all of it."""

    measure: str
    version: Annotated[int, Meta(ge=1)]
    document: Sha256
    name: Text
    kind: Kind
    interval: Way


class FeedNext(FeedPart, frozen=True):
    """The week that is published next, and when."""

    period: str
    first: date
    last: date
    at: Instant


class Feed(FeedPart, frozen=True):
    """Waits now by bridge and lane class; incidents seen from the road, and waits, by bridge and week; examination and
    scan rates of the whole border, by quarter. Instants are in UTC. `origin` says whether the record is of a real
    border (`live`); where it is not, `synthetic` says so last, and is absent of a real one. `withheld` says what is not
    told, and why."""

    format: Literal["aforo-public-feed"]
    version: Literal[1]
    schema: str
    answered_at: Instant
    origin: Origin
    bridges: tuple[FeedBridge, ...]
    measures: tuple[FeedMeasure, ...]
    waits_now: tuple[FeedWait, ...]
    weeks: tuple[FeedPeriod, ...]
    quarters: tuple[FeedPeriod, ...]
    next: FeedNext
    withheld: tuple[Text, ...]
    synthetic: Literal[True] | msgspec.UnsetType = msgspec.UNSET


def feed_of(told: PublicShown, measures: Definitions) -> Feed:
    """The feed of the public form at its instant."""
    zones = {each.bridge: ZoneInfo(each.zone) for each in told.places}
    by_hash = {each.hash: each for each in measures.all()}
    weeks = tuple(_published(each, zones, by_hash, told.now) for each in told.weeks)
    quarters = tuple(_published(each, zones, by_hash, told.now) for each in told.quarters)
    used = {value.document for each in (*weeks, *quarters) for value in each.values}
    say = catalogue("aforo.flow").template
    return Feed(
        FORMAT,
        VERSION,
        SCHEMA_AT,
        told.now,
        told.origin,
        tuple(FeedBridge(each.bridge, each.name, each.port, each.port_name, each.zone) for each in told.places),
        tuple(
            FeedMeasure(each.id, each.version, each.hash, each.name, each.kind, each.interval)
            for each in measures.all()
            if each.hash in used
        ),
        tuple(_wait(place, each, told.now) for place in told.places for each in place.waits),
        weeks,
        quarters,
        FeedNext(told.next.period, told.next.first, told.next.last, told.next.at),
        tuple(say(f"feed_withheld_{code}") for code in ("examinations", "incidents", "small", "live")),
        msgspec.UNSET if told.origin == "live" else True,
    )


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the feed."""
    made: dict[str, Any] = _on_one_line(msgspec.json.schema(Feed))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{FORMAT}:{VERSION}",
        "title": f"{FORMAT}, version {VERSION}",
    }
    return head | made


def mark(own: Feed) -> str:
    """What is the same for two feeds that tell the same, however much later: a hash of all but ages and the instant of
    the answer. It depends on nothing that is not in the feed."""
    plain = msgspec.to_builtins(own)
    del plain["answered_at"]
    for each in _aged(plain):
        each["age"].pop("seconds")
    for each in plain["waits_now"]:  # told as it is asked for
        each["age"].pop("published_at")
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()[:32]


def last_told(own: Feed) -> datetime | None:
    """The newest instant that the feed has of a value: a wait's own, or a publication; None where there is no value."""
    instants = [each.age.measured_until for each in own.waits_now]
    instants += [value.age.published_at for each in (*own.weeks, *own.quarters) for value in each.values]
    return max((each for each in instants if each is not None), default=None)


def _on_one_line(told: Any) -> Any:
    """A schema whose descriptions are sentences, and not lines of code."""
    if isinstance(told, dict):
        return {
            name: " ".join(own.split()) if name == "description" and isinstance(own, str) else _on_one_line(own)
            for name, own in told.items()
        }
    return [_on_one_line(each) for each in told] if isinstance(told, list) else told


def _aged(plain: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [*plain["weeks"], *plain["quarters"]]
    return [*plain["waits_now"], *(each for own in parts for each in (*own["values"], *own["incidents"]))]


def _published(
    own: PublishedShown, zones: Mapping[str, ZoneInfo], by_hash: Mapping[str, Definition], now: datetime
) -> FeedPeriod:
    return FeedPeriod(
        own.period,
        own.first,
        own.last,
        f"scoreboard/{own.period}",
        own.revision,
        own.reason,
        own.form,
        tuple(_value(each, own, zones, by_hash, now) for each in own.figures),
        tuple(_incident(each, own, zones, now) for each in own.incidents),
        True if own.incomplete else msgspec.UNSET,
    )


def _value(
    own: PublishedFigureShown,
    period: PublishedShown,
    zones: Mapping[str, ZoneInfo],
    by_hash: Mapping[str, Definition],
    now: datetime,
) -> FeedValue:
    known = by_hash.get(own.document)
    missing = None if own.missing is None else FeedMissing(own.missing.code, own.missing.text)
    age = _age(period, [own.bridge] if own.bridge else list(zones), zones, now, known=missing is None)
    return FeedValue(
        own.bridge,
        own.measure,
        own.version,
        own.document,
        None if known is None else known.unit,
        _source(known),
        own.part,
        own.whole,
        tuple(map(_limits, own.estimates)),
        own.days,
        own.bridges,
        missing,
        age,
    )


def _source(known: Definition | None) -> Source | None:
    """What a measure is made of."""
    if known is None:
        return None
    if known.between is None:
        return "incident_reports" if known.kind == "incidents" else "crossings"
    return "gate_reads" if known.between in ("wait", "crossing") else "responses"


def _limits(own: Estimate) -> FeedLimits:
    return FeedLimits(own.name, _UNITS[own.name], own.value, own.low, own.high)


def _incident(
    own: PublishedIncidentShown, period: PublishedShown, zones: Mapping[str, ZoneInfo], now: datetime
) -> FeedIncident:
    age = _age(period, [own.bridge], zones, now, known=True)
    return FeedIncident(own.bridge, own.kind, own.started, own.ended, own.severity, "incident_reports", age)


def _age(
    period: PublishedShown, bridges: Sequence[str], zones: Mapping[str, ZoneInfo], now: datetime, *, known: bool
) -> FeedAge:
    """Of a period: from the first midnight of its days at any of some bridges to the last one. A bridge that no
    document has any more counts by UTC."""
    if not known:
        return FeedAge(None, None, period.published_at, None)
    own = [zones.get(each, ZoneInfo("UTC")) for each in bridges] or [ZoneInfo("UTC")]
    begins = min(_midnight(period.first, zone) for zone in own)
    ends = max(_midnight(period.last + timedelta(days=1), zone) for zone in own)
    return FeedAge(begins, ends, period.published_at, _seconds(now, ends))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _wait(place: PlaceShown, own: LiveWaitShown, now: datetime) -> FeedWait:
    missing = None
    if own.minutes is None:
        code = own.missing or "not_known"
        missing = FeedMissing(code, catalogue("aforo.flow").template(f"feed_{code}"))
    since = own.at - timedelta(hours=1) if own.at is not None and own.source == READS else None
    age = FeedAge(since, own.at, now, None if own.at is None else _seconds(now, own.at))
    at_least: Literal[True] | msgspec.UnsetType = True if own.at_least else msgspec.UNSET
    return FeedWait(place.bridge, own.lane, "minutes", own.minutes, own.source, missing, age, at_least)


def _seconds(now: datetime, then: datetime) -> int:
    """Never below zero: a clock that was set back makes nothing of the future."""
    return max(0, int((now - then).total_seconds()))
