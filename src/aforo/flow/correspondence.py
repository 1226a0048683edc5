"""Messages answered: many are read together and screened as one batch, and each sender gets an answer of its own.

What a carrier files is its own: a declaration that names another carrier, or amends another's, is refused. A name under
which another filed first is no way to that one's crossing, and no obstacle: the carrier has one of its own for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec
import numpy as np
import polars as pl

from aforo.domain.credential import use_credential
from aforo.domain.event import Filed
from aforo.domain.problem import Gravity, Problem
from aforo.domain.text import catalogue
from aforo.flow.answering import answer_to, answers_to_sets, give_numbers
from aforo.flow.course import Course
from aforo.flow.decision_turn import decision_turn
from aforo.flow.filed_again import recorded_name
from aforo.flow.filer import Filer
from aforo.flow.filing import Filings
from aforo.flow.journey import record, settle, write_up
from aforo.flow.names import filing_key, own_name, stream_of
from aforo.flow.node import Node
from aforo.flow.notices import keep_notices
from aforo.flow.quarantine import contradictions, quarantine
from aforo.flow.recorded import unpack_identities
from aforo.flow.reply import Answered, Reply, envelopes_of
from aforo.flow.subscriptions import carrier_hashes
from aforo.flow.told_publicly import told_of_logged, told_of_new
from aforo.intake.batch import Notice, RefusedRecord
from aforo.intake.together import Letter, Together, Told, read_together


def answer(letters: Sequence[Letter], filers: Sequence[Filer], node: Node, course: Course | None = None) -> list[Reply]:
    """File what messages declare, in one transaction, and answer each; durable when this returns, and so are the
    control numbers of answers.

    `filers` are those who sent them; `course` takes down what is done when. No two messages may speak of one
    declaration. Each event names the credential of the filer who caused it.
    Raises ConcurrencyError, and whatever the log raises: the node is then to be opened again.
    """
    credentials = {filer.credential for filer in filers}
    with use_credential(credentials.pop() if len(credentials) == 1 else None), decision_turn(node):
        return _answer(letters, filers, node, course or Course(), mixed=bool(credentials))


def _answer(
    letters: Sequence[Letter], filers: Sequence[Filer], node: Node, course: Course, *, mixed: bool
) -> list[Reply]:
    """As `answer`; in a batch of `mixed` senders none of their credentials is in use for all."""
    carriers = [filer.carriers for filer in filers]
    course.enter("read")
    read = read_together(letters)
    now = node.clock()
    replies = [Reply(told, now, envelopes_of(letter)) for told, letter in zip(read.told, letters, strict=True)]
    table = own_rows(read, letters, carriers, node)
    if table.height:
        sources = {number: letters[at].source for number, (at, _) in read.of.items()}
        course.enter("judge")
        settled = settle(table, node, read.warnings, source=sources)
        course.enter("write")
        senders = {number: filers[at].credential for number, (at, _) in read.of.items()} if mixed else None
        screened = write_up(settled, node, sources, _sealed(table, replies, read, node), senders)
        course.enter("commit")
        record(screened, node)
        course.enter("tell")
        course.count(screened.verdicts)
        for refused in contradictions(table, screened.filings.contradicted):
            at, own = read.of[refused.record]
            where = letters[at].place(own, "declaration_id")
            _refuse(replies[at].told, _renumbered(refused, own, where))
        for number, column, problem in _warned(screened.filings, table):
            at, own = read.of[number]
            reason = catalogue("aforo.flow").say(problem)
            replies[at].told.problems.append(Problem(own, letters[at].place(own, column), problem, reason, "warning"))
        before = {recorded_name(event): event for event in screened.filings.repeated.values()}
        public = told_of_new(screened, node)
        public |= told_of_logged(before, node.log)
        for number, given, action, port in table.select("record", "declaration_id", "action", "port").rows():
            own = screened.filings.renamed.get(given, given)
            if own in public:
                at, place = read.of[number]
                replies[at].filings.append(Answered(place, own, public[own], own in before, action, port))
    kept: dict[str, list[tuple[RefusedRecord, tuple[str, ...], str | None]]] = defaultdict(list)
    noted: dict[str, list[tuple[Notice, tuple[str, ...], str | None]]] = defaultdict(list)
    for reply, filer in zip(replies, filers, strict=True):
        reply.filings.sort(key=lambda each: each.record)
        told = reply.told
        if told.refused or told.notices:
            sender = carrier_hashes(filer.carriers or (), node.keys)
            kept[told.source] += [(record, sender, filer.credential) for record in told.refused]
            noted[told.source] += [(notice, sender, filer.credential) for notice in told.notices]
    for source, records in kept.items():
        by = [credential for *_, credential in records]
        quarantine([each[0] for each in records], node, source, [each[1] for each in records], by)
    for source, notices in noted.items():
        by = [credential for *_, credential in notices]
        keep_notices([each[0] for each in notices], node, source, [each[1] for each in notices], by)
    for reply in replies:
        reply.answer = answer_to(reply, node.law)
        reply.sets = answers_to_sets(reply, node.law)
    give_numbers(replies, filers, node)
    course.end()
    return replies


def _warned(filings: Filings, given: pl.DataFrame) -> Iterator[tuple[int, str, str]]:
    """What a batch's filings are warned of: record, column and code. `given` is the batch as it came."""
    for table, warned in (
        (given, (("declaration_id", "superseded", filings.superseded), ("declaration_id", "filed_anew", filings.anew))),
        (
            filings.table,
            (("amends", "amends_unknown", filings.astray), ("crossing_id", "crossing_stays", filings.staying)),
        ),
    ):
        records = table["record"].to_list()
        for column, code, rows in warned:
            yield from ((records[row], column, code) for row in rows)


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


