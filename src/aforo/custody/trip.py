"""A trip as the log has it: what was announced, which devices seal it and sealed it, and whether it is over."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from aforo.custody.case import NEVER
from aforo.domain.clock import microseconds
from aforo.domain.event import Event, Payload
from aforo.domain.trip import CustodyJudged, Discharged, Sealed, SealRead, TripCaused, TripOpened, Unsealed

PREFIX = "trip/"
#: What is cause to act on a trip is on a stream beside its own: who is given the trip's record is not told where trucks
#: are watched. Logs of before have it on the trip's own.
CAUSES = "causes/"


def named_in(stream: str) -> str | None:
    """The trip of whose record, or of whose causes, a stream is; None of any other stream."""
    found = next((prefix for prefix in (PREFIX, CAUSES) if stream.startswith(prefix)), None)
    return None if found is None else stream.removeprefix(found)


class Bound(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """That a device seals a trip's load from `since` until before `until`; microseconds since 1970. What it said for
    the trip comes after `version` of its own stream. `crossing` and `carta_porte` are what it was put on for, empty
    where the trip named none then."""

    device: str
    seal_id: str
    since: int
    until: int = NEVER
    version: int = 0
    crossing: str = ""
    carta_porte: str = ""

    def precedes(self, version: int, last: int) -> bool:
        """Whether a block is of before: this version of the device's stream, which speaks until `last`. It was recorded
        before the device was bound, and speaks of no time since it was put on."""
        return version < self.version and last < self.since


class KnownTrip(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True, gc=False):
    """A trip. `opened` is what was announced of it last; `discharged` is when it was, None while it was not;
    `judged` what was last made of its custody, `caused` what was last found to be cause to act. `vouched_for` is the
    crossing for which an authority last announced it, or for which it was when one read the number on its seal."""

    trip: str
    opened: TripOpened
    version: int
    seals: tuple[Bound, ...] = ()
    discharged: int | None = None
    discharged_where: str = ""
    judged: CustodyJudged | None = None
    caused: TripCaused | None = None
    vouched_for: str = ""

    @property
    def standing(self) -> tuple[Bound, ...]:
        """The seals that stand."""
        return tuple(each for each in self.seals if each.until == NEVER)

    def overdue(self, now: int) -> bool:
        """Whether it should have been discharged by `now`."""
        return self.discharged is None and microseconds(self.opened.deadline) < now


def first_of(seals: Iterable[Bound]) -> dict[str, Bound]:
    """The first sealing by each device of a trip."""
    found: dict[str, Bound] = {}
    for each in seals:
        if each.device not in found or each.version < found[each.device].version:
            found[each.device] = each
    return found


def last_of(seals: Iterable[Bound]) -> dict[str, int]:
    """Until when each device last sealed a trip: NEVER where it does."""
    found: dict[str, int] = {}
    for each in seals:
        found[each.device] = max(each.until, found.get(each.device, 0))
    return found


def after(known: KnownTrip | None, event: Event, payload: Payload) -> KnownTrip | None:
    """A trip after the next event of its stream, or of that of its causes. A device seals until it is taken off, or the
    trip is discharged."""
    at = microseconds(event.occurred_at)
    if isinstance(payload, TripOpened):
        if known is None:
            vouched_for = payload.crossing if payload.by_authority else ""
            return KnownTrip(event.stream.removeprefix(PREFIX), payload, event.version, vouched_for=vouched_for)
        vouched_for = payload.crossing if payload.by_authority else known.vouched_for
        return msgspec.structs.replace(known, opened=payload, version=event.version, vouched_for=vouched_for)
    if known is None:
        return None
    if isinstance(payload, TripCaused):
        return msgspec.structs.replace(known, caused=payload)
    known = msgspec.structs.replace(known, version=event.version)
    if isinstance(payload, Sealed):
        seals = (
            *_ended(known.seals, at, payload.device),
            Bound(payload.device, payload.seal_id, at, NEVER, payload.device_version, *_named(known.opened, payload)),
        )
        return msgspec.structs.replace(known, seals=seals)
    if isinstance(payload, Unsealed):
        return msgspec.structs.replace(known, seals=_ended(known.seals, at, payload.device))
    if isinstance(payload, SealRead) and not payload.reader:
        # A person stood at the truck. What a fixed reader reads says whose seal it is, and not which truck it is on.
        return msgspec.structs.replace(known, vouched_for=known.opened.crossing)
    if isinstance(payload, CustodyJudged):
        return msgspec.structs.replace(known, judged=payload)
    if isinstance(payload, Discharged):
        return msgspec.structs.replace(
            known, seals=_ended(known.seals, at), discharged=at, discharged_where=payload.where
        )
    return known


def _named(opened: TripOpened, sealed: Sealed) -> tuple[str, str]:
    """What a seal was put on for; as a rule what the trip names, and kept once for both."""
    crossing = opened.crossing if sealed.crossing == opened.crossing else sealed.crossing
    return crossing, opened.carta_porte if sealed.carta_porte == opened.carta_porte else sealed.carta_porte


def _ended(seals: tuple[Bound, ...], at: int, device: str | None = None) -> tuple[Bound, ...]:
    """The seals, those that stand (of one device, or all) ended at an instant: never before they began."""
    return tuple(
        msgspec.structs.replace(each, until=max(at, each.since))
        if each.until == NEVER and device in (None, each.device)
        else each
        for each in seals
    )
