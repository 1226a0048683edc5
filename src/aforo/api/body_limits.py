"""Limits on the bodies of requests: how large where nobody is known, how many heavy ones at once, how slow.

Who asks is known by the headers, before anything of a body is read: whoever is not known sends little, and a few at a
time who send it in parts. Of heavy bodies one party has two in hand, and each role a few: what one carrier sends in
bulk waits at that carrier, and takes neither the processor from a booth nor room from the edges of ports.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from litestar.types import Receive, Scope

from aforo.api.origin import header
from aforo.api.problems import ProblemError
from aforo.log.tokens import Token

#: Bytes of a body that are read of who shows no credentials, or none that are good.
MOST_UNKNOWN_BYTES = 16 * 1024
#: Bodies of the unknown that may be under way at once, which did not come whole in one part: of one network, and all.
MOST_UNKNOWN_OF_NETWORK, MOST_UNKNOWN = 16, 256
#: From how many bytes on a body is heavy: a message of some hundred declarations.
HEAVY_BYTES = 128 * 1024
#: Heavy bodies that may be in hand at once, from their first byte to their answer: of one party, and of one role.
MOST_HEAVY_OF_PARTY, MOST_HEAVY_OF_ROLE = 2, 8
#: Seconds after which one who found no room is to ask again.
AGAIN_S = 1
#: Bytes a second that a body has to come at, on average, once its grace is over.
LEAST_RATE = 16 * 1024
#: The name, among a request's extensions, of how its body arrives; and a route's option that names another grace (s).
ARRIVAL, GRACE = "aforo.arrival", "body_grace"


class Arrival:
    """How the body of one request arrives: when it began, by the clock of its loop, and what came of it so far. The
    server keeps it up, and says that it is late, once."""

    __slots__ = ("began", "grace", "is_late", "received")

    def __init__(self, grace: float) -> None:
        self.began, self.grace, self.received, self.is_late = 0.0, grace, 0, False

    @property
    def due(self) -> float:
        """Until when more of it has to come."""
        return self.began + self.grace + self.received / LEAST_RATE


class Room:
    """The bodies of one server that are in hand now."""

    def __init__(self) -> None:
        self._heavy: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def enter_heavy(self, token: Token) -> tuple[str, str]:
        """Take a heavy body in. Raises ProblemError."""
        of = _party(token), f"role {token.role}"
        if self._heavy[of[0]] >= MOST_HEAVY_OF_PARTY:
            raise ProblemError("body_heavy", 429, retry_after=AGAIN_S)
        if self._heavy[of[1]] >= MOST_HEAVY_OF_ROLE:
            raise ProblemError("bodies_heavy", 503, retry_after=AGAIN_S)
        self._heavy.update(of)
        return of

    def leave_heavy(self, of: tuple[str, str]) -> None:
        """It is answered."""
        self._heavy -= Counter(of)

    def enter_unknown(self, network: str) -> None:
        """Take in a body of nobody known, that comes in parts. Raises ProblemError."""
        if self._unknown[network] >= MOST_UNKNOWN_OF_NETWORK or self._unknown.total() >= MOST_UNKNOWN:
            raise ProblemError("bodies_unknown", 503, retry_after=AGAIN_S)
        self._unknown[network] += 1

    def leave_unknown(self, network: str) -> None:
        """It came whole, or was given up."""
        self._unknown -= Counter([network])


class Body:
    """The body of one request, as it may be read; `leave` must follow. Raises ProblemError where its headers say that
    it is not to be read at all."""

    __slots__ = ("_arrival", "_heavy", "_is_counted", "_is_whole", "_network", "_receive", "_room", "_size", "_token")

    def __init__(self, room: Room, scope: Scope, receive: Receive, token: Token | None, network: str) -> None:
        self._room, self._receive, self._token, self._network = room, receive, token, network
        self._arrival: Arrival | None = (scope.get("extensions") or {}).get(ARRIVAL)  # type: ignore[assignment]
        self._size, self._is_whole, self._is_counted = 0, False, False
        self._heavy: tuple[str, str] | None = None
        if self._arrival is not None and (grace := scope["route_handler"].opt.get(GRACE)):
            self._arrival.grace = max(self._arrival.grace, float(grace))
        length = header(scope["headers"], b"content-length")
        self._admit(int(length) if length is not None and length.isdecimal() else 0)

    async def receive(self) -> Any:
        """The next part. Raises ProblemError."""
        message = await self._receive()
        if self._is_whole:
            return message
        if message["type"] != "http.request":
            # Whoever sent it has gone, and is told nothing; in the server's log it stands as what it is.
            raise ProblemError("body_late", 408)
        self._size += len(message.get("body", b""))
        self._admit(self._size)
        if not message.get("more_body", False):
            self._is_whole = True
            self._uncount()
        elif self._arrival is not None and self._arrival.is_late:
            raise ProblemError("body_late", 408)
        elif self._token is None and not self._is_counted:
            self._room.enter_unknown(self._network)
            self._is_counted = True
        return message

    def leave(self) -> None:
        """The request is answered, or given up."""
        self._uncount()
        if self._heavy is not None:
            self._room.leave_heavy(self._heavy)

    def _admit(self, size: int) -> None:
        if self._token is None:
            if size > MOST_UNKNOWN_BYTES:
                raise ProblemError("too_large_unknown", 413)
        elif size > HEAVY_BYTES and self._heavy is None:
            self._heavy = self._room.enter_heavy(self._token)

    def _uncount(self) -> None:
        if self._is_counted:
            self._is_counted = False
            self._room.leave_unknown(self._network)


def _party(token: Token) -> str:
    """Who sends with a token: carriers by their codes, by whatever token or session; everybody else by the name."""
    return f"{token.role} {chr(0).join(sorted(token.carriers)) if token.role == 'carrier' else token.name}"
