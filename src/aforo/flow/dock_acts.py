"""Acts on the record of an examination, as a dock sends them: each with its bounds, when it was done, and `seen`, the
version of the record that its writer had seen.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aforo.domain.checked import Instant
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
    SealAction,
    SealClass,
    SealHandled,
    SeizedKind,
    SeizedUnit,
    Unit,
)
from aforo.domain.event import Payload
from aforo.domain.threat import Threat

_Word = Annotated[str, Meta(min_length=1, max_length=64)]
_Sentence = Annotated[str, Meta(min_length=1, max_length=500)]
_Thousandth = Annotated[int, Meta(ge=0, le=1_000)]
_Amount = Annotated[float, Meta(ge=0, le=1e9)]
_Severity = Annotated[float, Meta(ge=0, le=10)]
#: What can be carried out at a dock or a scanner.
_Carried = Literal["scan", "scan_then_decide", "joint", "secondary"]


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="act"):
    """What all acts have in common."""

    at: Instant | None = None
    seen: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Begin(Act, frozen=True, tag="begin"):
    """The examination begins at a dock; of a joint one `present` has both countries."""

    examination: _Carried
    bridge: _Word
    dock: Annotated[str, Meta(min_length=1, max_length=32)]
    present: Annotated[tuple[Literal["US", "MX"], ...], Meta(max_length=2)] = ()


class Check(Act, frozen=True, tag="check"):
    """An item of the checklist was looked at, or why it was not."""

    item: _Word
    result: CheckResult
    note: Annotated[str, Meta(max_length=500)] = ""


class Find(Act, frozen=True, tag="find"):
    """Something was found: where on the drawing, what, how much of it."""

    finding: _Word
    part: Part
    threat: Threat
    what: _Sentence
    x: _Thousandth | None = None
    y: _Thousandth | None = None
    amount: _Amount | None = None
    unit: Unit | None = None
    severity: _Severity | None = None


class HandleSeal(Act, frozen=True, tag="seal"):
    """A seal came off or went on."""

    action: SealAction
    number: _Word
    seal_class: SealClass
    intact: bool | None = None


class Seize(Act, frozen=True, tag="seize"):
    """What a finding of the record found, or a part of it, is seized: what it is, how much, by whose officers, and the
    number that their authority gave it, where it did."""

    finding: _Word
    kind: SeizedKind
    amount: Annotated[float, Meta(gt=0, le=1e9)]
    unit: SeizedUnit
    authority: Authority
    case: Annotated[str, Meta(max_length=64)] = ""


class Withdraw(Act, frozen=True, tag="withdraw"):
    """An entry was made by mistake. Of a record that is closed, a finding or a seizure takes a second officer."""

    entry: _Word
    reason: _Sentence


class Close(Act, frozen=True, tag="close"):
    """The examination ends; of a violation the threat is said, and how severe it is. `reason` says why a finding is
    set aside, which takes a second officer."""

    outcome: DockOutcome
    threat: Threat | None = None
    severity: _Severity | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""


#: What an act is recorded as.
_RECORDED: dict[type[Act], type[Payload]] = {
    Begin: ExaminationBegun,
    Check: ItemChecked,
    Find: FindingNoted,
    Seize: GoodsSeized,
    HandleSeal: SealHandled,
    Withdraw: EntryWithdrawn,
    Close: ExaminationClosed,
}
#: Of a closing these are said of a violation alone.
_OF_VIOLATION = ("threat", "severity")


def is_recorded_as(said: Act, payload: Payload) -> bool:
    """Whether an act says what was recorded under its key. When it was done is the clocks' to say: not compared."""
    if type(payload) is not _RECORDED[type(said)]:
        return False
    own = [name for name in said.__struct_fields__ if name not in ("at", "seen") and hasattr(payload, name)]
    if isinstance(said, Close) and said.outcome != "violation":
        own = [name for name in own if name not in _OF_VIOLATION]
    return all(_even(getattr(said, name)) == _even(getattr(payload, name)) for name in own)


def _even(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


DockAct = Begin | Check | Find | Seize | HandleSeal | Withdraw | Close
