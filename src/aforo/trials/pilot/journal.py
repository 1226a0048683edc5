"""The pilot's own record: each night's choice on file, and its digest in a log apart, before the next night is read.

Run night by night, the log's checkpoints show that a choice was made before its outcomes came. The log belongs to the
pilot alone and may be thrown away with it; its events are marked as of no live border.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path
from typing import Literal

import msgspec

from aforo.domain.event import new_event
from aforo.domain.shadow import ShadowChose
from aforo.domain.units import PPB
from aforo.log.ids import event_id
from aforo.log.sequencer import sequence
from aforo.log.store import Log
from aforo.routing.decide import BASIS_OF_CODE
from aforo.trials.pilot.shadow import Shadow

ShadowOrigin = Literal["synthetic", "twin"]
#: The folder of the nights' choices, in that of the pilot.
SELECTIONS = "selections"


class Line(msgspec.Struct, frozen=True):
    """One crossing of a night: probability and propensities as fractions, `value` in truck-minutes."""

    crossing_id: str
    night: str
    chosen: bool
    basis: str | None
    probability: float
    value: float
    control: bool
    control_propensity: float
    propensity: float


def lines_of(shadow: Shadow, p: int) -> bytes:
    """What was decided of every crossing of night p that was not cancelled (NDJSON)."""
    history, chosen = shadow.ledger.history, shadow.chosen
    at = history.crossings[p]
    made = [
        Line(
            history.names[c],
            history.periods[p],
            bool(chosen.examined[c]),
            BASIS_OF_CODE[int(chosen.basis[c])],
            int(chosen.probability_ppb[c]) / PPB,
            int(chosen.value[c]) / PPB,
            bool(chosen.control[c]),
            int(chosen.control_ppb[c]) / PPB,
            int(chosen.propensity[c]) / PPB,
        )
        for c in range(at.start, at.stop)
        if chosen.passed[c]
    ]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in made)


def record(log: Log, work: Path, shadow: Shadow, origin: ShadowOrigin, policy: bytes) -> None:
    """Write the choice of the night that was decided last, and its digest into the log. Raises OSError and what the
    log refuses."""
    p = shadow.done - 1
    history, night = shadow.ledger.history, shadow.ledger.history.periods[p]
    lines = lines_of(shadow, p)
    folder = work / SELECTIONS
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{night}.ndjson").write_bytes(lines)
    at = history.crossings[p]
    payload = ShadowChose(
        night,
        shadow.ledger.quality[p].digests,
        int(shadow.chosen.passed[at].sum()),
        int(shadow.chosen.examined[at].sum()),
        hashlib.sha256(lines).hexdigest(),
        shadow.models[p],
        shadow.rules.hash,
        hashlib.sha256(policy).hexdigest(),
        metadata.version("aforo"),
    )
    stream = f"shadow/{night}"
    before = log.stream(stream)
    now = log.clock()
    key = hashlib.sha256(msgspec.json.encode(payload)).hexdigest()
    event = new_event(
        event_id(now), payload, stream, len(before) + 1, occurred_at=now, recorded_at=now, actor="pilot",
        idempotency_key=f"shadow:{key}", origin=origin,
    )  # fmt: skip
    log.append([event])
    sequence(log)
