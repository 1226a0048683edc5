"""What a custody bundle tells of what seals were put on for, and taken off: by both verifiers, in words and in data."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from bundled import LOG, STREAM, WITNESS, Record, drive_into, registered
from proved import END, OPENED, refusal
from sealed import MINUTE, START, drive
from second_verifier import second

from aforo.cli.bundle_told import BundleTold
from aforo.custody.bundle import made
from aforo.custody.bundle_verdict import verified
from aforo.custody.recorded import trip_of
from aforo.domain.trip import Sealed, Unsealed


def sealed(**named: str) -> Record:
    """A log with a trip whose seal was put on for what is named, and taken off for the same and another Carta Porte."""
    record = Record()
    record.add("device/seal-1", registered("seal-1"), START - MINUTE)
    record.add(STREAM, OPENED, START - MINUTE)
    record.add(STREAM, Sealed("seal-1", "MX 0001", **named), START)
    drive_into(record, "seal-1", drive(31))
    if named:
        record.add(STREAM, Unsealed("seal-1", "CBP", crossing="X-7", carta_porte="CCC-2"), END)
    return record


def bundle(record: Record, known_by: int = END, **changes: Any) -> bytes:
    return made(record.bundle(record.state(known_by), **changes))


def told(data: bytes) -> list[dict[str, Any]]:
    """What a bundle says that seals were put on and taken off for, by both."""
    verdict = verified(data, LOG.verifier, WITNESS.public)
    again: list[dict[str, Any]] = second().verify(data, LOG.verifier.text, WITNESS.public.text)["bound"]
    assert [msgspec.to_builtins(each) for each in verdict.bound] == again
    return again


def test_a_bundle_tells_what_a_seal_was_put_on_for_and_taken_off() -> None:
    on = {"device": "seal-1", "act": "sealed", "at": START, "crossing": "X-7", "carta_porte": "CCC-1"}
    off = {"device": "seal-1", "act": "unsealed", "at": END, "crossing": "X-7", "carta_porte": "CCC-2"}
    record = sealed(crossing="X-7", carta_porte="CCC-1")
    assert told(bundle(record)) == [on, off]
    assert told(bundle(record, END - MINUTE)) == [on], "by what had come"
    assert told(bundle(record, withhold={(STREAM, 2): "trade"})) == [off]
    assert told(bundle(sealed(carta_porte="CCC-1"), END - MINUTE)) == [on | {"crossing": ""}]


def test_a_sealing_of_before_names_nothing() -> None:
    record = sealed()
    assert b"carta_porte" not in b"".join(record.bodies)
    assert told(bundle(record)) == []
    known = trip_of([(each.event, each.payload) for each in record.events], END)
    assert known is not None
    assert [(each.crossing, each.carta_porte) for each in known.seals] == [("", "")]


@pytest.mark.parametrize("name", ["crossing", "carta_porte"])
@pytest.mark.parametrize("value", [7, None, ["X-7"], True])
def test_what_is_no_text_is_refused_by_both(name: str, value: Any) -> None:
    for act in (Sealed, Unsealed):
        record = sealed(crossing="X-7", carta_porte="CCC-1")
        (place,) = (each.place for each in record.events if isinstance(each.payload, act))
        record.put(place, {name: value})
        assert refusal(bundle(record)) == "bundle_event"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "seal-1: put on at 2026-03-02T06:00:00Z; the trip then named crossing none, Carta Porte CCC\\u001b1"),
        ("es", "seal-1: se puso el 2026-03-02T06:00:00Z; el viaje indicaba entonces cruce sin indicar, Carta Porte"),
    ],
)
def test_people_are_told_it_by_both(capsys: pytest.CaptureFixture[str], lang: str, said: str) -> None:
    data = bundle(sealed(carta_porte="CCC\x1b1"))
    BundleTold(lang).tell(verified(data, LOG.verifier, WITNESS.public))
    assert said in " ".join(capsys.readouterr().out.split())
    assert said in second().in_words(second().verify(data, LOG.verifier.text, WITNESS.public.text), lang)
