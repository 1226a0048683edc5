"""Checkpoints (C2SP tlog-checkpoint): the log's name, the number of its leaves and the root over them, signed."""

from __future__ import annotations

import base64
import re

import msgspec

from aforo.log.merkle import HASH_BYTES
from aforo.log.note import NoteError, Signer, Verifier, decoded

#: A number of leaves: decimal, without leading zeros, below 10^18.
SIZE = re.compile("0|[1-9][0-9]{0,17}", re.ASCII)


class Checkpoint(msgspec.Struct, frozen=True):
    """What a signed checkpoint says: `size` leaves under `root`, in the log called `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed: origin, size and base64 root, a line each."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, signer: Signer) -> str:
        """The signed note."""
        return signer.note(self.text)


def parse(text: str) -> Checkpoint:
    """The checkpoint that a note's text says; lines after the third are extensions and are left. Raises NoteError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not SIZE.fullmatch(lines[1]):
        raise NoteError("not a checkpoint: its lines are origin, size and root")
    root = decoded(lines[2], "the checkpoint's root")
    if len(root) != HASH_BYTES:
        raise NoteError(f"the checkpoint's root has {len(root)} bytes, not {HASH_BYTES}")
    return Checkpoint(lines[0], int(lines[1]), root)


def opened(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint of a note that `verifier`'s key signed. Raises NoteError."""
    checkpoint = parse(verifier.opens(note))
    if checkpoint.origin != verifier.name:
        raise NoteError(f"the checkpoint is of {checkpoint.origin!r}, signed by {verifier.name!r}")
    return checkpoint