def own_rows(
    read: Together,
    letters: Sequence[Letter],
    carriers: Sequence[frozenset[str] | None],
    node: Node,
    *,
    tried: bool = False,
) -> pl.DataFrame:
    """The rows that their senders may file; the others are refused. Where another carrier filed under a name first, the
    row has the sender's own name in its place; but where it is `tried` only, nothing comes of what others filed.
    """
    table = read.table
    numbers = table["record"].to_list()
    bound = [row for row, number in enumerate(numbers) if carriers[read.of[number][0]] is not None]
    if not bound:
        return table
    named = node.keys.identity_hashes("carrier", table["carrier_id"].to_list()).tolist()
    senders = {read.of[numbers[row]][0] for row in bound}
    allowed = {at: set(node.keys.identity_hashes("carrier", sorted(carriers[at] or ())).tolist()) for at in senders}
    keep = np.ones(table.height, dtype=np.bool_)
    rows = table.select(*_NAMES).rows()
    if tried:
        own_ones = [row for row in bound if named[row] in allowed[read.of[numbers[row]][0]]]
        owners = _own_alone({(rows[row][2], named[row]) for row in own_ones if rows[row][2]}, node)
    else:
        owners = _owners(table[bound], node)
    names: dict[int, list[str | None]] = {}
    sent: dict[int, set[str]] = defaultdict(set)
    for row in bound:
        at, _ = read.of[numbers[row]]
        own, crossing, amends = rows[row]
        names[row] = owners.named(own, crossing, amends, named[row], allowed[at])
        sent[at].add(names[row][0] or "")
    amended = {name for row in bound if (name := names[row][2]) and name != rows[row][2]}
    known = owners.declaration.keys() | (_filed(sorted(amended), node).keys() if amended else set())
    renamed: dict[int, list[str | None]] = {}
    for row in bound:
        at, place = read.of[numbers[row]]
        amends = names[row][2]
        code, gravity, column = "", "refusal", "amends"
        if named[row] not in allowed[at]:
            code, column = "carrier_not_yours", "carrier_id"
        elif amends and amends not in known and amends not in sent[at]:
            # A name that is not filed yet could be taken from whom it belongs to. What is another's is told as what is
            # nobody's: nobody learns what others filed.
            code = "amends_nothing_of_yours"
        elif names[row] != list(rows[row]):
            code, gravity = "name_taken", "warning"
            column = next(each for each, ours, said in zip(_NAMES, names[row], rows[row], strict=True) if ours != said)
            renamed[row] = names[row]
        if code:
            keep[row] = gravity == "warning"
            where, said = letters[at].place(place, column), catalogue("aforo.flow").say(code)
            problem = Problem(place, where, code, said, cast(Gravity, gravity))
            read.told[at].problems.append(problem)
    if renamed:
        for place, column in enumerate(_NAMES):
            own = [renamed.get(row, each)[place] for row, each in enumerate(rows)]
            table = table.with_columns(pl.Series(column, own, dtype=pl.String))
    return table if keep.all() else table.filter(pl.Series(keep))


