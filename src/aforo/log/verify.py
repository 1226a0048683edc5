"""Verification: everything in the log is as it was recorded, or it is said what is not, and where.

It needs the store and the first verifier key; no secret. An event's bytes are hashed again and compared with the hash
stored beside them, with the columns it is looked up by, and with the tree: the leaves must be dense and in the log's
order, and the root over them must be the signed one at every checkpoint. Who rewrites an event together with its hash
is found by the next checkpoint; the finding then names the leaves between the last good one and that one. Each
checkpoint also carries the frontier of its tree, which is as good as signed when it gives the signed root: so the
search goes on behind a bad stretch. That the end of a log was cut off is seen by whoever kept a later checkpoint, as
the node's key store does.

The log is read in batches, and memory does not grow with it. It may be written to meanwhile: where it ends is settled
once, and what is appended or brought into the tree behind that is the next verification's. Nothing is written, and a
store that an earlier version of the product wrote is verified as it is.
"""

from __future__ import annotations

import base64
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec
from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    Row,
    Text,
    and_,
    cast,
    func,
    select,
    tuple_,
)

from aforo.domain.retention import LeafWithheld, LeavesErased
from aforo.log import cosignatures, leaves_erased, rotation, schema
from aforo.log.checkpoint import Checkpoint, opened
from aforo.log.contradiction import Contradiction, found, opened_by
from aforo.log.cosignature import WitnessKey
from aforo.log.database import Database
from aforo.log.erasure_check import ErasureCheck
from aforo.log.findings import Findings, Lost, Place, Report
from aforo.log.merkle import HASH_BYTES, Frontier, leaf_hash
from aforo.log.note import NoteError, Verifier
from aforo.log.sequencer import BATCH
from aforo.log.signing import EquivocationError, Witnessed
from aforo.log.stored import StoredEvent
from aforo.log.tile_store import KeptRoots
from aforo.log.tile_store import tree as tree_of
from aforo.log.tiles import NoTileError, Tree
from aforo.log.tree import Extent, Head, extent, frontier_of
from aforo.log.tree_check import Signed, TreeCheck

#: Rows read at a time.
_BATCH = 5_000

_EVENT = schema.event.c
_LEAF = schema.leaf.c
_SAID = ("event_id", "stream", "version", "idempotency_key", "type")
#: As what they should be: SQLite keeps any type in any column, and a hand that changed a value may have changed it.
_HASH = cast(_EVENT.leaf_hash, LargeBinary).label("leaf_hash")
_BODY = cast(_EVENT.body, LargeBinary).label("body")
_VERSION = cast(_EVENT.version, Integer).label("version")
_TEXTS = [cast(_EVENT[name], Text).label(name) for name in _SAID if name != "version"]
_COLUMNS = (_EVENT.position, _HASH, _BODY, _VERSION, *_TEXTS)

Advance = Callable[[int], None]


class _Said(msgspec.Struct):
    """What an event says of itself in the fields that the store keeps as columns too."""

    event_id: str
    stream: str
    version: int
    type: str
    idempotency_key: str | None = None


_DECODER = msgspec.json.Decoder(_Said)


