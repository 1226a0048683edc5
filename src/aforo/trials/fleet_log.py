"""A synthetic scanner log of a fleet whose truth is known, told as badly as logs are told. SYNTHETIC throughout.

First what happened is drawn: purchases, services, and outages whose hours add up to a given number. Then it is told:
late and out of order, twice, by two reporters whose reports overlap and contradict each other, in several time zones,
with causes missing, and with trouble outside of the time in service. Nothing that is told changes what is true by the
rules of `fleet.interruptions`, so every figure of a report has to come out exactly.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TextIO

from aforo.domain.scanner import CAUSES

#: The columns of a log, in the order in which they are written.
COLUMNS = (
    "scanner_id", "event", "at", "cause", "reporter", "port", "kind", "contract_id", "note", "reported_at", "planned",
    "blocker",
)  # fmt: skip
KINDS = ("LEP", "MEP", "HE", "empty-truck")
#: Offsets of the zones that those who report write in, in hours.
OFFSETS = (-8, -7, -6, -5, 0, 1)
BLOCKERS = ("radiation-portal", "funding", "land-lease", "staff")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Fleet:
    """How many scanners of what history, by the audit of 2025 (see the benchmark for its source): `fielded` were in
    service at some time, `down` of them were down at some time, for `hours` in all. Of those bought in the period
    `installed` are among the fielded, and the others stand where their names say. Their identifiers begin with `name`.
    """

    fielded: int = 361
    down: int = 166
    hours: int = 400_369
    installed: int = 50
    delivered: int = 21
    built: int = 31
    stored: int = 43
    unaccounted: int = 5
    outages: int = 2_400
    name: str = "S"


@dataclass(frozen=True)
class Outage:
    """One outage as it was: `cause` None where nobody gives one."""

    scanner: str
    start: datetime
    end: datetime
    cause: str | None


@dataclass(frozen=True)
class History:
    """What is true of a fleet in a period, and the rows that tell of it, in the order in which they came."""

    start: datetime
    end: datetime
    outages: tuple[Outage, ...]
    rows: tuple[dict[str, str], ...]

    @property
    def hours(self) -> dict[str, float]:
        """Hours down by cause, `unexplained` where nobody gave one."""
        total = dict.fromkeys((*CAUSES, "unexplained"), 0.0)
        for each in self.outages:
            total[each.cause or "unexplained"] += (each.end - each.start) / timedelta(hours=1)
        return total


def history(seed: int, fleet: Fleet, ports: Sequence[str], start: datetime, end: datetime, repeats: int = 1) -> History:
    """A history from a seed. `repeats` says how often each report of an outage is told again by either reporter."""
    dice = random.Random(seed)  # noqa: S311 - a synthetic log, and no secret
    names = [f"{fleet.name}-{number:04d}" for number in range(fleet.fielded)]
    new = set(names[: fleet.installed])
    rows: list[dict[str, str]] = []
    began: dict[str, datetime] = {}
    for name in names:
        about = {"scanner_id": name, "port": dice.choice(ports), "kind": dice.choice(KINDS), "contract_id": "C-1"}
        if name in new:
            bought = start + (end - start) * dice.uniform(0.0, 0.3)
            began[name] = _minute(bought + timedelta(days=dice.uniform(200, 400)))
            rows.append(_row(about, "ordered", bought, dice))
            rows.append(_row(about, "delivered", began[name] - timedelta(days=30), dice))
            rows.append(_row(about, "installed", began[name] - timedelta(days=10), dice))
        else:
            began[name] = _minute(start - timedelta(days=dice.uniform(100, 2_000)))
        rows.append(_row(about, "commissioned", began[name], dice))
        # Trouble before service, and an `up` while nothing is down, change nothing.
        before = began[name] - timedelta(days=5)
        rows.append(_row({"scanner_id": name}, "down", before, dice, "port", cause="parts"))
        rows.append(_row({"scanner_id": name}, "up", before + timedelta(hours=dice.uniform(1, 90)), dice, "port"))
    rows += _never_installed(fleet, ports, start, end, dice)
    outages = tuple(_outages(fleet, names, began, start, end, dice))
    for each in outages:
        rows += _told(each, dice, repeats)
    for name in dice.sample(names, len(names) // 3):
        rows.append(_row({"scanner_id": name}, "up", max(began[name], start) + timedelta(minutes=1), dice, "port"))
    rows += [dict(row) for row in dice.sample(rows, len(rows) // 10)]
    dice.shuffle(rows)
    return History(start, end, outages, tuple(rows))


def write(rows: Sequence[dict[str, str]], file: TextIO, *, header: bool = True) -> None:
    """The rows as the CSV of a scanner log, or as more of them without its header."""
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)


def _never_installed(
    fleet: Fleet, ports: Sequence[str], start: datetime, end: datetime, dice: random.Random
) -> Iterator[dict[str, str]]:
    """The reports of scanners that were bought and are not in service."""
    stages = {"delivered": fleet.delivered, "stored": fleet.stored, "built": fleet.built}
    for stage, count in stages.items():
        for number in range(count):
            about = {"scanner_id": f"{fleet.name}-{stage}-{number:03d}", "kind": dice.choice(KINDS)}
            at = start + (end - start) * dice.uniform(0.0, 0.5)
            yield _row(about, "ordered", at, dice)
            if stage != "built":
                yield _row(about, "built", at + timedelta(days=90), dice)
            blocker = {"blocker": dice.choice(BLOCKERS)} if dice.random() < 0.8 else {}
            port = {"port": dice.choice(ports)} if stage == "delivered" else {}
            yield _row(about | blocker | port, stage, at + timedelta(days=120), dice)
    for number in range(fleet.unaccounted):
        about = {"scanner_id": f"{fleet.name}-lost-{number:03d}", "kind": dice.choice(KINDS)}
        at = start + (end - start) * dice.uniform(0.0, 0.5)
        yield _row(about, "ordered", at, dice)
        if number % 2:
            # Delivered, and no port has it.
            yield _row(about, "delivered", at + timedelta(days=200), dice)


def _outages(
    fleet: Fleet,
    names: Sequence[str],
    began: dict[str, datetime],
    start: datetime,
    end: datetime,
    dice: random.Random,
) -> Iterator[Outage]:
    """Outages of whole minutes that lie apart and add up to the hours of the fleet."""
    failing = dice.sample(names, fleet.down)
    counts = [1 + dice.randrange(2 * fleet.outages // fleet.down - 1) for _ in failing]
    weights = [[dice.lognormvariate(3.5, 1.3) for _ in range(count)] for count in counts]
    minutes = fleet.hours * 60
    scale = minutes / sum(map(sum, weights))
    room = {name: int((end - max(began[name], start)) / _MINUTE) for name in failing}
    lengths: list[list[int]] = []
    for name, drawn in zip(failing, weights, strict=True):
        # No scanner is down for more than four fifths of its time.
        shrink = min(1.0, 0.8 * room[name] / (scale * sum(drawn)))
        lengths.append([max(10, int(scale * shrink * each)) for each in drawn])
    spare = minutes - sum(map(sum, lengths))
    for name, own in zip(failing, lengths, strict=True):
        longest = own.index(max(own))
        change = min(max(spare, 10 - own[longest]), int(0.8 * room[name]) - sum(own))
        own[longest] += change
        spare -= change
    assert spare == 0, "the hours fit into the time in service"
    for name, own in zip(failing, lengths, strict=True):
        free = room[name] - sum(own) - 3 * len(own)
        gaps = sorted(dice.randrange(free) for _ in own)
        at, before = max(began[name], start), 0
        for gap, length in zip(gaps, own, strict=True):
            at += (gap - before + 2) * _MINUTE
            before = gap
            cause = None if dice.random() < 0.35 else dice.choice(CAUSES)
            yield Outage(name, at, at + length * _MINUTE, cause)
            at += length * _MINUTE


def _told(outage: Outage, dice: random.Random, repeats: int) -> Iterator[dict[str, str]]:
    """The reports of an outage: the port's, which has it right, and the supplier's, which begins later and believes it
    repaired earlier. Either may say things again, the port no more once the supplier says repaired: what it says then
    is a report of its own."""
    about = {"scanner_id": outage.scanner}
    length = outage.end - outage.start
    supplier = dice.random() < 0.6
    given = "supplier" if supplier and dice.random() < 0.5 else "port"
    own = {"cause": outage.cause} if outage.cause is not None else {}
    start = "maintenance_start" if outage.cause == "planned" else "down"
    begins = _minute(outage.start + length * dice.uniform(0.0, 0.5))
    ends = min(max(_minute(outage.start + length * dice.uniform(0.6, 1.0)), begins + _MINUTE), outage.end)
    latest = (ends if supplier else outage.end) - _MINUTE
    yield _row(about, start, outage.start, dice, "port", **(own if given == "port" else {}))
    for _ in range(repeats):
        again = max(_minute(outage.start + length * dice.uniform(0.0, 0.9)), outage.start + _MINUTE)
        again = min(again, latest)
        # Who says it again gives another cause than the first, at times; the first counts.
        other = {"cause": dice.choice(CAUSES)} if own and given == "port" and dice.random() < 0.2 else {}
        if start == "down":
            yield _row(about, start, again, dice, dice.choice(("port", "PORT")), **other)
    if supplier:
        yield _row(about, start, begins, dice, "supplier", **(own if given == "supplier" else {}))
        yield _row(about, "responded", begins, dice, "supplier")
        yield _row(about, "up", ends, dice, "supplier")
    if dice.random() < 0.2 and start == "down":
        yield _row(about, "maintenance_end", _minute(outage.start + length * 0.5), dice, "supplier")
    yield _row(about, "up", outage.end, dice, "port")


def _row(
    about: dict[str, str], event: str, at: datetime, dice: random.Random, reporter: str = "", **more: str
) -> dict[str, str]:
    """One report, in some time zone and perhaps late."""
    zone = timezone(timedelta(hours=dice.choice(OFFSETS)))
    late = timedelta(days=dice.expovariate(0.2)) if dice.random() < 0.3 else timedelta(minutes=dice.randrange(60))
    said = (
        {"reported_at": (at + late).astimezone(UTC).replace(microsecond=0).isoformat()} if dice.random() < 0.7 else {}
    )
    written = _minute(at).astimezone(zone).isoformat()
    return about | {"event": event, "at": written, "reporter": reporter} | said | more


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
