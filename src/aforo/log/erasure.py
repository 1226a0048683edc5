"""Erasure of a person: the key is destroyed, so that whatever the log holds of that person can never be read again.

The log itself does not change, so it still verifies; what was computed from the person's data (numbers, and keyed
hashes that nobody can undo without the person's name) stays, and so do the statistics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aforo.domain.event import PersonErased, new_event
from aforo.domain.spoken import gives_away
from aforo.log.ids import event_id

if TYPE_CHECKING:
    from aforo.log.store import Log


class GroundNamesPersonError(ValueError):
    """The legal ground, which stands in the record in clear for ever, holds the very value that is to be erased."""


def stream_of(person: int) -> str:
    """The stream of a person's erasures."""
    return f"person/{person:016x}"


def erase_identity(log: Log, kind: str, value: str, ground: str, *, actor: str) -> tuple[int, str | None]:
    """Erase whom `value` of `kind` identifies: the person's number, and what `erase_person` returns.

    Raises GroundNamesPersonError before anything is done, and what `erase_person` raises.
    """
    if gives_away(ground, value):
        raise GroundNamesPersonError(kind)
    persons = log.keys.persons_named(kind, value)
    erased = [(person, erase_person(log, person, ground, actor=actor)) for person in persons]
    return next((each for each in erased if each[1] is not None), erased[0])


def erase_person(log: Log, person: int, ground: str, *, actor: str) -> str | None:
    """Destroy a person's key and record that, with its legal ground; the identifier of the event that records it.

    None, and nothing is recorded, where the key store has no key of that person. The key goes first; if the node stops
    before the event is written, erasing again writes it. `ground` must not itself name the person. Raises
    ErasureIncompleteError, ConcurrencyError.
    """
    if not log.keys.erase(person) and person not in log.keys.unrecorded_erasures():
        return None
    at = log.clock()
    stream = stream_of(person)
    version = log.versions([stream]).get(stream, 0) + 1
    payload = PersonErased(f"{person:016x}", ground)
    event = new_event(event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor)
    log.append([event])
    log.keys.erasure_recorded(person)
    return event.event_id
