"""A watched folder's rounds: what is whole is taken, filed like any message, answered beside, and put away.

A file is filed after it was moved to `taking`, and put away after its answer is durable. So a process that ends at any
instant leaves a file either untouched, or in `taking`, where the next one finds it and files it again: the log knows it
then, takes nothing twice, and the answer is made again, unless it had been written. A file is known by its content: one
that says no time of filing counts as filed when it was first received, whatever it is called when it comes again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from aforo.answers import Grounds, shipped
from aforo.domain.clock import Clock, system_clock
from aforo.domain.problem import Problem
from aforo.domain.text import Text, catalogue
from aforo.flow.answering import Form, answer_to, rendered
from aforo.flow.filer import Filer
from aforo.flow.looking import Looking
from aforo.flow.receiving import KeyReusedError, Message, UnknownFormatError
from aforo.flow.reply import Reply
from aforo.intake import parquet
from aforo.intake.folder import Away, Folder, Waiting, shown
from aforo.intake.together import Told

logger = logging.getLogger("aforo.watch")

#: Files, and their bytes together, that are filed at once.
MOST_FILES, MOST_TOGETHER_BYTES = 256, 32 * 1024 * 1024
#: Seconds until a file that could not be filed is tried again: at first, and at most.
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
#: Seconds between two looks for what was kept for long enough.
SWEEP_S = 3_600.0
#: The party that sends what is put into a folder in which anybody's files may be.
ANYONE = "any carrier"

Verdict = Literal["accepted", "partly", "refused", "put_off"]
#: Files messages; for each its reply, or the error for which it has none.
File = Callable[[Sequence[Message]], Sequence[Reply | BaseException]]
#: What the names of answers end in, by the media type of the answer.
ENDINGS = {"application/json": ".json", "application/edi-x12": ".edi", "text/html": ".html", "text/plain": ".txt"}


class Handled(msgspec.Struct, frozen=True):
    """What became of one file: its name, fit to print; the counts of its records, of the declarations that were
    taken, and of those among them that had been filed before; of its problems, warnings among them; where its answer
    and itself are now, within the folder.

    With the verdict `put_off` nothing is known of it yet: it is tried again. `reason` is why, or why the whole file was
    refused.
    """

    file: str
    verdict: Verdict
    records: int = 0
    declarations: int = 0
    repeated: int = 0
    problems: int = 0
    answer: str | None = None
    kept: str | None = None
    reason: Text | None = None


@dataclass
class _Trouble:
    """How often a file could not be filed, and when it is tried again, by the monotonic clock."""

    times: int
    due: float


@dataclass
class Watch:
    """What is done with a folder. `carriers` are the identifiers under which its senders may file, None where they may
    for anyone. A file larger than `largest` bytes is refused unread. Answers are in `form`,
    or where that is None in the format of what is answered; `law` and `clock` are for files that reach no node."""

    folder: Folder
    file: File
    carriers: frozenset[str] | None
    largest: int
    form: Form | None = None
    law: Grounds = field(default_factory=lambda: shipped("US"))
    clock: Clock = system_clock
    _troubles: dict[str, _Trouble] = field(default_factory=dict)

    @property
    def _filer(self) -> Filer:
        """As over HTTP: what a carrier sends in both ways is one message."""
        return Filer.of(self.carriers) if self.carriers is not None else Filer(ANYONE)

    @property
    def put_off(self) -> int:
        """How many files wait in `taking` to be tried again."""
        return len(self._troubles)

    def round(self, stopping: Callable[[], bool] = lambda: False) -> Iterator[Handled]:
        """Handle all that may be handled now, the oldest first, in batches; between two of them it may be stopped. It
        ends early where nothing of a batch can be filed, as when the database is away: the rest stays where it is.

        Raises OSError where the folder itself fails.
        """
        waiting = self.folder.taken()
        names = {each.name for each in waiting}
        for group in _groups([each for each in waiting if self._due(each.name)], self.largest):
            if stopping() or not (yield from self._handle(group)):
                return
        for group in _groups(self.folder.whole(), self.largest):
            if stopping():
                return
            taken = []
            for each in group:
                names.add(each.name)
                if not self._due(each.name):
                    continue
                try:
                    moved = self.folder.take(each)
                except OSError as error:
                    # As where this process may not move a sender's file: it may move the others.
                    yield self._fail(each.name, error)
                    continue
                self._troubles.pop(each.name, None)
                if moved is not None:
                    names.add(moved.name)
                    taken.append(moved)
            if not (yield from self._handle(taken)):
                return
        self._troubles = {name: trouble for name, trouble in self._troubles.items() if name in names}

    def _handle(self, group: Sequence[Waiting]) -> Generator[Handled, None, bool]:
        """One batch: read, filed, answered; then, the answers being durable, put away. Whether filing is possible."""
        readable: list[tuple[Waiting, Message]] = []
        replies: list[tuple[Waiting, Reply]] = []
        for each in group:
            try:
                data = self.folder.read(each, self.largest)
            except OSError as error:
                yield self._fail(each.name, error)
                continue
            if data is None:
                continue
            if isinstance(data, str):
                replies.append((each, self._refused(data)))
            elif data.startswith(parquet.MAGIC):
                replies.append((each, self._refused("file_unknown")))
            else:
                readable.append((each, Message(data, self._filer)))
        filed = self.file([message for _, message in readable]) if readable else ()
        failed = 0
        for (each, _), reply in zip(readable, filed, strict=True):
            if isinstance(reply, UnknownFormatError | KeyReusedError):
                replies.append((each, self._refused("file_unknown")))
            elif isinstance(reply, BaseException):
                failed += 1
                yield self._fail(each.name, reply)
            else:
                replies.append((each, reply))
        yield from self._answer(replies)
        return not failed or failed < len(readable)

    def _answer(self, replies: Sequence[tuple[Waiting, Reply]]) -> Iterator[Handled]:
        answered: list[tuple[Waiting, Reply, str]] = []
        for each, reply in replies:
            try:
                # What was written before this process came is what the sender may have read.
                name = self.folder.answered(each) or self.folder.answer(each, *self._written(reply))
            except OSError as error:
                yield self._fail(each.name, error)
                continue
            answered.append((each, reply, name))
        if answered:
            self.folder.sync()
        for each, reply, name in answered:
            verdict = _verdict(reply)
            where: Away = "refused" if verdict == "refused" else "done"
            try:
                kept = self.folder.put_away(each, where)
            except OSError as error:
                yield self._fail(each.name, error)
                continue
            self._troubles.pop(each.name, None)
            yield _handled(each, reply, verdict, f"answers/{name}", kept)

    def _written(self, reply: Reply) -> tuple[bytes, str]:
        """The bytes of an answer, and the ending of its file's name."""
        if reply.answer is None:
            reply.answer = answer_to(reply, self.law)
        made = rendered(reply, self.form)
        return made.body, ENDINGS[made.media_type.partition(";")[0]]

    def _refused(self, code: str) -> Reply:
        """The reply to a file that cannot be read as a message."""
        problem = Problem(0, "file", code, catalogue("aforo.flow").say(code))
        return Reply(Told("", problems=[problem]), self.clock())

    def _due(self, name: str) -> bool:
        trouble = self._troubles.get(name)
        return trouble is None or time.monotonic() >= trouble.due

    def _fail(self, name: str, error: BaseException) -> Handled:
        """Put a file off: for longer, the more often it could not be filed."""
        logger.error("a file could not be handled: %s", type(error).__name__)
        before = self._troubles.get(name)
        times = before.times + 1 if before else 1
        wait = min(FIRST_WAIT_S * 2 ** min(times - 1, 10), LONGEST_WAIT_S)
        self._troubles[name] = _Trouble(times, time.monotonic() + wait)
        code = "file_failed_here" if isinstance(error, OSError) else "file_put_off"
        return Handled(shown(name), "put_off", reason=catalogue("aforo.flow").say(code))


