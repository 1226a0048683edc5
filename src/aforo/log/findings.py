"""What a verification found, and the report of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from aforo.domain.retention import ErasedVersions
from aforo.domain.text import Text, catalogue

#: Findings that a report names; the memory of a verification does not grow with the damage.
MOST = 10_000


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where in the log: what is known of an event."""

    leaf: int | None = None
    position: int | None = None
    event_id: str | None = None
    stream: str | None = None


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that is not as it was recorded. `code` is stable."""

    code: str
    reason: Text
    place: Place = Place()


class Findings:
    """The findings so far, up to MOST of them."""

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self.left_out = 0

    def add(self, code: str, place: Place = Place(), **fields: Any) -> None:  # noqa: B008 (frozen)
        """Note a finding, in the words of the catalogue."""
        if len(self.found) < MOST:
            self.found.append(Finding(code, catalogue("aforo.log").say(code, **fields), place))
        else:
            self.left_out += 1

    def all(self) -> list[Finding]:
        """The findings in the order in which they were made, and a last one where some were left out."""
        if not self.left_out:
            return self.found
        return [*self.found, Finding("findings_left_out", catalogue("aforo.log").say("findings_left_out", count=MOST))]


class Lost(msgspec.Struct, frozen=True):
    """An end that was lost, as the log itself says: of `predecessor`, which had signed `size` leaves, `held` are left,
    and the log goes on as `successor`."""

    predecessor: str
    held: int
    size: int
    successor: str
    reason: str


class Attested(msgspec.Struct, frozen=True):
    """How far a witness cosigned: its key as text, the leaves, and when, in POSIX seconds."""

    witness: str
    size: int
    at: int


#: What stands behind the record of an erasure: the log's own signature, none (as in logs of earlier versions), or one
#: that does not hold.
Signature = Literal["good", "none", "bad"]


class Erasure(msgspec.Struct, frozen=True):
    """An erasure, as the log records it: the event, its leaf (None until it is in the tree), when, by whom, why and by
    which policy the words of `versions` were to go, which are `events`; of `erased` of them they are gone."""

    record: str
    leaf: int | None
    at: datetime
    actor: str
    ground: str
    policy: str
    digest: str
    versions: list[ErasedVersions]
    events: int
    erased: int
    signature: Signature


class Report(msgspec.Struct, frozen=True):
    """What was verified. `root` is the tree's at `leaves`, in hexadecimal; `waiting` events are not in the tree yet.
    `lost` are ends that were lost and that the log declares; `attested` is how far the witnesses that were asked about
    cosigned it. Of `withheld` leaves the words were erased: their hashes stand, and `erasures` is what the log says of
    that."""

    origin: str
    leaves: int
    waiting: int
    checkpoints: int
    keys: list[str]
    root: str
    findings: list[Finding]
    lost: list[Lost] = []
    attested: list[Attested] = []
    withheld: int = 0
    erasures: list[Erasure] = []

    @property
    def good(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.findings
