"""What is held against the targets of a policy: one truck that is sent somewhere and seen there is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from boards import decided

from aforo.domain.bridge import ExaminationEnded, ExaminationQueued, ExaminationStarted
from aforo.domain.event import Payload, new_event
from aforo.domain.routed import Routed
from aforo.flow.targets import Aims
from aforo.log.merkle import leaf_hash
from aforo.log.stored import StoredEvent, encode
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


def after(target: tuple[str, str], dual: Dual, *work: tuple[float, Payload, bool]) -> float:
    """The dual of a target after an hour in which two trucks were decided at primary, and that work was told."""
    routing = Routed(6, 23, 612.5, (), (), (), ())
    both = [
        (f"crossing/{own}", decided("scan", bridge=BRIDGE, stage="primary", routing=routing), 0.0, False)
        for own in ("a", "b")
    ]
    said = [*both, *((f"port/{BRIDGE}", payload, minutes, seen) for minutes, payload, seen in work)]
    later = (f"port/{BRIDGE}", ExaminationEnded("z", "dock"), 70.0, True)
    aims = Aims({BRIDGE: {target: dual}})
    aims.apply([
        stored(position, stream, payload, minutes, seen)
        for position, (stream, payload, minutes, seen) in enumerate([*said, later], 1)
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
