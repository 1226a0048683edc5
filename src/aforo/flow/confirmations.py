"""Confirmations of mail addresses: nothing but one code is mailed to an address before its owner gave that code back.

A code is derived from the event that asked for it, under a secret of the key store, so that it is kept nowhere. It is
good for GOOD_FOR and for MOST_WRONG attempts. How many codes go out is bounded by the log: MOST_OF_ADDRESS a day to one
address, whoever names it, and MOST_OF_CARRIER a day for one carrier's codes.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from aforo.domain.event import new_event
from aforo.domain.payload import Payload
from aforo.domain.subscription import CodeRefused, ConfirmationAsked, SubscriptionConfirmed
from aforo.flow.node import Node
from aforo.flow.subscriptions import SubscriptionRefusedError, standing_of, stream_of_carriers
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.store import ConcurrencyError, Log
from aforo.log.stored import StoredEvent

GOOD_FOR = timedelta(minutes=30)
DIGITS, MOST_WRONG = 8, 5
MOST_OF_ADDRESS, MOST_OF_CARRIER = 3, 10
_DAY = timedelta(days=1)


def code_of(asked: str, keys: KeyStore) -> str:
    """The code that the event `asked` had mailed."""
    digest = hmac.digest(keys.secret("confirmation"), asked.encode(), "sha256")
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}}"


def code_due(asked: StoredEvent, keys: KeyStore, now: datetime) -> str | None:
    """The code to mail for an event; None where the event asks for none, or the code is good no more."""
    is_good = isinstance(asked.payload, ConfirmationAsked) and now < asked.event.recorded_at + GOOD_FOR
    return code_of(asked.event.event_id, keys) if is_good else None


def ask_confirmation(own: str, carriers: Sequence[str], node: Node, actor: str) -> None:
    """Have a code mailed to the address of a subscription of these carriers (keyed hashes). Raises
    SubscriptionRefusedError where too many went out, LookupError where there is nothing to confirm."""
    found = next((each for each in standing_of(carriers, node.log) if each.id == own), None)
    address = None if found is None else found.address(node.keys)
    if found is None or address is None or found.way != "mail" or found.confirmed:
        raise LookupError(own)
    stream, at = stream_of_carriers(carriers), node.log.clock()
    events = node.log.stream(stream, types=(ConfirmationAsked.TYPE,))
    if sum(each.event.recorded_at > at - _DAY for each in events) >= MOST_OF_CARRIER:
        raise SubscriptionRefusedError("confirmations_too_many")
    key = _free_key(address.to, node, at)
    _append(node.log, stream, ConfirmationAsked(own), at, actor, key)


def confirm(own: str, carriers: Sequence[str], code: str, node: Node, actor: str) -> None:
    """Take a code for a subscription of these carriers, which answers are mailed to from here on. Raises
    SubscriptionRefusedError, LookupError where there is nothing to confirm, ConcurrencyError."""
    found = next((each for each in standing_of(carriers, node.log) if each.id == own), None)
    if found is None or found.way != "mail" or found.confirmed:
        raise LookupError(own)
    stream, at = stream_of_carriers(carriers), node.log.clock()
    asked, wrong = None, 0
    for stored in node.log.stream(stream, types=(ConfirmationAsked.TYPE, CodeRefused.TYPE)):
        payload = stored.payload
        if isinstance(payload, ConfirmationAsked) and payload.subscription == own:
            asked, wrong = stored, 0
        elif isinstance(payload, CodeRefused) and payload.subscription == own:
            wrong += 1
    if asked is None or code_due(asked, node.keys, at) is None or wrong >= MOST_WRONG:
        raise SubscriptionRefusedError("code_over")
    if hmac.compare_digest(code.strip().encode(), code_of(asked.event.event_id, node.keys).encode()):
        _append(node.log, stream, SubscriptionConfirmed(own), at, actor)
        return
    _append(node.log, stream, CodeRefused(own), at, actor)
    raise SubscriptionRefusedError("code_wrong")


def _free_key(to: str, node: Node, at: datetime) -> str:
    """A key of the day's codes for an address, whoever names it. Raises SubscriptionRefusedError where none is free."""
    secret = node.keys.secret("content")
    mailbox = blake2b(to.strip().casefold().encode(), digest_size=16, key=secret, person=b"mailbox").hexdigest()
    keys = [f"mailbox:{mailbox}:{at:%Y-%m-%d}:{number}" for number in range(MOST_OF_ADDRESS)]
    taken = node.log.find(keys)
    free = next((key for key in keys if key not in taken), None)
    if free is None:
        raise SubscriptionRefusedError("confirmations_too_many")
    return free


def _append(log: Log, stream: str, payload: Payload, at: datetime, actor: str, key: str | None = None) -> None:
    version = log.versions([stream]).get(stream, 0) + 1
    made = new_event(
        event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor, idempotency_key=key
    )
    if log.append([made]).duplicates:
        raise ConcurrencyError(stream, version, "another code for this address was asked for meanwhile")
