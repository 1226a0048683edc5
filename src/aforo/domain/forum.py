"""What a forum does with the documents of measures: drafted, proposed, adopted by whoever must agree, retired."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from aforo.domain.payload import Payload

MeasureStage = Literal["draft", "proposed", "adopted", "retired"]


class MeasureStaged(Payload, frozen=True, omit_defaults=True, gc=False):
    """A version of a measure took a step. Stream `measure/<measure>`; the event's actor is the person who took it.

    `hash` is that of the document, which is kept as an artefact. `side` is for whom the person speaks, such as an
    authority; a proposal names in `sides` all that have to agree, itself among them, none where any other person may
    adopt it. Each adoption is one side's: the version is adopted once all sides have agreed. `since` is the first local
    day from which it is to be in force, or no longer; absent where that is the day of the step. `reason` is published
    and names no person.
    """

    TYPE: ClassVar[str] = "measure.staged"

    measure: str
    version: int
    hash: str
    stage: MeasureStage
    side: str = ""
    sides: tuple[str, ...] = ()
    since: date | None = None
    reason: str = ""
