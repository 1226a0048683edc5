"""Documents in force by events: registered as drafts, activated, rolled back to the one before.

A document is an artefact, known by its hash; its stages are events on the stream `artefact/<kind>/<name>`. What is in
force is the one that was activated last and not rolled back since. So it is with port documents, books of prices, and
documents of the roads, what responses on the road go by, and contracts and targets of scanners.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from aforo.domain.clock import Clock
from aforo.domain.event import ArtefactKind, ArtefactPromoted, ArtefactRegistered, Origin, new_event
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Those whose stages this module keeps.
Kind = Literal[
    "port", "prices", "corridor", "fences", "limits", "response_plan", "contacts", "fleet_contract", "fleet_targets"
]
_PAGE = 10_000


class NothingToRollBackError(LookupError):
    """No document of this name is in force."""


class Standing(NamedTuple):
    """A document that is in force: its hash, its version as it was registered, since when, and by whose step."""

    hash: str
    version: str
    since: datetime
    by: str


def stream_of(kind: ArtefactKind, name: str) -> str:
    """The stream on which the stages of a document are."""
    return f"artefact/{kind}/{name}"


def active_in(events: Iterable[StoredEvent]) -> list[str]:
    """The hashes that were activated on a stream and not rolled back, the one in force last."""
    standing: list[str] = []
    for stored in events:
        stage = stored.payload
        if not isinstance(stage, ArtefactPromoted):
            continue
        if stage.hash in standing:
            standing.remove(stage.hash)
        if stage.stage == "active":
            standing.append(stage.hash)
    return standing


def steps(log: Log, kind: Kind) -> dict[str, list[StoredEvent]]:
    """The steps that documents of a kind took, by name: those that took one last come last."""
    by_name: dict[str, list[StoredEvent]] = {}
    after, room = 0, f"artefact/{kind}/"
    while events := log.read(after, types=(ArtefactPromoted.TYPE,), limit=_PAGE):
        after = events[-1].position
        for stored in events:
            if stored.event.stream.startswith(room):
                by_name.setdefault(stored.event.stream.removeprefix(room), []).append(stored)
    return {name: by_name[name] for name in sorted(by_name, key=lambda name: by_name[name][-1].position)}


def in_force(log: Log, kind: Kind) -> dict[str, str]:
    """The hash of the document in force, by name: those that took a step last come last."""
    return standing_in(steps(log, kind))


def standing_in(by_name: Mapping[str, Iterable[StoredEvent]]) -> dict[str, str]:
    """The hash of the document that these steps leave in force, by name."""
    found = {name: active_in(events) for name, events in by_name.items()}
    return {name: standing[-1] for name, standing in found.items() if standing}


def standing(log: Log, kind: Kind, name: str) -> Standing | None:
    """The document of a name that is in force; None where none is.

    One that came back because the one after it was rolled back stands since then, by whoever rolled that back.
    """
    events = log.stream(stream_of(kind, name))
    active = active_in(events)
    if not active:
        return None
    version = next((each.version for stored in events if isinstance(each := stored.payload, ArtefactRegistered)
                    and each.hash == active[-1]), "")  # fmt: skip
    step, stage = next(
        (stored.event, each)
        for stored in reversed(events)
        if isinstance(each := stored.payload, ArtefactPromoted) and each.stage in ("active", "rolled_back")
    )
    return Standing(active[-1], version, step.occurred_at, stage.approver)


def put(
    log: Log, kind: Kind, name: str, body: bytes, version: str, author: str, *, activate: bool = True,
    origin: Origin = "live",
) -> tuple[str, bool]:  # fmt: skip
    """Keep a document as a draft, and put it in force unless told otherwise; its hash, and whether anything changed.

    Raises ConcurrencyError where another took a step meanwhile.
    """
    hash_ = log.artefacts.put(kind, body)
    stream = stream_of(kind, name)
    events = log.stream(stream)
    steps: list[ArtefactRegistered | ArtefactPromoted] = []
    if not any(isinstance(each := stored.payload, ArtefactRegistered) and each.hash == hash_ for stored in events):
        steps.append(ArtefactRegistered(kind, name, hash_, version, author))
        if not activate:
            steps.append(ArtefactPromoted(kind, name, hash_, "draft", author))
    if activate and active_in(events)[-1:] != [hash_]:
        steps.append(ArtefactPromoted(kind, name, hash_, "active", author))
    _append(log, stream, len(events), steps, author, origin)
    return hash_, bool(steps)


def roll_back(log: Log, kind: Kind, name: str, by: str, *, origin: Origin = "live") -> tuple[str, str | None]:
    """Take the document in force out of force, so that the one before it is again; the hashes of both, None where there
    is none before. Raises NothingToRollBackError, ConcurrencyError."""
    stream = stream_of(kind, name)
    events = log.stream(stream)
    standing = active_in(events)
    if not standing:
        raise NothingToRollBackError(name)
    _append(log, stream, len(events), [ArtefactPromoted(kind, name, standing[-1], "rolled_back", by)], by, origin)
    return standing[-1], standing[-2] if len(standing) > 1 else None


def _append(
    log: Log, stream: str, version: int, steps: list[ArtefactRegistered | ArtefactPromoted], by: str, origin: Origin
) -> None:
    clock: Clock = log.clock
    at = clock()
    log.append(
        [
            new_event(
                event_id(at), each, stream, version + place, occurred_at=at, recorded_at=at, actor=by, origin=origin
            )
            for place, each in enumerate(steps, 1)
        ]
    )
