"""Receipts: what the log gives back for an event, at once, before the event's leaf is in the tree.

A receipt is the event's leaf hash, its place among the events of the same append, and the log's signed promise that
these leaves are in its record. Signing takes longer than storing an event, so an append is signed once: the promise is
a signed note over the RFC 6962 root of the receipts' leaf hashes, and whoever holds one receipt shows with an audit
path that it is among them. The note is signed when it is first asked for, with the time of the append.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import overload

import msgspec

from aforo.log import merkle
from aforo.log.note import NoteError, Signer, Verifier
from aforo.log.written import Written

_FORMAT = "aforo promise v1"


class Promise:
    """The log's word for all receipts of one append: `leaves` were durable in `origin`'s record at `at`."""

    __slots__ = ("_note", "_signer", "at", "leaves")

    def __init__(self, signer: Callable[[], Signer], leaves: Sequence[bytes], at: datetime) -> None:
        self._signer = signer
        self._note: str | None = None
        self.leaves = leaves
        self.at = at

    @property
    def note(self) -> str:
        """The signed note: format, origin, number of leaves, base64 root and time, a line each."""
        if self._note is None:
            root = base64.b64encode(merkle.root(self.leaves)).decode()
            signer = self._signer()
            origin = signer.verifier.name
            self._note = signer.note(f"{_FORMAT}\n{origin}\n{len(self.leaves)}\n{root}\n{self.at.isoformat()}\n")
        return self._note


class Receipt:
    """For one event of an append.

    `duplicate` says that nothing was written for it: `event_id` and `leaf_hash` are then of the event that stands in
    the log in its place.
    """

    __slots__ = ("_promise", "duplicate", "event_id", "index", "leaf_hash")

    def __init__(self, event_id: str, leaf_hash: bytes, promise: Promise, index: int, duplicate: bool) -> None:
        self.event_id = event_id
        self.leaf_hash = leaf_hash
        self.index = index
        self.duplicate = duplicate
        self._promise = promise

    def __repr__(self) -> str:
        return f"Receipt({self.event_id!r}, leaf {self.leaf_hash.hex()}, duplicate={self.duplicate})"

    @property
    def promise(self) -> str:
        """The signed note of the append."""
        return self._promise.note

    def portable(self) -> PortableReceipt:
        """The receipt with its audit path, complete in itself: what is handed to the filer."""
        path = merkle.inclusion_proof(self._promise.leaves, self.index)
        return PortableReceipt(self.event_id, self.leaf_hash, self.index, tuple(path), self.promise)


#: Identifier and leaf hash of an event in the log.
Standing = tuple[str, bytes]


class Receipts(Sequence[Receipt]):
    """The receipts of one append, in the order of its events; each is made when it is looked at.

    `duplicates` has what stands in the log for those of the events for which nothing was written, by place. The events'
    bytes are kept, and hashed once more, when a receipt is first looked at: most appends are never asked for one.
    """

    def __init__(
        self, events: Written, duplicates: Mapping[int, Standing], signer: Callable[[], Signer], at: datetime
    ) -> None:
        self.duplicates = duplicates
        self._event_ids = events.event_id
        self._bodies = events.body
        self._signer = signer
        self._at = at

    @cached_property
    def _promise(self) -> Promise:
        leaves = merkle.leaf_hashes(self._bodies)
        self._bodies = []
        for place, (_, leaf) in self.duplicates.items():
            leaves[place] = leaf
        return Promise(self._signer, leaves, self._at)

    def __len__(self) -> int:
        return len(self._event_ids)

    @overload
    def __getitem__(self, place: int) -> Receipt: ...

    @overload
    def __getitem__(self, place: slice) -> list[Receipt]: ...

    def __getitem__(self, place: int | slice) -> Receipt | list[Receipt]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        index = range(len(self))[place]
        duplicate = self.duplicates.get(index)
        event_id = self._event_ids[index] if duplicate is None else duplicate[0]
        return Receipt(event_id, self._promise.leaves[index], self._promise, index, duplicate is not None)


class PortableReceipt(msgspec.Struct, frozen=True):
    """A receipt that can be kept and checked by anyone who holds the log's verifier key."""

    event_id: str
    leaf_hash: bytes
    index: int
    path: tuple[bytes, ...]
    promise: str

    def check(self, verifier: Verifier) -> datetime:
        """The time at which the log promised this leaf. Raises NoteError where the receipt does not hold."""
        lines = verifier.opens(self.promise).split("\n")
        if len(lines) < 5 or lines[0] != _FORMAT or lines[1] != verifier.name:
            raise NoteError(f"not a promise of {verifier.name}")
        try:
            root = merkle.root_of_inclusion(self.leaf_hash, self.index, int(lines[2]), self.path)
        except ValueError as error:
            raise NoteError(str(error)) from error
        if base64.b64encode(root).decode() != lines[3]:
            raise NoteError("the leaf is not among those that the promise covers")
        return datetime.fromisoformat(lines[4])
