"""The credential in use: what the running request or command acts by, as the events that it records name it.

A token is named by its identifier, an account by `account:ID`, a command on the node's own machine by `command:UID`,
the number of the operating system's user who ran it. None of them is a secret. What the node does by itself has none.

The name is bound to the running task or thread, so that no function between the request and the log hands it on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

#: Credentials by what was done with each, such as the crossing that was filed.
Credentials = Mapping[str, str | None]

#: How the names of commands begin.
COMMAND = "command:"

_in_use: ContextVar[str | None] = ContextVar("credential", default=None)

#: The credential in use; None where the node acts by itself.
current_credential = _in_use.get


def set_credential(credential: str | None) -> None:
    """Bind a credential to the running task or thread until its end."""
    _in_use.set(credential)


@contextmanager
def use_credential(credential: str | None) -> Iterator[None]:
    """Bind a credential to what happens inside the block."""
    before = _in_use.set(credential)
    try:
        yield
    finally:
        _in_use.reset(before)


def account_credential(account: str) -> str:
    """The name of an account, by its identifier."""
    return f"account:{account}"


def command_credential() -> str:
    """The name of the commands that this user runs on the node's own machine."""
    return f"{COMMAND}{os.getuid()}"
