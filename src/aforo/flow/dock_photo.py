"""Photos of an examination: kept beside the log, sealed so that erasure reaches them, and every look at one recorded.

A photo may show whoever stood there. It is sealed under the keys of the crossing's drivers and tractors, and under one
of its own, so that it is gone as soon as any of these is erased, and can be erased alone.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aforo.domain.dock import PhotoTaken
from aforo.domain.event import PersonRead
from aforo.domain.payload import Payload
from aforo.exams.dock_record import records
from aforo.exams.photo import Photo
from aforo.flow.crossing_events import events_of
from aforo.flow.device_clock import happened, known_since
from aforo.flow.dock import Acted, DockRefusedError, Where, append, check
from aforo.flow.earlier import filed_before
from aforo.flow.node import Node
from aforo.flow.order import order_of
from aforo.flow.override import NoDecisionError
from aforo.flow.receiving import KeyReusedError
from aforo.flow.recorded import unpack_identities
from aforo.flow.shown import record_person_read
from aforo.log.artefacts import ArtefactMissingError
from aforo.log.stored import StoredEvent

#: Photos of one examination.
MOST_PHOTOS = 40
#: The kind of identity of a photo's own key; its value is the hash of the picture.
PHOTO = "photo"
#: What a look at a photo is recorded as, in the place of a column.
COLUMN = "photo"


class TooManyPhotosError(ValueError):
    """The examination has as many photos as it may have."""


@dataclass(frozen=True)
class Taking:
    """How a photo was taken: when, and of which finding, if of one."""

    at: datetime | None = None
    finding: str = ""


def keep_photo(where: Where, photo: Photo, how: Taking, key: str, node: Node, actor: str) -> Acted:
    """Keep a photo in a record, durably, and once by its key. Raises NoDecisionError, DockRefusedError, KeyReusedError
    where the key is that of another photo or act, TooManyPhotosError, ConcurrencyError."""
    events = events_of(where.crossing, node.log)
    if order_of(events)[0] is None:
        raise NoDecisionError(where.crossing)
    stream = events[-1].event.stream
    before = records(events).get(where.name)
    once = f"dock:{stream}:{where.name}:{actor}:{key}" if key else None
    known = None if once is None else node.log.find([once]).get(once)
    own = int(node.keys.identity_hashes(PHOTO, [sha256(photo.body).hexdigest()])[0])
    if known is not None and not _is_kept_as(own, how, known.payload):
        raise KeyReusedError
    if known is not None and before is not None:
        return Acted(known.event.event_id, True, before)
    check(before, where, None, events, actor, node)
    if before is not None and how.finding and how.finding not in {each.finding for each in before.findings}:
        raise DockRefusedError("finding_unknown", before)
    if before is not None and len(before.photos) >= MOST_PHOTOS:
        raise TooManyPhotosError
    persons = (*_shown(events), own)
    body = base64.b64decode(node.keys.seal(persons, photo.body))
    hash_ = node.log.artefacts.put(PHOTO, body)
    named = tuple(f"{person:016x}" for person in persons)
    payload = PhotoTaken(where.name, hash_, photo.media, len(photo.body), photo.pixels, named, how.finding)
    when = happened(how.at, node.clock(), known_since(events, before, actor))
    made = append(payload, events, when, once, node, actor)
    return Acted(made, False, records(node.log.stream(stream))[where.name])


def _is_kept_as(own: int, how: Taking, payload: Payload) -> bool:
    """Whether it is the picture (by the keyed hash of it) that was recorded, and of the same finding."""
    if not isinstance(payload, PhotoTaken):
        return False
    return (payload.persons[-1], payload.finding) == (f"{own:016x}", how.finding)


def _shown(events: Sequence[StoredEvent]) -> tuple[int, ...]:
    """Whom a photo of a crossing may show: its drivers and its tractors."""
    filings = [filed for _, filed in filed_before(events, events[-1].event.version)]
    identities = unpack_identities(filings)
    every = [int(person) for kind in ("driver", "tractor") for person in identities[kind] if person]
    return tuple(dict.fromkeys(every))


def photo_of(crossing: str, photo: str, node: Node) -> tuple[str, bytes] | None:
    """The media type and the picture of a photo in a crossing's records; None where there is none, or it was erased."""
    for stored in events_of(crossing, node.log):
        said = stored.payload
        if isinstance(said, PhotoTaken) and said.photo == photo:
            try:
                body = node.log.artefacts.get(photo)
            except ArtefactMissingError:
                return None
            opened = node.keys.open([int(each, 16) for each in said.persons], base64.b64encode(body).decode())
            return None if opened is None else (said.media, opened)
    return None


def record_look(crossing: str, reader: str, token: str, node: Node) -> None:
    """Record that somebody is shown a photo, durably; nothing may be shown before. It is recorded under the crossing's
    own name, whatever it was asked for by. Raises ConcurrencyError."""
    own = events_of(crossing, node.log)[-1].event.stream.removeprefix("crossing/")
    record_person_read(PersonRead(own, (COLUMN,), token), reader, node)
