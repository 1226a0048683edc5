"""Whether the node can do its work now, check by check. What is found is believed for a moment: anyone may ask.

A check that fails says which, and to those who may see more, how it stands: no path, address, name or count is in what
everybody sees.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from aforo.api.counters import Counters
from aforo.api.desk import Desk
from aforo.api.witness_standing import Witnesses, WitnessStanding
from aforo.domain.clock import Clock, system_clock
from aforo.domain.watchlist import PUBLISHERS
from aforo.intake.lists import copies
from aforo.log.sequencer import Sequencing
from aforo.log.store import Log

#: Seconds for which an answer is believed.
BELIEVED_S = 1.0
#: How far the tree may be behind the log, in seconds: it is to be within one.
MOST_BEHIND_S = 5.0


class Standing(msgspec.Struct, frozen=True):
    """How the node stands. `checks` are those that decide whether it is ready; the rest is for who runs it.

    `events` are in the log, `outside_tree` of them not in the tree yet; `behind_s` is how long ago the tree was last
    whole; `lists` are the ages of the copies of published lists, in days; `witnesses` those that cosign the log's
    checkpoints. The check `witnesses`, that none contradicts the log, is there where it has some.
    """

    checks: dict[str, bool]
    origin: str = ""
    events: int = 0
    outside_tree: int = 0
    behind_s: float = 0.0
    waiting: int = 0
    lists: dict[str, float] = {}
    witnesses: list[WitnessStanding] = []

    @property
    def ready(self) -> bool:
        """Whether every check holds."""
        return all(self.checks.values())


class Readiness:
    """Looks at a node; safe to share between threads."""

    def __init__(
        self,
        log: Log,
        desk: Desk,
        sequencing: Sequencing,
        lists: Path | None = None,
        *,
        witnesses: Witnesses | None = None,
        now: Callable[[], float] = time.monotonic,
        clock: Clock = system_clock,
    ) -> None:
        self._log = log
        self._desk = desk
        self._sequencing = sequencing
        self._lists = lists
        self._witnesses = witnesses
        self._now = now
        self._clock = clock
        self._looking = threading.Lock()
        self._last: tuple[float, Standing] | None = None

    def standing(self) -> Standing:
        """How the node stands, as of this second. Asks the database: not for the event loop."""
        with self._looking:
            if self._last is None or self._now() - self._last[0] >= BELIEVED_S:
                self._last = self._now(), self._look()
            return self._last[1]

    def _look(self) -> Standing:
        events, outside = 0, 0
        database = can_sign = True
        try:
            events, outside = self._log.extent()
            can_sign = self._log.can_sign
            self._log.database.refuse_read_only()
        except Exception:  # noqa: BLE001 (whatever it is, the database cannot be used now)
            database = False
        sequencing = self._sequencing
        behind = sequencing.behind_s
        checks = {
            "database": database,
            "desk": self._desk.ready,
            "log": self._log.refusal is None,
            "sequencer": sequencing.alive and (not database or behind < MOST_BEHIND_S),
            "signing_key": can_sign,
        }
        witnesses: list[WitnessStanding] = []
        if self._witnesses is not None:
            checks["witnesses"] = not self._witnesses.contradict
            witnesses = self._witnesses.standing() if database else []
        return Standing(
            checks, self._log.origin, events, outside, round(behind, 3), self._desk.waiting, self._ages(self._clock()),
            witnesses,
        )  # fmt: skip

    def _ages(self, now: datetime) -> dict[str, float]:
        """The age in days of each publisher's newest copy."""
        if self._lists is None:
            return {}
        found = {publisher: copies.fetched_at(self._lists, publisher) for publisher in PUBLISHERS}
        return {name: round((now - at).total_seconds() / 86_400, 2) for name, at in found.items() if at is not None}


def look_up(counters: Counters, readiness: Readiness, desk: Desk) -> None:
    """Have counters show how the node stands, as of when they are asked."""

    def of(name: str) -> Callable[[], dict[str, float]]:
        return lambda: {"": float(getattr(readiness.standing(), name))}

    counters.look_up(
        "ready", "Whether each check of readiness holds.", "check", lambda: {**readiness.standing().checks}
    )
    counters.look_up("queue_messages", "Messages that wait.", "", lambda: {"": desk.waiting})
    counters.look_up("queue_bytes", "Bytes of the messages that wait.", "", lambda: {"": desk.waiting_bytes})
    counters.look_up("log_events", "Events in the log.", "", of("events"))
    counters.look_up("log_events_outside_tree", "Events that are not in the tree yet.", "", of("outside_tree"))
    counters.look_up("sequencer_behind_seconds", "Time since the tree was last whole.", "", of("behind_s"))
    counters.look_up(
        "lists_age_days", "Age of the newest copy of a published list.", "publisher",
        lambda: readiness.standing().lists,
    )  # fmt: skip
    counters.look_up("custody_readings", "Readings of seals taken since the start.", "", lambda: _taken(desk))
    counters.look_up(
        "custody_problems", "What was refused or told of what seals sent, since the start, by code.", "code",
        lambda: {} if desk.node is None else dict(desk.node.custody.admission.counted),
    )  # fmt: skip


def _taken(desk: Desk) -> dict[str, float]:
    return {} if desk.node is None else {"": desk.node.custody.admission.readings}
