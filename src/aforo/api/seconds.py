"""A second officer who signs at the first one's screen: a password, and for it a token of one use.

It is good for one order of the officer whose session asked for it, and for that examination of that crossing alone, or
for that closing of that record of a dock or that withdrawal from it, for two minutes, in the memory of the server.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from aforo.domain.decision import Examination
from aforo.domain.dock import DockOutcome
from aforo.log.accounts import Account
from aforo.log.tokens import Token

PREFIX = "aforo_second_"
#: How long such a token is good, and how many there are at once.
GOOD_FOR, MOST = timedelta(minutes=2), 1_000


class Signed(msgspec.Struct, frozen=True):
    """What a second officer signs: an examination that is ordered of a crossing, or how a record of a dock is closed,
    by the record's name, or which entry is withdrawn from it."""

    crossing_id: str
    examination: Examination | None = None
    record: str | None = None
    outcome: DockOutcome | None = None
    entry: str | None = None


class Seconds:
    """The tokens of one use that were not used yet."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        #: By text: whose it is, that one's account, the first officer's token or credential, and what was signed.
        self._good: dict[str, tuple[Token, str, str, Signed]] = {}

    def issue(self, second: Account, first: str, signed: Signed) -> tuple[str, Token]:
        """A token of the second officer for this order of the first, who is named by the identifier of the token or
        session, or by the credential: its text and what is kept of it."""
        at = self._clock()
        self._good = {text: each for text, each in self._good.items() if each[0].holds(at)}
        while len(self._good) >= MOST:
            del self._good[next(iter(self._good))]
        text = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        own = f"second:{second.id}"
        token = Token(own, second.name, second.role, (), at, at + GOOD_FOR, ports=second.ports, account=second.id)
        self._good[text] = token, second.id, first, signed
        return text, token

    def take(self, text: str, first: Token, ordered: Signed) -> tuple[Token, str] | None:
        """The token of a text, which is used up by this, and the account that it is of; None where there is none that
        is good for this one's order."""
        kept = self._good.pop(text, None)
        if kept is None:
            return None
        token, account, asked_by, signed = kept
        good = asked_by in (first.id, first.credential) and signed == ordered and token.holds(self._clock())
        return (token, account) if good else None
