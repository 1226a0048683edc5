"""A window of a run as events: what the payloads say is what the columns say, and they read back as live ones do."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from twin_bridge import bridge, demand, policy, portal_bridge

from aforo.domain.event import Decided, Event, Examined, Payload, payload_of
from aforo.routing.choice import BASE, DOCK, PORTAL
from aforo.twin.export import events_of
from aforo.twin.network import HOUR
from aforo.twin.run import run
from aforo.twin.traffic import trucks_of
from aforo.twin.trucks import BY_HAND, SCANS

STARTED = datetime(2024, 3, 1, tzinfo=ZoneInfo("America/Chicago"))


def test_a_window_reads_back_as_events_of_the_twin() -> None:
    trucks = trucks_of(demand(), 8)
    fates, _ = run(bridge(), trucks, policy(), seed=8, port=7)
    events = list(events_of(trucks, fates, STARTED, "bridge", since=10 * HOUR, until=14 * HOUR))
    assert len(events) > 300
    instants = [event.occurred_at for event in events]
    assert instants == sorted(instants)
    assert {event.origin for event in events} == {"twin"}
    read = [msgspec.json.decode(msgspec.json.encode(event), type=Event) for event in events]
    payloads = [payload_of(event.type, event.schema, event.data) for event in read]
    arrived = ((trucks.arrives >= 10 * HOUR) & (trucks.arrives < 14 * HOUR)).sum()
    types = [event.type for event in events]
    assert types.count("crossing.arrived") == arrived
    passed = ((fates.primary_end >= 10 * HOUR) & (fates.primary_end < 14 * HOUR)).sum()
    assert types.count("crossing.passed") == passed
    decided = [payload for payload in payloads if isinstance(payload, Decided)]
    assert all((payload.examination == "release") == (payload.basis is None) for payload in decided)
    assert sum(payload.stage == "primary" for payload in decided) == passed
    assert len({event.event_id for event in events}) == len(events)


def test_examinations_and_decisions_are_told_one_by_one_as_live() -> None:
    """Filed, scanned at the portal, decided after its alarm, opened behind the booth; and the others."""
    trucks = trucks_of(demand(), 8)
    dear = policy()
    assert dear.params is not None
    dear.params[BASE + DOCK] = 2.0  # not all that alarms is worth it
    fates, _ = run(portal_bridge(), trucks, dear, seed=8, port=7)
    told: dict[str, list[Payload]] = {}
    for event in events_of(trucks, fates, STARTED, "bridge", since=-2 * HOUR):
        told.setdefault(event.stream, []).append(payload_of(event.type, event.schema, event.data))
    seen = {"portal": 0, "alarm": 0, "opened": 0, "let go": 0, "past": 0}
    for i in range(len(trucks)):
        payloads = told[f"crossing/bridge-{trucks.number[i]}"]
        made = [each for each in payloads if isinstance(each, Decided)]
        stages = [each.stage for each in made]
        assert stages[0] == "filed"
        assert [each.again for each in made] == [False, *[True] * (len(made) - 1)]
        examined = [each for each in payloads if isinstance(each, Examined)]
        scans = [each for each in examined if each.image is not None]
        assert len(scans) == ((fates.carried[i] & SCANS) > 0)
        assert len(examined) == len(scans) + ((fates.carried[i] & BY_HAND) > 0)
        at_portal = bool(fates.carried[i] & (1 << PORTAL))
        seen["portal"] += at_portal
        assert at_portal == ("primary" not in stages)
        seen["past"] += made[0].examination.startswith("scan") and not at_portal
        assert bool(scans and scans[0].image == "alarm") == ("scanned" in stages)
        assert sum(each.outcome.violation is True for each in examined) == fates.found[i]
        if "scanned" not in stages:
            continue
        # What a scan showed is told before what was decided by it, and what was opened for it after.
        after = payloads[payloads.index(scans[0]) + 1]
        assert isinstance(after, Decided)
        assert after.stage == "scanned"
        seen["alarm"] += 1
        opened = after.examination in ("secondary", "joint")
        seen["opened" if opened else "let go"] += 1
        assert opened == (len(examined) == 2)
        assert scans[0].carried_out in ("scan", "scan_then_decide")
        assert not opened or (examined[1].carried_out, scans[0].outcome.violation) == (after.examination, None)
    assert min(seen.values()) > 5, seen


def test_columns_of_other_trucks_and_a_start_without_a_zone_are_refused() -> None:
    trucks = trucks_of(demand(), 8)
    fates, _ = run(bridge(), trucks, policy(), seed=8, port=7)
    with pytest.raises(ValueError, match="same trucks"):
        list(events_of(trucks.rows(slice(1, None)), fates, STARTED, "bridge"))
    with pytest.raises(ValueError, match="offset"):
        list(events_of(trucks, fates, datetime(2024, 3, 1), "bridge"))
