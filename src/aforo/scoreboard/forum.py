"""The versions of measures that a forum decides on: draft → proposed → adopted → retired, as the log has it.

Who proposes a version does not adopt it. Where the proposal names sides, each of them has to agree by a person of its
own; the side that proposed has agreed by that. Retiring must not wait for anybody, and needs a reason: what one side no
longer stands behind is not published in the name of both. It ends that version and no other: of one in use nothing
takes the place until a version is adopted, and of one that was adopted and is not in use yet what is in use stays.

From the first version of a measure that is adopted, or retired, the forum says which is in use; until then it is the
newest that ships. An adopted version that another replaces is kept, and can be adopted anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from aforo.domain.forum import MeasureStage, MeasureStaged
from aforo.domain.text import catalogue

MOST_SIDES = 8
MOST_TEXT = 200
MOST_REASON = 1_000


class ForumError(ValueError):
    """A step is not allowed; `text` says why, in both languages."""

    def __init__(self, code: str, **fields: object) -> None:
        self.text = catalogue("aforo.scoreboard").say(f"forum.{code}", **fields)
        super().__init__(self.text.en)
        self.code = code


class ForumStep(msgspec.Struct, frozen=True):
    """One step of a version: who took it, for which side, when, from which local day it holds, and why."""

    stage: MeasureStage
    at: datetime
    by: str
    side: str
    since: date
    reason: str


@dataclass
class Governed:
    """One version that somebody brought before the forum, or that ships and was decided on."""

    measure: str
    version: int
    hash: str
    steps: list[ForumStep] = field(default_factory=list)
    sides: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """As people name it: `measure@version`."""
        return f"{self.measure}@{self.version}"

    @property
    def proposed(self) -> ForumStep | None:
        """The proposal that stands; None where it is a draft, ships, or was retired and not proposed again."""
        return next((step for step in self.since_retired if step.stage == "proposed"), None)

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The sides that have not agreed yet."""
        if self.proposed is None:
            return ()
        agreed = {step.side for step in self.since_retired if step.stage in ("proposed", "adopted")}
        return tuple(each for each in self.sides if each not in agreed)

    @property
    def adopted(self) -> date | None:
        """The local day from which it is in force; None where not all have agreed."""
        own = [step for step in self.since_retired if step.stage == "adopted"]
        return max(step.since for step in own) if own and not self.waits_for else None

    @property
    def stage(self) -> MeasureStage:
        """Where it stands now."""
        last = self.steps[-1].stage
        return "proposed" if last == "adopted" and self.adopted is None else last

    @property
    def since_retired(self) -> list[ForumStep]:
        """The steps since it was retired last."""
        ends = [place for place, step in enumerate(self.steps) if step.stage == "retired"]
        return self.steps[ends[-1] + 1 :] if ends else self.steps


@dataclass
class _InForce:
    """That a document is in force from a local day until before another, None where no end of it was decided; what
    begins later stands before it all the same."""

    hash: str
    since: date
    until: date | None = None


