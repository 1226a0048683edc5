"""What is held against the targets of a policy: one truck that is sent somewhere and seen there is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from boards import decided

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.domain.event import Moved, Overridden, Passed, Payload, new_event
from aforo.domain.routed import Routed
from aforo.flow.targets import Aims
from aforo.log.merkle import leaf_hash
from aforo.log.stored import StoredEvent, encode
from aforo.ports.work import Said
from aforo.routing.duals import Dual

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRIDGE = "world-trade"


def stored(position: int, stream: str, payload: Payload, minutes: float, seen: bool) -> StoredEvent:
    at = START + timedelta(minutes=minutes)
    key = f"stated:{position}" if seen else None
    event = new_event(
        f"e{position}", payload, stream, position, occurred_at=at, recorded_at=at, actor="tester", idempotency_key=key
    )  # fmt: skip
    body = encode(event)
    return StoredEvent(position, leaf_hash(body), body)


def stream_of(payload: Payload) -> str:
    """What is said of work is said at the bridge; all else of truck a."""
    return f"port/{BRIDGE}" if isinstance(payload, Said) else "crossing/a"


def after(target: tuple[str, str], dual: Dual, *work: tuple[float, Payload, bool]) -> float:
    """The dual of a target after an hour in which two trucks were decided at primary, and that work was told."""
    routing = Routed(6, 23, 612.5, (), (), (), ())
    both = [
        (f"crossing/{own}", decided("scan", bridge=BRIDGE, stage="primary", routing=routing), 0.0, False)
        for own in ("a", "b")
    ]
    said = [*both, *((stream_of(payload), payload, minutes, seen) for minutes, payload, seen in work)]
    later = (f"port/{BRIDGE}", ExaminationEnded("z", "dock"), 70.0, True)
    aims = Aims({BRIDGE: {target: dual}})
    aims.apply([
        stored(position, stream, payload, minutes, seen)
        for position, (stream, payload, minutes, seen) in enumerate([*said, later], 1)
        if payload.TYPE in aims.types
    ])  # fmt: skip
    return aims.duals(BRIDGE)[target].dual


def test_a_truck_that_is_sent_and_seen_to_wait_is_one_that_was_sent() -> None:
    least = Dual(0.75, False, 1.0)
    sent, seen = (1.0, ExaminationQueued("a", "scanner"), False), (2.0, ExaminationQueued("a", "scanner"), True)
    broken = (5.0, ExaminationStarted("a", "scanner"), True), (6.0, ExaminationQueued("a", "scanner"), True)
    assert after(("rate", "scanner"), least, sent, seen, *broken) > 0.0, "one of two"
    assert after(("rate", "scanner"), least, sent, (2.0, ExaminationQueued("b", "scanner"), False)) == 0.0


def test_a_truck_waits_from_when_it_was_sent() -> None:
    ceiling = Dual(10.0, True, 1.0)
    sent, served = (1.0, ExaminationQueued("a", "scanner"), False), (16.0, ExaminationStarted("a", "scanner"), True)
    assert after(("wait", "scanner"), ceiling, sent, (14.0, ExaminationQueued("a", "scanner"), True), served) > 0.0
    assert after(("wait", "scanner"), ceiling, (14.0, ExaminationQueued("a", "scanner"), False), served) == 0.0


def test_a_truck_that_is_part_of_another_was_sent_once_and_waits_since_then() -> None:
    sent, moved = (1.0, ExaminationQueued("a", "scanner"), False), (8.0, Moved("b"), False)
    again = (9.0, ExaminationQueued("b", "scanner"), True)
    least = Dual(0.75, False, 1.0)
    assert after(("rate", "scanner"), least, sent, moved, again) > 0.0, "one of two"
    # It is served eleven minutes after it was sent, under whichever name that is told.
    for named in ("a", "b"):
        served = (12.0, ExaminationStarted(named, "scanner"), True)
        for minutes, missed in ((10.5, True), (11.5, False)):
            ceiling = Dual(minutes, True, 1.0)
            assert (after(("wait", "scanner"), ceiling, sent, moved, served) > 0.0) == missed
    # Both were sent: that is two.
    both = sent, (2.0, ExaminationQueued("b", "scanner"), False), moved
    assert after(("rate", "scanner"), least, *both) == 0.0
    # What was elsewhere is there no more.
    docked = (2.0, ExaminationQueued("b", "dock"), False)
    assert after(("rate", "scanner"), least, sent, docked, moved) > 0.0


@pytest.mark.parametrize("over", [Overridden("release", "Seen.", 0), Passed(1, "2304", "2026-03-02")])
def test_who_is_let_go_and_sent_again_was_sent_twice_and_waits_since_the_second_time(over: Payload) -> None:
    sent, gone, again = (
        (minutes, payload, False)
        for minutes, payload in (
            (1.0, ExaminationQueued("a", "scanner")),
            (3.0, over),
            (5.0, ExaminationQueued("a", "scanner")),
        )
    )
    served = (11.0, ExaminationStarted("a", "scanner"), True)
    assert after(("rate", "scanner"), Dual(0.75, False, 1.0), sent, gone, again) == 0.0
    assert after(("wait", "scanner"), Dual(7.0, True, 1.0), sent, gone, again, served) == 0.0
