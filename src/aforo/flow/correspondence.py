"""Messages answered: many are read together and screened as one batch, and each sender gets an answer of its own.

What a carrier files is its own: a declaration that names another carrier, or speaks of another's crossing, is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import polars as pl

from aforo.domain.event import Filed
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.filing import filing_key, stream_of
from aforo.flow.journey import record, settle, write_up
from aforo.flow.node import Node
from aforo.flow.quarantine import contradictions, quarantine
from aforo.flow.recorded import unpack_identities
from aforo.flow.told_publicly import Public, told_of_logged, told_of_new
from aforo.intake.batch import RefusedRecord
from aforo.intake.together import Letter, Together, Told, read_together


@dataclass(frozen=True)
class Answered:
    """A declaration that was taken: its number in the message, and what its filer is told; `repeated` if the log had it
    before."""

    record: int
    declaration_id: str
    public: Public
    repeated: bool


@dataclass
class Reply:
    """The answer to one message."""

    told: Told
    filings: list[Answered] = field(default_factory=list)


def answer(letters: Sequence[Letter], carriers: Sequence[frozenset[str] | None], node: Node) -> list[Reply]:
    """File what messages declare, in one transaction, and answer each; durable when this returns.

    `carriers` are the identifiers under which each sender may file. No two messages may speak of one declaration.
    Raises ConcurrencyError, and whatever the log raises: the node is then to be opened again.
    """
    read = read_together(letters)
    replies = [Reply(told) for told in read.told]
    table = _own(read, carriers, node)
    if table.height:
        sources = {number: letters[at].source for number, (at, _) in read.of.items()}
        screened = write_up(settle(table, node, read.warnings), node, sources)
        record(screened, node)
        for refused in contradictions(table, screened.filings.contradicted):
            at, own = read.of[refused.record]
            _refuse(replies[at].told, _renumbered(refused, own))
        for number in screened.filings.table["record"].gather(screened.filings.astray).to_list():
            at, own = read.of[number]
            reason = catalogue("aforo.flow").say("amends_unknown")
            replies[at].told.problems.append(Problem(own, f"record {own}", "amends_unknown", reason, "warning"))
        ids = table["declaration_id"].to_list()
        before = {ids[row]: event for row, event in screened.filings.repeated.items()}
        public = told_of_new(screened, node)
        public |= told_of_logged(before, node.log)
        for number, own in zip(table["record"].to_list(), ids, strict=True):
            if own in public:
                at, place = read.of[number]
                replies[at].filings.append(Answered(place, own, public[own], own in before))
    kept: dict[str, list[RefusedRecord]] = defaultdict(list)
    for reply in replies:
        reply.filings.sort(key=lambda each: each.record)
        kept[reply.told.source] += reply.told.refused
    for source, records in kept.items():
        quarantine(records, node, source)
    return replies


def _own(read: Together, carriers: Sequence[frozenset[str] | None], node: Node) -> pl.DataFrame:
    """The rows that their senders may file; the others are refused."""
    table = read.table
    numbers = table["record"].to_list()
    bound = [row for row, number in enumerate(numbers) if carriers[read.of[number][0]] is not None]
    if not bound:
        return table
    named = node.keys.identity_hashes("carrier", table["carrier_id"].to_list()).tolist()
    senders = {read.of[numbers[row]][0] for row in bound}
    allowed = {at: set(node.keys.identity_hashes("carrier", sorted(carriers[at] or ())).tolist()) for at in senders}
    owners = _owners(table[bound], node)
    keep = np.ones(table.height, dtype=np.bool_)
    rows = table.select("declaration_id", "crossing_id", "amends").rows()
    sent: dict[int, set[str]] = defaultdict(set)
    for row in bound:
        sent[read.of[numbers[row]][0]].add(rows[row][0])
    for row in bound:
        at, place = read.of[numbers[row]]
        own, crossing, amends = rows[row]
        code = ""
        if named[row] not in allowed[at]:
            code = "carrier_not_yours"
        elif amends and amends not in owners.declaration and amends not in sent[at]:
            # Else a name that is not filed yet could be taken from whom it belongs to.
            code = "amends_nothing_of_yours"
        elif any(owner not in allowed[at] for owner in owners.of(own, crossing, amends)):
            code = "crossing_not_yours"
        if code:
            keep[row] = False
            problem = Problem(place, f"record {place}", code, catalogue("aforo.flow").say(code))
            read.told[at].problems.append(problem)
    return table if keep.all() else table.filter(pl.Series(keep))


@dataclass(frozen=True)
class _Owners:
    """The carrier (keyed hash) of each declaration, and of the first filing of each crossing, that the log has. A
    declaration and a crossing may have the same name and be different carriers'."""

    declaration: dict[str, int]
    crossing: dict[str, int]

    def of(self, own: str, crossing: str | None, amends: str | None) -> list[int]:
        """Whose the things are that a declaration speaks of: itself, if it was filed before; what it amends; and its
        crossing, which is the amended one's where it names none."""
        found = [self.declaration.get(own), self.declaration.get(amends) if amends else None]
        if crossing or not amends:
            found.append(self.crossing.get(crossing or own))
        return [owner for owner in found if owner is not None]


def _owners(table: pl.DataFrame, node: Node) -> _Owners:
    """Whose the declarations and crossings are that some rows name."""
    ids = [name for column in ("declaration_id", "amends") for name in table[column].drop_nulls().to_list()]
    found = node.log.find([filing_key(name) for name in dict.fromkeys(ids)])
    filed = {key.removeprefix("declaration:"): each.payload for key, each in found.items()}
    crossings = [crossing or own for own, crossing in table.select("declaration_id", "crossing_id").rows()]
    first: dict[str, int] = {}
    for stream in node.log.versions([stream_of(name) for name in dict.fromkeys(crossings)]):
        filings = (each.payload for each in node.log.stream(stream))
        if (own := next((each for each in filings if isinstance(each, Filed)), None)) is not None:
            first[stream.removeprefix("crossing/")] = _carrier(own)
    return _Owners({name: _carrier(each) for name, each in filed.items() if isinstance(each, Filed)}, first)


def _carrier(filed: Filed) -> int:
    return int(unpack_identities([filed])["carrier"][0])


def _renumbered(refused: RefusedRecord, number: int) -> RefusedRecord:
    problems = tuple(
        msgspec.structs.replace(each, record=number, place=f"record {number}") for each in refused.problems
    )
    return RefusedRecord(number, f"record {number}", refused.raw, refused.identities, problems)


def _refuse(told: Told, refused: RefusedRecord) -> None:
    told.problems += refused.problems
    told.refused.append(refused)
