"""The reference of seal messages says what the code does: the block made by hand, columns, samples and names."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from aforo.domain.reading import READING, READING_KINDS, no_readings
from aforo.intake import seal_block, seal_text, telematics

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "seal-messages.md").read_text(encoding="utf-8")
KEY = SigningKey(bytes(range(32)))


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def written() -> bytes:
    """The bytes of the dump."""
    return bytes.fromhex("".join(line.partition("#")[0] for line in fenced("text")[0].splitlines()))


def test_the_block_made_by_hand_is_what_the_product_makes_and_takes() -> None:
    read = seal_block.decode(written())
    assert seal_block.verified([read], {"SEAL-7": bytes(KEY.verify_key)}) == [None]
    assert bytes(KEY.verify_key).hex() in PAGE
    assert f"{len(written())} {sha256(written()).hexdigest()}" in PAGE
    made = no_readings(2)
    made["at"], made["sequence"], made["kind"], made["door"] = (
        [1_772_439_280_000_000, 1_772_439_340_000_000], [1, 2], [1, 0], 1,
    )  # fmt: skip
    for name, value in {"fix": 1, "latitude": 276_412_050, "longitude": -995_400_130, "speed": 2_500}.items():
        made[name][1] = value
    made["battery"] = 3_800
    assert read.readings.tobytes() == made.tobytes()
    sign: Callable[[bytes], bytes] = lambda message: KEY.sign(message).signature  # noqa: E731
    assert seal_block.encode("SEAL-7", "SEAL-7", 1, 0, seal_block.FIRST, made, sign) == written()


def test_the_program_of_the_page_makes_these_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = fenced("python")
    exec(program, namespace := {})
    assert namespace["block"] == written()
    assert capsys.readouterr().out.strip() in PAGE


def test_the_columns_are_those_of_readings() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (\d+) \| (.*) \| (\S+) \|$", PAGE, re.MULTILINE)
    tags = {"|u1": 64, "|b1": 64, "<u2": 69, "<u4": 70, "<u8": 71, "<i2": 77, "<i4": 78, "<i8": 79}
    absent = no_readings(1)[0]
    assert [(int(number), name, int(tag)) for number, name, tag, _, _ in rows] == [
        (number, name, tags[READING[name].str]) for number, name in enumerate(READING.names, 1)
    ]
    assert [said for *_, said in rows] == ["never", *(str(int(absent[name])) for name in READING.names[1:])]
    (kinds,) = [values for _, name, _, values, _ in rows if name == "kind"]
    assert re.findall(r"(\d+) (\w+)", kinds) == [(str(number), kind) for number, kind in enumerate(READING_KINDS)]


def test_the_sample_of_plain_text_is_read_and_answered_as_it_says() -> None:
    sample, answer = (each.strip().encode() for each in fenced("text")[1:])
    told = seal_text.read(sample)
    assert (len(told.portions[0].readings), told.portions[0].problems, told.problems) == (1, (), ())
    assert seal_text.acknowledgement(sample).strip() == answer


def test_every_name_of_a_column_that_is_given_is_known() -> None:
    table = PAGE.partition("## Exports of telematics")[2].partition("\n## ")[0]
    names = {
        row: re.findall(r"`([^`]+)`", cells) for row, cells in re.findall(r"^\| (\w[^|]*) \| (.*) \|$", table, re.M)
    }
    assert len(names) == 9
    for name in names["the device (needed)"]:
        assert telematics.read(f"{name},time\na,2026-03-02 08:14Z\n".encode()).portions[0].device == "a"
    for name in names["the time (needed)"][:7]:
        assert len(telematics.read(f"device,{name}\na,2026-03-02 08:14Z\n".encode()).portions[0].readings) == 1, name
    for row, column, given in (("course", "course", "7"), ("temperature", "heat", "7"), ("door", "door", "open")):
        for name in names[row] if row != "door" else names[row][:2]:
            (reading,) = (
                telematics.read(f"device,time,{name}\na,2026-03-02 08:14Z,{given}\n".encode()).portions[0].readings
            )
            assert reading[column] != no_readings(1)[0][column], name
    for name in names["position"]:
        other = "lat" if name.startswith("lo") or name == "lng" else "lon"
        (reading,) = (
            telematics.read(f"device,time,{name},{other}\na,2026-03-02 08:14Z,7,8\n".encode()).portions[0].readings
        )
        assert reading["fix"], name
    for name in names["speed"][:-1]:
        (reading,) = telematics.read(f"device,time,{name}\na,2026-03-02 08:14Z,9\n".encode()).portions[0].readings
        assert reading["speed"] == (402 if "mph" in name else 250), name
