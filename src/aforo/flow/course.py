"""The course of a batch: which stage of the journey began when, and how much was decided how; for those who watch."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from aforo.flow.verdicts import Verdicts

#: `open` reads envelopes, `read` checks records, `judge` assesses and decides, `write` puts events together, `commit`
#: waits for them to be durable, `tell` makes the answers.
Stage = Literal["open", "read", "judge", "write", "commit", "tell"]


@dataclass
class Course:
    """`stages` are names and beginnings, in nanoseconds of `time.perf_counter_ns`; each lasts until the next, the last
    until `ended`. `decided` counts decisions by examination and basis (`release` for none)."""

    stages: list[tuple[Stage, int]] = field(default_factory=list)
    decided: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended: int = 0

    def enter(self, stage: Stage) -> None:
        """A stage begins now, and the one before it ends."""
        self.stages.append((stage, time.perf_counter_ns()))

    def end(self) -> None:
        """The last stage ends now."""
        self.ended = time.perf_counter_ns()

    def count(self, verdicts: Verdicts) -> None:
        """Count what was decided of a batch."""
        self.decided.update(zip(verdicts.examination, (each or "release" for each in verdicts.basis), strict=True))

    def spans(self) -> list[tuple[Stage, int, int]]:
        """Name, beginning and end of each stage."""
        ends = [began for _, began in self.stages[1:]] + [self.ended]
        return [(name, began, end) for (name, began), end in zip(self.stages, ends, strict=True)]
