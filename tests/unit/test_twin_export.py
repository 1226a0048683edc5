"""A window of a run as events: what the payloads say is what the columns say, and they read back as live ones do."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from twin_bridge import bridge, demand, policy

from aforo.domain.event import Decided, Event, Examined, payload_of
from aforo.twin.export import events_of
from aforo.twin.network import HOUR
from aforo.twin.run import run
from aforo.twin.traffic import trucks_of

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
    assert types.count("crossing.passed") == types.count("crossing.decided") == passed
    ended = (fates.carried > 0) & (fates.exam_end >= 10 * HOUR) & (fates.exam_end < 14 * HOUR)
    assert sum(isinstance(payload, Examined) for payload in payloads) == ended.sum() > 20
    found = sum(isinstance(payload, Examined) and payload.outcome.violation is True for payload in payloads)
    assert found == (fates.found[ended] > 0).sum()
    decided = [payload for payload in payloads if isinstance(payload, Decided)]
    assert all((payload.examination == "release") == (payload.basis is None) for payload in decided)
    assert len({event.event_id for event in events}) == len(events)


def test_columns_of_other_trucks_and_a_start_without_a_zone_are_refused() -> None:
    trucks = trucks_of(demand(), 8)
    fates, _ = run(bridge(), trucks, policy(), seed=8, port=7)
    with pytest.raises(ValueError, match="same trucks"):
        list(events_of(trucks.rows(slice(1, None)), fates, STARTED, "bridge"))
    with pytest.raises(ValueError, match="offset"):
        list(events_of(trucks, fates, datetime(2024, 3, 1), "bridge"))