class Governance:
    """All versions, as the steps so far have them."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, int], Governed] = {}
        #: By measure what was adopted and not withdrawn before it began, in the order in which that was decided.
        self._course: dict[str, list[_InForce]] = {}
        #: By measure the local day from which the version that ships, and was in force without a step, no longer is.
        self._shipped_until: dict[str, date] = {}

    def apply(self, said: MeasureStaged, at: datetime, by: str, today: date) -> None:
        """Take in the next step, which was taken on the local day `today`."""
        own = self.versions.setdefault((said.measure, said.version), Governed(said.measure, said.version, said.hash))
        if said.stage == "proposed":
            own.sides = said.sides
        step = ForumStep(said.stage, at, by, said.side, said.since or today, said.reason)
        own.steps.append(step)
        course = self._course.setdefault(said.measure, [])
        if said.stage == "adopted" and own.adopted is not None:
            course.append(_InForce(own.hash, own.adopted))
        elif said.stage == "retired":
            # An adoption that has not begun, and would not have by then, is withdrawn; another ends.
            course[:] = [
                each for each in course if each.hash != own.hash or each.since <= today or each.since < step.since
            ]
            for each in course:
                if each.hash == own.hash:
                    each.until = step.since if each.until is None else min(each.until, step.since)
            if all(each.stage == "retired" for each in own.steps):
                # One that ships was in force without a step; what was only proposed was in force nowhere.
                before = self._shipped_until.get(said.measure, step.since)
                self._shipped_until[said.measure] = min(before, step.since)

    def in_force(self, day: date) -> Mapping[str, str | None]:
        """By measure the hash of the document that the forum has in force on a local day, None where it is retired; a
        measure of which it decided nothing until then is not in it."""
        found: dict[str, str | None] = {measure: None for measure, until in self._shipped_until.items() if until <= day}
        for measure, course in self._course.items():
            begun = [each for each in course if each.since <= day]
            if begun:
                # Of two that begin on one day the one that was decided later holds.
                last = max(reversed(begun), key=lambda each: each.since)
                found[measure] = last.hash if last.until is None or day < last.until else None
        return found

    def _comes(self, measure: str, hash_: str, today: date) -> bool:
        """Whether a document comes into force on a later local day."""
        days = [each.since for each in self._course.get(measure, ()) if each.since > today]
        return any(self.in_force(day).get(measure) == hash_ for day in days)

    def step(self, said: MeasureStaged, by: str, today: date, used: Mapping[str, str | None]) -> MeasureStaged:
        """A step that is allowed, as it is to be recorded. `used` is what is in use today, by measure. Raises
        ForumError."""
        known = self.versions.get((said.measure, said.version))
        code = f"{said.measure}@{said.version}"
        for text, most in ((said.side, MOST_TEXT), (said.reason, MOST_REASON), *((s, MOST_TEXT) for s in said.sides)):
            if len(text) > most:
                raise ForumError("long", most=most)
        if known is not None and known.hash != said.hash:
            raise ForumError("taken", measure=code)
        if said.since is not None and said.since < today:
            raise ForumError("past", since=said.since.isoformat(), today=today.isoformat())
        if said.stage in ("draft", "proposed"):
            if used.get(said.measure) == said.hash:
                raise ForumError("in_use", measure=code)
            return self._brought(said, known, code)
        if not said.reason.strip():
            raise ForumError("reason", measure=code)
        if said.stage == "retired":
            ends = used.get(said.measure) == said.hash or self._comes(said.measure, said.hash, today)
            if not ends and (known is None or known.stage == "retired"):
                raise ForumError("not_in_use", measure=code)
            return said
        return self._adopted(said, known, by, code)

    def _brought(self, said: MeasureStaged, known: Governed | None, code: str) -> MeasureStaged:
        if known is not None and (said.stage == "draft" or known.stage not in ("draft", "retired")):
            raise ForumError("there", measure=code, stage=known.stage)
        if len(said.sides) > MOST_SIDES or len({each.casefold() for each in said.sides}) != len(said.sides):
            raise ForumError("sides", most=MOST_SIDES)
        if said.sides and said.side not in said.sides:
            raise ForumError("no_side", side=said.side, sides=", ".join(said.sides))
        return said

    def _adopted(self, said: MeasureStaged, known: Governed | None, by: str, code: str) -> MeasureStaged:
        proposal = None if known is None else known.proposed
        if known is None or proposal is None or known.adopted is not None:
            raise ForumError("not_proposed", measure=code)
        agreed = [step for step in known.since_retired if step.stage in ("proposed", "adopted")]
        if by.strip().casefold() in {step.by.strip().casefold() for step in agreed}:
            raise ForumError("same_person", measure=code, person=by)
        if known.sides and said.side not in known.waits_for:
            raise ForumError("side_agreed", measure=code, side=said.side, waits=", ".join(known.waits_for))
        return said
