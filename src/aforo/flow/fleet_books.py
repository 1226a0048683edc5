"""The books of the fleet in a node: its history, its documents, and what they come to in a period.

The same functions as those of `aforo fleet report`, on what the log has recorded. What was computed is kept for as long
as nothing is recorded or put in force that changes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from aforo.domain.clock import microseconds
from aforo.domain.scanner import RowsNotCounted
from aforo.fleet.asked import Asked, first_instant
from aforo.fleet.contract import Contract
from aforo.fleet.history import FleetHistory
from aforo.fleet.interruption_rule import InterruptionRule
from aforo.fleet.ledger import ledger
from aforo.fleet.life import LATE, Life, life
from aforo.fleet.pipeline import WaitingOne, pipeline, waiting_each
from aforo.fleet.places import places
from aforo.fleet.record import Record
from aforo.fleet.report import FleetFound, report, rule_of
from aforo.fleet.target import Targets
from aforo.fleet.utilisation import Scans
from aforo.flow.fleet_documents import FleetDocuments
from aforo.log.projections import Follower
from aforo.log.store import Log

#: What is kept of computed reports and lives: those of a few readers who look at a few periods.
_KEPT: Final = 16
#: The period that is looked at where none is named.
USUAL_DAYS: Final = 365
#: No log of scanners is older.
EARLIEST: Final = date(1980, 1, 1)
MINUTE: Final = 60_000_000
#: So much later at most a local day is over everywhere.
EVERYWHERE: Final = 2 * 24 * 60 * MINUTE


class NoDaysError(ValueError):
    """A period ends before it begins, or begins before there were any scanners."""


class Span(NamedTuple):
    """A period, from `start` until before `end` in microseconds since 1970, and the local days that it was asked for:
    of a contract they are days of its own zone."""

    start: int
    end: int
    asked: Asked = Asked()


class FleetBooks:
    """The books of a log. Safe to share between threads."""

    def __init__(self, log: Log) -> None:
        self.documents = FleetDocuments(log)
        self._history = FleetHistory()
        self._lock = threading.RLock()
        self._follower = Follower(log, self._history)
        self._reports: dict[tuple[object, ...], FleetFound] = {}
        #: How many events were taken in since it was opened.
        self._heard = 0

    def look(self, told: Callable[[int], object] = int) -> None:
        """Take in what is new in the log; `told` hears of each page how many events it had."""
        with self._lock:
            self._heard += self._follower.look(told=told)

    def save(self) -> None:
        """Keep the history, so that it is quickly there the next time."""
        with self._lock:
            self._follower.save()

    def record(self) -> Record:
        """All reports, by all that the log has."""
        with self._lock:
            self.look()
            return self._history.record

    def scans(self, span: Span, scanner: str | None = None) -> Scans:
        """The scans of a period; of one scanner where one is named, which must be known."""
        with self._lock:
            self.look()
            code = None if scanner is None else list(self._history.record.names.scanners).index(scanner)
            return self._history.scans(span.start, span.end, code)

    def missing(self) -> RowsNotCounted:
        """The rows that were refused and that nobody settled."""
        with self._lock:
            self.look()
            return self._history.missing

    def late(self) -> tuple[int, int]:
        """How many reports came late, and of how many it is not said when they came."""
        with self._lock:
            self.look()
            return self._history.late(LATE)

    def whole(self) -> Span | None:
        """From the first until after the last instant that is spoken of; None where nothing is recorded."""
        with self._lock:
            self.look()
            ends = self._history.span()
        return None if ends is None else Span(ends[0], ends[1] + 1)

    def days(self, first: date | None, last: date | None, now: datetime) -> Span:
        """The period from a local day to another, that day included, up to `now` at most; the year before where none is
        named. Its instants are of the targets' zone. Raises NoDaysError where that is none."""
        zone = self.documents.targets().zone
        today = now.astimezone(ZoneInfo(zone)).date()
        until = today if last is None else min(last, today)
        since = until - timedelta(days=USUAL_DAYS) if first is None else first
        if not EARLIEST <= since <= until:
            raise NoDaysError
        start, end = (first_instant(day, zone) for day in (since, until + timedelta(days=1)))
        # By whole minutes, so that what was computed holds for one; and for ever, of days that are over everywhere.
        known = microseconds(now) // MINUTE * MINUTE + MINUTE
        before = None if last is None or last > today else last + timedelta(days=1)
        return Span(start, min(end, known), Asked(since, before, latest=min(known, end + EVERYWHERE)))

    def report(
        self,
        span: Span,
        contracts: Sequence[Contract] | None = None,
        targets: Targets | None = None,
        rule: InterruptionRule | None = None,
    ) -> FleetFound:
        """What a period comes to, under the contracts and targets in force unless others are given."""
        agreed = self.documents.contracts() if contracts is None else contracts
        aims = self.documents.targets() if targets is None else targets
        with self._lock:
            self.look()
            terms = tuple((each.hash, each.until) for each in agreed)
            key = (self._heard, span, terms, aims.hash, None if rule is None else rule.version)
            found = self._reports.get(key)
            if found is None:
                scans = self._history.scans(span.start, span.end)
                found = report(
                    self._history.record, scans, agreed, aims, span.start, span.end, span.asked, rule,
                    self._history.missing,
                )  # fmt: skip
                while len(self._reports) >= _KEPT:
                    self._reports.pop(next(iter(self._reports)))
                self._reports[key] = found
            return found

    def life(self, scanner: str, span: Span) -> Life | None:
        """The life of one device, its interruptions up to the end of a period; None where it was never reported of."""
        aims = self.documents.targets()
        with self._lock:
            self.look()
            record = self._history.record
            if scanner not in record.names.scanners:
                return None
            code = list(record.names.scanners).index(scanner)
            return life(
                ledger(record, span.end, rule_of(aims)),
                places(record),
                code,
                self._history.told(code),
                aims.repeat_within_days,
            )

    def waiting(self, at: int) -> list[WaitingOne]:
        """Every device that stands before service at an instant, by the targets in force."""
        days = self.documents.targets().unaccounted_after_days
        with self._lock:
            self.look()
            found = ledger(self._history.record, at + 1)
            return waiting_each(pipeline(found, at, days), found, at)


class Books:
    """The books of a log, opened when they are first asked for: most that a node does needs none."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock = threading.Lock()
        self.opened: FleetBooks | None = None

    def __call__(self) -> FleetBooks:
        """The books."""
        with self._lock:
            if self.opened is None:
                self.opened = FleetBooks(self._log)
            return self.opened
