"""Events of those who have their answers sent: who subscribed, and what became of each delivery."""

from __future__ import annotations

from typing import ClassVar, Literal

from aforo.domain.payload import Payload

Way = Literal["webhook", "mail"]


class Subscribed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A carrier has its answers sent from here on, as long as the access token holds that is the event's actor. Stream
    `subscriptions/<digest of its codes' keyed hashes>`. One by mail is silent until it is confirmed.

    `subscription` is its identifier; `carriers` are the keyed hashes (hexadecimal) of the codes whose filings it is
    told of. `sealed` is the JSON of the address, and of a webhook's secret, under the keys of all of them.
    """

    TYPE: ClassVar[str] = "subscription.begun"

    subscription: str
    way: Way
    carriers: tuple[str, ...]
    sealed: str


class ConfirmationAsked(Payload, frozen=True, gc=False):
    """A code was asked for, to be mailed to the address of a subscription: who gives it back has the mailbox. Its
    stream is that of the subscription's beginning."""

    TYPE: ClassVar[str] = "subscription.confirmation_asked"

    subscription: str


class CodeRefused(Payload, frozen=True, gc=False):
    """Another code than the mailed one was given for a subscription. Its stream is that of its beginning."""

    TYPE: ClassVar[str] = "subscription.code_refused"

    subscription: str


class SubscriptionConfirmed(Payload, frozen=True, gc=False):
    """The mailed code was given: answers are mailed from here on. Its stream is that of the subscription's
    beginning."""

    TYPE: ClassVar[str] = "subscription.confirmed"

    subscription: str


SUBSCRIPTION_PAYLOADS: tuple[type[Payload], ...] = (ConfirmationAsked, CodeRefused, SubscriptionConfirmed)


class Unsubscribed(Payload, frozen=True, omit_defaults=True, gc=False):
    """A subscription ended; nothing more is sent. Its stream is that of its beginning. `code` says why: `asked`, `gone`
    where the recipient said so, `token` where the token that made it was revoked or has expired, or `operator`."""

    TYPE: ClassVar[str] = "subscription.ended"

    subscription: str
    code: str


class Delivered(Payload, frozen=True, omit_defaults=True, gc=False):
    """A delivery ended: it was taken, or given up. Stream `delivery/<identifier, which every attempt carried>`.

    `about` is the event that made the answer due; `code` what the last attempt came to.
    """

    TYPE: ClassVar[str] = "answer.delivered"

    subscription: str
    about: str
    result: Literal["delivered", "given_up"]
    attempts: int
    code: str
