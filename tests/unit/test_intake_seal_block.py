"""The signed block of readings: what it is to the bit, and what is refused of it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import cbor2
import numpy as np
import pytest
import readings_drawn as drawn
from hypothesis import given
from readings_drawn import PUBLIC, block, on_the_road, readings, sign

from aforo.domain.reading import READING, READING_KINDS, Readings, no_readings
from aforo.intake import seal_block
from aforo.intake.seal_block import BlockError, decode, signed_bytes, verified


def sealed(payload: Any, protected: Any = None, *, unprotected: Any = None, tag: int = 18) -> bytes:
    """A COSE_Sign1 of any payload, by another encoder; bytes stay as they are."""
    head = {1: -8, 4: b"SEAL-7"} if protected is None else protected
    head = head if isinstance(head, bytes) else cbor2.dumps(head)
    body = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    signature = sign(cbor2.dumps(["Signature1", head, b"", body]))
    return cbor2.dumps(cbor2.CBORTag(tag, [head, unprotected or {}, body, signature]))


def columns(made: Readings) -> dict[int, cbor2.CBORTag]:
    tags = {"|u1": 64, "|b1": 64, "<u2": 69, "<u4": 70, "<u8": 71, "<i2": 77, "<i4": 78, "<i8": 79}
    return {
        number: cbor2.CBORTag(tags[READING[name].str], made[name].tobytes())
        for number, name in enumerate(READING.names, 1)
        if number == 1 or (made[name] != no_readings(1)[name]).any()
    }


def payload(made: Readings | None = None, **changed: Any) -> dict[int, Any]:
    said: dict[int, Any] = {1: 1, 2: "SEAL-7", 3: 3, 4: 41, 5: bytes(range(32)), 6: columns(on_the_road(3))}
    if made is not None:
        said[6] = columns(made)
    return said | {int(key[1:]): value for key, value in changed.items()}


def with_column(number: int, tag: int, held: bytes) -> dict[int, Any]:
    return dict(sorted((columns(on_the_road(3)) | {number: cbor2.CBORTag(tag, held)}).items()))


def code_of(raw: bytes) -> str:
    with pytest.raises(BlockError) as caught:
        decode(raw)
    told = caught.value.problem()
    assert told.reason.en != told.reason.es
    assert told.place == f"byte {caught.value.at}"
    assert 0 <= caught.value.at <= len(raw)
    return told.code


def test_another_encoder_makes_the_same_bytes() -> None:
    assert block() == sealed(payload())


@given(readings())
def test_what_was_signed_comes_back(made: Readings) -> None:
    raw = block(made, device="Tracto 7 Ñ", signer="GW-1", boot=0, sequence=2**53 - 1)
    read = decode(raw)
    assert (read.device, read.signer, read.boot, read.sequence) == ("Tracto 7 Ñ", "GW-1", 0, 2**53 - 1)
    assert (read.previous, read.raw, read.grade) == (bytes(range(32)), raw, "gateway")
    assert read.readings.dtype == READING
    assert read.readings.tobytes() == made.tobytes()
    assert raw == sealed(payload(made, _2="Tracto 7 Ñ", _3=0, _4=2**53 - 1), {1: -8, 4: b"GW-1"})
    assert verified([read], {"GW-1": PUBLIC}) == [None]


def test_the_signature_is_over_the_structure_of_the_standard() -> None:
    raw = block()
    protected, _, body, signature = cbor2.loads(raw).value
    assert signed_bytes(decode(raw)) == cbor2.dumps(["Signature1", protected, b"", body])
    assert sign(signed_bytes(decode(raw))) == signature
    assert decode(raw).hash == sha256(raw).digest()
    assert decode(raw).grade == "device"


def test_a_signature_is_refused_by_itself_with_what_is_wrong() -> None:
    good = decode(block())
    spliced = decode(block()[:-64] + block(sequence=42)[-64:])
    other = decode(block(signer="GW-2"))
    weak = decode(block(signer="GW-3"))
    told = verified([good, spliced, other, weak, good], {"SEAL-7": PUBLIC, "GW-3": (1).to_bytes(32, "little")})
    assert [each and (each.record, each.code) for each in told] == [
        None,
        (2, "block_signature"),
        (3, "block_signer_unknown"),
        (4, "block_key"),
        None,
    ]
    assert all(each is None or each.reason.en != each.reason.es for each in told)


def test_every_byte_counts() -> None:
    """No change of one byte leaves a block that holds."""
    raw = block(on_the_road(2))
    for place in range(len(raw)):
        for flip in (1, 0x80):
            changed = raw[:place] + bytes([raw[place] ^ flip]) + raw[place + 1 :]
            try:
                told = verified([decode(changed)], {"SEAL-7": PUBLIC})
            except BlockError:
                continue
            assert told != [None], place


@pytest.mark.parametrize("count", [1, 23, 24, 255, 256, 1_000])
def test_blocks_of_every_size_are_taken(count: int) -> None:
    raw = block(on_the_road(count))
    assert len(raw) < seal_block.MOST_BYTES
    assert decode(raw).readings.tobytes() == on_the_road(count).tobytes()


@pytest.mark.parametrize("count", [0, 1_001])
def test_blocks_of_no_reading_or_too_many_are_not_made(count: int) -> None:
    with pytest.raises(BlockError, match="block_count"):
        block(on_the_road(count) if count else no_readings(0))
    assert code_of(sealed(payload(_6={1: cbor2.CBORTag(79, bytes(8 * count))}))) == "block_count"


SHORT = b"\xa2\x01\x27\x04\x46SEAL-7"
#: The number of no kind of reading.
_UNKNOWN = len(READING_KINDS)
REFUSED: list[tuple[str, Callable[[], bytes], str]] = [
    ("nothing", lambda: b"", "block_no_sign1"),
    ("untagged", lambda: block()[1:], "block_no_sign1"),
    ("another tag", lambda: sealed(payload(), tag=17), "block_no_sign1"),
    ("cut", lambda: block()[:-1], "block_signature_size"),
    ("cut early", lambda: block()[:10], "block_cut"),
    ("surplus", lambda: block() + b"\0", "block_signature_size"),
    ("too large", lambda: bytes(1 << 17), "block_too_large"),
    ("another algorithm", lambda: sealed(payload(), {1: -7, 4: b"SEAL-7"}), "block_protected"),
    ("no signer", lambda: sealed(payload(), {1: -8}), "block_protected"),
    ("header in another order", lambda: sealed(payload(), {4: b"SEAL-7", 1: -8}), "block_protected"),
    ("more in the header", lambda: sealed(payload(), {1: -8, 4: b"SEAL-7", 5: 0}), "block_protected"),
    ("header surplus", lambda: sealed(payload(), SHORT + b"\0"), "block_protected"),
    ("something unprotected", lambda: sealed(payload(), unprotected={4: b"X"}), "block_unprotected"),
    ("signer of no bytes", lambda: sealed(payload(), {1: -8, 4: b""}), "block_identifier"),
    ("signer not UTF-8", lambda: sealed(payload(), {1: -8, 4: b"\xff"}), "block_identifier"),
    ("signer as text", lambda: sealed(payload(), {1: -8, 4: "SEAL-7"}), "block_shape"),
    ("long head of the signer", lambda: sealed(payload(), b"\xa2\x01\x27\x04\x58\x06SEAL-7"), "block_not_canonical"),
    ("another version", lambda: sealed(payload(_1=2)), "block_version"),
    ("keys in another order", lambda: sealed(dict(reversed(payload().items()))), "block_payload"),
    ("a key lacks", lambda: sealed({key: value for key, value in payload().items() if key != 5}), "block_payload"),
    ("a key more", lambda: sealed(payload(_7=0)), "block_payload"),
    ("an endless map", lambda: sealed(b"\xbf" + cbor2.dumps(payload())[1:] + b"\xff"), "block_payload"),
    ("payload surplus", lambda: sealed(cbor2.dumps(payload()) + b"\0"), "block_surplus"),
    ("a device of 65 bytes", lambda: sealed(payload(_2="x" * 65)), "block_identifier"),
    ("a device with a line break", lambda: sealed(payload(_2="a\nb")), "block_identifier"),
    ("a device not composed", lambda: sealed(payload(_2="N\u0303")), "block_identifier"),
    ("a device as bytes", lambda: sealed(payload(_2=b"SEAL-7")), "block_shape"),
    ("a boot below zero", lambda: sealed(payload(_3=-1)), "block_shape"),
    ("a boot beyond", lambda: sealed(payload(_3=2**53)), "block_number"),
    ("a sequence beyond", lambda: sealed(payload(_4=2**64 - 1)), "block_number"),
    ("a sequence as a bignum", lambda: sealed(payload(_4=2**64)), "block_shape"),
    ("a sequence as a float", lambda: sealed(payload(_4=1.0)), "block_shape"),
    ("a long head", lambda: sealed(cbor2.dumps(payload()).replace(b"\x03\x03\x04", b"\x03\x18\x03\x04", 1)),
     "block_not_canonical"),
    ("a short hash", lambda: sealed(payload(_5=bytes(31))), "block_previous"),
    ("no columns", lambda: sealed(payload(_6={})), "block_columns"),
    ("columns as an array", lambda: sealed(payload(_6=[1])), "block_shape"),
    ("without the times", lambda: sealed(payload(_6={2: cbor2.CBORTag(70, b"\1\0\0\0")})), "block_columns"),
    ("a column unknown", lambda: sealed(payload(_6=with_column(15, 64, b"\1\1\1"))), "block_columns"),
    ("column 0", lambda: sealed(payload(_6=with_column(0, 64, b"\1\1\1"))), "block_columns"),
    ("columns in another order", lambda: sealed(payload(_6=dict(reversed(columns(on_the_road(3)).items())))),
     "block_columns"),
    ("a column twice", lambda: sealed(cbor2.dumps(payload(_6={0: 0}))[:-3] + b"\xa2"
     + 2 * (b"\x01" + cbor2.dumps(cbor2.CBORTag(79, bytes(8))))), "block_columns"),
    ("big endian", lambda: sealed(payload(_6=with_column(2, 66, bytes(12)))), "block_column"),
    ("a column without its tag", lambda: sealed(payload(_6=columns(on_the_road(3)) | {14: bytes(24)})), "block_column"),
    ("a column too short", lambda: sealed(payload(_6=with_column(2, 70, b"\1" * 8))), "block_column"),
    ("a column not whole", lambda: sealed(payload(_6={1: cbor2.CBORTag(79, b"\1" * 9)})), "block_column"),
    ("a column that says nothing", lambda: sealed(payload(_6=with_column(8, 69, b"\xff" * 6))), "block_column_absent"),
    ("kinds that say nothing", lambda: sealed(payload(_6=with_column(3, 64, bytes(3)))), "block_column_absent"),
    ("a kind unknown", lambda: sealed(payload(_6=with_column(3, 64, bytes((0, 0, _UNKNOWN))))), "block_value"),
    ("a door unknown", lambda: sealed(payload(_6=with_column(4, 64, b"\0\0\3"))), "block_value"),
    ("a fix neither", lambda: sealed(payload(_6=with_column(5, 64, b"\0\0\2"))), "block_value"),
    ("a time before 1970", lambda: sealed(payload(_6=with_column(1, 79, b"\xff" * 24))), "block_value"),
    ("a time too late", lambda: sealed(payload(_6=with_column(1, 79, b"\x7f" * 24))), "block_value"),
    ("a latitude beyond", lambda: sealed(payload(_6=with_column(6, 78, b"\x7f" * 12))), "block_value"),
    ("a longitude beyond", lambda: sealed(payload(_6=with_column(7, 78, b"\x81" * 12))), "block_value"),
    ("a course beyond", lambda: sealed(payload(_6=with_column(9, 69, b"\xfe\xff" * 3))), "block_value"),
    ("a signature of 63", lambda: block()[:-66] + b"\x58\x3f" + bytes(63), "block_signature_size"),
    ("nested without end", lambda: b"\xd2\x84" + b"\x81" * 60_000, "block_shape"),
    ("a length without end", lambda: b"\xd2\x84\x5b" + b"\xff" * 8, "block_protected"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "code"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_what_is_not_the_one_encoding_is_refused_with_the_byte(make: Callable[[], bytes], code: str) -> None:
    assert code_of(make()) == code


def test_nothing_is_signed_that_would_be_refused() -> None:
    made = on_the_road(2)
    made["kind"] = 200
    with pytest.raises(BlockError, match="block_value"):
        block(made)
    with pytest.raises(BlockError, match="block_identifier"):
        block(device="")


def test_the_numbers_of_columns_stay() -> None:
    """Blocks that were signed are read by these numbers for as long as they are kept."""
    assert [(name, READING[name].str) for name in READING.names] == [
        ("at", "<i8"), ("sequence", "<u4"), ("kind", "|u1"), ("door", "|u1"), ("fix", "|b1"), ("latitude", "<i4"),
        ("longitude", "<i4"), ("speed", "<u2"), ("course", "<u2"), ("battery", "<u2"), ("signal", "<i2"),
        ("interval", "<u4"), ("heat", "<i2"), ("tag", "<u8"),
    ]  # fmt: skip


def test_columns_that_no_reading_fills_take_no_room() -> None:
    bare = no_readings(60)
    bare["at"] = drawn.on_the_road(60)["at"]
    assert sorted(cbor2.loads(cbor2.loads(block(bare)).value[2])[6]) == [1]
    assert np.array_equal(decode(block(bare)).readings, bare)
