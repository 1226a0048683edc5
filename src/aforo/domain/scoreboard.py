"""What was published of the scoreboard: once for each time, and never changed without a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

import msgspec

from aforo.domain.forum import MeasureStaged
from aforo.domain.incident import IncidentKind
from aforo.domain.payload import Payload


class PublishedEstimate(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """One number of a figure as it was published, in thousandths of its unit; None where there is none."""

    name: str
    value: int | None = None
    low: int | None = None
    high: int | None = None


class PublishedFigure(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """A figure as it was published. `place` is a bridge, empty for all of them; `document` the hash of the measure's.

    `part` and `whole` are rounded counts, None where they were kept back; `missing` is the code of the reason where
    there are no estimates. `days` are the local days on which it was measured, of all bridges together those of any;
    `bridges`, of all together, how many it is of. Both are None where they were not told.
    """

    place: str
    measure: str
    version: int
    document: str
    part: int | None = None
    whole: int | None = None
    estimates: tuple[PublishedEstimate, ...] = ()
    missing: str = ""
    days: int | None = None
    bridges: int | None = None


class PublishedIncident(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """An incident as it was published: what, where, and on which local days; `ended` None where it went on.
    `severity` is None in what was published in form 1, which did not tell it."""

    place: str
    kind: IncidentKind
    started: date
    ended: date | None = None
    severity: int | None = None


class ScoreboardPublished(Payload, frozen=True, omit_defaults=True, gc=False):
    """What the public was told of a week or a quarter. Stream `scoreboard/<period>`; the version is the revision.

    `period` is an ISO week such as `2026-W10`, or a quarter of such weeks such as `2026-Q1`, from `first` to `last`,
    whole local days of each bridge. `form` is the version of the public form. A revision says why in `reason`.
    Schema 1 had no severity of incidents, schema 2 neither days nor bridges of figures.
    """

    TYPE: ClassVar[str] = "scoreboard.published"
    SCHEMA: ClassVar[int] = 3

    period: str
    first: date
    last: date
    form: int
    figures: tuple[PublishedFigure, ...]
    incidents: tuple[PublishedIncident, ...] = ()
    reason: str = ""


def without_severity(data: dict[str, Any]) -> dict[str, Any]:
    """What was published in schema 1: the severity of its incidents is not known."""
    return {**data, "incidents": [[*each, *[None] * (5 - len(each))] for each in data.get("incidents", ())]}


def without_days(data: dict[str, Any]) -> dict[str, Any]:
    """What was published in schema 2: on how many days, and at how many bridges, was not told, and stays so."""
    return data


SCOREBOARD_PAYLOADS: tuple[type[Payload], ...] = (ScoreboardPublished, MeasureStaged)
#: (type, schema as stored) → function to the next schema's data.
SCOREBOARD_UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    (ScoreboardPublished.TYPE, 1): without_severity,
    (ScoreboardPublished.TYPE, 2): without_days,
}
