"""Who has its answers sent, and where to: kept as events, the address and the secret sealed."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from urllib.parse import urlsplit

import msgspec
from nacl.utils import random as random_bytes

from aforo.answers.mail import is_address
from aforo.answers.reach import Reach, allowed
from aforo.answers.webhook import Endpoint, Secret
from aforo.domain.event import Subscribed, Unsubscribed, new_event
from aforo.domain.subscription import SubscriptionConfirmed, Way
from aforo.flow.node import Node
from aforo.log.ids import event_id
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Subscriptions that the codes of one carrier may have at once.
MOST = 10
_SECRET_BYTES = 32


class SubscriptionRefusedError(ValueError):
    """It cannot be subscribed like this; `code` is a sentence's in the room's catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Address(msgspec.Struct, frozen=True):
    """Where answers go: a URL or a mail address, and the webhook's secret."""

    to: str
    secret: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """A subscription that stands: `position` is that of its event, of one by mail that of its confirmation, behind
    which answers are due; `token` identifies the access token that it was made by, and holds no longer than."""

    id: str
    position: int
    way: Way
    carriers: tuple[str, ...]
    sealed: str
    token: str
    confirmed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether answers are sent to it: to no mail address that was not confirmed."""
        return self.way != "mail" or self.confirmed

    def address(self, keys: KeyStore) -> Address | None:
        """Where it goes; None once one of its carriers was erased."""
        text = keys.open([int(each, 16) for each in self.carriers], self.sealed)
        return None if text is None else msgspec.json.decode(text, type=Address)


def carrier_hashes(codes: Iterable[str], keys: KeyStore) -> tuple[str, ...]:
    """The keyed hashes of carriers' codes, as `Subscribed` has them."""
    return tuple(f"{each:016x}" for each in keys.identity_hashes("carrier", sorted(codes)).tolist())


def checked(way: Way, to: str, reach: Reach, *, mail: bool) -> None:
    """Whether answers can be sent there. Raises SubscriptionRefusedError."""
    if way == "mail":
        if not mail:
            raise SubscriptionRefusedError("mail_not_sent")
        if not is_address(to):
            raise SubscriptionRefusedError("mail_address_bad")
        return
    try:
        Endpoint(to, (_new_secret(),))
    except ValueError:
        raise SubscriptionRefusedError("webhook_url_bad") from None
    parts = urlsplit(to)
    if parts.scheme != "https" and not reach.loopback:
        raise SubscriptionRefusedError("webhook_url_bad")
    try:
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return  # a name: its addresses are checked whenever something is sent
    if not allowed(parts.hostname or "", reach):
        raise SubscriptionRefusedError("webhook_unreachable")


def subscribe(way: Way, to: str, codes: Collection[str], node: Node, token: str) -> tuple[str, str]:
    """Have the answers to all that these carriers file sent to a `checked` address, as long as the access token of this
    identifier is good: the subscription's identifier, and the webhook's secret, which cannot be had again. Raises
    SubscriptionRefusedError, ConcurrencyError."""
    carriers = carrier_hashes(codes, node.keys)
    if len(standing_of(carriers, node.log)) >= MOST:
        raise SubscriptionRefusedError("subscriptions_too_many")
    secret = _new_secret().text if way == "webhook" else ""
    persons = [int(each, 16) for each in carriers]
    node.keys.ensure(persons)
    sealed = node.keys.seal(persons, msgspec.json.encode(Address(to, secret)))
    own = f"sub_{event_id(node.clock())}"
    _append(Subscribed(own, way, carriers, sealed), carriers, node.log, token)
    return own, secret


def all_standing(log: Log) -> list[Subscription]:
    """Every subscription that stands, the oldest first. Looks through all of the log."""
    found: dict[str, Subscription] = {}
    position = 0
    while events := log.read(position, types=(Subscribed.TYPE, SubscriptionConfirmed.TYPE, Unsubscribed.TYPE)):
        _follow(events, found)
        position = events[-1].position
    return list(found.values())


def standing_of(carriers: Sequence[str], log: Log) -> list[Subscription]:
    """The subscriptions of exactly these carriers (keyed hashes), the oldest first."""
    found: dict[str, Subscription] = {}
    _follow(log.stream(stream_of_carriers(carriers)), found)
    return list(found.values())


def _follow(events: Iterable[StoredEvent], found: dict[str, Subscription]) -> None:
    for stored in events:
        payload = stored.payload
        if isinstance(payload, Subscribed):
            found[payload.subscription] = begun(stored, payload)
        elif isinstance(payload, SubscriptionConfirmed):
            confirm_in(found, stored, payload)
        elif isinstance(payload, Unsubscribed):
            found.pop(payload.subscription, None)


def confirm_in(found: dict[str, Subscription], stored: StoredEvent, payload: SubscriptionConfirmed) -> None:
    """Open one of some subscriptions, by its confirmation."""
    own = found.get(payload.subscription)
    if own is not None and not own.confirmed:
        found[own.id] = msgspec.structs.replace(own, confirmed=True, position=stored.position)


def place_of(to: str) -> str:
    """The host of a URL, the domain of an address: what tells subscriptions apart and opens nothing."""
    return urlsplit(to).hostname or "" if "://" in to else to.rpartition("@")[2]


def begun(stored: StoredEvent, payload: Subscribed) -> Subscription:
    """The subscription of its event."""
    return Subscription(
        payload.subscription, stored.position, payload.way, payload.carriers, payload.sealed, stored.event.actor
    )


def unsubscribe(own: str, carriers: Sequence[str], log: Log, actor: str, code: str = "asked") -> bool:
    """End a subscription of exactly these carriers (keyed hashes); whether there is one. Raises ConcurrencyError."""
    if own not in {each.id for each in standing_of(carriers, log)}:
        return False
    _append(Unsubscribed(own, code), carriers, log, actor)
    return True


def _append(payload: Subscribed | Unsubscribed, carriers: Sequence[str], log: Log, actor: str) -> None:
    stream, at = stream_of_carriers(carriers), log.clock()
    version = log.versions([stream]).get(stream, 0) + 1
    log.append([new_event(event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor)])


def stream_of_carriers(carriers: Sequence[str]) -> str:
    """The stream of the subscriptions of exactly these carriers (keyed hashes)."""
    return f"subscriptions/{blake2b(' '.join(sorted(carriers)).encode(), digest_size=16).hexdigest()}"


def _new_secret() -> Secret:
    return Secret("whsec_" + base64.b64encode(random_bytes(_SECRET_BYTES)).decode())
