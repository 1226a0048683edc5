"""The record of an examination at a dock: what was looked at, found, photographed, and which seals came off and on.

One event is one act of an officer, in the stream of the crossing, so that a record which is half made survives whatever
happens to the device. `name` is the examination's own, chosen where it began, since that may be where no node is in
reach.
"""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from aforo.domain.decision import Examination
from aforo.domain.payload import Payload
from aforo.domain.threat import Threat

#: Places on the drawing of a tractor with its trailer.
Part = Literal[
    "engine", "cab", "sleeper", "fuel_tank", "fifth_wheel", "tires", "undercarriage", "front_wall", "left_wall",
    "right_wall", "roof", "floor", "refrigeration", "doors", "load",
]  # fmt: skip
PARTS: tuple[Part, ...] = get_args(Part)
#: The classes of mechanical seals by ISO 17712: high security, security, indicative; `unknown` where none is marked.
SealClass = Literal["H", "S", "I", "unknown"]
CheckResult = Literal["clear", "finding", "not_done"]
SealAction = Literal["off", "on"]
Unit = Literal["kg", "lb", "g", "l", "pieces", "packages", "persons", "USD"]
#: What is seized, and in which units: persons are not.
SeizedKind = Literal["drugs", "money", "weapons", "goods", "vehicle", "other"]
SeizedUnit = Literal["kg", "lb", "g", "l", "pieces", "packages", "USD"]
#: Whose officers seize: the two countries may stand at one dock.
Authority = Literal["US", "MX"]
#: How an examination ended: nothing was found, something was, or neither can be said.
DockOutcome = Literal["clear", "violation", "inconclusive"]


class ExaminationBegun(Payload, frozen=True, omit_defaults=True, gc=False):
    """An examination began at a dock. `examination` is what is carried out, `checklist` the hash of the document that
    says what to look at, `present` whose officers were there (`US`, `MX`)."""

    TYPE: ClassVar[str] = "examination.begun"

    name: str
    examination: Examination
    bridge: str
    dock: str
    checklist: str
    present: tuple[str, ...] = ()


class ItemChecked(Payload, frozen=True, omit_defaults=True, gc=False):
    """One item of the checklist was looked at, or why it was not; the last word on an item holds."""

    TYPE: ClassVar[str] = "examination.checked"

    name: str
    item: str
    result: CheckResult
    note: str = ""


class FindingNoted(Payload, frozen=True, omit_defaults=True, gc=False):
    """Something was found. `x` and `y` are thousandths of the drawing's width and height, where it was tapped; `what`
    and `note` are in clear and name no person. `severity` is on a scale of 0 to 10."""

    TYPE: ClassVar[str] = "examination.found"

    name: str
    finding: str
    part: Part
    threat: Threat
    what: str
    x: int | None = None
    y: int | None = None
    amount: float | None = None
    unit: Unit | None = None
    severity: float | None = None


class PhotoTaken(Payload, frozen=True, omit_defaults=True, gc=False):
    """A photo. `photo` is the SHA-256 of what is kept of it: the picture without its metadata, sealed under the keys of
    `persons` (16 hexadecimal digits each), so that the loss of any of these keys makes it unreadable for good. The last
    one is the photo's own. `pixels` are width and height."""

    TYPE: ClassVar[str] = "examination.photographed"

    name: str
    photo: str
    media: str
    size: int
    pixels: tuple[int, int]
    persons: tuple[str, ...]
    finding: str = ""


class SealHandled(Payload, frozen=True, omit_defaults=True, gc=False):
    """A seal was taken off or put on. `declared` are the seals that the crossing's filings name, as they stood then;
    `matches` says whether one that was taken off is one of these, absent where none was declared."""

    TYPE: ClassVar[str] = "examination.seal"

    name: str
    action: SealAction
    number: str
    seal_class: SealClass
    intact: bool | None = None
    declared: tuple[str, ...] = ()
    matches: bool | None = None


class EntryWithdrawn(Payload, frozen=True, omit_defaults=True, gc=False):
    """A finding, seizure, photo or seal was entered by mistake; it stays in the log, marked. `entry` is its event.
    `seconded_by` is the officer who signed for it beside the actor, where the record was closed, `second_credential`
    what that one signed by."""

    TYPE: ClassVar[str] = "examination.withdrawn"

    name: str
    entry: str
    reason: str
    seconded_by: str | None = None
    second_credential: str | None = None


class ExaminationClosed(Payload, frozen=True, omit_defaults=True, gc=False):
    """The examination ended. What it found is reported in the same breath (`crossing.examined`). Where the outcome sets
    a finding aside, `seconded_by` is the officer who signed for it beside the actor, by `second_credential`, and
    `reason` says in clear why."""

    TYPE: ClassVar[str] = "examination.closed"

    name: str
    outcome: DockOutcome
    threat: Threat | None = None
    severity: float | None = None
    reason: str = ""
    seconded_by: str | None = None
    second_credential: str | None = None


class GoodsSeized(Payload, frozen=True, omit_defaults=True, gc=False):
    """What was found, or a part of it, was seized. `seizure` is the number of the record of it, the crossing's name
    with a count; `case` the authority's own number, where it has one. `finding` is what it comes from, whose `what` and
    `threat` are repeated, so that it says by itself what was taken; `amount` is in `unit`."""

    TYPE: ClassVar[str] = "examination.seized"

    name: str
    seizure: str
    finding: str
    kind: SeizedKind
    threat: Threat
    what: str
    amount: float
    unit: SeizedUnit
    authority: Authority
    case: str = ""


DOCK_PAYLOADS: tuple[type[Payload], ...] = (
    ExaminationBegun, ItemChecked, FindingNoted, PhotoTaken, SealHandled, EntryWithdrawn, ExaminationClosed,
    GoodsSeized,
)  # fmt: skip
