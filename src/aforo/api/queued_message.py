"""A message that waits at the desk, and which of those that wait can be filed as one batch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aforo.api.watch import Exchange, current
from aforo.flow.receiving import Message
from aforo.flow.reply import Reply
from aforo.intake.together import Letter


class Waiter(Protocol):
    """Who waits for a reply: a future of threads or of an event loop."""

    def done(self) -> bool: ...

    def cancelled(self) -> bool: ...

    def set_result(self, result: Reply, /) -> None: ...

    def set_exception(self, exception: BaseException, /) -> None: ...


@dataclass
class QueuedMessage:
    """A message with its sender's future, and its letter once it is opened."""

    message: Message
    future: Waiter
    letter: Letter | None = None
    #: When it came and when it was first taken (`time.perf_counter_ns`), and the exchange that it came in.
    came: int = field(default_factory=time.perf_counter_ns)
    taken: int = 0
    exchange: Exchange | None = field(default_factory=current.get)


def batch_of(opened: Sequence[QueuedMessage], most_records: int) -> tuple[list[QueuedMessage], list[QueuedMessage]]:
    """What can be filed at once, and what has to come after it: no two messages speak of one declaration, only one
    sender's of one crossing, and there are no more records than a batch has, but for a message that has more alone."""
    batch: list[QueuedMessage] = []
    later: list[QueuedMessage] = []
    ids: set[str] = set()
    crossings: dict[str, str] = {}
    records = 0
    for each in opened:
        assert each.letter is not None
        own, about = each.letter.named("declaration_id", "amends"), each.letter.named("crossing_id")
        sender = each.message.filer.name
        meets = (
            not own.isdisjoint(ids)
            or not about.isdisjoint(ids)
            or any(name in crossings for name in own)
            or any(crossings.get(name, sender) != sender for name in about)
        )
        full = bool(batch) and records + each.letter.records > most_records
        (later if meets or full else batch).append(each)
        ids |= own
        for name in about:
            # What was put off keeps its place before whatever speaks of the same later.
            crossings[name] = sender if crossings.get(name, sender) == sender and not meets else ""
        records += 0 if meets or full else each.letter.records
    return batch, later