def verify(
    database: Database,
    first: Verifier,
    *,
    notes: Mapping[str, str] | None = None,
    witnessed: Witnessed | None = None,
    witnesses: Sequence[WitnessKey] = (),
    signed_since: int | None = None,
    advance: Advance = lambda count: None,
) -> Report:
    """Verify a store from its first event to its last.

    `first` is the first key the log was signed with; the later ones follow from it. `notes` are
    signed checkpoints of this log that were kept elsewhere, by the name of who kept them; `witnessed` is what the
    node's key store remembers, and `signed_since` the leaf from which on it knows every erasure to be signed; each of
    `witnesses` must have cosigned a checkpoint. `advance` is told how many events were looked at.
    """
    findings = Findings()
    with database.read() as connection:
        checkpoints = schema.as_kept(connection, schema.checkpoint)
        end = extent(connection, checkpoints)
        # After the tree's end, so that it lies behind it.
        settled = database.settled_position(connection)
        chain = rotation.follow(first, _rotations(connection, settled))
        for position in chain.unvouched:
            findings.add("rotation_unvouched", Place(position=position, stream=rotation.STREAM))
        lost = _declared_lost(connection, chain)
        kept = _kept_elsewhere(chain, lost, notes or {}, findings)
        if witnessed is not None and not _about_to_be_stored(database, connection, end.head, settled, witnessed):
            kept.append(Signed(witnessed.size, witnessed.root, witness="key store"))
        kept.sort(key=lambda each: each.size)
        stored = _checkpoints(connection, checkpoints, end.head.size, chain, findings)
        signed = heapq.merge(stored, kept, key=lambda each: each.size)
        tree = TreeCheck(findings, signed, KeptRoots(connection))
        erasures = ErasureCheck(connection, settled, signed_since, findings)
        withheld = _check_leaves(connection, end.leaves, erasures, tree, findings, advance)
        root = tree.finish()
        waiting = _check_loose(connection, end, settled, erasures, findings, advance)
        erased = erasures.finish(rotation.follow(first, _rotations(connection, database.settled_position(connection))))
        _check_streams(connection, settled, findings)
        _check_artefacts(connection, findings)
        attested = [cosignatures.check(connection, each, notes or {}, findings) for each in witnesses]
    keys = [verifier.text for _, verifier in chain.links]
    return Report(
        chain.last.name,
        tree.size,
        waiting,
        tree.checkpoints,
        keys,
        root,
        findings.all(),
        lost,
        [*filter(None, attested)],
        withheld,
        erased,
    )


def contradiction_in(database: Database, first: Verifier, notes: Iterable[str]) -> Contradiction | None:
    """What convicts the log of having signed two histories: one of `notes`, signed checkpoints that were kept
    elsewhere, and one of as many leaves or more that this store has. None where nothing does.

    A store that was changed, and whose checkpoints no key of the log has signed, convicts nobody: see `verify`.
    """
    with database.read() as connection:
        chain = rotation.follow(first, _rotations(connection, database.settled_position(connection)))
        keys = list(_keys(chain))
        table = schema.checkpoint.c
        tiled = schema.has(connection, schema.subtree)

        def tree(size: int) -> Tree:
            if not tiled:
                raise NoTileError("an earlier version of the product kept no tiles")
            return tree_of(connection, size)

        for note in notes:
            try:
                said = opened_by(note, keys)
                query = select(cast(table.note, Text)).where(table.size >= said.size).order_by(table.size).limit(1)
                ours = connection.execute(query).scalar() or ""
                opened_by(ours, keys)
                convicts = found(note, ours, tree)
            except (NoteError, NoTileError):
                continue
            if convicts is not None:
                return convicts
    return None


def _declared_lost(connection: Connection, chain: rotation.KeyChain) -> list[Lost]:
    """The ends that were lost, as the log declares them."""
    lost = []
    for position, said in chain.successions:
        held = connection.execute(select(func.count()).select_from(schema.event).where(_EVENT.position < position))
        lost.append(Lost(said.predecessor, held.scalar_one(), said.size, said.successor, said.reason))
    return lost


def _is_lost(said: Checkpoint, name: str, declared: rotation.KeyChain, lost: list[Lost], findings: Findings) -> bool:
    """Whether a checkpoint kept elsewhere covers an end that the log says is lost; a finding where it says too
    little."""
    for (_, succeeded), each in zip(declared.successions, lost, strict=True):
        if each.predecessor != said.origin or said.size <= each.held:
            continue
        if said.size > each.size or (said.size == each.size and said.root.hex() != succeeded.root):
            findings.add("loss_understated", size=each.size, signed=said.size, witness=name, predecessor=said.origin)
        return True
    return False


