"""The key store: who can read it, and the tokens in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from aforo.cli.looks.finding import Finding, found
from aforo.domain.clock import system_clock
from aforo.log.address import shown
from aforo.log.key_tables import file_of
from aforo.log.keys import KeyStore
from aforo.log.tokens import issued

#: A token that expires sooner is spoken of.
_SOON = timedelta(days=14)


def private(what: str, path: Path) -> Iterator[Finding]:
    """What is wrong with who may read a file, or one of its companions, and whose it is."""
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
        try:
            found_at = each.stat()
        except OSError:
            continue
        if stat.S_IMODE(found_at.st_mode) & 0o077:
            yield found(what, "error", "readable", file=each)
        elif found_at.st_uid != os.geteuid() and os.geteuid() != 0:
            yield found(what, "error", "anothers", file=each)


def key_store(keys: KeyStore) -> Iterator[Finding]:
    """Who can read the key store."""
    file = file_of(keys.place)
    if file is None:
        yield found("keys", "ok", "on_server", keys=shown(keys.place))
        return
    wrong = list(private("keys", file))
    yield from wrong or [found("keys", "ok", "are", keys=file)]


def tokens(keys: str) -> Iterator[Finding]:
    """Tokens that no longer open anything, or soon will not."""
    now = system_clock()
    every = [token for token in issued(keys) if token.revoked_at is None]
    if not every:
        return
    expired = [token.id for token in every if not token.holds(now)]
    soon = [token.id for token in every if token.holds(now) and not token.holds(now + _SOON)]
    if expired:
        yield found("tokens", "warning", "expired", ids=", ".join(expired))
    if soon:
        yield found("tokens", "warning", "expiring", ids=", ".join(soon), days=_SOON.days)
    if not expired and not soon:
        yield found("tokens", "ok", "are", count=len(every))
