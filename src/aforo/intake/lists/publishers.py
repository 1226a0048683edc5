"""Which publisher's list a file is, and the lists of a set of files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aforo.domain.problem import Problem
from aforo.domain.watchlist import PUBLISHERS, Publisher, Watchlist
from aforo.intake.lists import bis, ofac, un
from aforo.intake.lists.reading import Problems, Reading

#: How much of a file is enough to know whose it is.
HEAD_BYTES = 64 * 1024

READERS: dict[Publisher, Callable[[Mapping[str, bytes]], Reading]] = {
    "ofac": ofac.read,
    "bis": bis.read,
    "un": un.read,
}


@dataclass(frozen=True)
class Loaded:
    """The lists that were read, and what was found wrong; `counts` is how often, by kind, of each publisher."""

    lists: tuple[Watchlist, ...]
    problems: tuple[Problem, ...]
    counts: dict[Publisher, dict[str, int]]

    @property
    def refused(self) -> bool:
        """Whether a file or a record could not be taken."""
        return any(problem.gravity == "refusal" for problem in self.problems)


def publisher_of(data: bytes) -> Publisher | None:
    """Whose list a file is, by its beginning; None where it is nobody's."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    head = data[:HEAD_BYTES].decode(encoding, "replace")
    if un.recognises(head):
        return "un"
    if bis.recognises(head):
        return "bis"
    return "ofac" if ofac.role_of(head) is not None else None


def read_lists(files: Mapping[str, bytes], fetched_at: datetime) -> Loaded:
    """The lists of files by name, however they are called; a file that is nobody's is a problem.

    A list of which nothing could be read is not among the lists.
    """
    strangers = Problems("")
    by_publisher: dict[Publisher, dict[str, bytes]] = defaultdict(dict)
    for name, data in files.items():
        publisher = publisher_of(data)
        if publisher is None:
            strangers.file = name
            strangers.add("list_unknown", 0, "")
        else:
            by_publisher[publisher][name] = data
    lists: list[Watchlist] = []
    problems: list[Problem] = list(strangers.found)
    counts: dict[Publisher, dict[str, int]] = {}
    for publisher in (each for each in PUBLISHERS if each in by_publisher):
        reading = READERS[publisher](by_publisher[publisher])
        problems += reading.problems
        counts[publisher] = reading.counts
        if reading.entries:
            lists.append(_list(publisher, reading, by_publisher[publisher], fetched_at))
    return Loaded(tuple(lists), tuple(problems), counts)


def _list(publisher: Publisher, reading: Reading, files: Mapping[str, bytes], fetched_at: datetime) -> Watchlist:
    digest = sha256()
    for _, data in sorted(files.items()):
        digest.update(sha256(data).digest())
    return Watchlist(publisher, reading.entries, fetched_at, digest.hexdigest(), reading.published_at)
