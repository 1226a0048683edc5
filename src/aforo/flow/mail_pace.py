"""The pace of mail: one mail an answer up to a number an hour for one address, and beyond that a digest now and then.

An address that several subscriptions name, whosever they are, has one pace.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

#: Mails of one answer that one address gets within an hour; time between digests beyond that, and answers in one.
MOST_AN_HOUR, DIGEST_AFTER, MOST_IN_DIGEST = 20, timedelta(minutes=15), 100
_HOUR = timedelta(hours=1)
#: Addresses whose last mails are remembered.
_MOST_ADDRESSES = 10_000


class MailPace:
    """When mail was sent to addresses within the last hour."""

    def __init__(self) -> None:
        self._sent: dict[str, deque[datetime]] = {}

    def share(self, address: str, now: datetime) -> int:
        """How many answers the next mail to an address may hold at an instant: none while a digest is to wait."""
        sent = self._sent.get(address.casefold(), deque())
        while sent and sent[0] <= now - _HOUR:
            sent.popleft()
        if len(sent) < MOST_AN_HOUR:
            return 1
        return MOST_IN_DIGEST if sent[-1] <= now - DIGEST_AFTER else 0

    def take_note(self, address: str, now: datetime) -> None:
        """A mail goes to an address at an instant."""
        if len(self._sent) >= _MOST_ADDRESSES:
            self._sent = {own: sent for own, sent in self._sent.items() if sent and sent[-1] > now - _HOUR}
        self._sent.setdefault(address.casefold(), deque()).append(now)
