"""What a batch files under identifiers that the log has: what repeats, what is filed anew, and what contradicts.

Who says what the log has under an identifier repeats it. Who says otherwise contradicts it, as long as anything stands
that was filed there; when all of it has been cancelled, it is filed anew: it takes the place of what was cancelled, in
its crossing and under a name of its own, and is reached by whoever amends the identifier later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from aforo.domain.event import Filed
from aforo.flow.crossing_events import followed
from aforo.flow.earlier import Amendment, amendment_of, filed_before, gone, standing
from aforo.flow.names import filing_key
from aforo.flow.node import Node
from aforo.log.stored import StoredEvent

#: Letters of the content's digest in the name of what is filed anew.
_DIGEST = 8
#: The events behind a filing that nothing was filed after: its assessment and its decision.
_UNDISTURBED = 2


@dataclass(frozen=True)
class FiledAgain:
    """Rows whose identifiers the log has.

    `repeated` maps a row to the event that recorded it, `anew` a row to its new name; `contradicted` are the rows
    whose identifier stands with other content, `superseded` those of `repeated` whose place later filings took.
    """

    repeated: dict[int, StoredEvent] = field(default_factory=dict)
    anew: dict[int, str] = field(default_factory=dict)
    contradicted: list[int] = field(default_factory=list)
    superseded: list[int] = field(default_factory=list)


def filed_again(
    table: pl.DataFrame, content: Sequence[str], known: Mapping[str, StoredEvent], node: Node
) -> FiledAgain:
    """`content` is the digest of what each row says, `known` are the filings of its identifiers, by idempotency key."""
    rows: list[Amendment] = table.select("declaration_id", "amends", "action").rows()
    found = FiledAgain()
    otherwise: dict[int, StoredEvent] = {}
    for row, (own, _, _) in enumerate(rows):
        if (event := known.get(filing_key(own))) is None:
            continue
        if _says(event, content[row]):
            found.repeated[row] = event
        else:
            otherwise[row] = event
    names = {row: f"{rows[row][0]}~{content[row][:_DIGEST]}" for row in otherwise if not rows[row][1]}
    before = node.log.find([filing_key(name) for name in names.values()])
    crossings = _Crossings(node)
    amending = _Families((row, each) for row, each in enumerate(rows) if each[1] and filing_key(each[0]) not in known)
    for row, event in otherwise.items():
        name = names.get(row)
        if name is not None and (same := before.get(filing_key(name))) is not None and _says(same, content[row]):
            found.repeated[row] = same
        elif name is not None and _all_cancelled(row, rows[row][0], crossings.of(event), amending):
            found.anew[row] = name
        else:
            found.contradicted.append(row)
    found.superseded.extend(_superseded(found.repeated, rows, crossings, node))
    return found


def _says(event: StoredEvent, content: str) -> bool:
    return isinstance(filed := event.payload, Filed) and filed.content == content


def _all_cancelled(row: int, own: str, crossing: _Families, amending: _Families) -> bool:
    """Whether nothing stands of what was filed under an identifier, by the log and by the rows before this one."""
    before = crossing.of(own)
    names = {name for _, (each, old, _) in before for name in (each, old) if name}
    later = sorted({place: each for name in names for place, each in amending.of(name) if place < row}.items())
    return not standing([each for _, each in (*before, *later)])


def _superseded(
    repeated: Mapping[int, StoredEvent], rows: Sequence[Amendment], crossings: _Crossings, node: Node
) -> list[int]:
    """The rows of what was filed before that other filings ended which came after all that the batch repeats."""
    of_stream: dict[str, list[int]] = defaultdict(list)
    for row, event in repeated.items():
        of_stream[event.event.stream].append(row)
    versions = node.log.versions(list(of_stream))
    found: list[int] = []
    for stream, own in of_stream.items():
        last = max((repeated[row] for row in own), key=lambda event: event.event.version)
        if versions[stream] > last.event.version + _UNDISTURBED:
            over = crossings.over(last)
            found += [row for row in own if recorded_name(repeated[row]) in over]
    return sorted(found)


def recorded_name(event: StoredEvent) -> str:
    """The identifier under which a filing is in the log."""
    assert isinstance(event.payload, Filed)
    name: str = event.payload.declaration["declaration_id"]
    return name


class _Families:
    """Filings, by a number of their own, in families: those that amendments connect."""

    def __init__(self, filings: Iterable[tuple[int, Amendment]]) -> None:
        self._above: dict[str, str] = {}
        self._of: dict[str, list[tuple[int, Amendment]]] = defaultdict(list)
        listed = list(filings)
        for _, (own, old, _) in listed:
            if old and (one := self._root(own)) != (other := self._root(old)):
                self._above[one] = other
        for number, each in listed:
            self._of[self._root(each[0])].append((number, each))

    def of(self, name: str) -> list[tuple[int, Amendment]]:
        """The filings of a declaration's family, in their order."""
        return self._of.get(self._root(name), [])

    def _root(self, name: str) -> str:
        passed = []
        while (above := self._above.get(name)) is not None:
            passed.append(name)
            name = above
        for each in passed:
            self._above[each] = name
        return name


class _Crossings:
    """The filings of the crossings of some events, each crossing read once."""

    def __init__(self, node: Node) -> None:
        self._log = node.log
        self._filings: dict[str, list[Amendment]] = {}
        self._families: dict[str, _Families] = {}

    def of(self, event: StoredEvent) -> _Families:
        """The families of a filing's crossing."""
        stream = event.event.stream
        if stream not in self._families:
            self._families[stream] = _Families(enumerate(self._read(stream)))
        return self._families[stream]

    def over(self, event: StoredEvent) -> set[str]:
        """What of a filing's crossing others ended."""
        return gone(self._read(event.event.stream))

    def _read(self, stream: str) -> list[Amendment]:
        if stream not in self._filings:
            events = followed(self._log.stream(stream), self._log)
            filings = filed_before(events, events[-1].event.version)
            self._filings[stream] = [amendment_of(filed) for _, filed in filings]
        return self._filings[stream]
