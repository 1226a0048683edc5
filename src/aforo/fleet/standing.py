"""How a scanner is at an instant: in which stage of its life, up or down, since when, and where.

The live state is more careful than the record of `interruptions`: where one reporter said that a scanner is down and
another that it is up, the first one's word is waited for, for `DISPUTED` at most. A truck that is sent to a scanner
which is down costs more than one that is sent past a scanner which is up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from aforo.domain.scanner import Cause, ScannerEvent
from aforo.fleet.classes import DeviceClass, class_of
from aforo.fleet.interruptions import Said, in_service, interruptions, port_at, told

#: `unaccounted`: ordered and not heard of for so many days, or delivered to no port that has it. `waiting`: not yet in
#: service. The others are in service, but for `retired`.
Status = Literal["waiting", "unaccounted", "up", "down", "maintenance", "retired"]
HOUR = 3_600_000_000
#: How long the word of who said `down` is waited for after another said `up`, in microseconds.
DISPUTED = 24 * HOUR
#: How many days an order is heard of nothing before it is unaccounted for, where no targets say it: a year, assumed.
FORGOTTEN_DAYS = 365
#: The stages of a scanner's life, in their order.
STAGES: tuple[ScannerEvent, ...] = (
    "ordered", "built", "stored", "delivered", "installed", "commissioned", "retired",
)  # fmt: skip


class Standing(msgspec.Struct, frozen=True):
    """How one scanner is. Instants are microseconds since 1970; what no report gave is None.

    `since` is when `status` began. `causes` are those of the interruption, empty where no report gave one. `disputed`
    is who said that it is up while who said that it is down has not. `heard` is when the last report speaks of.
    """

    scanner_id: str
    status: Status
    stage: ScannerEvent | None
    since: int | None
    port: str | None
    kind: str | None
    contract_id: str | None
    commissioned: int | None
    causes: tuple[Cause, ...] = ()
    planned: bool = False
    disputed: str | None = None
    blocker: str | None = None
    heard: int | None = None

    @property
    def device(self) -> DeviceClass:
        """What it is: a scanner, or a device beside them."""
        return class_of(self.kind)

    @property
    def in_service(self) -> bool:
        """Whether it counts among those that stand at a port to be used."""
        return self.status in ("up", "down", "maintenance")


def standing(scanner_id: str, reports: Sequence[Said], now: int, forgotten_days: int = FORGOTTEN_DAYS) -> Standing:
    """How a scanner is at `now`, by what is known of it; reports of what happens later are not looked at. An order of
    which nothing more is heard for `forgotten_days` is unaccounted for."""
    said = sorted((each for each in reports if each.at <= now), key=lambda each: each.at)
    stages = [(STAGES.index(each.event), -each.at) for each in said if each.event in STAGES]
    stage, reached = (STAGES[max(stages)[0]], -max(stages)[1]) if stages else (None, None)
    service = in_service(said)
    port = port_at(said, now)
    made = Standing(
        scanner_id,
        "waiting",
        stage,
        reached,
        port,
        _last(said, "kind"),
        _last(said, "contract_id"),
        service[0] if service else None,
        heard=said[-1].at if said else None,
    )
    replace = msgspec.structs.replace
    if service is None:
        forgotten = stage == "ordered" and all(each.event == "ordered" for each in said)
        if stage == "retired":
            return replace(made, status="retired", since=reached)
        lost = (forgotten and now - said[-1].at > forgotten_days * 24 * HOUR) or (stage == "delivered" and port is None)
        return replace(
            made,
            status="unaccounted" if lost else "waiting",
            blocker=_last([each for each in said if each.at >= (reached or 0)], "blocker"),
        )
    if service[1] is not None:
        return replace(made, status="retired", since=service[1])
    spans = interruptions(said, now)
    if spans and spans[-1].end is None:
        last = spans[-1]
        status: Status = "maintenance" if last.maintenance else "down"
        return replace(made, status=status, since=last.start, causes=last.causes, planned=last.planned)
    for down, by in _disputed(said, now):
        for span in spans:
            if span.start <= down <= (span.end or now):
                return replace(
                    made, status="down", since=span.start, causes=span.causes, planned=span.planned, disputed=by
                )
    return replace(made, status="up", since=spans[-1].end if spans else service[0])


def _disputed(said: Sequence[Said], now: int) -> Iterator[tuple[int, str]]:
    """When somebody said `down` who has not said `up`, and who said that within `DISPUTED`."""
    #: Who said `up` at an instant, the first who told it.
    by_instant: dict[int, str] = {}
    for each in said:
        if each.event == "up" and each.reporter:
            by_instant.setdefault(each.at, each.reporter)
    for each, end in told(said):
        if each.event != "down" or each.reporter is None or end is None or now - end >= DISPUTED:
            continue
        by = by_instant.get(end)
        if by is not None and by != each.reporter:
            yield each.at, by


def _last(said: Sequence[Said], field: str) -> str | None:
    """The last value of a field that a report gave."""
    return next((value for each in reversed(said) if (value := getattr(each, field)) is not None), None)
