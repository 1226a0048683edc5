"""`aforo bundle verify`: what it says of a bundle, in both languages and for machines, and how it leaves."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from bundled import LOG, STREAM, WITNESS, Record, block, drive_into, registered
from proved import END, sealed_hour
from sealed import CUSTOMS, MINUTE, START, YARD, drive, opened
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.cli.bundle_told import BundleTold, utc
from aforo.custody.bundle import made, read
from aforo.domain.clock import instant
from aforo.domain.trip import Sealed, SealRead, TripOpened

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


def test_people_are_told_instants_in_utc_and_how_long_it_lasted(file: Path) -> None:
    for lang, still in (("en", "still so"), ("es", "sigue así")):
        said = " ".join(run(file, *KEYS, "--lang", lang)[1].split())
        assert "2026-03-02T07:01:00Z" in said, "by when it was known"
        assert "2026-03-04T04:53:20Z" in said, "when the witness cosigned"
        assert still in said
        assert "20 min" in said, "it was intact for so long"
        assert "2026-03-02T06:18:00Z" in said, "the last reading that says closed"
        assert "(2 min" in said, "between which and the first that says open it lies"
        assert "+00:00" not in said
        assert not re.search(r"\b[0-9]{13,}\b", said)


def test_what_somebody_named_is_no_command_to_the_terminal(tmp_path: Path) -> None:
    record = sealed_hour()
    record.add(STREAM, SealRead("MX 0001", where="bridge\x1b[2J"), END)
    path = tmp_path / "trip.bundle"
    path.write_bytes(made(record.bundle(record.state(END))))
    code, said = run(path, *KEYS, "--lang", "en")
    assert (code, "\x1b" in said, "bridge\\u001b[2J" in said) == (0, False, True)


def test_durations_are_told_in_words_to_the_last_microsecond() -> None:
    told = BundleTold("en").lasted
    assert told(0) == "0 seconds"
    assert told((((2 * 24 + 1) * 60 + 30) * 60 + 5) * 10**6 + 500_000) == "2 days, 1 hour, 30 minutes, 5.5 seconds"
    assert BundleTold("es").lasted(61 * MINUTE) == "1 hora, 1 minuto"
    assert utc(2**62) == f"1970-01-01T00:00:00Z + {2**62} µs"


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


@pytest.mark.parametrize(("lang", "said"), [("en", "no checkpoint of this log"), ("es", "cabecera firmada de este")])
def test_a_file_that_is_no_checkpoint_is_not_called_a_key(file: Path, tmp_path: Path, lang: str, said: str) -> None:
    kept = tmp_path / "checkpoint"
    kept.write_text("Good morning", encoding="utf-8")
    code, told = run(file, *KEYS[:2], "--checkpoint", kept, "--lang", lang)
    words = " ".join(told.split())
    assert (code, said in words, "not a signed note" in words) == (2, True, True)
    assert "verifier key" not in words
    assert "llave" not in words.partition("--witness-key")[0]


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


def test_two_blocks_that_convict_are_told_and_two_that_do_not(tmp_path: Path) -> None:
    key = registered("seal-1").key
    said = [block("seal-1", drive(count), sequence=sequence) for count, sequence in ((3, 4), (2, 4), (2, 5))]
    one, other, third = (tmp_path / name for name in ("one", "other", "third"))
    for path, each in zip((one, other, third), said, strict=True):
        path.write_text(each.block, encoding="ascii")
    other.write_bytes(base64.b64decode(said[1].block))

    def told(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(complete_app(), ["bundle", "cloned", *map(str, arguments)])
        return result.exit_code, " ".join(result.output.split())

    code, words = told(one, other, "--key", key, "--lang", "en")
    assert code == 0
    assert words.startswith("Device seal-1, boot 1, sequence 4: two blocks are signed with the key of seal-1")
    assert said[0].hash in words
    assert said[1].hash in words
    code, words = told(one, other, "--key", key, "--json")
    assert (code, json.loads(words)["hashes"]) == (0, [said[0].hash, said[1].hash])
    code, words = told(one, third, "--key", key, "--lang", "es")
    assert (code, "No condenan a nadie" in words) == (1, True)
    code, words = told(one, one, "--key", key, "--json")
    assert (code, json.loads(words)) == (1, {"proves": False, "code": "clone_one_block"})
    assert told(one, tmp_path / "none", "--key", key)[0] == 2
    assert told(one, other, "--key", "AAAA")[0] == 2
