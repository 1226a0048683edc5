"""Refused records are kept, sealed, with their reasons: nothing that came in is lost, nothing personal lies open."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import polars as pl

from aforo.domain.credential import current_credential, use_credential
from aforo.domain.event import Quarantined
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.node import Node
from aforo.flow.recorded import CONTENT_COLUMNS, json_rows
from aforo.flow.recording import EventMaker
from aforo.intake.batch import RefusedRecord


def quarantine(
    refused: Sequence[RefusedRecord],
    node: Node,
    source: str,
    senders: Sequence[tuple[str, ...]] = (),
    credentials: Sequence[str | None] = (),
) -> int:
    """Keep refused records; how many were new. A record that is sent again is kept once.

    Each is sealed under the keys of everybody that could be recognised in it, nested, so that the erasure of any of
    them makes it unreadable. `senders` are, for each, the keyed hashes of the codes that its sender may file under;
    none where no carrier sent them. `credentials` are those that they were sent by, that in use where none are given.
    """
    if not refused:
        return 0
    make = EventMaker(node, len(refused), node.clock())
    key = node.keys.secret("content")
    by = credentials or [current_credential()] * len(refused)
    for record, sender, credential in zip(refused, senders or [()] * len(refused), by, strict=True):
        digest = blake2b(record.raw.encode(), digest_size=16, key=key).hexdigest()
        text, persons = sealed(record.identities, record.raw.encode(), node)
        quarantined = Quarantined(source, record.record, record.problems, text, persons, sender)
        with use_credential(credential):
            make.add(quarantined, f"filing/{digest}", 1, key=f"filing:{digest}")
    return sum(not receipt.duplicate for receipt in node.log.append(make.events))


def sealed(identities: Sequence[tuple[str, str]], text: bytes, node: Node) -> tuple[str, tuple[str, ...]]:
    """A record's text under the keys of all that its identities (column and value) name, and their keyed hashes."""
    persons = [int(node.keys.identity_hashes(column.removesuffix("_id"), [value])[0]) for column, value in identities]
    node.keys.ensure(persons)
    return node.keys.seal(persons, text), tuple(f"{person:016x}" for person in sorted(set(persons)))


def contradictions(table: pl.DataFrame, rows: Sequence[int]) -> list[RefusedRecord]:
    """Rows whose identifier was filed before with other content, as refused records."""
    if not rows:
        return []
    refused = []
    for row, raw in zip(rows, json_rows(table[list(rows)], CONTENT_COLUMNS), strict=True):
        assert raw is not None, "every declaration has its identifier"
        named = table.row(row, named=True)
        record, own = named["record"], named["declaration_id"]
        reason = catalogue("aforo.flow").say("refused_contradiction", declaration=own)
        problem = Problem(record, f"record {record}", "filed_before_otherwise", reason)
        identities = tuple((column, named[column]) for column in _IDENTIFYING if named[column] is not None)
        refused.append(RefusedRecord(record, problem.place, raw, identities, (problem,)))
    return refused


_IDENTIFYING = (
    "importer_id", "exporter_id", "broker_id", "carrier_id", "driver_id", "tractor_id",
    "importer_name", "exporter_name", "carrier_name", "driver_name",
)  # fmt: skip
