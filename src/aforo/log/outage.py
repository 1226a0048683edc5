"""Whether an error is an outage: the database cannot be reached, is starting, locked or full. What was asked for may be
asked again later, and nothing is wrong with it."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError, TimeoutError

from aforo.log.decision_lock import DecisionLockedError
from aforo.log.keyfile import KeyStoreUnreachableError
from aforo.log.store import StoreUnusableError

#: The key store's own errors among them.
_OUTAGES = (
    StoreUnusableError,
    DecisionLockedError,
    KeyStoreUnreachableError,
    OperationalError,
    InterfaceError,
    PendingRollbackError,
    TimeoutError,
    sqlite3.OperationalError,
)


def is_outage(error: BaseException | None) -> bool:
    """Whether it says that the store or the key store is out of reach now."""
    return isinstance(error, _OUTAGES) or (isinstance(error, DBAPIError) and error.connection_invalidated)
