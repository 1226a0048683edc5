"""What one simulated cut of `edge_cut_off` showed, judged by the simulated truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from edge_cut_traffic import BRIDGE, PORT, START, Truck

from aforo.domain.declaration import identity_text
from aforo.domain.edge import EdgeFact
from aforo.domain.event import Examined, Filed, Overridden
from aforo.flow.alerts import Alerts
from aforo.flow.crossing_events import events_of
from aforo.flow.edge_book import EdgeBook
from aforo.flow.edge_check import check_edge
from aforo.flow.edge_enrolled import Edge, confirm, enrol
from aforo.flow.edge_expected import expected_of
from aforo.flow.edge_orders import standing_order
from aforo.flow.edge_report import edge_report
from aforo.flow.live_bridges import directory_in_use
from aforo.log.leaves import last_leaf
from aforo.log.store import Log
from aforo.log.stored import StoredEvent

#: The counts of which each must be 0.
WRONG = (
    "lost_filings", "lost_leaves", "unverified", "twice", "still_ordered", "holds_released", "mismatched",
    "missed_untold", "told_wrongly", "freed",
)  # fmt: skip


@dataclass
class Found:
    """What one trial showed."""

    seed: int
    trucks: int = 0
    filings: int = 0
    leaves: int = 0
    known: int = 0
    referred: int = 0
    released: int = 0
    examined: int = 0
    lost_filings: int = 0
    lost_leaves: int = 0
    twice: int = 0
    still_ordered: int = 0
    holds_known: int = 0
    holds_released: int = 0
    matched: int = 0
    mismatched: int = 0
    unmatched: int = 0
    missed_holds: int = 0
    missed_untold: int = 0
    told_wrongly: int = 0
    freed: int = 0
    weighed: int = 0
    by_price: int = 0
    contacts: Counter[str] = field(default_factory=Counter)
    reconcile_s: float = 0.0
    seconds: float = 0.0
    unverified: int = 0
    wrong: list[str] = field(default_factory=list)


def wrong_in(found: Found) -> dict[str, int]:
    """What did not hold in a trial."""
    return {name: int(getattr(found, name)) for name in WRONG if getattr(found, name)}


def every_of(log: Log, kind: str) -> Iterator[StoredEvent]:
    """All events of one type, read in pieces."""
    after = 0
    while events := log.read(after, types=[kind]):
        yield from events
        after = events[-1].position


def enrolled_edge(log: Log, edge_log: Log) -> Edge:
    """The edge as the node has it: enrolled, and confirmed by an administrator."""
    key = edge_log.keys.signing.current(edge_log.origin).verifier.text
    edge = enrol(log, PORT, BRIDGE, key, "port", directory_in_use(log))
    if edge.pending:
        confirm(log, edge.origin, edge.fingerprint, "Root")
    return replace(edge, pending=False)


def judge(found: Found, trucks: list[Truck], sent: set[str], book: EdgeBook, log: Log, edge_log: Log) -> None:
    """Compare what the logs of the node and of the edge say with what truly happened, and note it in `found`.

    `sent` are the filings that were sent, `book` what the node keeps of its edges.
    """
    book.catch_up()
    found.trucks = len(trucks)
    filed = Counter(
        stored.payload.declaration["declaration_id"]
        for stored in every_of(log, Filed.TYPE)
        if isinstance(stored.payload, Filed)
    )
    found.filings = len(sent)
    found.lost_filings = sum(filed[own] != 1 for own in sent) + len(filed.keys() - sent)
    found.leaves = last_leaf(edge_log) + 1
    facts = [stored.event.version for stored in every_of(log, EdgeFact.TYPE)]
    found.lost_leaves = abs(found.leaves - len(facts)) + (facts != list(range(1, len(facts) + 1)))
    checked = check_edge(enrolled_edge(log, edge_log), log)
    found.unverified = not checked.good or checked.leaves != found.leaves or checked.attested == 0
    told = {each.subject for each in Alerts(log).all() if each.kind == "missed_hold"}
    for truck in trucks:
        seen = book.visits[edge_log.origin, truck.visit]
        if seen.crossing is None:
            found.unmatched += truck.own in sent
            continue
        found.matched += 1
        if identity_text(seen.crossing) != identity_text(truck.trip):
            found.mismatched += 1
            other = next(each for each in trucks if each.trip == seen.crossing)
            found.wrong.append(f"{truck} is taken for {other}")
        events = events_of(seen.crossing, log)
        examined = [each for stored in events if isinstance(each := stored.payload, Examined) and not each.corrects]
        if len(examined) > max(1, truck.examined):
            found.twice += 1
            found.wrong.append(f"{truck} has {len(examined)} examinations")
        standing = expected_of(events, "0", ("0",), {})
        # What an officer orders of a truck that was seen to is a new order, for when it comes again.
        seen_to = max((each.event.occurred_at for each in events if isinstance(each.payload, Examined)), default=None)
        anew = seen_to is not None and any(
            isinstance(each.payload, Overridden) and each.event.occurred_at > seen_to for each in events
        )
        open_still = standing is not None and standing.order not in ("hold", "release")
        if truck.left and truck.examined and open_still and not anew:
            found.still_ordered += 1
        hold = truck.left and standing_order(events) == "hold" and truck.held_when_left
        found.missed_holds += hold
        if hold and f"crossing/{seen.crossing}" not in told:
            found.missed_untold += 1
            found.wrong.append(f"{truck} was held when it left, and nobody was told: {seen.effects}")
    rows = edge_report(log, START).rows
    found.told_wrongly = sum(row.missed == "hold" and f"crossing/{row.crossing}" not in told for row in rows)
