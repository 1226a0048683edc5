"""What devices and people at a bridge report is recorded: readings of gates in blocks, lanes, posts, work, waits.

One leaf is one block of one reader. The same block again is the one that stands, and a block that repeats some of an
earlier one's readings does no harm, since who counts them counts a reading once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

import msgspec
import numpy as np

from aforo.custody.device import KnownDevice
from aforo.domain.bridge import GateReads, LaneClass, ReadPlace
from aforo.domain.clock import instant
from aforo.domain.event import Origin, Payload, new_event
from aforo.flow.vouched import Vouched, signers_now, stands
from aforo.intake.gate_reads import Read
from aforo.log.contention import retried
from aforo.log.ids import event_ids
from aforo.log.store import Log

#: Readings of one block: a leaf is small beside what a database page or a message of a bus may hold.
MOST_IN_BLOCK = 4_096
#: Blocks of one transaction.
MOST_AT_ONCE = 256
#: The kinds of identity that plates and tags are hashed as; a plate's is that of a filing's tractor.
PLATE, TAG = "tractor", "tag"


class ReaderAt(msgspec.Struct, frozen=True):
    """Where a reader stands: the bridge, the place, and the class of the lanes that it watches, if it watches one."""

    reader: str
    bridge: str
    place: ReadPlace
    lane: LaneClass | None = None


@dataclass(frozen=True)
class Statement:
    """Something to record: what is said, in which stream, when it happened, by which key it is known again, and who
    vouches for it, where that is signed."""

    payload: Payload
    stream: str
    occurred_at: datetime
    key: str
    reported_at: datetime | None = None
    vouched: Vouched | None = None


class Refused(NamedTuple):
    """What was signed by a key that is not believed of it any more, and its signer as it is by now."""

    said: Statement
    signer: KnownDevice


@dataclass(frozen=True)
class Recorded:
    """How many events were written, and how many the log had already; and what was refused, since its signer's keys
    were changed after its signature was verified."""

    written: int
    repeated: int
    refused: tuple[Refused, ...] = ()


def blocks_of(reads: Sequence[Read], readers: Mapping[str, ReaderAt], log: Log) -> list[Statement]:
    """The blocks of readings of known readers: by reader, and by the class of their lane where the reader watches
    several and says it, in the order of their instants."""
    hashes = log.keys.identity_hashes
    plates, tags = hashes(PLATE, [each.plate for each in reads]), hashes(TAG, [each.tag for each in reads])
    instants = np.array([each.at for each in reads], dtype=np.int64)
    rows: dict[tuple[str, LaneClass | None], list[int]] = {}
    for row, each in enumerate(reads):
        rows.setdefault((each.reader, readers[each.reader].lane or each.lane), []).append(row)
    blocks = []
    for (reader, lane), own in sorted(rows.items(), key=lambda each: (each[0][0], each[0][1] or "")):
        at = readers[reader]
        of_reader = np.array(own)
        order = of_reader[np.lexsort((tags[of_reader], plates[of_reader], instants[of_reader]))]
        for first in range(0, len(order), MOST_IN_BLOCK):
            part = order[first : first + MOST_IN_BLOCK]
            block = GateReads(
                reader,
                at.bridge,
                at.place,
                _packed(instants[part], always=True),
                _packed(plates[part]),
                _packed(tags[part]),
                lane,
            )
            key = blake2b(msgspec.json.encode(block), digest_size=16).hexdigest()
            blocks.append(Statement(block, f"device/{reader}", instant(int(instants[part[-1]])), f"reads:{key}"))
    return blocks


def record(
    said: Sequence[Statement], log: Log, *, actor: str, origin: Origin = "live", at_once: int = MOST_AT_ONCE
) -> Recorded:
    """Record what is said, durably, each once, so many `at_once`. Raises ConcurrencyError where others were faster,
    time and again."""
    written, refused = 0, list[Refused]()
    for first in range(0, len(said), at_once):
        part = said[first : first + at_once]
        events, own = retried(partial(_record, part, log, actor, origin))
        written += events
        refused += own
    return Recorded(written, len(said) - written - len(refused), tuple(refused))


def _record(said: Sequence[Statement], log: Log, actor: str, origin: Origin) -> tuple[int, list[Refused]]:
    known = log.find([each.key for each in said])
    fresh = list({each.key: each for each in said if each.key not in known}.values())
    vouched = [each.vouched for each in fresh if each.vouched is not None]
    versions = dict(log.versions(list({*(each.stream for each in fresh), *(each.stream for each in vouched)})))
    at = log.clock()
    # Behind the versions: where a device's own key is changed from here on, its stream has gone on, and this is done
    # anew. Behind the clock: the change of another signer's that is not seen is recorded later, but for as long as a
    # transaction takes.
    doubted = _doubted(fresh, signers_now(vouched, versions, log))
    fresh = [each for each in fresh if each.key not in doubted]
    events = []
    for own, each in zip(event_ids(len(fresh), at), fresh, strict=True):
        version = versions[each.stream] = versions.get(each.stream, 0) + 1
        reported = each.reported_at or at
        events.append(
            new_event(
                own,
                each.payload,
                each.stream,
                version,
                occurred_at=each.occurred_at,
                recorded_at=at,
                actor=actor,
                reported_at=None if reported == each.occurred_at else reported,
                idempotency_key=each.key,
                origin=origin,
            )
        )
    log.append(events)
    return len(events), [Refused(each, doubted[each.key]) for each in said if each.key in doubted]


def _doubted(fresh: Sequence[Statement], signers: Mapping[str, KnownDevice]) -> dict[str, KnownDevice]:
    """By its key what is vouched for no more, as those signers are that something was recorded of meanwhile."""
    return {
        each.key: now
        for each in fresh
        if each.vouched is not None
        and (now := signers.get(each.vouched.stream)) is not None
        and not stands(each.vouched, now)
    }


def _packed(values: np.ndarray, *, always: bool = False) -> str:
    """Base64 of eight little-endian bytes a value; empty where all are zero, unless it is `always` written."""
    if not always and not values.any():
        return ""
    return base64.b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode()
