"""What holds for a crossing: its last decision, or what an officer ordered over it.

An order that an officer gave stands until the crossing is decided again; then it stands on only where it asks for more
than the new decision, so that no amendment undoes what an officer ordered, and none escapes by an order to release.

An examination ends an order where it is what was ordered, or more. A lesser one leaves it, and a hold, which is none,
is left by every one: two officers lower it.

An order that its officer took back, before anything was done by it, counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from aforo.domain.decision import STRICTNESS, Examination
from aforo.domain.event import Decided, Examined, Filed, OrderUndone, Overridden, Passed
from aforo.log.stored import StoredEvent

#: What the stored bytes of an event have in them by which an order was taken back: most crossings have none, and to
#: read every event for that would cost as much again as to read them.
_UNDONE = b'"%b"' % OrderUndone.TYPE.encode()


def but_undone(events: Iterable[StoredEvent]) -> Sequence[StoredEvent]:
    """The events without the officers' orders that were taken back among them."""
    every = list(events)
    marked = [stored for stored in every if _UNDONE in stored.body]
    undone = {payload.order for stored in marked if isinstance(payload := stored.payload, OrderUndone)}
    return [stored for stored in every if stored.event.event_id not in undone] if undone else every


def stands_over(overridden: Overridden | None, decided: Decided) -> Overridden | None:
    """The officer's order where it stands over a decision that was made after it."""
    if overridden is None or STRICTNESS[overridden.examination] <= STRICTNESS[decided.examination]:
        return None
    return overridden


def floor_of(events: Iterable[StoredEvent]) -> Decided | None:
    """The strictest decision so far that is still to be carried out: no filing takes its crossing below it.

    It falls where an officer orders less (which takes a second officer), and with the examination itself, unless what
    was ordered stands after that; where the examination's record is withdrawn, it is as it was before. A crossing that
    is cancelled keeps it for what is filed in it later; one that takes in another takes on what was ordered there.
    """
    floor: Decided | None = None
    #: By examination, what it carried out.
    ended: dict[str, Decided | None] = {}
    for stored in but_undone(events):
        payload = stored.payload
        if isinstance(payload, Decided):
            floor = stricter(floor, payload)
        elif isinstance(payload, Filed):
            for taken in payload.takes:
                floor = stricter(floor, taken.floor)
        elif isinstance(payload, Overridden):
            if floor is not None and STRICTNESS[payload.examination] < STRICTNESS[floor.examination]:
                floor = None
                ended = dict.fromkeys(ended)
        elif isinstance(payload, Examined):
            own = payload.corrects or stored.event.event_id
            if payload.order_stands:
                floor = stricter(floor, ended.pop(own, None))
            elif own not in ended:
                ended[own], floor = floor, None
        elif isinstance(payload, Passed) and payload.let_go and floor is not None and floor.examination != "hold":
            floor = None  # a port that was cut off let the truck go: nobody can carry it out any more
    return floor


def stricter(floor: Decided | None, decided: Decided | None) -> Decided | None:
    """The stricter of two decisions, the second of equals; a release is none."""
    if decided is None or decided.examination == "release":
        return floor
    if floor is not None and STRICTNESS[decided.examination] < STRICTNESS[floor.examination]:
        return floor
    return decided


def ordered(events: Sequence[StoredEvent]) -> Examination:
    """What is ordered at the end of a crossing's events, whether it was carried out since or not."""
    decided, overridden = order_of(events)
    standing = overridden or decided
    floor = floor_of(events)
    options = [each.examination for each in (standing, floor) if each is not None]
    return max(options, key=STRICTNESS.__getitem__, default="release")


def found_in(events: Iterable[StoredEvent]) -> bool:
    """Whether an examination found something that no officers have released the truck from since. What takes a finding
    back is a word on that very examination: another one that found nothing says nothing of it."""
    found: dict[str, bool] = {}
    for stored in but_undone(events):
        payload = stored.payload
        if isinstance(payload, Examined):
            found[payload.corrects or stored.event.event_id] = bool(payload.outcome.violation)
        elif isinstance(payload, Overridden) and payload.examination == "release":
            found.clear()
    return any(found.values())


#: Where a truck is: it may wait for what is asked of it, it was examined or let go by officers, or it went on.
Whereabouts = Literal["waiting", "served", "gone"]


def whereabouts(events: Iterable[StoredEvent]) -> Whereabouts:
    """Where the truck of a crossing is at the end of its events. One that was examined waits again where an officer
    sends it on; one that went on does not come back."""
    where: Whereabouts = "waiting"
    for stored in but_undone(events):
        payload = stored.payload
        if isinstance(payload, Decided):
            where = "waiting"
        elif isinstance(payload, Passed):
            where = "gone"
        elif isinstance(payload, Examined):
            where = "served"
        elif isinstance(payload, Overridden) and where != "gone":
            where = "served" if payload.examination == "release" else "waiting"
    return where


def order_of(events: Iterable[StoredEvent]) -> tuple[Decided | None, Overridden | None]:
    """The last decision among a crossing's events, and the officer's order that stands over it."""
    decided: Decided | None = None
    overridden: Overridden | None = None
    for stored in but_undone(events):
        payload = stored.payload
        if isinstance(payload, Decided):
            decided, overridden = payload, stands_over(overridden, payload)
        elif isinstance(payload, Overridden):
            overridden = payload
    return decided, overridden
