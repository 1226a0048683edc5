"""Tables of a PostgreSQL database written anew, so that none of their files holds what was deleted or written over."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from aforo.log.keyfile import ErasureIncompleteError

#: Milliseconds that whoever reads a table may keep it from being written anew: others wait behind that.
_PATIENCE_MS = 60_000
#: What VACUUM tells in detail begins with how many old rows "cannot be removed yet", in whichever language.
_FIRST_NUMBER = re.compile(r"\D{0,40}?(\d+)")


def scrub_tables(driver: Any, shown: str, told: Sequence[str], others: Sequence[str] = ()) -> None:
    """Write tables anew; `driver` is a connection of psycopg in autocommit, `shown` the database as it may be shown.
    Of `told` it must be said that no old row stayed; of `others` nothing is old but what was written over there too.

    Raises ErasureIncompleteError where somebody who reads keeps old rows there.
    """
    import psycopg

    stayed: list[int] = []

    def notice(said: Any) -> None:
        if (count := _FIRST_NUMBER.match(said.message_detail or "")) is not None:
            stayed.append(int(count[1]))

    if not _others_ended(driver):
        raise ErasureIncompleteError(f"{shown} is being read by a transaction that began before")
    driver.execute(f"SET lock_timeout = {_PATIENCE_MS}")
    driver.add_notice_handler(notice)
    try:
        for table in told:
            driver.execute(f"VACUUM (FULL, VERBOSE) {table}")
        for table in others:
            driver.execute(f"VACUUM FULL {table}")
    except psycopg.OperationalError as error:
        raise ErasureIncompleteError(f"{shown} could not be written anew: {error}") from error
    finally:
        driver.remove_notice_handler(notice)
        driver.execute("RESET lock_timeout")
    if any(stayed):
        raise ErasureIncompleteError(f"{shown} is being read: {sum(stayed)} old rows could not be removed")


def _others_ended(driver: Any) -> bool:
    """Wait until every transaction that began before now has ended, since what it may still look at is kept; whether
    they have. Of one that writes in another database of the server too: a snapshot that is taken here begins behind
    the oldest of all that write. Those of roles that this one may not watch are not seen."""
    now = int(driver.execute("SELECT pg_current_xact_id()::xid::text").fetchone()[0])
    older = f"""
        SELECT count(*) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
        AND (age(backend_xid) > age('{now}'::xid)
             OR datname = current_database() AND age(backend_xmin) > age('{now}'::xid))
    """  # noqa: S608 (a number of the server's)
    until = time.monotonic() + _PATIENCE_MS / 1000
    while driver.execute(older).fetchone()[0]:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
