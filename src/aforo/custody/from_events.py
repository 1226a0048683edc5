"""The case of a trip from what is recorded of it: docs/reference/custody-verdict.md says the same in prose."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from aforo.custody.case import NEVER, Case, Heard, Sealing, Seen
from aforo.custody.received import DEVICE_STREAM
from aforo.custody.recorded import Recorded
from aforo.domain.device import DeviceRegistered
from aforo.domain.trip import Covered, Discharged, Place, Sealed, SealRead, TripOpened, Unsealed

_SECOND = 1_000_000


class UnregisteredError(ValueError):
    """A load is sealed by a device that nobody registered."""

    def __init__(self, device: str) -> None:
        super().__init__(device)
        self.device = device


def case_of(
    events: Sequence[Recorded], heard: Mapping[str, Heard], known_by: int, unasked: Container[str] = ()
) -> Case:
    """The case of one trip by what was recorded until `known_by` (microseconds since 1970).

    `events` are those of the trip's stream, with the registrations of its devices and the statements of coverage;
    others are passed over. `heard` has what each device said, which may be more than had come. Of the devices `unasked`
    for nothing is asked but whose seals they are: they need no registration, and promise nothing. Raises
    UnregisteredError for others that have none.
    """
    known = [each for each in events if each.recorded <= known_by]
    happened = sorted(known, key=lambda each: (each.occurred, each.version))
    seen = [Seen(each.occurred, each.recorded, each.payload.seal_id)
            for each in happened if isinstance(each.payload, SealRead)]  # fmt: skip
    covered = [(each.recorded, each.payload) for each in known if isinstance(each.payload, Covered)]
    opened = [each for each in known if isinstance(each.payload, TripOpened)]
    places: tuple[Place, ...] = ()
    if opened and isinstance(last := max(opened, key=lambda each: each.version).payload, TripOpened):
        places = last.places
    return Case(_sealings(happened, known, unasked), dict(heard), tuple(seen), places, tuple(covered))


def _sealings(happened: Sequence[Recorded], known: Sequence[Recorded], unasked: Container[str]) -> tuple[Sealing, ...]:
    """The sealings by the events in the order in which they happened."""
    made = []
    for place, each in enumerate(happened):
        if isinstance(said := each.payload, Sealed):
            until = _until(said.device, happened[place + 1 :])
            if until > each.occurred:
                promise, tolerance = 0, 0
                if said.device not in unasked:
                    registered = _registered(said.device, each.place, known)
                    promise, tolerance = registered.promise_s * _SECOND, registered.tolerance_s * _SECOND
                made.append(Sealing(said.device, said.seal_id, each.occurred, until, promise, tolerance))
    return tuple(made)


def _until(device: str, later: Sequence[Recorded]) -> int:
    """Until when a sealing by a device lasts, by what happened behind it."""
    discharged = NEVER
    for each in later:
        if isinstance(each.payload, Unsealed | Sealed) and each.payload.device == device:
            return each.occurred
        if isinstance(each.payload, Discharged):
            discharged = min(discharged, each.occurred)
    return discharged


def _registered(device: str, place: int, known: Sequence[Recorded]) -> DeviceRegistered:
    """The registration of a device in force at a place of the log, else the first behind it."""
    before: tuple[int, DeviceRegistered] | None = None
    behind: tuple[int, DeviceRegistered] | None = None
    for each in known:
        if isinstance(each.payload, DeviceRegistered) and each.stream == DEVICE_STREAM + device:
            if each.place < place and (before is None or each.place > before[0]):
                before = each.place, each.payload
            elif each.place > place and (behind is None or each.place < behind[0]):
                behind = each.place, each.payload
    found = before or behind
    if found is None:
        raise UnregisteredError(device)
    return found[1]