def _kept_elsewhere(
    chain: rotation.KeyChain, lost: list[Lost], notes: Mapping[str, str], findings: Findings
) -> list[Signed]:
    """The checkpoints of `notes` that a key of the log signed; the others are findings. What the log says is lost
    cannot be compared."""
    kept = []
    for name, note in notes.items():
        problem: NoteError | None = None
        for verifier in _keys(chain):
            try:
                said = opened(note, verifier)
            except NoteError as error:
                problem = error
            else:
                if not _is_lost(said, name, chain, lost, findings):
                    kept.append(Signed(said.size, said.root, witness=name))
                break
        else:
            findings.add("witness_unsigned", witness=name, problem=problem)
    return kept


def _keys(chain: rotation.KeyChain) -> Iterator[Verifier]:
    """Every key that signed the log, those that came into force in an end that was lost too."""
    yield from (verifier for _, verifier in chain.links)
    for _, said in chain.successions:
        yield from (Verifier(said.predecessor, base64.b64decode(key)) for key, _ in said.between)


def _about_to_be_stored(
    database: Database, connection: Connection, at: Head, settled: int, witnessed: Witnessed
) -> bool:
    """Whether the node has signed the events that are next for the tree, and not stored that yet.

    It does so in this order, a moment apart, or longer where it was stopped in between. They are the very events that
    it signed if they give the signed root.
    """
    if not 0 < witnessed.size - at.size <= BATCH:
        return False
    try:
        frontier = frontier_of(connection, at)
    except EquivocationError:
        return False
    _, hashes = database.next_leaves(connection, at.position, settled, witnessed.size - at.size)
    frontier.extend([hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)])
    return (frontier.size, frontier.root()) == (witnessed.size, witnessed.root)


def _rotations(connection: Connection, settled: int) -> list[StoredEvent]:
    query = select(_EVENT.position, _HASH, _BODY)
    query = query.where(_EVENT.stream == rotation.STREAM, _EVENT.position <= settled).order_by(_EVENT.position)
    return [StoredEvent(row[0], bytes(row[1]), bytes(row[2])) for row in connection.execute(query)]


def _checkpoints(
    connection: Connection, kept: FromClause, last: int, chain: rotation.KeyChain, findings: Findings
) -> Iterator[Signed]:
    """The store's checkpoints up to size `last` whose signature holds, by size; the others are findings."""
    table = kept.c
    size = -1
    position_, note_ = cast(table.position, BigInteger), cast(table.note, Text)
    query = select(table.size, position_, note_, cast(table.frontier, LargeBinary)).where(table.size <= last)
    query = query.order_by(table.size).limit(_BATCH)
    while rows := connection.execute(query.where(table.size > size)).all():
        for size, position, note, frontier in rows:
            try:
                said = opened(note, chain.at(position))
                if said.size != size:
                    raise NoteError(f"it is of {said.size} leaves")
            except NoteError as error:
                findings.add("checkpoint_unsigned", Place(leaf=size - 1), size=size, problem=error)
                continue
            yield Signed(size, said.root, position, _frontier(said, frontier, findings))


def _frontier(said: Checkpoint, kept: bytes | None, findings: Findings) -> Frontier | None:
    """The frontier kept with a checkpoint, if it gives the signed root."""
    if kept is None:
        return None
    try:
        frontier = Frontier.load(said.size, bytes(kept))
    except ValueError:
        frontier = None
    if frontier is not None and frontier.root() == said.root:
        return frontier
    findings.add("frontier_changed", Place(leaf=said.size - 1), size=said.size)
    return None


