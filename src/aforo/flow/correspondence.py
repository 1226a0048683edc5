"""Messages answered: many are read together and screened as one batch, and each sender gets an answer of its own.

What a carrier files is its own: a declaration that names another carrier, or speaks of another's crossing, is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import polars as pl

from aforo.domain.event import Filed
from aforo.domain.problem import Problem
from aforo.domain.text import catalogue
from aforo.flow.answering import answer_to, answers_to_sets, give_numbers
from aforo.flow.course import Course
from aforo.flow.filing import filing_key, stream_of
from aforo.flow.journey import record, settle, write_up
from aforo.flow.node import Node
from aforo.flow.quarantine import contradictions, quarantine
from aforo.flow.recorded import unpack_identities
from aforo.flow.reply import Answered, Reply, envelopes_of
from aforo.flow.subscriptions import carrier_hashes
from aforo.flow.told_publicly import told_of_logged, told_of_new
from aforo.intake.batch import RefusedRecord
from aforo.intake.together import Letter, Together, Told, read_together


def answer(
    letters: Sequence[Letter], carriers: Sequence[frozenset[str] | None], node: Node, course: Course | None = None
) -> list[Reply]:
    """File what messages declare, in one transaction, and answer each; durable when this returns, and so are the
    control numbers of answers.

    `carriers` are the identifiers under which each sender may file; `course` takes down what is done when. No two
    messages may speak of one declaration.
    Raises ConcurrencyError, and whatever the log raises: the node is then to be opened again.
    """
    course = course or Course()
    course.enter("read")
    read = read_together(letters)
    now = node.clock()
    replies = [Reply(told, now, envelopes_of(letter)) for told, letter in zip(read.told, letters, strict=True)]
    table = _own(read, carriers, node)
    if table.height:
        sources = {number: letters[at].source for number, (at, _) in read.of.items()}
        course.enter("judge")
        settled = settle(table, node, read.warnings)
        course.enter("write")
        screened = write_up(settled, node, sources, _sealed(table, replies, read, node))
        course.enter("commit")
        record(screened, node)
        course.enter("tell")
        course.count(screened.verdicts)
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
        numbers, actions = table["record"].to_list(), table["action"].to_list()
        for number, own, action in zip(numbers, ids, actions, strict=True):
            if own in public:
                at, place = read.of[number]
                replies[at].filings.append(Answered(place, own, public[own], own in before, action))
    kept: dict[str, list[tuple[RefusedRecord, tuple[str, ...]]]] = defaultdict(list)
    for reply, codes in zip(replies, carriers, strict=True):
        reply.filings.sort(key=lambda each: each.record)
        if reply.told.refused:
            sender = carrier_hashes(codes or (), node.keys)
            kept[reply.told.source] += [(record, sender) for record in reply.told.refused]
    for source, records in kept.items():
        quarantine([record for record, _ in records], node, source, [sender for _, sender in records])
    for reply in replies:
        reply.answer = answer_to(reply, node.law)
        reply.sets = answers_to_sets(reply, node.law)
    give_numbers(replies, node)
    course.end()
    return replies


def _sealed(table: pl.DataFrame, replies: Sequence[Reply], read: Together, node: Node) -> dict[int, str]:
    """The envelopes of rows, by `record`, each under the key of its carrier: an identifier in it may be a person's."""
    if not any(reply.envelopes for reply in replies):
        return {}
    found = {
        number: (carrier, envelope)
        for number, carrier in zip(table["record"].to_list(), table["carrier_id"].to_list(), strict=True)
        for at, place in [read.of[number]]
        if (envelope := replies[at].envelopes.get(place)) is not None
    }
    persons = node.keys.identity_hashes("carrier", [carrier for carrier, _ in found.values()]).tolist()
    node.keys.ensure(persons)
    texts = [msgspec.json.encode(envelope) for _, envelope in found.values()]
    return dict(zip(found, node.keys.seal_all([(person,) for person in persons], texts), strict=True))


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
