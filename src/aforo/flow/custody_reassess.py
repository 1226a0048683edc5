"""What is cause to act on a trip changes → the crossing that it is for is decided again, with that as evidence; so it
is when what was only claimed of it is signed for.

What was ordered is not lowered when a cause is withdrawn (ADR 0010): the evidence is gone from the decision that
follows, and the order is an officer's to lower.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aforo.custody.trip import PREFIX, named_in
from aforo.domain.event import Decided, Examined, Passed
from aforo.domain.routed import DecisionStage
from aforo.domain.stated import CUSTODY
from aforo.domain.trip import SealRead, TripCaused, TripOpened
from aforo.flow.custody import UnknownTripError
from aforo.flow.custody_facts import facts_by_crossing
from aforo.flow.custody_grounds import carriers_in
from aforo.flow.names import stream_of
from aforo.flow.node import Node
from aforo.flow.priced import Moment
from aforo.flow.reassess import Reassessed, reassess
from aforo.flow.stated import weighed
from aforo.log.stored import StoredEvent

#: Events after which a crossing may have other evidence of custody.
TYPES: tuple[str, ...] = (TripCaused.TYPE, TripOpened.TYPE, SealRead.TYPE)


def concerned(events: Iterable[StoredEvent], node: Node) -> list[str]:
    """The crossings that events of TYPES concern, each once: of a trip that is announced anew also those that it was
    for before, of which it may be evidence no more."""
    found: dict[str, None] = {}
    announced: dict[str, None] = {}
    for stored in events:
        if (trip := named_in(stored.event.stream)) is None:
            continue
        if isinstance(stored.payload, TripOpened):
            announced[trip] = None
            continue
        try:
            found[node.custody.trip(trip).opened.crossing] = None
        except UnknownTripError:
            continue
    for trip in announced:
        for stored in node.log.stream(PREFIX + trip, types=(TripOpened.TYPE,)):
            if isinstance(payload := stored.payload, TripOpened):
                found[payload.crossing] = None
    return [each for each in found if each]


def weigh_custody(crossings: Sequence[str], node: Node) -> list[Reassessed]:
    """Decide those of these crossings again that are decided by other evidence of custody than there is now, and not
    examined yet, each at the stage that it has reached; durable when this returns. Raises ConcurrencyError."""
    streams = node.log.streams([stream_of(each) for each in crossings])
    waiting = {
        events[0].event.stream.removeprefix("crossing/"): (events, decided)
        for events in streams.values()
        if (decided := _waiting(events)) is not None
    }
    every = [events for events, _ in waiting.values()]
    facts = facts_by_crossing(node.custody, list(waiting), lambda place: carriers_in(every[place]))
    now = weighed(facts, node.force.policy)
    made: list[Reassessed] = []
    at_stage: dict[DecisionStage | None, list[str]] = {}
    for place, (name, (_, decided)) in enumerate(waiting.items()):
        if {code for _, code, *_ in now.get(place, ())} != _recorded(decided):
            at_stage.setdefault(decided.stage, []).append(name)
    for stage, names in at_stage.items():
        moment = Moment(stage or "filed", {name: waiting[name][1].bridge for name in names})
        made += reassess([waiting[name][0] for name in names], node, moment, by_rate=stage is None, alert=True)
    return made


def _recorded(decided: Decided) -> set[str]:
    """The facts of custody that a decision was made with."""
    return {code for source, code, *_ in decided.stated if source == CUSTODY}


def _waiting(events: Sequence[StoredEvent]) -> Decided | None:
    """The last decision of a crossing whose truck nobody has examined since, and that did not go on. After a scan what
    it showed decides."""
    decided: Decided | None = None
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Decided):
            decided = payload
        elif isinstance(payload, Examined | Passed):
            decided = None
    return None if decided is None or decided.stage == "scanned" else decided
