"""Which stream a damaged event belongs to, for whoever is told of it: the event's own bytes do not say it any more."""

from __future__ import annotations

from sqlalchemy import select

from aforo.log import schema
from aforo.log.failure import is_log_failure
from aforo.log.store import StoreMissingError, open_to_read


def stream_at(url: str, position: int) -> str:
    """The stream that the store has beside the event at a position; empty where it cannot be had."""
    try:
        store, _ = open_to_read(url)
    except (ValueError, StoreMissingError):
        return ""
    except Exception as error:
        if is_log_failure(error):
            return ""
        raise
    try:
        with store.read() as connection:
            found = connection.execute(select(schema.event.c.stream).where(schema.event.c.position == position))
            return str(found.scalar() or "")
    finally:
        store.close()
