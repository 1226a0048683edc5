"""Signed blocks of readings: COSE_Sign1 (RFC 9052) in deterministic CBOR (RFC 8949, 4.2.1), readings in columns.

A device signs its readings in blocks, each of which names the hash of the one before, so that a block that is lost,
left out or made twice is seen. A gateway may sign for a device that cannot. The form is told bit by bit in
docs/reference/seal-messages.md.

The same readings have one encoding only: `decode` refuses every other, so that who changes a byte changes what was
signed. Nothing here asks whether the signature holds but `verified`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

import cbor2
import numpy as np
import numpy.typing as npt

from aforo.domain.ed25519 import SIGNATURE_BYTES, holds, usable_key
from aforo.domain.problem import Problem
from aforo.domain.reading import DOORS, FEW, NO_SPEED, PER_DEGREE, READING, READING_KINDS, Grade, Readings, no_readings
from aforo.domain.text import catalogue
from aforo.intake.portion import LATEST, MOST_READINGS, device_id

VERSION: Final = 1
HASH_BYTES: Final = 32
#: The previous hash of the first block ever.
FIRST: Final = bytes(HASH_BYTES)
#: A block of as many readings as there may be, in every column, is smaller.
MOST_BYTES: Final = 1 << 16
#: Boot epochs and sequences are at most this: the largest that every reader of JSON keeps.
MOST_COUNT: Final = 2**53 - 1

#: Tags of RFC 8746 for typed arrays, little endian, by the type of a column.
_TAGS: Final = {"|u1": 64, "|b1": 64, "<u2": 69, "<u4": 70, "<u8": 71, "<i2": 77, "<i4": 78, "<i8": 79}
_NAMES: Final[tuple[str, ...]] = READING.names or ()
#: What the bytes of columns of one byte may be.
_BYTES: Final = {
    "kind": bytes(range(len(READING_KINDS))),
    "door": bytes(range(len(DOORS))),
    "fix": b"\0\1",
}
#: The bounds of columns that have some of their own, both within.
_BOUNDS: Final = {
    "at": (0, LATEST),
    "latitude": (-90 * PER_DEGREE, 90 * PER_DEGREE),
    "longitude": (-180 * PER_DEGREE, 180 * PER_DEGREE),
}
_MOST_COURSE: Final = 36_000

_UINT, _BYTE_STRING, _TEXT, _MAP = 0, 2, 3, 5
#: The least value that needs 1, 2, 4 and 8 bytes after the head.
_LEAST: Final = (24, 1 << 8, 1 << 16, 1 << 32)
#: Tag 18, an array of four.
_SIGN1: Final = b"\xd2\x84"
#: {1: -8, 4: …: the algorithm is EdDSA, and the key's identifier follows.
_PROTECTED: Final = b"\xa2\x01\x27\x04"
#: ["Signature1", …
_CONTEXT: Final = b"\x84\x6aSignature1"
_NO_AAD: Final = b"\x40"
#: An empty map before the payload; the head of the signature after it.
_UNPROTECTED: Final = b"\xa0"
_SIGNATURE_HEAD: Final = b"\x58\x40"
#: Column 1, a typed array of signed 64-bit numbers.
_TIMES: Final = b"\x01\xd8\x4f"


class BlockError(ValueError):
    """Bytes that are no block: `code` of the catalogue, the byte it was seen at, the column where it is about one."""

    def __init__(self, code: str, at: int, column: str = "") -> None:
        super().__init__(f"{code} at byte {at}" + (f", column {column}" if column else ""))
        self.code = code
        self.at = at
        self.column = column

    def problem(self, record: int = 1) -> Problem:
        """What to tell who sent it, as the `record`-th of what came."""
        said = catalogue("aforo.intake").say(self.code, column=self.column, most=MOST_READINGS, bytes=MOST_BYTES)
        return Problem(record, f"byte {self.at}", self.code, said)


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """A block as it came; whether its signature holds is not said.

    `signer` is the device itself or a gateway, empty where nobody signed. `boot` and `sequence` count its blocks for
    this device, `previous` is the hash of the one before. `raw` is the whole of it, and `payload` the byte of it that
    the payload begins at.
    """

    device: str
    signer: str
    boot: int
    sequence: int
    previous: bytes
    readings: Readings
    raw: bytes
    payload: int

    @property
    def hash(self) -> bytes:
        """SHA-256 of the whole of it: what the next block names."""
        return sha256(self.raw).digest()

    @property
    def grade(self) -> Grade:
        """Who vouches for it, once its signature holds."""
        return "device" if self.signer == self.device else "gateway"


def encode(
    device: str,
    signer: str,
    boot: int,
    sequence: int,
    previous: bytes,
    readings: Readings,
    sign: Callable[[bytes], bytes],
) -> bytes:
    """The block of readings, signed by `sign`, which gives the 64 bytes of Ed25519 over what it is given.

    Raises BlockError for what no block may hold.
    """
    if not 1 <= len(readings) <= MOST_READINGS:
        raise BlockError("block_count", 0)
    payload = _payload_of(device, boot, sequence, previous, readings)
    protected = cbor2.dumps(cbor2.dumps({1: -8, 4: signer.encode()}, canonical=True))
    body = cbor2.dumps(cbor2.dumps(payload, canonical=True))
    signature = sign(_CONTEXT + protected + _NO_AAD + body)
    block = _SIGN1 + protected + _UNPROTECTED + body + _SIGNATURE_HEAD + signature
    # Nothing leaves that the other side would refuse.
    decode(block)
    return block


def _payload_of(device: str, boot: int, sequence: int, previous: bytes, readings: Readings) -> dict[int, object]:
    columns = {
        number: cbor2.CBORTag(_TAGS[form.kind.str], held)
        for number, form in enumerate(_forms(len(readings)), 1)
        if (held := readings[form.name].tobytes()) != form.absent
    }
    return {1: VERSION, 2: device, 3: boot, 4: sequence, 5: previous, 6: columns}


def decode(raw: bytes) -> Block:
    """The block that bytes are. Raises BlockError; never anything else, whatever the bytes."""
    reader = _Reader(raw)
    signer, payload = _opened(reader)
    device, boot, sequence, previous, readings = _payload(reader)
    return Block(device, signer, boot, sequence, previous, readings, raw, payload)


def named(raw: bytes) -> tuple[str, str]:
    """The device and the signer that a block names, before it is known whether the rest of the bytes is one. Raises
    BlockError."""
    reader = _Reader(raw)
    signer, _ = _opened(reader)
    return _device(reader), signer


def _opened(reader: _Reader) -> tuple[str, int]:
    """What stands before the payload is passed: the signer, and the byte that the payload begins at. Afterwards the
    reader ends where the payload does."""
    raw = reader.raw
    if len(raw) > MOST_BYTES:
        raise BlockError("block_too_large", MOST_BYTES)
    reader.expect(_SIGN1, "block_no_sign1")
    signer_end = reader.head(_BYTE_STRING)
    signer_end += reader.at
    reader.expect(_PROTECTED, "block_protected")
    signer = reader.identifier(_BYTE_STRING)
    if reader.at != signer_end:
        raise BlockError("block_protected", reader.at)
    reader.expect(_UNPROTECTED, "block_unprotected")
    payload = reader.at
    size = reader.head(_BYTE_STRING)
    end = reader.at + size
    if end + len(_SIGNATURE_HEAD) + SIGNATURE_BYTES != len(raw) or raw[end : end + 2] != _SIGNATURE_HEAD:
        raise BlockError("block_signature_size", min(end, len(raw)))
    reader.end = end
    return signer, payload


def unsigned(device: str, readings: Readings) -> bytes:
    """The block that a receiver makes of what came unsigned: the payload alone, of no boot, no sequence and no chain.

    Raises BlockError for what no block may hold.
    """
    if not 1 <= len(readings) <= MOST_READINGS:
        raise BlockError("block_count", 0)
    block = cbor2.dumps(_payload_of(device, 0, 0, FIRST, readings), canonical=True)
    decode_unsigned(block)
    return block


def decode_unsigned(raw: bytes) -> Block:
    """The block that a receiver made. Raises BlockError; never anything else, whatever the bytes."""
    if len(raw) > MOST_BYTES:
        raise BlockError("block_too_large", MOST_BYTES)
    device, boot, sequence, previous, readings = _payload(_Reader(raw))
    if (boot, sequence, previous) != (0, 0, FIRST):
        raise BlockError("block_payload", 0)
    return Block(device, "", boot, sequence, previous, readings, raw, 0)


def _payload(reader: _Reader) -> tuple[str, int, int, bytes, Readings]:
    """What a payload says, which ends where the reader does: device, boot, sequence, previous hash, readings."""
    device = _device(reader)
    reader.expect(b"\x03", "block_payload")
    boot = reader.count()
    reader.expect(b"\x04", "block_payload")
    sequence = reader.count()
    reader.expect(b"\x05\x58\x20", "block_previous")
    previous = reader.take(HASH_BYTES)
    reader.expect(b"\x06", "block_payload")
    readings = _columns(reader)
    if reader.at != reader.end:
        raise BlockError("block_surplus", reader.at)
    return device, boot, sequence, previous, readings


def _device(reader: _Reader) -> str:
    """The device that a payload, which comes next, begins with."""
    reader.expect(b"\xa6\x01", "block_payload")
    at = reader.at
    if reader.head(_UINT) != VERSION:
        raise BlockError("block_version", at)
    reader.expect(b"\x02", "block_payload")
    return reader.identifier(_TEXT)


def signed_bytes(block: Block) -> bytes:
    """What the signature is over: the Sig_structure of RFC 9052, 4.4, with no external data."""
    end = -len(_SIGNATURE_HEAD) - SIGNATURE_BYTES
    protected = block.raw[len(_SIGN1) : block.payload - len(_UNPROTECTED)]
    return _CONTEXT + protected + _NO_AAD + block.raw[block.payload : end]


def verified(blocks: Sequence[Block], keys: Mapping[str, bytes]) -> list[Problem | None]:
    """What is wrong with the signature of each block, None where it holds. `keys` has the 32 bytes by the signer."""
    return [_refusal(number, block, keys.get(block.signer)) for number, block in enumerate(blocks, 1)]


def _refusal(number: int, block: Block, key: bytes | None) -> Problem | None:
    if key is not None and holds(key, signed_bytes(block), block.raw[-SIGNATURE_BYTES:]):
        return None
    if key is None:
        return BlockError("block_signer_unknown", 0).problem(number)
    if not usable_key(key):
        return BlockError("block_key", 0).problem(number)
    return BlockError("block_signature", len(block.raw) - SIGNATURE_BYTES).problem(number)


class _Form(NamedTuple):
    """A column of a block of so many readings: all that stands before its values, how long they are, what they are
    where no reading says anything in it (nothing for column 1, which is always there)."""

    name: str
    kind: np.dtype[Any]
    head: bytes
    size: int
    absent: bytes | None


@lru_cache(maxsize=64)
def _nothing(count: int) -> bytes:
    """`count` readings that say nothing: numpy would copy every field of every one by itself."""
    return no_readings(count).tobytes()


@lru_cache(maxsize=MOST_READINGS)
def _forms(count: int) -> tuple[_Form, ...]:
    forms = []
    for number, name in enumerate(_NAMES, 1):
        absent = no_readings(count)[name].tobytes()
        array = cbor2.dumps(cbor2.CBORTag(_TAGS[READING[name].str], absent))
        head = bytes([number]) + array[: -len(absent)]
        forms.append(_Form(name, READING[name], head, len(absent), absent if number > 1 else None))
    return tuple(forms)


def _columns(reader: _Reader) -> Readings:
    """The readings of the map of columns that comes next."""
    raw = reader.raw
    left = reader.head(_MAP)
    first = reader.at
    # The length of column 1 tells how many readings there are.
    reader.expect(_TIMES, "block_columns")
    count = reader.head(_BYTE_STRING) // READING["at"].itemsize
    if not 1 <= count <= MOST_READINGS:
        raise BlockError("block_count", first)
    forms, readings = _forms(count), np.frombuffer(bytearray(_nothing(count)), READING)
    before, at = 0, first
    for _ in range(left):
        number = raw[at] if at < reader.end else 0
        if not before < number <= len(forms):
            raise BlockError("block_columns", at)
        before = number
        name, kind, head, size, absent = forms[number - 1]
        begin, start = at, at + len(head)
        at = start + size
        if not raw.startswith(head, begin) or at > reader.end:
            raise BlockError("block_column", begin, name)
        held = raw[start:at]
        if held == absent:
            raise BlockError("block_column_absent", start, name)
        values = np.frombuffer(raw, kind, count, start)
        if not _mean(name, held, values):
            raise BlockError("block_value", start, name)
        readings[name] = values
    reader.at = at
    return readings


def _mean(name: str, held: bytes, values: npt.NDArray[Any]) -> bool:
    """Whether every value of a column means something, or is absent; `held` are the values as bytes."""
    if (allowed := _BYTES.get(name)) is not None:
        return not held.translate(None, allowed)
    if (bounds := _BOUNDS.get(name)) is not None:
        each = values.tolist() if len(values) <= FEW else (values.min(), values.max())
        return bool(bounds[0] <= min(each) and max(each) <= bounds[1])
    return name != "course" or not ((values > _MOST_COURSE) & (values != NO_SPEED)).any()


class _Reader:
    """A place in bytes, of which deterministic CBOR is taken head by head up to `end`."""

    __slots__ = ("at", "end", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0
        self.end = len(raw)

    def expect(self, known: bytes, code: str) -> None:
        """Pass bytes that must stand here."""
        if not self.raw.startswith(known, self.at, self.end):
            raise BlockError(code, self.at)
        self.at += len(known)

    def head(self, major: int) -> int:
        """The argument of the head here, which must be of this major type and in its shortest form."""
        at = self.at
        if at >= self.end:
            raise BlockError("block_cut", at)
        first = self.raw[at]
        if first >> 5 != major:
            raise BlockError("block_shape", at)
        argument = first & 31
        if argument < 24:
            self.at = at + 1
            return argument
        if argument > 27:
            raise BlockError("block_not_canonical", at)
        after = at + 1 + (1 << (argument - 24))
        if after > self.end:
            raise BlockError("block_cut", at)
        value = int.from_bytes(self.raw[at + 1 : after], "big")
        if value < _LEAST[argument - 24]:
            raise BlockError("block_not_canonical", at)
        self.at = after
        return value

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        after = self.at + size
        if after > self.end:
            raise BlockError("block_cut", self.at)
        taken = self.raw[self.at : after]
        self.at = after
        return taken

    def count(self) -> int:
        """The number here."""
        at = self.at
        value = self.head(_UINT)
        if value > MOST_COUNT:
            raise BlockError("block_number", at)
        return value

    def identifier(self, major: int) -> str:
        """The identifier of a device or a gateway here, as text or as its bytes."""
        at = self.at
        try:
            text = self.take(self.head(major)).decode()
        except UnicodeDecodeError:
            raise BlockError("block_identifier", at) from None
        if device_id(text) is None:
            raise BlockError("block_identifier", at)
        return text
