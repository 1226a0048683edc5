"""Cosignatures of witnesses on checkpoints (C2SP tlog-cosignature, `cosignature/v1`, Ed25519).

A witness signs that, at a time, a checkpoint was that of the largest consistent tree which it had seen of the log. Its
signature is a line of the note beside the log's own, of type 0x04: eight bytes of POSIX seconds, then Ed25519 over
`cosignature/v1`, `time <seconds>` and the note's text, a line each.
"""

from __future__ import annotations

from nacl.signing import SigningKey

from aforo.domain.ed25519 import SIGNATURE_BYTES, holds
from aforo.log.note import NoteError, PublicKey, is_name, signature_line, taken_apart

_TIME_BYTES = 8
_LAST_TIME = 2**63 - 1


class WitnessKey(PublicKey, frozen=True):
    """The public half of a witness's key, with the witness's name."""

    KIND = b"\x04"

    def cosigned_at(self, note: str) -> int:
        """When this witness cosigned a note, in POSIX seconds. Raises NoteError where it did not, or where a line of
        its key does not hold."""
        text, signatures = taken_apart(note)
        own = [signature for name, id_, signature in signatures if (name, id_) == (self.name, self.key_id)]
        if not own:
            raise NoteError(f"not cosigned by {self.name}+{self.key_id.hex()}")
        times = []
        for signature in own:
            seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
            said = len(signature) == _TIME_BYTES + SIGNATURE_BYTES and seconds <= _LAST_TIME
            if not said or not holds(self.public_key, _message(text, seconds), signature[_TIME_BYTES:]):
                raise NoteError(f"the cosignature of {self.name}+{self.key_id.hex()} does not hold")
            times.append(seconds)
        return max(times)

    def lines_of(self, lines: str) -> str:
        """Those of some signature lines that name this key; none of them is verified. Raises NoteError."""
        _, signatures = taken_apart(f"lines\n\n{lines}")
        own = ((name, id_, said) for name, id_, said in signatures if (name, id_) == (self.name, self.key_id))
        return "".join(signature_line(*each) for each in own)


class WitnessSigner:
    """A witness's private key with its name. Its representation shows no secret."""

    __slots__ = ("_key", "public")

    def __init__(self, name: str, private_key: bytes) -> None:
        if not is_name(name):
            raise ValueError(f"a witness's name has no spaces and no plus sign: {name!r}")
        self._key = SigningKey(private_key)
        self.public = WitnessKey(name, bytes(self._key.verify_key))

    def __repr__(self) -> str:
        return f"WitnessSigner({self.public.text!r})"

    def line(self, text: str, seconds: int) -> str:
        """The line by which this witness cosigns the text of a checkpoint at a time, in POSIX seconds."""
        if not 0 <= seconds <= _LAST_TIME:
            raise ValueError(f"no cosignature is of {seconds}")
        signature = bytes(self._key.sign(_message(text, seconds)).signature)
        return signature_line(self.public.name, self.public.key_id, seconds.to_bytes(_TIME_BYTES, "big") + signature)


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
