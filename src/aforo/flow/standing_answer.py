"""Where a declaration stands, and what its filer was told before: answers made from the log, always the same."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from aforo.answers import Answer, Grounds
from aforo.domain.envelope import X12Reference
from aforo.domain.event import Filed
from aforo.flow.answering import answer_of
from aforo.flow.crossing_events import followed
from aforo.flow.recorded import unpack_identities
from aforo.flow.told_publicly import Turn, filings_in, turns
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.stored import StoredEvent


def answer_now(declaration_id: str, stream: str, log: Log, law: Grounds) -> Answer | None:
    """What the filer of a declaration is told now; None where its crossing was never decided."""
    events = followed(log.stream(stream), log)
    made = turns(events, declaration_id, log)
    return _told(declaration_id, events, made[-1:], log.keys, law)[0] if made else None


def answer_at(
    declaration_id: str, event_id: str, events: Sequence[StoredEvent], log: Log, law: Grounds
) -> Answer | None:
    """What the filer of a declaration was told from an event of its crossing on; None where it changed nothing."""
    made = [turn for turn in turns(events, declaration_id, log) if turn.event.event.event_id == event_id]
    return _told(declaration_id, events, made, log.keys, law)[0] if made else None


def _told(own: str, events: Sequence[StoredEvent], made: Sequence[Turn], keys: KeyStore, law: Grounds) -> list[Answer]:
    filed = next(each for each in filings_in(events) if each.declaration["declaration_id"] == own)
    port = filed.declaration.get("port")
    place, envelope = filed.declaration.get("bridge") or port, _envelope(filed, keys)
    return [
        answer_of(own, turn.public, turn.event.event.recorded_at, law, place=place, port=port, envelope=envelope)
        for turn in made
    ]


def _envelope(filed: Filed, keys: KeyStore) -> X12Reference | None:
    """The envelope that a declaration came in; None where it had none, or its carrier was erased."""
    if filed.reply is None:
        return None
    text = keys.open([int(unpack_identities([filed])["carrier"][0])], filed.reply)
    return None if text is None else msgspec.json.decode(text, type=X12Reference)
