"""Questions about parties that a node has asked and that may not be in its log yet, since batches are in hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from aforo.domain.screening import ScreeningHit

#: Parties that are remembered, at most.
_MOST = 100_000


@dataclass(frozen=True)
class Question:
    """A hit that a person is to look at: its event's version in the party's stream, and what it says."""

    version: int
    hit: ScreeningHit


@dataclass
class Asked:
    """The questions, by party, in the order of their versions."""

    by_party: dict[str, list[Question]] = field(default_factory=dict)

    def add(self, question: Question) -> None:
        """Remember one more. Who is forgotten for want of room is asked about twice, which the log then refuses."""
        if len(self.by_party) >= _MOST:
            self.by_party.clear()
        self.by_party.setdefault(question.hit.party, []).append(question)

    def after(self, party: str, version: int) -> list[Question]:
        """The questions about a party behind this version of its stream, which is the last that the log has."""
        waiting = [each for each in self.by_party.pop(party, ()) if each.version > version]
        if waiting:
            self.by_party[party] = waiting
        return waiting
