"""What is said to an edge of a truck, and what the edge says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from aforo.domain.decision import Basis, Examination
from aforo.domain.text import Text
from aforo.flow.edge_marks import NUMBER, PLATE, TAG
from aforo.log.note import Verifier


class NoBundleError(LookupError):
    """The edge has heard nothing of its node yet."""


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a truck at the booth is known by: at least one of these."""

    trip: str | None = None
    plate: str | None = None
    tag: str | None = None

    def values(self) -> list[tuple[str, str]]:
        """The kinds and values that are given, the surest first."""
        given = ((NUMBER, self.trip), (PLATE, self.plate), (TAG, self.tag))
        return [(kind, value) for kind, value in given if value]


class AtEdge(msgspec.Struct, frozen=True):
    """What an edge says of a truck: the visit, what is to be done with it and why, whether it was drawn for the control
    sample, what its filers are told, whether it had arrived before; and how old what the edge knows is, in seconds."""

    visit: str
    known: bool
    examination: Examination
    basis: Basis | None
    code: str
    reason: Text
    control: bool
    status: str
    stated: list[Text]
    repeated: bool
    bundle_at: datetime | None
    bundle_age_s: int | None


@dataclass(frozen=True)
class Place:
    """Where an edge stands: its port and bridge, and the first key of the node that it believes."""

    port: str
    bridge: str
    pinned: Verifier
