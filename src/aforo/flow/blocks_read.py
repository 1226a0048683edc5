"""Signed blocks are read and their signatures verified: what of it needs neither the log nor the registry of devices,
so that a process of its own can do it (`blocks_apart`)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec

from aforo.custody import keys
from aforo.custody.case import NEVER
from aforo.domain.device import BlockReceived, ReadingForm
from aforo.domain.ed25519 import SIGNATURE_BYTES
from aforo.domain.problem import Problem
from aforo.domain.reading import Grade, Readings, lasted
from aforo.intake import seal_block
from aforo.intake.seal_block import Block, BlockError


class Signed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A block as it came, and the keys that may have signed it, in base64: the one to be tried first is the first. With
    each is until when it is believed, in microseconds since 1970."""

    raw: bytes
    keys: tuple[tuple[str, int], ...]


class BlockRead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is to be recorded of a block, and the place of the key that it is signed under among those that may have; or
    what is wrong with it."""

    said: BlockReceived | None = None
    wrong: Problem | None = None
    under: int = 0


#: What reads blocks, each by itself, and gives as many answers in their order.
Reader = Callable[[Sequence[Signed]], Sequence[BlockRead]]


def read_here(blocks: Sequence[Signed]) -> list[BlockRead]:
    """The `Reader` that does it in this thread."""
    return [_read(each) for each in blocks]


def received(
    form: ReadingForm, grade: Grade, raw: bytes, readings: Readings, boot: int = 0, sequence: int = 0,
    gateway: str = "", lines: str = "", zone: str = "",
) -> BlockReceived:  # fmt: skip
    """A block of readings as it is recorded; `lines` are those that an unsigned one was made of, packed."""
    first, last = lasted(readings)
    block, hash_ = base64.b64encode(raw).decode(), sha256(raw).hexdigest()
    return BlockReceived(
        form, grade, block, hash_, len(readings), first, last, boot, sequence, gateway, zone=zone, packed=lines
    )


def _read(signed: Signed) -> BlockRead:
    try:
        block = seal_block.decode(signed.raw)
    except BlockError as error:
        return BlockRead(wrong=error.problem())
    wrong: Problem | None = None
    for under, (key, until) in enumerate(signed.keys or (("", NEVER),)):
        if (found := _refused(block, key)) is None:
            gateway = "" if block.signer == block.device else block.signer
            said = received("block", block.grade, block.raw, block.readings, block.boot, block.sequence, gateway)
            if said.last > until:
                at = len(block.raw) - SIGNATURE_BYTES
                return BlockRead(wrong=BlockError("block_key_superseded", at).problem())
            return BlockRead(said, under=under)
        wrong = wrong or found
    return BlockRead(wrong=wrong)


def _refused(block: Block, key: str) -> Problem | None:
    known = {block.signer: keys.read(key)} if key else {}
    return seal_block.verified([block], known)[0]
