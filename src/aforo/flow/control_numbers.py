"""The control numbers of answers in X12: counted for each filer and the partner that it is in ISA.

The identifiers of ISA are what a sender writes there, and nobody checks them: were numbers counted by them alone, who
writes another's would learn how much that one files, and leave it a gap. So each filer has a sequence of its own for
each partner, in which no number repeats, and the same answer keeps the number that the filer got first.

A number is the version of an event in the sequence's stream, above the last of the partner's older stream: before
filers were told apart, a partner had one sequence. Nothing is counted in that one any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from aforo.answers import Answer
from aforo.domain.credential import use_credential
from aforo.domain.reception import Numbered
from aforo.flow.filer import Filer
from aforo.flow.node import Node
from aforo.flow.recording import EventMaker
from aforo.log.store import ConcurrencyError
from aforo.log.stored import StoredEvent

#: The largest control number of an interchange; the count goes on from 1 behind it.
MOST = 999_999_999
#: How often numbers are asked for again where another process took the next one.
_ATTEMPTS = 20


@dataclass(frozen=True)
class _Place:
    """Where an answer is counted: the filer's stream for the partner, and the partner's older one."""

    answer: str
    stream: str
    older: str

    @classmethod
    def of(cls, answer: Answer, filer: Filer, node: Node) -> _Place:
        """Raises ValueError for an answer that has no envelope."""
        partner = _partner(answer)
        return cls(answer.id, _stream(f"{filer.key}\0\0{partner}", node), _stream(partner, node))

    @property
    def keys(self) -> tuple[str, str]:
        """The idempotency keys that it may have: that of the answer, and where another filer got the same answer before
        it, its own."""
        return _key(self.answer), f"{_key(self.answer)}:{self.stream}"

    def given(self, found: Mapping[str, StoredEvent], last: Mapping[str, int]) -> int | None:
        """The number that the filer was given for it; None where it has none yet."""
        for key in self.keys:
            event = found[key].event if key in found else None
            if event is not None and event.stream == self.stream:
                return last.get(self.older, 0) + event.version
            if event is not None and event.stream == self.older:
                return event.version
        return None

    def free_key(self, taken: Collection[str]) -> str:
        """The key to count it under."""
        answers, own = self.keys
        return own if answers in taken else answers


def numbers(answers: Sequence[Answer], filers: Sequence[Filer], node: Node) -> list[int]:
    """The control number of each answer in X12, for the filer that it goes to; durable when this returns. Raises
    ConcurrencyError, ValueError for an answer that has no envelope."""
    places = [_Place.of(answer, filer, node) for answer, filer in zip(answers, filers, strict=True)]
    if not places:
        return []
    credentials = dict(zip(places, (filer.credential for filer in filers), strict=True))
    for attempt in range(1, _ATTEMPTS + 1):
        found = node.log.find([key for place in places for key in place.keys])
        last = node.log.versions(list(dict.fromkeys(name for each in places for name in (each.stream, each.older))))
        make = EventMaker(node, len(places), node.clock())
        given: dict[_Place, int] = {}
        taken = set(found)
        for place in dict.fromkeys(places):
            known = place.given(found, last)
            if known is None:
                key = place.free_key(taken)
                taken.add(key)
                last[place.stream] = version = last.get(place.stream, 0) + 1
                with use_credential(credentials[place]):
                    make.add(Numbered(place.answer), place.stream, version, key=key)
                known = last.get(place.older, 0) + version
            given[place] = known
        try:
            if not node.log.append(make.events).duplicates:
                return [_control(given[place]) for place in places]
        except ConcurrencyError:
            if attempt == _ATTEMPTS:
                raise
    raise ConcurrencyError(places[0].stream, 0, f"others were faster, {_ATTEMPTS} times")


def number_of(answer: Answer, node: Node) -> int | None:
    """The control number that an answer in X12 has been given, by whomever it was filed; None where it has none yet.
    Nothing is counted."""
    stored = node.log.find([_key(answer.id)]).get(_key(answer.id))
    if stored is None:
        return None
    older = _stream(_partner(answer), node)
    before = 0 if stored.event.stream == older else node.log.versions([older]).get(older, 0)
    return _control(before + stored.event.version)


def _partner(answer: Answer) -> str:
    """Whom ISA calls the sender of what is answered. Raises ValueError."""
    if answer.reference.x12 is None:
        raise ValueError("the answer has no envelope to go back in")
    return "\0".join(answer.reference.x12.partner)


def _key(answer: str) -> str:
    return f"answer:{answer}"


def _control(number: int) -> int:
    return (number - 1) % MOST + 1


def _stream(text: str, node: Node) -> str:
    return f"partner/{blake2b(text.encode(), digest_size=16, key=node.keys.secret('content')).hexdigest()}"
