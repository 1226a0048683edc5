"""The erasures' part of a verification: which words are missing, and whether the log itself had them erased.

A leaf without words is taken where a record of an erasure names it, which is in the stream of erasures and in the tree,
and which the key in force signed. What a record signs of all that it took is compared in the one pass over the log.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, LargeBinary, Row, Select, Text, cast, select

from aforo.domain.event import Event
from aforo.domain.retention import LeafWithheld, LeavesErased, is_erasable
from aforo.log import schema
from aforo.log.findings import Erasure, Findings, Place, Signature
from aforo.log.leaves_erased import STREAM, Taken, is_signed_by, taken
from aforo.log.rotation import KeyChain
from aforo.log.stored import StoredEvent

_EVENT, _LEAF = schema.event.c, schema.leaf.c
_HASH, _BODY = cast(_EVENT.leaf_hash, LargeBinary), cast(_EVENT.body, LargeBinary)


class _Body(msgspec.Struct):
    """What stands in the place of an event that was erased."""

    data: LeafWithheld


_INSTEAD = msgspec.json.Decoder(_Body)


class _Record:
    """A record of an erasure, and what the pass over the log has seen of what it took."""

    def __init__(self, event: Event, said: LeavesErased, position: int, leaf: int | None) -> None:
        self.event, self.said, self.position, self.leaf = event, said, position, leaf
        self.seen = Taken()
        self._versions: dict[str, list[tuple[int, int]]] = {}
        for each in said.versions:
            self._versions.setdefault(each.stream, []).append((each.first, each.last))

    @property
    def place(self) -> Place:
        return Place(self.leaf, self.position, self.event.event_id, self.event.stream)

    def took(self, stream: str, version: int, position: int) -> bool:
        """Whether it says that the words of this version, which is at a position before its own, were erased."""
        own = self._versions.get(stream, ())
        return position < self.position and any(first <= version <= last for first, last in own)


class ErasureCheck:
    """Holds the leaves without words of one verification against the records of erasures."""

    def __init__(self, connection: Connection, settled: int, signed_since: int | None, findings: Findings) -> None:
        """`settled` is the position at which the log ended when the verification began; `signed_since` the leaf from
        which on the node's key store knows every erasure to be signed."""
        self._connection, self._settled = connection, settled
        self._signed_since, self._findings = signed_since, findings
        rows = connection.execute(_records().order_by(_EVENT.position))
        self._records = {each.event.event_id: each for each in map(_record, rows) if each is not None}

    def see(self, row: Row[Any], place: Place) -> None:
        """The next event without words, in the order of the log: a row of its columns as `verify` reads them."""
        body = bytes(row.body)
        try:
            said = _INSTEAD.decode(body).data
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._findings.add("event_erased_unrecorded", place)
            return
        if not is_erasable(row.stream, said.was):
            self._findings.add("event_erased_kept", place, type=said.was)
        record = self._records.get(said.erased) or self._recorded_meanwhile(said.erased)
        if record is not None and record.took(row.stream, int(row.version), place.position or 0):
            record.seen.add(bytes(row.leaf_hash), body)
        else:
            self._findings.add("event_erased_unrecorded", place)

    def finish(self, chain: KeyChain) -> list[Erasure]:
        """Say which records are none of the log's own, by the keys that are in force by now; all of them, in the order
        of the log."""
        signed: int | None = None
        told = []
        for each in sorted(self._records.values(), key=lambda each: each.position):
            signature = _signature(each, chain)
            if signature == "bad":
                self._findings.add("erasure_forged", each.place)
            elif signature == "none" and (signed is not None or self._is_later(each)):
                self._findings.add("erasure_unsigned", each.place)
            elif each.seen.count and each.leaf is None and self._leaf(each) is None:
                self._findings.add("erasure_not_in_tree", each.place)
            elif signature == "good":
                signed = each.position
                if not self._took_what_it_says(each):
                    self._findings.add("erasure_changed", each.place)
            told.append(_told(each, signature))
        return told

    def _recorded_meanwhile(self, event: str) -> _Record | None:
        """A record that was written since the verification began."""
        for row in self._connection.execute(_records().where(_EVENT.event_id == event)):
            if (found := _record(row)) is not None:
                self._records[event] = found
                return found
        return None

    def _is_later(self, record: _Record) -> bool:
        """Whether a record is of a time at which the node signed all of them."""
        if record.position > self._settled:
            return True
        return self._signed_since is not None and (record.leaf is None or record.leaf >= self._signed_since)

    def _leaf(self, record: _Record) -> int | None:
        """Its leaf, which it may have been given since the verification began."""
        found = self._connection.execute(select(_LEAF.leaf_index).where(_LEAF.position == record.position)).scalar()
        return None if found is None else int(found)

    def _took_what_it_says(self, record: _Record) -> bool:
        """Whether what stands in the place of the words is what was signed, or nothing was taken yet. What is written
        over during the verification was half seen: it is looked at again, and once more where that is in between."""
        if not record.seen.count or record.seen.hex == record.said.leaves:
            return True
        return any(taken(self._taken_by(record)).hex == record.said.leaves for _ in range(2))

    def _taken_by(self, record: _Record) -> list[tuple[bytes, bytes]]:
        """The leaves that have no words now, of those that a record names, and what stands in their places."""
        query = select(_EVENT.position, _HASH, _BODY).where(_EVENT.type == LeafWithheld.TYPE)
        rows: list[Row[Any]] = []
        for each in record.said.versions:
            own = query.where(_EVENT.stream == each.stream, _EVENT.version.between(each.first, each.last))
            rows += self._connection.execute(own).all()
        return [(bytes(leaf), bytes(body)) for _, leaf, body in sorted(map(tuple, rows), key=lambda row: row[0])]


def _records() -> Select[Any]:
    query = select(cast(_EVENT.position, BigInteger), cast(_EVENT.event_id, Text), _BODY, _LEAF.leaf_index)
    query = query.join(schema.leaf, _LEAF.position == _EVENT.position, isouter=True).select_from(schema.event)
    return query.where(_EVENT.stream == STREAM)


def _record(row: Row[Any]) -> _Record | None:
    """A row as a record; None of what is none, or says of itself that it is another event."""
    position, name, body, leaf = tuple(row)
    stored = StoredEvent(position, b"", bytes(body))
    try:
        event, said = stored.event, stored.payload
    except (msgspec.MsgspecError, ValueError):
        return None
    if not isinstance(said, LeavesErased) or (event.event_id, event.stream) != (name, STREAM):
        return None
    return _Record(event, said, position, leaf)


def _signature(record: _Record, chain: KeyChain) -> Signature:
    if not record.said.signature and not record.said.leaves:
        return "none"
    keys = [key for since, key in chain.links if since <= record.position]
    if record.seen.count:
        # By the key in force: where that changed meanwhile it was recorded anew before a word went.
        keys = keys[-1:]
    return "good" if any(is_signed_by(key, record.event, record.said) for key in keys) else "bad"


def _told(record: _Record, signature: Signature) -> Erasure:
    event, said = record.event, record.said
    events = sum(each.last - each.first + 1 for each in said.versions)
    return Erasure(
        event.event_id, record.leaf, event.recorded_at, event.actor, said.ground, said.policy, said.digest,
        list(said.versions), events, record.seen.count, signature,
    )  # fmt: skip