@dataclass(frozen=True)
class Pace:
    """Seconds between two looks into the folder, and for how many what was put away is kept."""

    every: float = 1.0
    keep: float = 30 * 86_400.0


class Ended(msgspec.Struct, frozen=True):
    """What there is to say at the end: files answered, put off, and left since they may still be being written."""

    handled: int
    put_off: int
    unsettled: int


def keep_watching(
    watch: Watch, pace: Pace, stop: threading.Event, tell: Callable[[Handled], None], *, once: bool = False
) -> Ended:
    """Look into a folder until told to stop; with `once`, until what is there was handled. Raises OSError."""
    handled = looks = 0
    to_sweep = 0.0
    while not stop.is_set():
        for each in watch.round(stop.is_set):
            handled += each.verdict != "put_off"
            tell(each)
        looks += 1
        if time.monotonic() >= to_sweep:
            watch.folder.sweep(pace.keep)
            to_sweep = time.monotonic() + SWEEP_S
        # What was put in just now is whole after a while: the second look sees whether it has changed.
        if once and (looks > 1 or not watch.folder.unsettled):
            break
        stop.wait(max(pace.every, watch.folder.settle) if once else pace.every)
    return Ended(handled, watch.put_off, watch.folder.unsettled)


class Watching(Looking):
    """A thread that watches a folder while the block lasts; on leaving it finishes the batch that it has in hand."""

    def __init__(self, watch: Watch, pace: Pace) -> None:
        # A file system that is away may come back, like a database.
        super().__init__("watching", LONGEST_WAIT_S, "a folder cannot be watched", logger, at_once=True)
        self._watch, self._pace = watch, pace

    def look(self) -> None:
        """Watch until it is told to stop. Raises OSError."""
        keep_watching(self._watch, self._pace, self.stop, lambda _: None)


def _groups(files: Sequence[Waiting], largest: int) -> Iterator[list[Waiting]]:
    """Files in their order, so many that they may be held in memory together."""
    group: list[Waiting] = []
    held = 0
    for each in files:
        size = min(each.size, largest)
        if group and (len(group) == MOST_FILES or held + size > MOST_TOGETHER_BYTES):
            yield group
            group, held = [], 0
        group.append(each)
        held += size
    if group:
        yield group


def _verdict(reply: Reply) -> Verdict:
    if not reply.taken:
        return "refused"
    return "accepted" if reply.told.good else "partly"


def _handled(each: Waiting, reply: Reply, verdict: Verdict, answer: str, kept: str | None) -> Handled:
    whole = next((problem.reason for problem in reply.told.problems if problem.place == "file"), None)
    return Handled(
        shown(each.name),
        verdict,
        reply.told.records,
        len(reply.filings),
        sum(filing.repeated for filing in reply.filings),
        len(reply.told.problems),
        shown(answer),
        None if kept is None else shown(kept),
        whole if verdict == "refused" else None,
    )
