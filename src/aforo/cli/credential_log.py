"""The log, as the commands open it that issue and revoke credentials: each is an event of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.log import keys_present, refusals
from aforo.log.address import shown
from aforo.log.opened import open_log
from aforo.log.store import Log
from aforo.settings import settings


@contextmanager
def credential_log(store: str | None, keys: str | None) -> Iterator[Log]:
    """The log of a command's options, made where there is none yet: a node's first credentials come before its first
    filing. Its key store must be there: a misspelt path shall make no new one."""
    where = settings(store, keys)
    say = Sentences("aforo.log")
    if not keys_present(where.keys):
        terminal.fail(say("cli_no_keys", keys=shown(where.keys)), to_do=say("cli_no_keys_do"))
    with refusals(where.store), open_log(where) as log:
        yield log