_NAMES = ("declaration_id", "crossing_id", "amends")


@dataclass(frozen=True)
class _Owners:
    """The carrier (keyed hash) of each declaration, and of the first filing of each crossing, that the log has. A
    declaration and a crossing may have the same name and be different carriers'."""

    declaration: dict[str, int]
    crossing: dict[str, int]

    def named(
        self, own: str, crossing: str | None, amends: str | None, carrier: int, allowed: Collection[int]
    ) -> list[str | None]:
        """A declaration's identifier, its crossing and what it amends, each under the carrier's own name for it where
        another carrier has filed under that name.
        """

        def ours(name: str, owners: Mapping[str, int]) -> str:
            return own_name(name, carrier) if owners.get(name, carrier) not in {carrier, *allowed} else name

        declaration = ours(own, self.declaration)
        named = ours(crossing, self.crossing) if crossing else None
        if not crossing and not amends and declaration == own and ours(own, self.crossing) != own:
            named = own_name(own, carrier)
        return [declaration, named, ours(amends, self.declaration) if amends else None]


def _filed(names: Sequence[str], node: Node) -> dict[str, Filed]:
    """Those of some declarations that the log has."""
    found = node.log.find([filing_key(name) for name in names])
    return {
        key.removeprefix("declaration:"): filed
        for key, each in found.items()
        if isinstance(filed := each.payload, Filed)
    }


def _owners(table: pl.DataFrame, node: Node) -> _Owners:
    """Whose the declarations and crossings are that some rows name."""
    ids = [name for column in ("declaration_id", "amends") for name in table[column].drop_nulls().to_list()]
    filed = _filed(list(dict.fromkeys(ids)), node)
    crossings = [crossing or own for own, crossing in table.select("declaration_id", "crossing_id").rows()]
    first: dict[str, int] = {}
    for stream in node.log.versions([stream_of(name) for name in dict.fromkeys(crossings)]):
        filings = (each.payload for each in node.log.stream(stream))
        if (own := next((each for each in filings if isinstance(each, Filed)), None)) is not None:
            first[stream.removeprefix("crossing/")] = _carrier(own)
    return _Owners({name: _carrier(each) for name, each in filed.items()}, first)


def _own_alone(amended: Collection[tuple[str, int]], node: Node) -> _Owners:
    """Whose the declarations are that some carriers (keyed hash) amend, by the names that they sent, as far as they
    are these carriers' own: what others filed is not in it.
    """
    asked = {name: given for given, own in amended for name in (given, own_name(given, own))}
    carriers = {own for _, own in amended}
    filed = ((asked[name], _carrier(each)) for name, each in _filed(sorted(asked), node).items())
    return _Owners({given: carrier for given, carrier in filed if carrier in carriers}, {})


def _carrier(filed: Filed) -> int:
    return int(unpack_identities([filed])["carrier"][0])


def _renumbered(refused: RefusedRecord, number: int, place: str) -> RefusedRecord:
    problems = tuple(msgspec.structs.replace(each, record=number, place=place) for each in refused.problems)
    return RefusedRecord(number, place, refused.raw, refused.identities, problems)


def _refuse(told: Told, refused: RefusedRecord) -> None:
    told.problems += refused.problems
    told.refused.append(refused)
