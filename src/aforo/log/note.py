"""Signed notes (C2SP signed-note, as checkpoints use them) under Ed25519 keys.

A note is a text that ends in a newline, then an empty line, then one line a signature:
`— <name> <base64(key id || signature)>`. A key's id is the first four bytes of SHA-256(name || 0x0A || 0x01 || key).
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

#: Of an Ed25519 public key.
KEY_BYTES = 32
_ED25519 = b"\x01"
_DASH = "— "


class NoteError(ValueError):
    """The text is not a signed note, or no signature of the expected key holds."""


class Verifier(msgspec.Struct, frozen=True):
    """The public half of a signing key, with the name it signs under."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell this key from others of its name."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]

    @property
    def text(self) -> str:
        """The key as text (C2SP vkey): `<name>+<key id>+<base64>`; what a user keeps to verify with."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public_key).decode()}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """The key that `text` says. Raises NoteError."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteError("a verifier key reads <name>+<key id>+<base64>")
        try:
            raw = base64.b64decode(parts[2], validate=True)
        except binascii.Error as error:
            raise NoteError("the verifier key is not base64") from error
        if len(raw) != 1 + KEY_BYTES or raw[:1] != _ED25519:
            raise NoteError("the verifier key is not an Ed25519 key")
        verifier = cls(parts[0], raw[1:])
        if verifier.key_id.hex() != parts[1]:
            raise NoteError("the verifier key does not match its own id")
        return verifier

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message`."""
        try:
            VerifyKey(self.public_key).verify(message, signature)
        except (BadSignatureError, ValueError):
            return False
        return True

    def opens(self, note: str) -> str:
        """The text of a note that this key signed. Raises NoteError."""
        text, found, lines = note.rpartition("\n\n")
        if not found or not lines.endswith("\n"):
            raise NoteError("not a signed note")
        text += "\n"
        for line in lines[:-1].split("\n"):
            name, _, encoded = line.removeprefix(_DASH).partition(" ")
            try:
                raw = base64.b64decode(encoded, validate=True)
            except binascii.Error as error:
                raise NoteError("a signature line is not base64") from error
            if not line.startswith(_DASH) or len(raw) < 5:
                raise NoteError("a signature line reads — <name> <base64>")
            if name == self.name and raw[:4] == self.key_id:
                if self.holds(text.encode(), raw[4:]):
                    return text
                raise NoteError(f"the signature of {self.name}+{self.key_id.hex()} does not hold")
        raise NoteError(f"not signed by {self.name}+{self.key_id.hex()}")


class Signer:
    """A signing key with the name it signs under. Its representation shows no secret."""

    __slots__ = ("_key", "verifier")

    def __init__(self, name: str, private_key: bytes) -> None:
        if not name or "+" in name or any(character.isspace() for character in name):
            raise ValueError(f"a signer's name has no spaces and no plus sign: {name!r}")
        self._key = SigningKey(private_key)
        self.verifier = Verifier(name, bytes(self._key.verify_key))

    def __repr__(self) -> str:
        return f"Signer({self.verifier.text!r})"

    def signature(self, message: bytes) -> bytes:
        """The 64 bytes of Ed25519 over `message`."""
        return bytes(self._key.sign(message).signature)

    def note(self, text: str) -> str:
        """`text`, which ends in a newline, as a signed note."""
        if not text.endswith("\n"):
            raise ValueError("the text of a note ends in a newline")
        line = base64.b64encode(self.verifier.key_id + self.signature(text.encode())).decode()
        return f"{text}\n{_DASH}{self.verifier.name} {line}\n"
