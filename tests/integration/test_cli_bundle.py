"""`aforo bundle verify`: what it says of a bundle, in both languages and for machines, and how it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bundled import LOG, STREAM, WITNESS, Record, drive_into, registered
from sealed import CUSTOMS, MINUTE, START, YARD, drive, opened
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.custody.bundle import made, read
from aforo.domain.clock import instant
from aforo.domain.trip import Sealed, TripOpened

KEYS = ("--log-key", LOG.verifier.text, "--witness-key", WITNESS.public.text)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The bundle of a trip whose seal was opened on the road; the registration of its gateway is withheld."""
    record = Record()
    for device in ("seal-1", "gate"):
        record.add(f"device/{device}", registered(device), START - MINUTE)
    record.add(STREAM, TripOpened("export", "acme", instant(START), places=(YARD, CUSTOMS)), START - MINUTE)
    record.add(STREAM, Sealed("seal-1", "MX 0001"), START)
    drive_into(record, "seal-1", opened(drive(31), 10, 12))
    bundle = record.bundle(record.state(START + 61 * MINUTE), withhold={("device/gate", 1): "trade"})
    path = tmp_path / "trip.bundle"
    path.write_bytes(made(bundle))
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(complete_app(), ["bundle", "verify", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_bundle_that_proves_something_says_what(file: Path) -> None:
    code, said = run(file, *KEYS, "--lang", "en")
    assert code == 0
    assert "Trip t-1" in said
    assert "broken" in said
    assert "device/gate" in said
    code, said = run(file, *KEYS, "--lang", "es")
    assert code == 0
    assert "violado" in said


def test_machines_are_told_all_of_it(file: Path) -> None:
    code, said = run(file, *KEYS, "--json")
    told = json.loads(said)
    assert (code, told["proves"], told["compared"]) == (0, True, ["seal-1"])
    assert [each["state"] for each in told["spans"]] == ["intact", "broken"]
    assert told["withheld"] == [{"stream": "device/gate", "version": 1, "why": "trade"}]


def test_a_checkpoint_of_ones_own_is_as_good_as_a_witness(file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_text(read(file.read_bytes()).checkpoint, encoding="utf-8")
    assert run(file, *KEYS[:2], "--checkpoint", kept)[0] == 0


def test_a_bundle_that_proves_nothing_says_why(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"trip":"t-1"', b'"trip":"t-2"'))
    code, said = run(file, *KEYS, "--lang", "en")
    assert (code, "no event that can be read" in said) == (1, True)
    code, said = run(file, *KEYS, "--json")
    assert (code, json.loads(said)["problem"]["code"]) == (1, "bundle_event")


def test_wrong_use_is_told_from_a_bundle_that_is_wrong(file: Path, tmp_path: Path) -> None:
    assert run(file, *KEYS[:2])[0] == 2
    assert run(file, *KEYS, "--checkpoint", file)[0] == 2
    assert run(tmp_path / "none", *KEYS)[0] == 2
    assert run(file, "--log-key", "x", *KEYS[2:])[0] == 2
    assert run(file, *KEYS[:2], "--witness-key", LOG.verifier.text)[0] == 2
