"""The scanner log enters the record: a report is an event of its scanner, scans are blocks, and what is told twice is
one. Notes are sealed under their reporter's key.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final

import msgspec

from aforo.domain.clock import instant
from aforo.domain.problem import Problem
from aforo.domain.scanner import Scan, Scanned, ScannerReported, ScannerRowsRefused, ScannerRowsSettled
from aforo.domain.text import catalogue
from aforo.fleet.standing import Standing
from aforo.flow.live_bridges import LiveBridges
from aforo.flow.scanner_places import bridge_of, only_at_port, zones_of_places
from aforo.flow.telemetry import MOST_IN_BLOCK, Statement
from aforo.intake.batch import printable
from aforo.intake.scanner_log import ScanMade, ScannerLog, ScannerReport, zones_of_scanners
from aforo.intake.scanner_terms import PLAIN_TERMS, ScannerTally, ScannerTerms
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.ports.document import PortDocument


def reports_of(reports: Sequence[ScannerReport], log: Log) -> list[Statement]:
    """What is to be recorded of reports, in the order in which things happened."""
    secret = log.keys.secret("content")
    noted = [each for each in reports if each.note is not None]
    named = log.keys.identity_hashes("reporter", [each.reporter or each.scanner_id for each in noted])
    log.keys.ensure(named.tolist())
    words = log.keys.seal_all([(person,) for person in named.tolist()], [(each.note or "").encode() for each in noted])
    sealed = {id(each): note for each, note in zip(noted, words, strict=True)}
    said = []
    for each in sorted(reports, key=lambda one: one.at):
        payload = ScannerReported(
            each.event, each.cause, each.reporter, each.port, each.kind, each.contract_id, each.planned, each.blocker,
            sealed.get(id(each)),
        )  # fmt: skip
        # The note goes in as well, under a key, since its sealed form is another each time.
        digest = blake2b(msgspec.json.encode(each), digest_size=16, key=secret).hexdigest()
        said.append(Statement(payload, f"scanner/{each.scanner_id}", each.at, f"scanner:{digest}", each.reported_at))
    return said


#: Where refused rows are recorded.
REFUSED_ROWS: Final = "scanner-rows/refused"


def refusals_of(tally: ScannerTally, data: bytes, log: Log) -> list[Statement]:
    """What is to be recorded of the rows of a file that are not counted; nothing where all are. A report of the store
    says with it which bounds its figures are."""
    missing = tally.not_counted
    if not missing.rows and not missing.causes:
        return []
    digest = blake2b(data, digest_size=16, key=log.keys.secret("content")).hexdigest()
    return [Statement(ScannerRowsRefused(missing), REFUSED_ROWS, log.clock(), f"scanner-rows:{digest}")]


def settled(reason: str, log: Log) -> Statement:
    """What is to be recorded where a person attests that the rows refused so far count for nothing any more."""
    at = log.clock()
    return Statement(ScannerRowsSettled(reason), REFUSED_ROWS, at, f"scanner-rows-settled:{at.isoformat()}")


def refusals_in(log: Log) -> Iterator[StoredEvent]:
    """The refusals that nobody settled, the oldest first."""
    own = log.stream(REFUSED_ROWS)
    last = max((place for place, each in enumerate(own) if isinstance(each.payload, ScannerRowsSettled)), default=-1)
    yield from own[last + 1 :]


def of_bridges(told: ScannerLog, own: Collection[str], live: LiveBridges, now: datetime) -> ScannerLog:
    """What whoever speaks for some bridges alone may say: of scanners that stand there, and of those whose place nobody
    has said that they stand there now. The others are left out, and named among the problems."""

    def bridge(port: str | None) -> str | None:
        found = bridge_of(port, live.ports)
        return None if found is None else found.id

    at = {each.scanner_id: bridge(each.port) for each in live.fleet(now)}
    reports, elsewhere = [], dict[str, None]()
    for each in sorted(told.reports, key=lambda one: one.at):
        places = {at.get(each.scanner_id), bridge(each.port)} - {None}
        if places and places <= set(own) and (each.port is None or bridge(each.port) is not None):
            reports.append(each)
            at[each.scanner_id] = bridge(each.port) or at.get(each.scanner_id)
        else:
            elsewhere[each.scanner_id] = None
    scans = [each for each in told.scans if at.get(each.scanner_id) in own]
    elsewhere |= {each.scanner_id: None for each in told.scans if at.get(each.scanner_id) not in own}
    say = catalogue("aforo.intake").say
    problems = [Problem(0, "scanner_id", "row_elsewhere", say("row_elsewhere", scanner=each)) for each in elsewhere]
    return dataclasses.replace(told, reports=reports, scans=scans, problems=[*told.problems, *problems])


def terms_of(live: LiveBridges, now: datetime, terms: ScannerTerms = PLAIN_TERMS) -> ScannerTerms:
    """The terms with what the node knows of the zones of places, and of the scanners that stand there."""
    places = zones_of_places(live.ports) | dict(terms.zones_of_places)
    known = dataclasses.replace(terms, zones_of_places=places)
    return dataclasses.replace(known, zones_of_scanners=zones_of_scanners(_stand(live.fleet(now)), known))


def _stand(fleet: Iterable[Standing]) -> Iterator[tuple[str, str]]:
    """Each scanner with the place where it stands."""
    return ((each.scanner_id, each.port) for each in fleet if each.port is not None)


def unplaced(reports: Sequence[ScannerReport], ports: Sequence[PortDocument]) -> list[Problem]:
    """Warnings of the places that reports name and at which no bridge counts a scanner, once each: a word that no port
    document knows, such as a depot's or a slip of the pen, or a port that has several bridges."""
    say = catalogue("aforo.intake").say
    rows = Counter(each.port.strip() for each in reports if each.port is not None and each.port.strip())
    problems = []
    for place, count in rows.items():
        if bridge_of(place, ports) is None:
            code = "scanner_port_unknown" if only_at_port(place, ports) is None else "scanner_port_several"
            told = say(code, port=printable(place), rows=f"{count:,}")
            problems.append(Problem(0, "file, column port", code, told, "warning"))
    return problems


def in_blocks(scans: Sequence[ScanMade]) -> list[tuple[str, list[Scan]]]:
    """Scans as they are recorded: of one scanner each, in the order of their instants, no more than a block holds. The
    scans of one block are the same block again, by whatever way they come."""
    own: dict[str, list[Scan]] = {}
    for each in scans:
        own.setdefault(each.scanner_id, []).append(Scan(each.at, each.conveyance, each.operator_ms))
    blocks = []
    for scanner, made in sorted(own.items()):
        made.sort(key=lambda one: (one.at, one.conveyance, one.operator_ms is None, one.operator_ms or 0))
        blocks += [(scanner, made[first : first + MOST_IN_BLOCK]) for first in range(0, len(made), MOST_IN_BLOCK)]
    return blocks


def scans_of(scans: Sequence[ScanMade]) -> list[Statement]:
    """Blocks of scans; see `in_blocks`."""
    said = []
    for scanner, made in in_blocks(scans):
        block = Scanned(tuple(made))
        digest = blake2b(scanner.encode() + b"\0" + msgspec.json.encode(block), digest_size=16).hexdigest()
        said.append(Statement(block, f"scanner/{scanner}", instant(made[-1].at), f"scans:{digest}"))
    return said
