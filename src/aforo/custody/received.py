"""Blocks as the log has them: the readings of each, and whether the event that holds it says of it what it is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aforo.custody.case import Block, Heard
from aforo.custody.device import PREFIX
from aforo.domain.device import BlockReceived
from aforo.domain.ed25519 import SIGNATURE_BYTES
from aforo.domain.reading import READING, Readings
from aforo.intake import seal_block


class ReceivedError(ValueError):
    """What is recorded of a block is not what the block says: `what` names it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, eq=False, slots=True)
class Received:
    """A block with its readings; `signed` is what its signer signed and `signature` by what, None where nobody did."""

    block: Block
    readings: Readings
    signed: bytes | None
    signature: bytes | None


def received(stream: str, arrived: int, said: BlockReceived) -> Received:
    """The block that an event of a stream says came, at an instant; whether its signature holds is not looked at.

    Raises ReceivedError where the event contradicts it, and BlockError where there is none.
    """
    try:
        raw = base64.b64decode(said.block, validate=True)
    except (binascii.Error, ValueError):
        raise ReceivedError("base64") from None
    if base64.b64encode(raw).decode() != said.block:
        raise ReceivedError("base64")
    unsigned = said.grade == "unsigned"
    block = seal_block.decode_unsigned(raw) if unsigned else seal_block.decode(raw)
    device = stream.removeprefix(PREFIX)
    signer = said.signer(device)
    at = block.readings["at"]
    for what, here, there in (
        ("hash", block.hash.hex(), said.hash),
        ("device", block.device, device),
        ("grade", "unsigned" if unsigned else block.grade, said.grade),
        ("gateway", block.signer, signer),
        ("boot", block.boot, said.boot),
        ("sequence", block.sequence, said.sequence),
        ("count", len(at), said.count),
        ("first", int(at.min()), said.first),
        ("last", int(at.max()), said.last),
    ):
        if here != there:
            raise ReceivedError(what)
    made = Block(
        block.hash, said.grade, arrived, said.first, said.last, signer, block.boot, block.sequence,
        block.previous if not unsigned else b"",
    )  # fmt: skip
    if unsigned:
        return Received(made, block.readings, None, None)
    return Received(made, block.readings, seal_block.signed_bytes(block), raw[-SIGNATURE_BYTES:])


def heard(parts: Sequence[Received]) -> Heard:
    """What one device said in these blocks."""
    if not parts:
        return Heard()
    readings = np.empty(sum(len(each.readings) for each in parts), dtype=READING)
    np.concatenate([each.readings for each in parts], out=readings)
    counts = [len(each.readings) for each in parts]
    return Heard(tuple(each.block for each in parts), readings, np.repeat(np.arange(len(parts)), counts))
