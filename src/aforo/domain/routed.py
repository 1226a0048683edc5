"""What a choice by price was made with: every number that went in, so that the same choice can be made again."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from aforo.domain.decision import ScanImage

#: When a crossing is decided: as it files, in a pre-check yard, at primary, after a scan; as `routing.choice.STAGES`.
DecisionStage = Literal["filed", "yard", "primary", "scanned"]
STAGES: tuple[DecisionStage, ...] = get_args(DecisionStage)

#: What was not as it should be when a choice was made, and what was done instead; see docs/guide/prices.md.
Fallback = Literal["bridge", "state", "day", "table", "units", "clock", "risk", "room"]
FALLBACKS: tuple[Fallback, ...] = get_args(Fallback)


class Routed(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The numbers of one choice, as `routing.choice.choose` takes them; what is not known is None, and never zero.

    `policy` is its place in `routing.choice.POLICIES`, `params` and `book` the first 16 hexadecimal digits of the
    SHA-256 of its parameters and of the price tables (empty without tables); the artefact set names the documents that
    both come from. `allowed` is the mask of options. By resource: `backlog` in minutes of work, `up` units (-1 where it
    is not known) and `minutes` predicted for this truck. `minute` is that of the local day, `level` the last hour's
    arrivals over the forecast. `listed` holds (class, minutes of work) of trucks that filed and have not arrived, None
    where that is not known. `prevented` is in truck-minutes by option, `alarm` the chance that a scan alarms.

    `filer` is who filed the truck, as the keyed hash of its carrier; 0 where a filing names none, and in decisions from
    before it was kept. Those of whom too few filings come are not on the list. `ties` are keyed hashes of what ties a
    trip to others (its tractor; its parties with its goods), 0 for nothing, `alike` by these how many trips look like
    it, itself among them, and `raised` what the worth of its examinations was multiplied by for that.

    `image` is what the scan showed after which it was decided. `fallback` names what was done instead of what could not
    be done. `mark` is a keyed digest of all the others with
    the crossing and the option: who changes a number cannot make it anew.
    """

    policy: int
    allowed: int
    minute: float | None
    backlog: tuple[float | None, ...]
    up: tuple[int, ...]
    minutes: tuple[float | None, ...]
    prevented: tuple[float | None, ...]
    params: str = ""
    book: str = ""
    lane: int = 1
    alarm: float | None = None
    level: float | None = None
    listed: tuple[tuple[int, float], ...] | None = None
    image: ScanImage | None = None
    fallback: tuple[Fallback, ...] = ()
    mark: str = ""
    filer: int = 0
    ties: tuple[int, ...] = ()
    alike: tuple[int, ...] = ()
    raised: float = 1.0

    def nameless(self) -> Routed:
        """The same without hashes of anybody."""
        return msgspec.structs.replace(self, filer=0, ties=())
