"""The proof of an order at an edge: both officers sign it with keys that only the texts of their access tokens give.

A bundle hands out hashes of tokens. They let an officer in at the edge, and forge no proof: the node keeps the public
keys, and believes no name that an edge tells.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import msgspec

from aforo.domain.clock import microseconds
from aforo.domain.declaration import identity_text
from aforo.domain.edge import EdgeOrdered
from aforo.domain.event import Event
from aforo.flow.edge_enrolled import Edge
from aforo.log.token_signature import sign, verified
from aforo.log.tokens import STAFF, Holder, Token, are_two_persons

_FORMAT = "aforo edge order v1"
#: The signer of an order: the officer who gives it, or the second one.
Place = Literal["first", "second"]


@dataclass(frozen=True)
class Credential:
    """An officer's access token at an edge, by its identifier and its text, which no representation shows."""

    id: str
    text: str = field(repr=False)


class Signers(NamedTuple):
    """The officers who sign an order at an edge."""

    first: Credential
    second: Credential | None = None


class Officers(NamedTuple):
    """The tokens of the officers who are proven to have given an order; no second one where none signed."""

    first: Token
    second: Token | None


class OrderCredentials(Protocol):
    """The access tokens that a node issued, and what their roles permit."""

    def holder(self, credential: str) -> Holder | None:
        """The holder of a token, good or not; None where the node has none of that identifier."""

    def permits(self, token: Token, place: Place) -> bool:
        """Whether the role of a token permits to order an examination, or to be the second officer."""


def signed(order: EdgeOrdered, edge: str, stream: str, at: datetime, signers: Signers) -> EdgeOrdered:
    """The order of a truck's stream at an edge, with its proofs; `at` is the instant that its event has."""
    first, second = signers
    named = msgspec.structs.replace(
        order, credential=first.id, second_credential="" if second is None else second.id, proof="", second_proof=""
    )
    message = _message(named, edge, stream, at)
    return msgspec.structs.replace(
        named,
        proof=_proof(first, "first", message),
        second_proof="" if second is None else _proof(second, "second", message),
    )


@dataclass(frozen=True)
class OrderCheck:
    """Checks the orders of one edge against the tokens of its node."""

    edge: Edge
    credentials: OrderCredentials

    def officers(self, order: EdgeOrdered, event: Event, at: datetime) -> Officers | None:
        """The officers who are proven to have given an order; None where the first is not, or one who is named is not.

        `at` is the instant at which the node takes it to have happened: both tokens must have been good then, and have
        named the port of the edge, as those that its bundle hands out do.
        """
        message = _message(order, self.edge.origin, event.stream, event.occurred_at)
        first = self._token("first", order.credential, order.proof, message, at)
        if first is None:
            return None
        if not (order.second_credential or order.second_proof or order.seconded_by):
            return Officers(first, None)
        second = self._token("second", order.second_credential, order.second_proof, message, at)
        if second is None or identity_text(second.name) == identity_text(first.name):
            return None
        if not are_two_persons(first, second):
            return None
        return Officers(first, second)

    def _token(self, place: Place, credential: str, proof: str, message: bytes, at: datetime) -> Token | None:
        holder = self.credentials.holder(credential) if credential and proof else None
        if holder is None or holder.public_key is None:
            return None
        token = holder.token
        in_time = token.issued_at <= at < token.expires_at and (token.revoked_at is None or at < token.revoked_at)
        if not in_time or token.role not in STAFF or self.edge.port not in token.ports:
            return None
        if not self.credentials.permits(token, place):
            return None
        try:
            signature = base64.b64decode(proof, validate=True)
        except ValueError:
            return None
        return token if verified(holder.public_key, message + place.encode(), signature) else None


def _proof(credential: Credential, place: Place, message: bytes) -> str:
    return base64.b64encode(sign(credential.text, message + place.encode())).decode()


def _message(order: EdgeOrdered, edge: str, stream: str, at: datetime) -> bytes:
    """The bytes that both officers sign, each with their place behind it: whose order, of which truck, over what, why,
    and when."""
    reason = hashlib.sha256(order.reason.encode()).hexdigest()
    return msgspec.json.encode(
        (
            _FORMAT, edge, stream, order.was, order.examination, order.over or "", reason, microseconds(at),
            order.credential, order.second_credential,
        )
    )  # fmt: skip
