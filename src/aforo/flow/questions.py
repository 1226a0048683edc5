"""What waits for a person's word: challenges, and parties with hits on lists. A projection of the log.

A list of what waits costs as much as what is on it. Of hits it tells where to look: what is shown is read from the
streams that it names. Of challenges it has all that is shown, so that no list reads what was said and enclosed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from aforo.domain.event import ChallengeAnswered, Challenged
from aforo.domain.instants import with_readable_instants
from aforo.domain.screening import ScreeningConfirmed, ScreeningDismissed, ScreeningHit
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: Events that are taken in at once.
_PAGE = 10_000


class _Pair(msgspec.Struct, array_like=True):
    """What a party and an entry are asked about: the entry as it read in the newest hit, and as it read in answers."""

    newest: str
    answered: list[str] = []


class Challenge(msgspec.Struct, frozen=True):
    """A challenge as the log has it: its event's identifier, its crossing, what it is about, who contests, when it was
    filed and until when it is answered, the answer where there is one, for which carriers it was filed, by whom, and
    how many bytes of documents were enclosed."""

    challenge: str
    crossing: str
    about: str
    party: str
    filed_at: datetime
    due: datetime
    answer: ChallengeAnswered | None = None
    filers: tuple[str, ...] = ()
    filed_by: str = ""
    enclosed: int = 0


def challenge_in(stored: StoredEvent) -> Challenge | None:
    """The challenge that an event is, without its answer."""
    payload, own = stored.payload, stored.event
    if not isinstance(payload, Challenged):
        return None
    # In older logs the documents stand here, sealed and in base64: three bytes in four characters, and the seal.
    enclosed = payload.enclosed or sum(len(each.body) * 3 // 4 for each in payload.documents)
    return Challenge(
        own.event_id, own.stream.removeprefix("crossing/"), payload.about, payload.party, own.recorded_at, payload.due,
        None, payload.filers, own.actor, enclosed,
    )  # fmt: skip


class _State(msgspec.Struct, array_like=True):
    challenges: list[Challenge]
    parties: dict[str, dict[str, _Pair]]


class Questions:
    """The projection; see `aforo.log.projections.Projection`.

    `challenges` are all that ever were, by their identifiers, `waiting` those that have no answer, both in the order of
    the log; `parties` are all streams that ever had a hit.
    """

    name = "questions"
    version = 2
    types: Sequence[str] = (
        Challenged.TYPE, ChallengeAnswered.TYPE, ScreeningHit.TYPE, ScreeningConfirmed.TYPE, ScreeningDismissed.TYPE,
    )  # fmt: skip

    def __init__(self) -> None:
        self.challenges: dict[str, Challenge] = {}
        self.waiting: dict[str, Challenge] = {}
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
            if (made := challenge_in(stored)) is not None:
                self.challenges[made.challenge] = self.waiting[made.challenge] = made
            elif isinstance(payload, ChallengeAnswered):
                if (known := self.waiting.pop(payload.challenge, None)) is not None:
                    self.challenges[known.challenge] = msgspec.structs.replace(known, answer=payload)
            elif isinstance(payload, ScreeningHit | ScreeningConfirmed | ScreeningDismissed):
                pairs = self.parties.setdefault(stream, {})
                pair = pairs.setdefault(f"{payload.publisher} {payload.entry}", _Pair(payload.entry_digest))
                if isinstance(payload, ScreeningHit):
                    pair.newest = payload.entry_digest
                else:
                    pair.answered.append(payload.entry_digest)
                self._stand(stream)

    def dump(self) -> bytes:
        """The state: challenges without what was said, names of streams, and digests of entries."""
        return msgspec.msgpack.encode(_State([*self.challenges.values()], self.parties))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = with_readable_instants(msgspec.msgpack.decode(state, type=_State))
        self.challenges = {each.challenge: each for each in saved.challenges}
        self.waiting = {own: each for own, each in self.challenges.items() if each.answer is None}
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

    def challenges(self, *, answered: bool = False) -> list[Challenge]:
        """The challenges that wait, by what the log says now; with `answered` those too that have an answer."""
        with self._lock:
            known = self._now()
            return list((known.challenges if answered else known.waiting).values())

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
