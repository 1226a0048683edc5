"""What a verdict rests on, as the log has it: blocks with their leaves, the newest statement, and who cosigned it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from aforo.custody.device import PREFIX as DEVICE
from aforo.custody.trip import PREFIX as TRIP
from aforo.domain.clock import instant, microseconds
from aforo.domain.device import BlockReceived
from aforo.domain.reading import GRADES, Grade
from aforo.domain.trip import CustodyStated
from aforo.flow.custody import Custody
from aforo.flow.custody_before import sealed_case
from aforo.flow.other_loads import Others, of_other_loads
from aforo.log import cosignatures
from aforo.log.checkpoint import parse
from aforo.log.cosignature import WitnessKey
from aforo.log.note import NoteError, Verifier, taken_apart
from aforo.log.proof import SignedTree, leaf_indexes
from aforo.log.stored import StoredEvent

#: Blocks of one answer: the last.
MOST_BLOCKS = 500


class BlockProof(msgspec.Struct, frozen=True):
    """A block of readings: its leaf (missing until it is in the tree), who vouches for it, its SHA-256, and how many
    readings it has of which time."""

    leaf: int | None
    device: str
    grade: Grade
    hash: str
    count: int
    first: datetime
    last: datetime
    recorded_at: datetime


class GradeCount(msgspec.Struct, frozen=True):
    """How many blocks are of a grade, and how many readings they have."""

    grade: Grade
    blocks: int
    readings: int


class CosignedBy(msgspec.Struct, frozen=True):
    """A witness, by its key as text, and when it last cosigned a checkpoint, of how many leaves; missing where it did
    not."""

    key: str
    size: int | None
    at: datetime | None


class CheckpointShown(msgspec.Struct, frozen=True):
    """The checkpoint that a bundle is made under: the signed note, its leaves and root (hex), and which witnesses
    cosigned it, when."""

    size: int
    root: str
    note: str
    cosigned: list[CosignedBy]


class StatementShown(msgspec.Struct, frozen=True):
    """What the node stated last of the trip: the event, its leaf (missing until it is in the tree), by what had come by
    when, and whether the checkpoint covers it: then there is a bundle of it."""

    event: str
    leaf: int | None
    known_by: datetime
    covered: bool


class ProofShown(msgspec.Struct, frozen=True):
    """What a trip's verdict rests on. `log_keys` are the log's keys as text, the first one first; what they prove is
    worth something to who has them from elsewhere. `blocks` are the last, `total` is how many there are."""

    trip: str
    now: datetime
    log: str
    log_keys: list[str]
    witnesses: list[CosignedBy]
    checkpoint: CheckpointShown | None
    statement: StatementShown | None
    grades: list[GradeCount]
    total: int
    blocks: list[BlockProof]


def proof_of(
    custody: Custody, trip: str, witnesses: Sequence[WitnessKey], keys: Sequence[Verifier], others: Others
) -> ProofShown:
    """What a trip's verdict rests on; blocks of trips that are `others` are left out. Raises UnknownTripError."""
    log = custody.log
    custody.trip(trip)
    own = log.stream(TRIP + trip)
    _, rests_on = sealed_case(log, [(each.event, each.payload) for each in own], microseconds(log.clock()))
    said = [each for events in rests_on.values() for each in events]
    hidden = of_other_loads(log, [*own, *said], trip, others)
    blocks = [
        (each, payload)
        for each in sorted(said, key=lambda each: each.position)
        if isinstance(payload := each.payload, BlockReceived) and (each.event.stream, each.event.version) not in hidden
    ]
    stated = log.stream(TRIP + trip, types=(CustodyStated.TYPE,))
    signed = cosignatures.newest(log.database, witnesses)
    shown = blocks[-MOST_BLOCKS:]
    leaves = leaf_indexes(log.database, [each.position for each in (*(one for one, _ in shown), *stated[-1:])])
    tally, readings = Counter[Grade](), Counter[Grade]()
    for _, payload in blocks:
        tally[payload.grade] += 1
        readings[payload.grade] += payload.count
    return ProofShown(
        trip, log.clock(), log.origin, [each.text for each in keys],
        [_cosigned(custody, each) for each in witnesses], None if signed is None else _checkpoint(signed, witnesses),
        _statement(stated[-1], leaves, signed) if stated else None,
        [GradeCount(grade, tally[grade], readings[grade]) for grade in GRADES if tally[grade]],
        len(blocks), [_block(each, payload, leaves.get(each.position)) for each, payload in shown],
    )  # fmt: skip


def _cosigned(custody: Custody, witness: WitnessKey) -> CosignedBy:
    last = cosignatures.last_attested(custody.log.database, witness)
    if last is None:
        return CosignedBy(witness.text, None, None)
    return CosignedBy(witness.text, last.size, datetime.fromtimestamp(last.at, UTC))


def _checkpoint(signed: SignedTree, witnesses: Sequence[WitnessKey]) -> CheckpointShown:
    said = parse(taken_apart(signed.note)[0])
    cosigned = []
    for each in witnesses:
        try:
            at = each.cosigned_at(signed.note)
        except NoteError:
            continue
        cosigned.append(CosignedBy(each.text, signed.size, datetime.fromtimestamp(at, UTC)))
    return CheckpointShown(signed.size, said.root.hex(), signed.note, cosigned)


def _statement(stored: StoredEvent, leaves: dict[int, int], signed: SignedTree | None) -> StatementShown:
    said, leaf = stored.payload, leaves.get(stored.position)
    assert isinstance(said, CustodyStated)
    covered = leaf is not None and signed is not None and leaf < signed.size
    return StatementShown(stored.event.event_id, leaf, instant(said.known_by), covered)


def _block(stored: StoredEvent, said: BlockReceived, leaf: int | None) -> BlockProof:
    return BlockProof(
        leaf, stored.event.stream.removeprefix(DEVICE), said.grade, said.hash, said.count, instant(said.first),
        instant(said.last), stored.event.recorded_at,
    )  # fmt: skip
