"""What became of a message, and what its sender is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aforo.answers import Answer
from aforo.domain.envelope import X12Reference
from aforo.flow.told_publicly import Public
from aforo.intake.together import Letter, Told


@dataclass(frozen=True)
class Answered:
    """A declaration that was taken: its number in the message, what it does to an earlier one, and what its filer is
    told; `repeated` if the log had it before. `port` is the code of the port that it names."""

    record: int
    declaration_id: str
    public: Public
    repeated: bool
    action: str | None = None
    port: str | None = None


@dataclass
class Reply:
    """What became of one message, at an instant. `envelopes` are those that answers go back in, by record.

    `answer` is what its sender is told. Where its format has answers of its own, `sets` says the same set by set and
    status by status, and `controls` are the control numbers of these.
    """

    told: Told
    at: datetime
    envelopes: dict[int, X12Reference] = field(default_factory=dict)
    filings: list[Answered] = field(default_factory=list)
    answer: Answer | None = None
    sets: list[Answer] = field(default_factory=list)
    controls: list[int] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        """Whether anything of it was taken, or it declares nothing and nothing of it is wrong."""
        return bool(self.filings) or (bool(self.told.notices) and self.told.good)

    @property
    def verdict(self) -> Literal["accepted", "partly", "refused"]:
        """Whether all, some or none of it was taken."""
        return "refused" if not self.taken else "accepted" if self.told.good else "partly"


def envelopes_of(letter: Letter) -> dict[int, X12Reference]:
    """The envelopes of a message's records, by their numbers in it."""
    return {number: each.reply for number, each in enumerate(letter.said, 1) if each.reply is not None}
