"""What a forum's report holds, as values: figures with their definitions, incidents, differences, what is refused.

The public version has what was published and nothing else (docs/adr/0018); the official one has the scoreboard that
staff see, the fleet and the coverage.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from aforo.domain.event import Origin
from aforo.domain.incident import IncidentKind
from aforo.domain.text import Text
from aforo.fleet.report import FleetFound
from aforo.measures.definition import Definition
from aforo.measures.estimates import Covered, Estimate, WhyMissing
from aforo.scoreboard.claim_verdicts import Verdict
from aforo.scoreboard.claims import Source
from aforo.scoreboard.coverage import Coverage


class Told(msgspec.Struct, frozen=True):
    """A figure of a place (None for all bridges together) and a time. `period` names a week or quarter that was
    published, and is empty for local days of an official figure. `rounded`: counts are rounded to tens. `as_of` is when
    it was published, or computed; `provisional`: a day of it is not settled. `days` are those local days of an official
    figure on which crossings of the place were heard of; of what was published those on which it was measured, None
    where that was not told. `covered` says of which part of the time an official figure is that leaves out bridge-days
    of which nothing was told."""

    measure: str
    version: int
    document: str
    place: str | None
    period: str
    first: date
    last: date
    as_of: datetime
    estimates: tuple[Estimate, ...] = ()
    part: int | None = None
    whole: int | None = None
    rounded: bool = False
    counts_only: bool = False
    provisional: bool = False
    missing: WhyMissing | None = None
    days: int | None = None
    covered: Covered | None = None


class IncidentTold(msgspec.Struct, frozen=True):
    """An incident: by local days in the public form, which has no source. `ended` is None where it went on, `severity`
    (1 noted to 5 corridor stopped) in what was published before it was told."""

    kind: IncidentKind
    place: str
    started: str
    ended: str | None
    severity: int | None = None
    source: str | None = None


class Differs(msgspec.Struct, frozen=True):
    """One thing that two sources tell: `one` and `other` are their figures, the first with its 95 % limits where it
    has any: counts, and the readings of a feed, are no sample."""

    what: Text
    place: str
    when: str
    one_source: Text
    one: float
    other_source: Text
    other: float
    one_low: float | None = None
    one_high: float | None = None

    @property
    def by(self) -> float:
        """The second less the first."""
        return self.other - self.one


class Revised(msgspec.Struct, frozen=True):
    """A period that was published anew: which revision it is, when, and why."""

    period: str
    revision: int
    at: datetime
    reason: str


class Refusal(msgspec.Struct, frozen=True):
    """Something that cannot be said, of what, and why not."""

    what: Text
    why: Text


class Claimed(msgspec.Struct, frozen=True):
    """Claims about the corridor, judged: the document, its version and hash, the files read with their span."""

    name: Text
    version: int
    hash: str
    verdicts: tuple[Verdict, ...]
    sources: dict[str, Source]
    inputs: tuple[str, ...]


class Forum(msgspec.Struct, frozen=True, kw_only=True):
    """The report of the local days from `since` until before `until`, made at `now` of a log named `log`. The official
    version has that it had `events` events, and when the last that figures are made of was recorded, `heard`; both are
    None in the public one."""

    now: datetime
    official: bool
    origin: Origin
    log: str
    since: date
    until: date
    definitions: tuple[Definition, ...]
    events: int | None = None
    heard: datetime | None = None
    figures: tuple[Told, ...] = ()
    incidents: tuple[IncidentTold, ...] = ()
    differs: tuple[Differs, ...] = ()
    revised: tuple[Revised, ...] = ()
    refused: tuple[Refusal, ...] = ()
    fleet: FleetFound | None = None
    claims: Claimed | None = None
    coverage: Coverage | None = None
