"""The sequencer: gives committed events their dense places in the tree, and signs what the tree then is.

Positions are settled before they are sequenced (`Database.settled_position`), so the leaves' order is the positions'
order and does not depend on when the sequencer ran. That is what lets a node that was stopped between signing and
storing a checkpoint come to the very same tree again.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ColumnElement, Connection, insert, literal, select
from sqlalchemy import func as sql
from sqlalchemy.exc import OperationalError

from aforo.log import rotation, schema, tile_store
from aforo.log.checkpoint import Checkpoint, opened
from aforo.log.merkle import HASH_BYTES
from aforo.log.note import NoteError
from aforo.log.outage import is_outage
from aforo.log.signing import EquivocationError
from aforo.log.store import StoreUnusableError
from aforo.log.stored import StoredEvent
from aforo.log.tiles import NoTileError
from aforo.log.tree import Head, frontier_of, head, refuse_old_copy

if TYPE_CHECKING:
    from aforo.log.store import Log

#: Leaves under one checkpoint, at most: what a verifier holds in memory, and how long an append may have to wait.
BATCH = 16_384
#: Seconds between two attempts to reach a database that does not answer, at most.
_LONGEST_WAIT_S = 5.0


def sequence(log: Log) -> int:
    """Bring every settled event into the tree, under signed checkpoints; how many leaves were added.

    Raises EquivocationError, and signs nothing, where the store is not what this node signed last; StoreUnusableError
    where the database does not answer.
    """
    added = 0
    try:
        while _fill(log):
            pass
        while step := _step(log):
            added += step
    except OperationalError as error:
        raise StoreUnusableError(str(error.orig)) from error
    return added


def _fill(log: Log) -> int:
    """One transaction: roots over tiles of an older store, or of one that was restored, from some of its leaves."""
    with log.database.read() as connection:
        size = head(connection).size
        if not tile_store.lacking(connection, size):
            return 0
    with log.database.write() as connection:
        log.database.exclude_sequencers(connection)
        try:
            return tile_store.fill(connection, size)
        except NoTileError as error:
            raise EquivocationError(f"leaves are missing from the store: {error}") from error


def _step(log: Log) -> int:
    """One transaction: at most BATCH leaves and the checkpoint over them."""
    signing = log.keys.signing
    with log.database.write() as connection:
        log.database.exclude_sequencers(connection)
        before = head(connection)
        settled = log.database.settled_position(connection)
        witnessed = signing.witnessed(log.origin)
        refuse_old_copy(connection, log.origin, witnessed)
        # Signed, and then not stored: the same tree comes first, and only then what came after it.
        limit = witnessed.size - before.size if witnessed and witnessed.size > before.size else BATCH
        last, hashes = log.database.next_leaves(connection, before.position, settled, limit)
        if not hashes:
            return 0
        chain = _chain(log, connection)
        if chain.at(last).name != log.origin:
            # What the predecessor did not sign comes under the first checkpoint of the log that goes on from it.
            since = chain.links[-1][0]
            last, hashes = log.database.next_leaves(connection, before.position, since, since - before.position)
        frontier = frontier_of(connection, before)
        _refuse_changed_head(before, chain, frontier.root())
        if witnessed and witnessed.size == before.size and witnessed.root != frontier.root():
            raise EquivocationError(f"{log.origin} has signed another root at {before.size} leaves than this store has")
        leaves = [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]
        completed = tile_store.Completed()
        frontier.extend(leaves, completed)
        if witnessed and before.size < witnessed.size and frontier.size < witnessed.size:
            return 0  # the rest of what was signed is not settled yet
        _add_leaves(connection, before, last, len(leaves))
        completed.store(connection)
        verifier = chain.at(last)
        note = signing.sign(Checkpoint(log.origin, frontier.size, frontier.root()), verifier)
        connection.execute(
            insert(schema.checkpoint).values(size=frontier.size, position=last, note=note, frontier=frontier.dump())
        )
    if signing.outdated(verifier):
        signing.retire_before(verifier)
    return len(leaves)


def _add_leaves(connection: Connection, before: Head, last: int, count: int) -> None:
    """Number the `count` events after `before` up to position `last`."""
    event, leaf = schema.event, schema.leaf
    place: ColumnElement[int]
    if last - before.position == count:
        # Without a gap among the positions they are numbers already, and a database need not count.
        place = event.c.position + literal(before.size - before.position - 1, BigInteger)
    else:
        place = literal(before.size - 1, BigInteger) + sql.row_number().over(order_by=event.c.position)
    numbered = select(place, event.c.position).where(event.c.position > before.position, event.c.position <= last)
    connection.execute(insert(leaf).from_select(["leaf_index", "position"], numbered.order_by(event.c.position)))


def _chain(log: Log, connection: Connection) -> rotation.KeyChain:
    first = log.keys.signing.first(log.origin)
    event = schema.event
    query = select(event.c.position, event.c.leaf_hash, event.c.body).where(event.c.stream == rotation.STREAM)
    rows = connection.execute(query.order_by(event.c.position))
    return rotation.follow(first, [StoredEvent.of_row(row[0], row[1], row[2]) for row in rows])


def _refuse_changed_head(before: Head, chain: rotation.KeyChain, root: bytes) -> None:
    """Raise EquivocationError where the tree would not grow from what the store's last checkpoint says."""
    if before.note is None:
        return
    try:
        signed = opened(before.note, chain.at(before.position))
    except NoteError as error:
        raise EquivocationError(f"the store's last checkpoint ({before.size} leaves): {error}") from error
    if (signed.size, signed.root) != (before.size, root):
        raise EquivocationError(f"the store's tree of {before.size} leaves is not the one that was signed")


class Sequencing:
    """A thread that keeps the tree up with the log; use it as a context manager.

    A database that does not answer is asked again, less and less often; another error stops the thread. On leaving,
    what is still outside the tree is sequenced, and an error that stopped the thread is raised.
    """

    def __init__(self, log: Log, *, interval: float = 0.25) -> None:
        """`interval`: seconds between two looks. An event is in the tree within this and the time of one step."""
        self._log = log
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        #: What stopped the thread; None while all is well.
        self.failure: Exception | None = None
        self._whole_at = time.monotonic()

    @property
    def alive(self) -> bool:
        """Whether the thread goes on."""
        return self._thread.is_alive() and self.failure is None

    @property
    def behind_s(self) -> float:
        """Seconds since the tree was last found to hold all that was settled."""
        return time.monotonic() - self._whole_at

    def __enter__(self) -> Sequencing:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()
        if self.failure is not None:
            raise self.failure
        sequence(self._log)

    def _run(self) -> None:
        wait = self._interval
        while not self._stop.wait(wait):
            try:
                sequence(self._log)
                self._whole_at, wait = time.monotonic(), self._interval
            except Exception as failure:  # noqa: BLE001 (kept, and raised to whoever ends the block)
                if not is_outage(failure):
                    self.failure = failure
                    return
                wait = min(2 * wait, _LONGEST_WAIT_S)
