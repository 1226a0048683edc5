"""A clone's proof: two signed blocks of one place in a device's chain, which convict without anything else.

Nothing honest makes both: a device signs one block of each boot and sequence. Who has the two and the key needs no log,
no bundle and no word of whoever received them. Two signatures under the same words convict nobody here: RFC 8032 knows
one signature of each, but a device that draws at random when it signs makes others.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from aforo.domain.ed25519 import SIGNATURE_BYTES, holds
from aforo.domain.text import Text, catalogue
from aforo.intake import seal_block
from aforo.intake.seal_block import BlockError

#: Why two blocks convict nobody: one is no block; both are the same; they are not of one device, signer, boot and
#: sequence; one is not signed with the key; both say the same.
Why = Literal["clone_no_block", "clone_one_block", "clone_other_place", "clone_not_signed", "clone_same_said"]


class NoCloneError(ValueError):
    """Two blocks convict nobody; `code` names the sentence that says why."""

    def __init__(self, code: Why) -> None:
        super().__init__(code)
        self.code = code

    @property
    def text(self) -> Text:
        return catalogue("aforo.custody").say(self.code)


class Cloned(msgspec.Struct, frozen=True):
    """That somebody signed, with a key that is not a device's alone, two blocks of one place in its chain.

    `signer` is the device, or the gateway that signs for it, whose key it is; `hashes` (hex) are those of the blocks.
    """

    device: str
    signer: str
    boot: int
    sequence: int
    hashes: tuple[str, str]


def clone_of(one: bytes, other: bytes, key: bytes) -> Cloned:
    """What two blocks, as they came, prove to who knows the signer's key (32 bytes). Raises NoCloneError."""
    if one == other:
        raise NoCloneError("clone_one_block")
    try:
        first, second = seal_block.decode(one), seal_block.decode(other)
    except BlockError:
        raise NoCloneError("clone_no_block") from None
    places = {(each.device, each.signer, each.boot, each.sequence) for each in (first, second)}
    if len(places) > 1:
        raise NoCloneError("clone_other_place")
    if not all(holds(key, seal_block.signed_bytes(each), each.raw[-SIGNATURE_BYTES:]) for each in (first, second)):
        raise NoCloneError("clone_not_signed")
    if seal_block.signed_bytes(first) == seal_block.signed_bytes(second):
        raise NoCloneError("clone_same_said")
    (place,) = places
    return Cloned(*place, hashes=(first.hash.hex(), second.hash.hex()))
