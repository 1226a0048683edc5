"""The cosignatures that witnesses gave for this log's checkpoints, as the store keeps them.

They lie beside the checkpoints and are no events: a cosignature that was an event would be a leaf, the tree would grow,
and a checkpoint that nobody has cosigned would cover it, for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Text, cast, delete, func, insert, select

from aforo.log import schema
from aforo.log.checkpoint import parse
from aforo.log.cosignature import WitnessKey
from aforo.log.database import Database
from aforo.log.findings import Attested, Findings, Place
from aforo.log.note import NoteError, taken_apart
from aforo.log.proof import SignedTree, cosignature_lines

_CHECKPOINT, _COSIGNATURE = schema.checkpoint.c, schema.cosignature.c
#: Rows read at a time.
_BATCH = 5_000


def keep(database: Database, size: int, lines: Mapping[str, str]) -> None:
    """Keep what witnesses, told by their keys as text, gave for the checkpoint of `size` leaves, all at once: whoever
    asks for the newest cosigned one then gets it with all of them."""
    table = schema.cosignature
    rows = [{"size": size, "witness": witness, "line": line} for witness, line in lines.items()]
    if rows:
        with database.write() as connection:
            connection.execute(delete(table).where(table.c.size == size, table.c.witness.in_(lines)))
            connection.execute(insert(table), rows)


def last_cosigned(database: Database) -> dict[str, int]:
    """By witness, told by its key as text, the leaves of the newest checkpoint that it cosigned."""
    query = select(_COSIGNATURE.witness, func.max(_COSIGNATURE.size)).group_by(_COSIGNATURE.witness)
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def last_attested(database: Database, witness: WitnessKey) -> Attested | None:
    """How far a witness cosigned the log, and when, by the newest checkpoint that it cosigned; None where it did not,
    or where what is kept of it does not hold."""
    query = select(_CHECKPOINT.size, _CHECKPOINT.note, _COSIGNATURE.line)
    query = query.join(schema.checkpoint, _CHECKPOINT.size == _COSIGNATURE.size).select_from(schema.cosignature)
    query = query.where(_COSIGNATURE.witness == witness.text).order_by(_COSIGNATURE.size.desc()).limit(1)
    with database.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    try:
        return Attested(witness.text, row[0], witness.cosigned_at(row[1] + row[2]))
    except NoteError:
        return None


def newest(database: Database, witnesses: Sequence[WitnessKey]) -> SignedTree | None:
    """The newest checkpoint that one of these witnesses cosigned, with its cosignatures; without any, the newest one.
    None before the first checkpoint."""
    keys = [each.text for each in witnesses]
    with database.read() as connection:
        last = select(func.max(_COSIGNATURE.size)).where(_COSIGNATURE.witness.in_(keys))
        size = connection.execute(last).scalar() if keys else None
        query = select(_CHECKPOINT.size, _CHECKPOINT.note).order_by(_CHECKPOINT.size.desc()).limit(1)
        row = connection.execute(query if size is None else query.where(_CHECKPOINT.size == size)).first()
        if row is None:
            return None
        return SignedTree(row.size, row.note + cosignature_lines(connection, row.size))


def check(connection: Connection, witness: WitnessKey, notes: Mapping[str, str], findings: Findings) -> Attested | None:
    """How far a witness cosigned the log, by what the store keeps and by notes that were kept elsewhere, whose own
    signatures and roots are for the caller to verify; None where it did not. What does not hold is a finding."""
    best: Attested | None = None
    for size, note in _cosigned(connection, witness):
        at = _time(witness, note, size, "the store", findings)
        if at is not None:
            best = Attested(witness.text, size, at)
    for name, note in notes.items():
        leaves = _size(note)
        if leaves is None or not _names(witness, note):
            continue
        at = _time(witness, note, leaves, name, findings)
        if at is not None and (best is None or leaves > best.size):
            best = Attested(witness.text, leaves, at)
    if best is None:
        findings.add("cosignature_missing", witness=witness.text)
    return best


def _cosigned(connection: Connection, witness: WitnessKey) -> Iterable[tuple[int, str]]:
    """The store's checkpoints that it keeps cosignatures of this witness for, by size, with the lines of these."""
    if not schema.has(connection, schema.cosignature):
        return
    note, line = cast(_CHECKPOINT.note, Text), cast(_COSIGNATURE.line, Text)
    query = select(_COSIGNATURE.size, func.coalesce(note, ""), line)
    query = query.join(schema.checkpoint, _CHECKPOINT.size == _COSIGNATURE.size, isouter=True)
    query = query.select_from(schema.cosignature).where(_COSIGNATURE.witness == witness.text)
    size = -1
    while rows := connection.execute(
        query.where(_COSIGNATURE.size > size).order_by(_COSIGNATURE.size).limit(_BATCH)
    ).all():
        yield from ((row[0], row[1] + row[2]) for row in rows)
        size = rows[-1][0]


def _time(witness: WitnessKey, note: str, size: int, where: str, findings: Findings) -> int | None:
    try:
        return witness.cosigned_at(note)
    except NoteError as error:
        findings.add("cosignature_bad", Place(leaf=size - 1), size=size, where=where, problem=error)
        return None


def _names(witness: WitnessKey, note: str) -> bool:
    try:
        return bool(witness.lines_of(note.rpartition("\n\n")[2]))
    except NoteError:
        return False


def _size(note: str) -> int | None:
    try:
        return parse(taken_apart(note)[0]).size
    except NoteError:
        return None
