"""Whether the store's files may still hold what was written over, and having them written anew.

To write over a row leaves its bytes in freed pages, in the write-ahead log, or in the row's old version, until the
files are written anew (`Database.scrub`). Who is stopped before that has left words behind that no later run finds by
looking at the rows. So what is written over is counted in the same transaction, and what was scrubbed is kept with that
count; both lie beside the projections, and a store that lacks them is scrubbed once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, text

from aforo.log import schema
from aforo.log.leaves_erased import STREAM

if TYPE_CHECKING:
    from aforo.log.store import Log

#: How often something was written over, and how often it had been when the files were last written anew.
_WRITTEN, _SCRUBBED = "written-over", "scrubbed"
_COUNT = text(
    "INSERT INTO projection (name, cursor, state) VALUES (:name, 1, :state)"
    " ON CONFLICT (name) DO UPDATE SET cursor = projection.cursor + 1"
)


def written_over(connection: Connection) -> None:
    """Note, in the transaction that takes words away, that the files are to be written anew."""
    connection.execute(_COUNT, {"name": _WRITTEN, "state": b""})


def forget(log: Log, projection: str) -> None:
    """Take a saved state that holds what may not be kept away for good."""
    table = schema.projection
    with log.database.write() as connection:
        log.database.forget_freed(connection)
        if connection.execute(delete(table).where(table.c.name == projection)).rowcount:
            written_over(connection)


def is_due(log: Log) -> bool:
    """Whether the files may hold what was written over: something was since they were written anew, or was erased and
    nothing is known of that, as by earlier versions."""
    last = log.projections.load(_SCRUBBED)
    if last is not None:
        return _written(log) > last[0]
    return _written(log) > 0 or STREAM in log.versions([STREAM])


def scrub(log: Log) -> None:
    """Have the files written anew, so that nothing that was written over is in them. Raises ErasureIncompleteError
    where somebody keeps it there; then it stays due."""
    # What is written over meanwhile is not in this count, and is scrubbed again.
    count = _written(log)
    log.database.scrub()
    log.projections.save(_SCRUBBED, count, b"")


def _written(log: Log) -> int:
    kept = log.projections.load(_WRITTEN)
    return 0 if kept is None else kept[0]
