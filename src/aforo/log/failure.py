"""Which errors are failures of the log or of its key store: what a node remembers may be ahead of the log after one."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import SQLAlchemyError

from aforo.log.database import ReadOnlyError
from aforo.log.keyfile import ErasureIncompleteError, KeyStoreUnusableError
from aforo.log.migrations import StoreForeignError, StoreTooNewError
from aforo.log.signing import EquivocationError, SigningKeyMissingError
from aforo.log.store import StoreUnusableError

#: The databases' own errors, those of the files below them, and what the log refuses to write or to sign.
_FAILURES = (
    SQLAlchemyError, sqlite3.Error, OSError, StoreUnusableError, StoreTooNewError, StoreForeignError, ReadOnlyError,
    KeyStoreUnusableError, ErasureIncompleteError, EquivocationError, SigningKeyMissingError,
)  # fmt: skip


def is_log_failure(error: BaseException) -> bool:
    """Whether the log or the key store failed. A damaged event is none: to open the node again mends it no more."""
    return isinstance(error, _FAILURES)
