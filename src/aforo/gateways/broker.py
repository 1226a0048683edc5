"""What lines to brokers have in common: the address, the session that outlives a process, and how a line begins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from urllib.parse import unquote, urlsplit

from aforo.domain.device import READING_FORMS, ReadingForm

logger = logging.getLogger("aforo.gateways")

#: Seconds for a broker to answer.
ANSWERS_S = 10.0
#: Seconds between two attempts to reach a broker again, at first and at most.
SOON_S, LATE_S = 0.2, 10.0
#: Seconds for which a broker is asked to keep what comes while nobody takes it.
KEPT_S = 7 * 86_400


class AddressError(ValueError):
    """An address of a broker is none."""


class BrokerError(Exception):
    """A broker does not answer, or refuses; its text says why."""


class Line(Protocol):
    """A line to a broker."""

    #: Where it goes, without a password.
    address: str

    async def run(self, reached: Callable[[], None]) -> None:
        """Take from the broker until cancelled; `reached` is called once it does. Raises BrokerError where it never
        came so far: later the broker is tried again for as long as it takes."""


@dataclass(frozen=True)
class Address:
    """Where a broker is, who asks there, and whether under TLS."""

    scheme: str
    host: str
    port: int
    user: str
    tls: bool

    @classmethod
    def of(cls, url: str, plain: tuple[str, int], secured: tuple[str, int]) -> Address:
        """The address that a URL is: `SCHEME://[USER@]HOST[:PORT]` with one of two schemes, each with its usual port.
        Raises AddressError; a password is not to stand there."""
        ports = dict((plain, secured))
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise AddressError(url) from error
        if parts.scheme not in ports or not parts.hostname or parts.password is not None or port == 0:
            raise AddressError(url)
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise AddressError(url)
        tls = parts.scheme == secured[0]
        return cls(parts.scheme, parts.hostname, port or ports[parts.scheme], unquote(parts.username or ""), tls)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def session_of(origin: str) -> str:
    """The name by which a broker knows who records into a log: the same after every start, another for another log."""
    return f"aforo-seal-{sha256(origin.encode()).hexdigest()[:16]}"


def form_of(word: str) -> ReadingForm | None:
    """The form that the last word of a topic names."""
    return next((each for each in READING_FORMS if each == word), None)


def end_if_cancelled() -> None:
    """Raise CancelledError where this task was told to end: of Python 3.11 a wait that is over in that moment swallows
    it (`asyncio.wait_for`), and a client may make another error of it."""
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError


async def kept_up(session: Callable[[Callable[[], None]], Awaitable[None]], reached: Callable[[], None],
                  name: str) -> None:  # fmt: skip
    """Hold a session with a broker, which calls what it is given once it takes from it, and begin another whenever one
    ends, later each time that none was reached. Raises BrokerError where the first was not."""
    pause, ever = SOON_S, False
    while True:
        began = False

        def begun() -> None:
            nonlocal began, ever
            began = ever = True
            reached()

        try:
            await session(begun)
        except BrokerError:
            if not ever:
                raise
            end_if_cancelled()
            logger.warning("the line to %s broke, and is tried again", name)
        pause = SOON_S if began else min(2 * pause, LATE_S)
        await asyncio.sleep(pause)
