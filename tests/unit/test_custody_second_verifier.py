"""The second verifier as a program: what it says in words and for machines, and that it reckons as the first."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundled import LOG, STREAM, WITNESS, Record, block, registered
from proved import END, sealed_hour
from sealed import MINUTE, drive, opened
from second_verifier import PROGRAM, second
from typer.testing import CliRunner

from aforo.cli import complete_app
from aforo.custody.bundle import made, read
from aforo.custody.ground import _cosine
from aforo.domain.text import catalogue
from aforo.domain.trip import SealRead


@pytest.fixture
def record() -> Record:
    """A log with a sealed trip, and an hour of what its seal said."""
    return sealed_hour()


def test_the_cosine_is_one_to_the_bit_and_right() -> None:
    latitudes = np.random.default_rng(1).integers(-900_000_000, 900_000_001, 20_000)
    ours = _cosine(latitudes.astype(np.float64)).tolist()
    assert ours == [second().cosine(each) for each in latitudes.tolist()]
    right = [math.cos(math.radians(each / 1e7)) for each in latitudes.tolist()]
    assert max(abs(one - other) for one, other in zip(ours, right, strict=True)) < 4e-15


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_the_second_verifier_is_a_program(record: Record, tmp_path: Path) -> None:
    data = made(record.bundle(record.state(END)))
    file, kept = tmp_path / "trip.bundle", tmp_path / "checkpoint"
    keys = ["--log-key", LOG.verifier.text]
    file.write_bytes(data)
    kept.write_text(read(data).checkpoint, encoding="utf-8")
    told = run(str(file), *keys, "--witness-key", WITNESS.public.text)
    assert (told.returncode, told.stdout) == (0, second().in_words(said_of(data), "en") + "\n")
    exact = run(str(file), *keys, "--witness-key", WITNESS.public.text, "--json")
    assert (exact.returncode, json.loads(exact.stdout)) == (0, said_of(data))
    assert "checkpoint that you trust" in run(str(file), *keys, "--checkpoint", str(kept)).stdout
    file.write_bytes(data[:-9])
    refused = run(str(file), *keys, "--witness-key", WITNESS.public.text, "--lang", "es")
    assert (refused.returncode, refused.stdout.startswith("RECHAZADO: ")) == (1, True)
    refused = run(str(file), *keys, "--witness-key", WITNESS.public.text, "--json")
    assert (refused.returncode, list(json.loads(refused.stdout))) == (1, ["refused"])
    assert run(str(file), *keys).returncode == 2


def said_of(data: bytes) -> Any:
    """All that the second verifier finds in a bundle."""
    return second().verify(data, LOG.verifier.text, WITNESS.public.text)


def test_what_an_expert_reads_is_instants_in_utc_and_durations_in_words(record: Record) -> None:
    breach = opened(drive(2, start=END - 1, first=40), 1, 2)
    record.add("device/seal-1", block("seal-1", breach, sequence=9, previous=b"p" * 32), END + 3 * MINUTE)
    record.add("device/gate", registered("gate"), END)
    record.add(STREAM, SealRead("mx 0001", where="the bridge\nProven: all"), END)
    bundle = record.bundle(record.state(END + 90 * MINUTE), withhold={("device/gate", 1): "trade"})
    said = said_of(made(bundle))
    assert said["spans"][-1]["until"] == 2**62, "for machines it is exact"
    told = second().in_words(said, "en").splitlines()
    assert told[0].startswith("Trip t-1: all of this is in the log log.example/aforo of 17 events")
    assert told[0].endswith("; of what had come by 2026-03-02T08:31:00Z a part is withheld.")
    assert told[2] == "The witness cosigned that log at 2026-03-04T04:53:20Z."
    by = "vouched for by the device"
    assert told[3:-1] == [
        f"seal-1: intact from 2026-03-02T06:00:00Z until 2026-03-02T07:00:00Z (1 hour); {by}",
        f"seal-1: silent from 2026-03-02T07:00:00Z until 2026-03-02T07:00:59.999999Z (59.999999 seconds); {by}",
        "    blocks are missing: after 2026-03-02T07:00:00Z, at 2026-03-02T07:00:59.999999Z at the latest "
        f"(59.999999 seconds); {by}",
        f"seal-1: intact from 2026-03-02T07:00:59.999999Z until 2026-03-02T07:02:59.999999Z (2 minutes); {by}",
        f"seal-1: broken from 2026-03-02T07:02:59.999999Z, still so; {by}",
        "    opened outside of where it may be: after 2026-03-02T07:00:59.999999Z, at 2026-03-02T07:02:59.999999Z at "
        f"the latest (2 minutes); {by}",
        "Missing: seal-1: blocks are missing, from 2026-03-02T07:00:00Z until 2026-03-02T07:00:59.999999Z "
        "(59.999999 seconds); blocks never came",
        "Missing: seal-1: not heard as promised, from 2026-03-02T07:13:59.999999Z, still so; open: it may still be "
        "filled",
        "Noted: seal-1: its number was read on it, 2026-03-02T07:01:00Z (the bridge\\u000aProven: all); vouched for "
        "by nobody",
        "Withheld: device/gate, version 1 (a business secret).",
        "By what is withheld, the states are proven of these seals only: seal-1.",
    ]
    assert told[-1].startswith("It does not prove")
    spanish = second().in_words(said, "es")
    assert "sigue así" in spanish
    assert len(spanish.splitlines()) == len(told)
    for text in (*told, *spanish.splitlines()):
        assert not re.search(r"\b[0-9]{13,}\b", text), "no instant is a number to people"


def test_what_nothing_was_compared_with_is_told_as_the_nodes_word(record: Record, tmp_path: Path) -> None:
    """It said that the states follow, and did not show them."""
    record.state(END)
    statement = record.state(END + 90 * MINUTE)
    file = tmp_path / "trip.bundle"
    file.write_bytes(made(record.bundle(statement, withhold={(STREAM, 1): "personal"})))
    keys = ("--log-key", LOG.verifier.text, "--witness-key", WITNESS.public.text)
    for lang, follows, word in (("en", "follows from", "not recomputed"), ("es", "se sigue de", "no recalculada")):
        said = second().in_words(said_of(file.read_bytes()), lang)
        ours = CliRunner().invoke(complete_app(), ["bundle", "verify", str(file), *keys, "--lang", lang])
        assert (ours.exit_code, follows in said, follows in " ".join(ours.output.split())) == (0, False, False)
        stated = [each for each in said.splitlines() if word in each]
        assert len(stated) == 2, "intact, and silent"
        for each in stated:
            assert each in " ".join(ours.output.split()), "the same words in both"
    assert stated[0] == (
        "Palabra del nodo, no recalculada: seal-1: íntegro desde 2026-03-02T06:00:00Z hasta 2026-03-02T07:11:00Z "
        "(1 hora, 11 minutos)"
    )
    odd = said_of(file.read_bytes()) | {"stated": [["x\n", "odd\n", 0, 1]]}
    assert "x\\u000a: odd\\u000a from" in second().in_words(odd, "en"), "a state that nobody knows is told as it is"


def test_durations_are_told_to_the_last_microsecond() -> None:
    def told(micro: int, lang: str = "en") -> str:
        return str(second().duration_text(lang, micro))

    assert told(0) == "0 seconds"
    assert told(1) == "0.000001 seconds"
    assert told(1_000_000) == "1 second"
    assert told((((2 * 24 + 1) * 60 + 30) * 60 + 5) * 10**6 + 500_000) == "2 days, 1 hour, 30 minutes, 5.5 seconds"
    assert told(90 * MINUTE, "es") == "1 hora, 30 minutos"
    assert second().instant_text(-1) == "1969-12-31T23:59:59.999999Z"
    assert second().instant_text(2**62) == f"1970-01-01T00:00:00Z + {2**62} µs"


@pytest.mark.parametrize(("place", "lang"), [(0, "en"), (1, "es")])
def test_both_verifiers_call_the_same_by_the_same_words(place: int, lang: str) -> None:
    words = catalogue("aforo.custody")
    for code in words.codes:
        if code.startswith(("fact_", "grade_", "withheld_", "state_")) and code != "state_unsealed":
            assert getattr(words.say(code), lang) == second().WORDS[code][place]
    ours = catalogue("aforo.cli")
    for gap in ("open", "late_filled", "permanent"):
        assert getattr(ours.say(f"bundle_gap_{gap}"), lang) == second().WORDS[f"gap_{gap}"][place]
    assert getattr(ours.say("bundle_gap_never_came"), lang) == second().WORDS["gap_"][place]
    alike = {
        "bundle_proves": "proven", "bundle_proves_part": "proven_part", "bundle_word": "word",
        "bundle_word_goes_on": "word_goes_on", "bundle_compared": "compared", "bundle_proves_not": "proves_not",
        "bundle_witnessed": "witnessed", "bundle_withheld": "withheld",
    }  # fmt: skip
    for code, theirs in alike.items():
        assert getattr(ours.template(code), lang) == second().WORDS[theirs][place], code
