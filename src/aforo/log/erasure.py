"""Erasure of a person: the key is destroyed, so that whatever the log holds of that person can never be read again.

The log itself does not change, so it still verifies; what was computed from the person's data (numbers, and keyed
hashes that nobody can undo without the person's name) stays, and so do the statistics.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

from aforo.domain.event import Filed, PersonErased, new_event
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


def erase_again(log: Log) -> int:
    """Destroy the keys that an older copy of the key store brought back: of every person whose erasure the log records,
    unless a filing behind it names that person again. How many there were.

    Names that were filed without an identifier are erased again whatever came later: their filings do not tell them.
    """
    erased: dict[int, int] = {}
    cursor = 0
    while events := log.read(cursor, types=[PersonErased.TYPE, Filed.TYPE]):
        for stored in events:
            payload = stored.payload
            if isinstance(payload, PersonErased):
                erased[int(payload.person, 16)] = stored.position
            elif isinstance(payload, Filed) and erased:
                named = np.frombuffer(base64.b64decode(payload.identities), dtype="<u8").tolist()
                for person in erased.keys() & set(named):
                    del erased[person]
        cursor = events[-1].position
    return log.keys.erase_all(erased) if erased else 0
