"""A transaction set as it was found, in its functional group."""

from __future__ import annotations

from dataclasses import dataclass, field

from aforo.intake.message import Fault
from aforo.intake.x12.tokens import Segment, Separators


@dataclass
class Group:
    """A functional group's header, and what is wrong with it or with the interchange around it."""

    place: str
    gs: Segment
    version: int
    isa: list[str]
    faults: list[Fault]


@dataclass
class TransactionSet:
    """A transaction set as it was found: its segments from ST to before SE, in its group.

    `kind` is its identifier (309 …), `faults` what is wrong with its envelope. A TA1 comes as a set of its own.
    """

    kind: str
    place: str
    segments: list[Segment]
    group: Group
    separators: Separators
    faults: list[Fault] = field(default_factory=list)

    @property
    def raw(self) -> str:
        """The set's text, up to its trailer."""
        return self.text_of(self.segments)

    def text_of(self, segments: list[Segment]) -> str:
        """The text of some of its segments."""
        mark, end = self.separators.element, self.separators.segment
        return end.join(mark.join(each.parts) for each in segments)
