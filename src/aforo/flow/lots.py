"""Opening the lottery afterwards: the keys of past days are published, and then anyone can draw the lots again.

A key is published only when its day is over everywhere on Earth, since until then a filer could use it. Whoever checks
a day needs the log alone: the commitment made before, the key, and what each decision says of its lot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aforo.domain.event import LotteryCommitted, LotteryRevealed, new_event
from aforo.domain.units import PPB
from aforo.flow.recorded import unpack_identities
from aforo.flow.replay import UNUSABLE, Logged, Replayed, artefact_set_of, decisions_of, drawn_for
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.risk import lottery

#: The last place where a day ends is twelve hours behind UTC.
_LAST_PLACE = timedelta(hours=12)


class DayNotOverError(ValueError):
    """The key of a day that is not over everywhere was asked for."""


class NotRevealedError(LookupError):
    """The log has no commitment to a day's lottery, or its key has not been revealed."""


@dataclass(frozen=True)
class CheckedDay:
    """What became of a day's lots: whether the key is the one committed to, how many decisions were drawn and checked,
    how many the lottery chose and how many its chances let expect, and the decisions (identifier, crossing) whose lot
    or choice is another than the key gives."""

    day: date
    key_is_the_one_committed_to: bool
    decisions: int
    chosen: int
    expected: float
    wrong: tuple[tuple[str, str], ...]

    @property
    def good(self) -> bool:
        return self.key_is_the_one_committed_to and not self.wrong


def first_open_day(now: datetime) -> date:
    """The earliest day that is not over everywhere on Earth at `now`."""
    return (now.astimezone(UTC) - _LAST_PLACE).date()


def reveal(log: Log, before: date, actor: str) -> list[date]:
    """Publish the lottery keys of the days before `before` that are not published yet; gives those days.

    Raises DayNotOverError where a day before `before` is not over everywhere, ConcurrencyError.
    """
    if before > first_open_day(log.clock()):
        raise DayNotOverError(before.isoformat())
    committed, revealed = lotteries(log)
    days = sorted(day for day in committed if day < before and day not in revealed)
    master, at = log.keys.secret("lottery"), log.clock()
    log.append(
        [
            new_event(
                event_id(at), LotteryRevealed(day, lottery.day_key(master, day).hex()), _stream(day), 2,
                occurred_at=at, recorded_at=at, actor=actor, idempotency_key=f"lottery-key:{day}",
            )
            for day in days
        ]
    )  # fmt: skip
    return days


def check(log: Log, day: date) -> CheckedDay:
    """Draw the lots of a past day again with its published key. Raises NotRevealedError."""
    committed, revealed = lotteries(log)
    if day not in committed or day not in revealed:
        raise NotRevealedError(day.isoformat())
    key = bytes.fromhex(revealed[day])
    count, chosen, expected = 0, 0, 0.0
    wrong: list[tuple[str, str]] = []
    for each in _decisions_on(log, day):
        if isinstance(each, Replayed):
            wrong.append((each.event_id, each.crossing))
            continue
        decided, root = each.decided, each.crossing_then.root
        subject = unpack_identities([root])["tractor"][0].item() or lottery.declaration_subject(each.crossing)
        try:
            place = drawn_for(root, artefact_set_of(log, decided.artefacts).lots)
        except UNUSABLE:
            wrong.append((each.event_id, each.crossing))
            continue
        lot = each.before.lot if each.before else lottery.draw(key, subject, place, decided.passages)
        control = lot < decided.control_propensity
        if lot != decided.lot or control != decided.control:
            wrong.append((each.event_id, each.crossing))
        if not decided.again:
            count += 1
            chosen += control
            expected += decided.control_propensity / PPB
    good = lottery.commitment(key) == committed[day]
    return CheckedDay(day, good, count, chosen, expected, tuple(wrong))


def _decisions_on(log: Log, day: date) -> Iterator[Logged | Replayed]:
    """The decisions of a day, and all that cannot be read any more."""
    written = day.isoformat()
    for group in decisions_of(log):
        yield from (each for each in group if isinstance(each, Replayed) or each.decided.day == written)


def _stream(day: date) -> str:
    return f"artefact/lottery/{day}"


def lotteries(log: Log) -> tuple[dict[date, str], dict[date, str]]:
    """The commitments and the published keys of the log, by day; the first of each counts."""
    committed: dict[date, str] = {}
    revealed: dict[date, str] = {}
    after = 0
    while events := log.read(after, types=(LotteryCommitted.TYPE, LotteryRevealed.TYPE)):
        after = events[-1].position
        for stored in events:
            payload = stored.payload
            if isinstance(payload, LotteryCommitted):
                committed.setdefault(payload.day, payload.commitment)
            elif isinstance(payload, LotteryRevealed):
                revealed.setdefault(payload.day, payload.key)
    return committed, revealed
