"""Makes `log/payloads.jsonl`: what every payload of the product says, in the bytes that a log keeps.

A line is an event as it is stored. What is in the file stays: it stands for logs in the field. Whoever gives a payload
a new schema brings SAID to the new shape and runs this again, as
`PYTHONPATH=tests python -m samples.make_payload_samples tests/samples/log`: only what is new is added.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from samples.bridge_payloads import BRIDGES
from samples.crossing_payloads import CROSSINGS
from samples.custody_payloads import CUSTODY
from samples.grown_payloads import GROWN
from samples.instants import OCCURRED, RECORDED

from aforo.domain.event import Event, Payload, new_event
from aforo.log.stored import encode

FILE = "payloads.jsonl"

#: Each payload twice where it has anything to leave out: with all of it, and with none. What is left out is written
#: here as it is read today, so that a default cannot change unseen. A line of the file is known by its place here: what
#: is new comes last, at the end of CUSTODY.
SAID: tuple[Payload, ...] = (*CROSSINGS, *GROWN, *BRIDGES, *CUSTODY)


def sample(place: int) -> Event:
    """The event that carries `SAID[place]`; every other one leaves out what an envelope can leave out."""
    more = {"causation_id": "cause", "correlation_id": "whole", "idempotency_key": f"sample:{place}"}
    return new_event(
        f"sample-{place}", SAID[place], f"samples/{place}", 1 + place, occurred_at=OCCURRED, recorded_at=RECORDED,
        actor="sample", origin="live" if place % 2 else "twin", **({} if place % 2 else more),
    )  # fmt: skip


def make(folder: Path) -> None:
    """Add what the file does not have: an event is known by its identifier and its payload's schema."""
    path = folder / FILE
    lines = path.read_bytes().splitlines() if path.exists() else []
    known = {
        (event.event_id, event.schema)
        for event in msgspec.json.decode(b"[" + b",".join(lines) + b"]", type=list[Event])
    }
    lines += [encode(event) for event in map(sample, range(len(SAID))) if (event.event_id, event.schema) not in known]
    path.write_bytes(b"\n".join(lines) + b"\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
