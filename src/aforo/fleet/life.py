"""The life of one scanner: every report with what was made of it, and every interruption with the reports behind it.

The interruptions are those of `ledger`; here is shown how the reports became them, so that whoever is told that a
report did not count can see why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.scanner import CAUSES, SCANNER_EVENTS, Cause, ScannerEvent
from aforo.domain.units import Int64Array
from aforo.fleet.availability import HOUR
from aforo.fleet.interruptions import Said
from aforo.fleet.interruptions import told as reported
from aforo.fleet.ledger import NEVER, Ledger
from aforo.fleet.places import ALWAYS, Places
from aforo.fleet.record import ABSENT, Names
from aforo.fleet.standing import STAGES

#: What was made of a report. `again`: it was told before, or the same step of its life was, and the earlier counts.
#: `begins` an interruption, `joins` one that an earlier report began, `ends` it; `overruled`: it said that the scanner
#: is up while the word of another who said that it is down still stood; `nothing`: it changed nothing, as trouble out
#: of service and an `up` while nothing is down; `came`: somebody came to an interruption; `counts`: a step of its life.
Effect = Literal["counts", "again", "begins", "joins", "ends", "overruled", "came", "nothing"]
#: Reports that came so long after what they tell of are late, in microseconds: a day, as `aforo fleet report` has it.
LATE: Final = 24 * HOUR
_BEGIN: Final = ("down", "maintenance_start")
_END: Final = ("up", "maintenance_end")


class Happened(msgspec.Struct, frozen=True):
    """A report: its row in the record, when it happened and when that was told (both in microseconds since 1970), and
    what was made of it. `interruption` is the number of that which it belongs to, in the order of `Life`; `displaced`
    says that its port does not count, since the scanner was moved elsewhere before."""

    row: int
    at: int
    event: ScannerEvent
    effect: Effect
    reporter: str | None
    cause: Cause | None
    port: str | None
    planned: bool | None
    blocker: str | None
    told: int | None
    late: bool
    interruption: int | None
    displaced: bool


class Interrupted(msgspec.Struct, frozen=True):
    """An interruption. `end` is None where it lasts; `cause` is that which counts, None where no report gave one, and
    `causes` all that were given. `reports` and `reporters` are those that told of its beginning, `overruled` how many
    times somebody said that it was over when it was not; `clipped`: it was reported to begin before service did.
    `repeated`: it is a failure soon after the last one. `hours` are clock hours."""

    start: int
    end: int | None
    hours: float
    cause: Cause | None
    causes: tuple[Cause, ...]
    planned: bool
    responded: int | None
    rows: tuple[int, ...]
    reporters: tuple[str, ...]
    ended_by: str | None
    overruled: int
    clipped: bool
    repeated: bool


class Stay(msgspec.Struct, frozen=True):
    """Where the scanner was: None where nobody said. `since` is None from its first report on, `until` to its last."""

    port: str | None
    since: int | None
    until: int | None


class Life(msgspec.Struct, frozen=True):
    """What is known of one scanner, in the order of time; `began` and `retired` bound its time in service."""

    scanner: str
    kind: str | None
    contract_id: str | None
    began: int | None
    retired: int | None
    happened: tuple[Happened, ...]
    interruptions: tuple[Interrupted, ...]
    stays: tuple[Stay, ...]


def life(found: Ledger, where: Places, scanner: int, told: Mapping[str, npt.NDArray[Any]], repeat_days: int) -> Life:
    """The life of the scanner of a code. `told` are the columns of all its reports as they came, with `told`: when."""
    names = found.record.names
    numbers = np.flatnonzero(found.interruptions.scanner == scanner).astype(np.int64)
    order = np.lexsort((told["row"], told["at"]))
    reports = {name: column[order] for name, column in told.items()}
    happened = _happened(found, where, scanner, numbers, reports)
    return Life(
        names.scanners[scanner],
        _name(names.kinds, int(found.record.last(found.record.kind)[scanner])),
        _name(names.contracts, int(found.record.last(found.record.contract)[scanner])),
        _instant(int(found.began[scanner])),
        _instant(int(found.retired[scanner])),
        tuple(happened),
        tuple(_interrupted(found, numbers, happened, repeat_days)),
        tuple(_stays(where, scanner, names)),
    )


def _happened(
    found: Ledger, where: Places, scanner: int, numbers: Int64Array, told: Mapping[str, npt.NDArray[Any]]
) -> list[Happened]:
    names, spans = found.record.names, found.interruptions
    starts, ends = spans.start[numbers], spans.end[numbers]
    came = {int(spans.responded[number]) for number in numbers}
    ports = where.at(np.full(len(told["at"]), scanner), told["at"]).tolist()
    moves = told["at"][told["event"] == SCANNER_EVENTS.index("moved")]
    moved = int(moves.min()) if len(moves) else NEVER
    of = _interruption_of(found, scanner, numbers, told)
    seen: set[tuple[int, ...]] = set()
    begun: set[int] = set()
    steps: set[ScannerEvent] = set()
    happened: list[Happened] = []
    for place in range(len(told["at"])):
        said = {name: int(column[place]) for name, column in told.items()}
        at, event = said["at"], SCANNER_EVENTS[said["event"]]
        within = np.flatnonzero((starts <= at) & (at <= ends))
        # Where one ends as the next begins, an end is of the first, and who came of the next.
        which = -1 if event == "responded" else 0
        number = of[place] if event in _BEGIN else int(within[which]) if len(within) else None
        content = tuple(value for name, value in said.items() if name not in ("row", "told"))
        if content in seen:
            effect: Effect = "again"
        elif event in _BEGIN:
            effect = "nothing" if number is None else "joins" if number in begun else "begins"
        elif event in _END:
            ended = number is not None and at == int(ends[number]) and not bool(spans.lasts[numbers[number]])
            effect = "nothing" if number is None else "ends" if ended else "overruled"
            if event == "maintenance_end" and effect == "overruled":
                effect = "nothing"
        elif event == "responded":
            effect = "nothing" if number is None else "came" if at in came else "again"
        elif event in STAGES:
            effect = "again" if event in steps else "counts"
        else:
            effect = "counts"
        seen.add(content)
        steps.add(event)
        if effect == "begins" and number is not None:
            begun.add(number)
        port = said["port"]
        late = said["told"] != ABSENT and said["told"] - at > LATE
        happened.append(
            Happened(
                said["row"], at, event, effect, _name(names.reporters, said["reporter"]),
                None if said["cause"] == ABSENT else CAUSES[said["cause"]], _name(names.ports, port),
                None if said["planned"] == ABSENT else bool(said["planned"]), _name(names.blockers, said["blocker"]),
                None if said["told"] == ABSENT else said["told"], late,
                None if effect in ("counts", "nothing") else number,
                event != "moved" and port != ABSENT and at >= moved and port != ports[place],
            )
        )  # fmt: skip
    return happened


def _interruption_of(
    found: Ledger, scanner: int, numbers: Int64Array, told: Mapping[str, npt.NDArray[Any]]
) -> dict[int, int | None]:
    """The number of the interruption that each report which begins one is of, by its place; None where it is of none:
    it was over before service began or as it began, or told after it."""
    names, spans = found.record.names, found.interruptions
    wanted = ("event", "at", "reporter", "cause", "port", "kind", "contract", "planned", "blocker")
    said = [
        Said(
            SCANNER_EVENTS[event], at, _name(names.reporters, reporter), None if cause == ABSENT else CAUSES[cause],
            _name(names.ports, port), _name(names.kinds, kind), _name(names.contracts, contract),
            None if planned == ABSENT else bool(planned), _name(names.blockers, blocker),
        )
        for event, at, reporter, cause, port, kind, contract, planned, blocker in zip(
            *(told[name].tolist() for name in wanted), strict=True
        )
    ]  # fmt: skip
    places = [place for place, each in enumerate(said) if each.event in _BEGIN]
    began, last = int(found.began[scanner]), min(int(found.retired[scanner]), found.until)
    of: dict[int, int | None] = {}
    for place, (each, end) in zip(places, reported(said, found.rule), strict=True):
        start, stop = max(each.at, began), last if end is None else min(end, last)
        inside = (spans.start[numbers] <= start) & (stop <= spans.end[numbers]) & (start <= stop)
        open_ = end is None or end > found.until
        which = np.flatnonzero(inside & ((start < stop) | (spans.lasts[numbers] & open_)))
        of[place] = int(which[-1]) if len(which) else None
    return of


def _interrupted(
    found: Ledger, numbers: Int64Array, happened: Sequence[Happened], repeat_days: int
) -> list[Interrupted]:
    spans, last_failure = found.interruptions, None
    told: list[Interrupted] = []
    for place, number in enumerate(numbers.tolist()):
        own = [each for each in happened if each.interruption == place]
        began = [each for each in own if each.event in _BEGIN]
        ended = [each.reporter for each in own if each.effect == "ends"]
        start, end = int(spans.start[number]), int(spans.end[number])
        causes, failure = spans.causes_of(number), not spans.planned[number]
        again = failure and last_failure is not None and start - last_failure <= repeat_days * 24 * HOUR
        if failure:
            last_failure = end
        told.append(
            Interrupted(
                start,
                None if spans.lasts[number] else end,
                (end - start) / HOUR,
                causes[0] if causes else None,
                causes,
                bool(spans.planned[number]),
                _instant(int(spans.responded[number])),
                tuple(each.row for each in began),
                tuple(dict.fromkeys(each.reporter for each in began if each.reporter is not None)),
                ended[0] if ended else None,
                sum(each.effect == "overruled" for each in own),
                any(each.at < start for each in began),
                bool(again),
            )
        )
    return told


def _stays(where: Places, scanner: int, names: Names) -> list[Stay]:
    rows = np.flatnonzero(where.scanner == scanner)
    ends = where.end
    return [
        Stay(
            _name(names.ports, int(where.port[row])),
            None if int(where.start[row]) == ALWAYS else int(where.start[row]),
            _instant(int(ends[row])),
        )
        for row in rows.tolist()
    ]


def _instant(at: int) -> int | None:
    return None if at == NEVER else at


def _name(names: Sequence[str], code: int) -> str | None:
    return None if code == ABSENT else names[code]
