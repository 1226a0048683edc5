"""The record of an examination, as its acts tell it, one after the other: pure of the crossing's events.

Nothing is overwritten: the last word on an item of the checklist holds, and what was withdrawn stays, marked. The
record's `version` counts its acts, so that who writes can say what they had seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

import msgspec

from aforo.domain.decision import Examination
from aforo.domain.dock import (
    Authority,
    CheckResult,
    DockOutcome,
    EntryWithdrawn,
    ExaminationBegun,
    ExaminationClosed,
    FindingNoted,
    GoodsSeized,
    ItemChecked,
    Part,
    PhotoTaken,
    SealAction,
    SealClass,
    SealHandled,
    SeizedKind,
    SeizedUnit,
    Unit,
)
from aforo.domain.threat import Threat
from aforo.log.stored import StoredEvent


class Entry(msgspec.Struct, kw_only=True):
    """What every entry of a record has: its event, when it was made, when the node heard of it, by whom, the record's
    version with it, why it was withdrawn, if it was, and what the clock of its device said, where that is doubted."""

    entry: str
    at: datetime
    recorded_at: datetime
    actor: str
    version: int
    withdrawn: str = ""
    said_at: datetime | None = None


class _Own(TypedDict):
    """What the entry of an act has of its event, as Entry has it."""

    entry: str
    at: datetime
    recorded_at: datetime
    actor: str
    version: int
    said_at: datetime | None


class Checked(Entry):
    """An item of the checklist."""

    item: str
    result: CheckResult
    note: str


class Finding(Entry):
    """Something that was found; see `aforo.domain.dock.FindingNoted`."""

    finding: str
    part: Part
    threat: Threat
    what: str
    x: int | None
    y: int | None
    amount: float | None
    unit: Unit | None
    severity: float | None


class PhotoEntry(Entry):
    """A photo; `photo` is the hash that it is fetched by."""

    photo: str
    media: str
    size: int
    pixels: tuple[int, int]
    finding: str


class Seal(Entry):
    """A seal that came off or went on; see `aforo.domain.dock.SealHandled`."""

    action: SealAction
    number: str
    seal_class: SealClass
    intact: bool | None
    declared: tuple[str, ...]
    matches: bool | None


class Seizure(Entry):
    """What was seized; see `aforo.domain.dock.GoodsSeized`. `actor` is who seized it."""

    seizure: str
    finding: str
    kind: SeizedKind
    threat: Threat
    what: str
    amount: float
    unit: SeizedUnit
    authority: Authority
    case: str


class Closing(Entry):
    """How it ended; where a finding was set aside, why, and who signed for it beside the actor."""

    outcome: DockOutcome
    threat: Threat | None
    severity: float | None
    reason: str = ""
    seconded_by: str | None = None


class Record(msgspec.Struct):
    """One examination. `checks` are the last words on the items, in the order in which they were first looked at; of
    several closings the last one holds, and the first says when it ended. `begun_said_at` is what the clock of the
    device said when it began, where that is doubted."""

    name: str
    examination: Examination
    bridge: str
    dock: str
    checklist: str
    present: tuple[str, ...]
    begun_at: datetime
    begun_by: str
    version: int = 1
    actors: list[str] = []
    checks: dict[str, Checked] = {}
    findings: list[Finding] = []
    photos: list[PhotoEntry] = []
    seals: list[Seal] = []
    closings: list[Closing] = []
    seizures: list[Seizure] = []
    begun_said_at: datetime | None = None

    @property
    def ended_at(self) -> datetime | None:
        """When it ended; None while it is open."""
        return self.closings[0].at if self.closings else None

    def entries(self) -> list[Entry]:
        """What can be withdrawn."""
        return [*self.findings, *self.photos, *self.seals, *self.seizures]

    def seized(self) -> list[Seizure]:
        """What was seized and not withdrawn."""
        return [each for each in self.seizures if not each.withdrawn]

    def found_something(self) -> bool:
        """Whether it ever had a finding, withdrawn or not, or was ever closed as a violation."""
        return bool(self.findings) or any(each.outcome == "violation" for each in self.closings)

    def officers(self) -> list[str]:
        """Who wrote in it or signed for it."""
        return [*self.actors, *(each.seconded_by for each in self.closings if each.seconded_by)]

    def others_since(self, version: int, actor: str) -> list[str]:
        """Who else has written in it since a version."""
        return list(dict.fromkeys(each for each in self.actors[version:] if each != actor))


def records(events: Iterable[StoredEvent]) -> dict[str, Record]:
    """The examinations of a crossing by their names, in the order in which they began."""
    found: dict[str, Record] = {}
    for stored in events:
        event, said = stored.event, stored.payload
        if isinstance(said, ExaminationBegun):
            found.setdefault(
                said.name,
                Record(
                    said.name, said.examination, said.bridge, said.dock, said.checklist, said.present,
                    event.occurred_at, event.actor, 1, [event.actor], {}, [], [], [], [], [], event.said_at,
                ),
            )  # fmt: skip
            continue
        name = getattr(said, "name", None)
        record = found.get(name) if isinstance(name, str) else None
        if record is None:
            continue
        record.version += 1
        record.actors.append(event.actor)
        own: _Own = {
            "entry": event.event_id, "at": event.occurred_at, "recorded_at": event.recorded_at, "actor": event.actor,
            "version": record.version, "said_at": event.said_at,
        }  # fmt: skip
        _take(record, said, own)
    return found


def _take(record: Record, said: object, own: _Own) -> None:
    """Take in one act of a record; `own` is what its entry has in common with all others."""
    if isinstance(said, ItemChecked):
        checked = Checked(item=said.item, result=said.result, note=said.note, **own)
        record.checks[said.item] = checked
    elif isinstance(said, FindingNoted):
        record.findings.append(
            Finding(
                finding=said.finding, part=said.part, threat=said.threat, what=said.what, x=said.x, y=said.y,
                amount=said.amount, unit=said.unit, severity=said.severity, **own,
            )
        )  # fmt: skip
    elif isinstance(said, PhotoTaken):
        record.photos.append(
            PhotoEntry(
                photo=said.photo, media=said.media, size=said.size, pixels=said.pixels, finding=said.finding,
                **own,
            )
        )  # fmt: skip
    elif isinstance(said, SealHandled):
        record.seals.append(
            Seal(
                action=said.action, number=said.number, seal_class=said.seal_class, intact=said.intact,
                declared=said.declared, matches=said.matches, **own,
            )
        )  # fmt: skip
    elif isinstance(said, GoodsSeized):
        record.seizures.append(
            Seizure(
                seizure=said.seizure, finding=said.finding, kind=said.kind, threat=said.threat, what=said.what,
                amount=said.amount, unit=said.unit, authority=said.authority, case=said.case,
                **own,
            )
        )  # fmt: skip
    elif isinstance(said, EntryWithdrawn):
        for each in record.entries():
            if each.entry == said.entry:
                each.withdrawn = said.reason
    elif isinstance(said, ExaminationClosed):
        closing = Closing(
            outcome=said.outcome, threat=said.threat, severity=said.severity, reason=said.reason,
            seconded_by=said.seconded_by, **own,
        )  # fmt: skip
        record.closings.append(closing)


def open_finding(events: Iterable[StoredEvent]) -> bool:
    """Whether a record of the crossing that is not closed yet has, or had, a finding."""
    return any(not each.closings and each.found_something() for each in records(events).values())