def _check_leaves(
    connection: Connection, leaves: int, erasures: ErasureCheck, tree: TreeCheck, findings: Findings, advance: Advance
) -> int:
    """Every one of the first `leaves` leaves has its event, in the log's order, and the tree is the signed one; how
    many have no words any more."""
    query = select(_LEAF.leaf_index, cast(_LEAF.position, BigInteger), *_COLUMNS)
    query = query.join(schema.event, _LEAF.position == _EVENT.position, isouter=True).select_from(schema.leaf)
    query = query.where(_LEAF.leaf_index < leaves).order_by(_LEAF.leaf_index).limit(_BATCH)
    index, withheld = -1, 0
    while rows := connection.execute(query.where(_LEAF.leaf_index > index)).all():
        for row in rows:
            index, position = row[0], row[1]
            if index > tree.size:
                findings.add("leaves_missing", Place(leaf=tree.size), first=tree.size, last=index - 1)
                tree.skip(index - tree.size, tree.position)
            if row[2] is None:
                findings.add("event_removed", Place(index, position), leaf=index, position=position)
                tree.skip(1, position)
                continue
            place = Place(index, position, row.event_id, row.stream)
            if position <= tree.position:
                findings.add("event_reordered", place)
            _check_columns(row, place, findings)
            hash_ = bytes(row.leaf_hash)
            if row.type != LeafWithheld.TYPE:
                tree.add(hash_, leaf_hash(bytes(row.body)), place, position)
                continue
            # Its words are gone; that the hash is its own, the signed tree says.
            withheld += 1
            tree.add(hash_, hash_, place, position)
            erasures.see(row, place)
        advance(len(rows))
    return withheld


def _check_loose(
    connection: Connection, end: Extent, settled: int, erasures: ErasureCheck, findings: Findings, advance: Advance
) -> int:
    """Events without a leaf: behind the tree's end they wait for theirs, before it they were inserted."""
    # What was given its leaf meanwhile waited when this verification began.
    its_leaf = and_(_LEAF.position == _EVENT.position, _LEAF.leaf_index < end.leaves)
    query = select(*_COLUMNS).join(schema.leaf, its_leaf, isouter=True)
    query = query.where(_LEAF.position.is_(None), _EVENT.position <= settled).order_by(_EVENT.position).limit(_BATCH)
    waiting = position = 0
    while rows := connection.execute(query.where(_EVENT.position > position)).all():
        for row in rows:
            position = row.position
            place = Place(None, position, row.event_id, row.stream)
            _check_columns(row, place, findings)
            if position <= end.head.position:
                findings.add("event_inserted", place)
                continue
            waiting += 1
            if row.type == LeafWithheld.TYPE:
                erasures.see(row, place)
            elif leaf_hash(bytes(row.body)) != bytes(row.leaf_hash):
                findings.add("event_and_hash_differ", place)
        advance(len(rows))
    return waiting


def _check_columns(row: Row[tuple[object, ...]], place: Place, findings: Findings) -> None:
    """The columns an event is looked up by say what its bytes say."""
    try:
        said = _DECODER.decode(bytes(row.body))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        findings.add("event_unreadable", place, problem=error)
        return
    for name in _SAID:
        if getattr(said, name) != getattr(row, name):
            findings.add("column_changed", place, column=name)
    if said.type == LeavesErased.TYPE and said.stream != leaves_erased.STREAM:
        findings.add("erasure_elsewhere", place)


def _check_streams(connection: Connection, settled: int, findings: Findings) -> None:
    """The versions of every stream are dense from 1, in the log's order."""
    order = tuple_(_EVENT.stream, _EVENT.version)
    query = select(_EVENT.stream, _VERSION, _EVENT.position).where(_EVENT.position <= settled)
    query = query.order_by(_EVENT.stream, _EVENT.version).limit(_BATCH)
    stream, version, position = "", 0, 0
    rows = connection.execute(query).all()
    while rows:
        for row in rows:
            if row.stream != stream:
                stream, version, position = row.stream, 0, 0
            place = Place(None, row.position, None, stream)
            if row.version != version + 1:
                findings.add("version_missing", place, before=version, version=row.version)
            elif row.position < position:
                findings.add("version_reordered", place, before=version, version=row.version)
            version, position = row.version, row.position
        rows = connection.execute(query.where(order > (stream, version))).all()


def _check_artefacts(connection: Connection, findings: Findings) -> None:
    """Every artefact has the bytes that its hash names."""
    table = schema.artefact.c
    for (hash_,) in connection.execute(select(table.hash).order_by(table.hash)).all():
        body = connection.execute(select(cast(table.body, LargeBinary)).where(table.hash == hash_)).scalar_one()
        if sha256(bytes(body)).hexdigest() != hash_:
            findings.add("artefact_changed", hash=hash_)
