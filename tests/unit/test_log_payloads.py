"""What a log holds of every payload of the product is read as it was said, whatever schema it was written in."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from samples.make_payload_samples import FILE, SAID, make, sample

from aforo.domain.event import PAYLOADS
from aforo.log.merkle import leaf_hash
from aforo.log.stored import StoredEvent

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "log"
LINES = (SAMPLES / FILE).read_bytes().splitlines()
STORED = [StoredEvent(place, leaf_hash(line), line) for place, line in enumerate(LINES, 1)]


def named(stored: StoredEvent) -> str:
    return f"{stored.event.type}-{stored.event.schema}-{stored.event.event_id}"


@pytest.mark.parametrize("stored", STORED, ids=named)
def test_a_stored_payload_says_what_it_said(stored: StoredEvent) -> None:
    place = int(stored.event.event_id.removeprefix("sample-"))
    assert stored.payload == SAID[place]
    envelope = msgspec.structs.replace(sample(place), data=None, schema=0)
    assert msgspec.structs.replace(stored.event, data=None, schema=0) == envelope


@pytest.mark.parametrize(
    "stored", [each for each in STORED if each.event.schema == PAYLOADS[each.event.type].SCHEMA], ids=named
)
def test_nothing_of_a_stored_payload_is_passed_over(stored: StoredEvent) -> None:
    """A field that has no place any more would be dropped without a word."""
    assert msgspec.json.decode(msgspec.json.encode(stored.payload)) == stored.event.data


def test_every_schema_of_every_payload_has_a_sample() -> None:
    sampled = {(stored.event.type, stored.event.schema) for stored in STORED}
    known = {(name, schema) for name, payload in PAYLOADS.items() for schema in range(1, payload.SCHEMA + 1)}
    assert sampled == known, "see tests/samples/make_payload_samples.py"


def test_samples_are_added_to_and_never_made_again(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\n".join(LINES) + b"\n")
    make(tmp_path)
    assert (tmp_path / FILE).read_bytes().splitlines() == LINES
