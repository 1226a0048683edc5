"""What waits for a person's word: challenges, and parties with hits on lists. A projection of the log.

It tells where to look, so that a list of what waits costs as much as what is on it; what is shown is read from the
streams that it names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import msgspec

from aforo.domain.event import ChallengeAnswered, Challenged
from aforo.domain.screening import ScreeningConfirmed, ScreeningDismissed, ScreeningHit
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Events that are taken in at once.
_PAGE = 10_000


class _Pair(msgspec.Struct, array_like=True):
    """What a party and an entry are asked about: the entry as it read in the newest hit, and as it read in answers."""

    newest: str
    answered: list[str] = []


class _State(msgspec.Struct, array_like=True):
    challenges: dict[str, str]
    challenged: list[str]
    parties: dict[str, dict[str, _Pair]]


class Questions:
    """The projection; see `aforo.log.projections.Projection`.

    `challenges` are those that wait, each with its stream; `challenged` and `parties` are all streams that ever had a
    challenge or a hit.
    """

    name = "questions"
    version = 1
    types: Sequence[str] = (
        Challenged.TYPE, ChallengeAnswered.TYPE, ScreeningHit.TYPE, ScreeningConfirmed.TYPE, ScreeningDismissed.TYPE,
    )  # fmt: skip

    def __init__(self) -> None:
        self.challenges: dict[str, str] = {}
        self.challenged: dict[str, None] = {}
        self.parties: dict[str, dict[str, _Pair]] = {}
        self._asked: dict[str, None] = {}

    @property
    def asked(self) -> list[str]:
        """The streams of parties with a hit that waits, the first asked about first."""
        return list(self._asked)

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            stream, payload = stored.event.stream, stored.payload
            if isinstance(payload, Challenged):
                self.challenges[stored.event.event_id] = stream
                self.challenged[stream] = None
            elif isinstance(payload, ChallengeAnswered):
                self.challenges.pop(payload.challenge, None)
            elif isinstance(payload, ScreeningHit | ScreeningConfirmed | ScreeningDismissed):
                pairs = self.parties.setdefault(stream, {})
                pair = pairs.setdefault(f"{payload.publisher} {payload.entry}", _Pair(payload.entry_digest))
                if isinstance(payload, ScreeningHit):
                    pair.newest = payload.entry_digest
                else:
                    pair.answered.append(payload.entry_digest)
                self._stand(stream)

    def dump(self) -> bytes:
        """The state: names of streams, and digests of entries."""
        return msgspec.msgpack.encode(_State(self.challenges, list(self.challenged), self.parties))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_State)
        self.challenges, self.challenged = saved.challenges, dict.fromkeys(saved.challenged)
        self.parties, self._asked = saved.parties, {}
        for stream in self.parties:
            self._stand(stream)

    def _stand(self, stream: str) -> None:
        if any(pair.newest not in pair.answered for pair in self.parties[stream].values()):
            self._asked.setdefault(stream)
        else:
            self._asked.pop(stream, None)


class Asking:
    """A log's questions, brought up to date whenever they are asked for. Safe to share between threads."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._lock = threading.Lock()
        self._made: Questions | None = None
        self._cursor = 0

    def streams(self, look: Callable[[Questions], Iterable[str]]) -> dict[str, list[StoredEvent]]:
        """The events of the streams that `look` names, by what the log says now."""
        with self._lock:
            named = list(look(self._now()))
        return self.log.streams(named)

    def save(self) -> None:
        """Keep where it is, so that the next to ask need not begin with the first event."""
        with self._lock:
            if self._made is not None:
                self.log.projections.save(_SAVED, self._cursor, self._made.dump())

    def _now(self) -> Questions:
        if self._made is None:
            made = Questions()
            if (saved := self.log.projections.load(_SAVED)) is not None:
                self._cursor = saved[0]
                made.load(saved[1])
            self._made = made
        at = self.log.position()
        while events := self.log.read(self._cursor, types=self._made.types, limit=_PAGE):
            self._made.apply(events)
            self._cursor = events[-1].position
        # Past all that is none of its own, so that nobody looks through that again.
        self._cursor = max(self._cursor, at)
        return self._made


_SAVED = f"{Questions.name}/{Questions.version}"
