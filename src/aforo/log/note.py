"""Signed notes (C2SP signed-note, as checkpoints use them) under Ed25519 keys.

A note is a text that ends in a newline, then an empty line, then one line a signature:
`— <name> <base64(key id || signature)>`. A key's id is the first four bytes of SHA-256(name || 0x0A || type || key),
where the type of a plain Ed25519 signature is 0x01. Every part has one encoding, and another one is refused: base64
with stray bits, keys and signatures as `ed25519` says.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256
from typing import ClassVar, Self

import msgspec
from nacl.signing import SigningKey

from aforo.domain.ed25519 import KEY_BYTES, holds, usable_key

_DASH = "— "
#: Characters of a note and lines of signatures that are read; a note of ours has a few hundred characters.
MOST_CHARACTERS, MOST_SIGNATURES = 1 << 20, 64
#: What no note holds: control characters but the newline, and halves of characters.
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")
#: What no name of a key has: plus signs, control characters, spaces, halves of characters. They are told one by one,
#: since what is a name must not depend on the tables of the Python that reads it.
_NOT_IN_NAMES = re.compile("[+\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]")


class NoteError(ValueError):
    """The text is not a signed note, or no signature of the expected key holds; or a key is none that is taken."""


def decoded(text: str, what: str) -> bytes:
    """The bytes of base64 in its one encoding. Raises NoteError, which names `what`."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"{what} is not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise NoteError(f"{what} is not base64 as everybody writes it")
    return raw


def is_name(name: str) -> bool:
    """Whether a key may be called so: something without spaces, plus signs or control characters."""
    return bool(name) and not _NOT_IN_NAMES.search(name)


def _key_id(name: str, kind: bytes, public_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


def key_text(name: str, kind: bytes, public_key: bytes) -> str:
    """A key as text (C2SP vkey): `<name>+<key id>+<base64>`."""
    return f"{name}+{_key_id(name, kind, public_key).hex()}+{base64.b64encode(kind + public_key).decode()}"


def taken_apart(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a note, and name, key id and signature of each of its lines; nothing is verified. Raises
    NoteError."""
    if len(note) > MOST_CHARACTERS:
        raise NoteError(f"the note is longer than {MOST_CHARACTERS} characters")
    if _FORBIDDEN.search(note):
        raise NoteError("a note holds no control characters")
    text, found, lines = note.rpartition("\n\n")
    if not found or not text or not lines.endswith("\n"):
        raise NoteError("not a signed note")
    signatures = []
    for line in lines[:-1].split("\n"):
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not is_name(name):
            raise NoteError("a signature line reads — <name> <base64>")
        raw = decoded(encoded, "a signature line")
        if len(raw) < 5:
            raise NoteError("a signature line reads — <name> <base64>")
        signatures.append((name, raw[:4], raw[4:]))
    if len(signatures) > MOST_SIGNATURES:
        raise NoteError(f"the note has more than {MOST_SIGNATURES} signatures")
    return text + "\n", signatures


def signature_line(name: str, key_id: bytes, signature: bytes) -> str:
    """The line of a signature, with its newline."""
    return f"{_DASH}{name} {base64.b64encode(key_id + signature).decode()}\n"


class PublicKey(msgspec.Struct, frozen=True):
    """A public key with the name that it signs under, for one type of signatures: its subclasses' `KIND`. Raises
    NoteError for a key that is not taken: under one of small order anybody signs anything."""

    KIND: ClassVar[bytes]

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if len(self.public_key) != KEY_BYTES:
            raise NoteError(f"an Ed25519 key has {KEY_BYTES} bytes, not {len(self.public_key)}")
        if not usable_key(self.public_key):
            raise NoteError("the key is of small order or not in its canonical encoding")

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell this key from others of its name, and from those of other types of signatures."""
        return _key_id(self.name, self.KIND, self.public_key)

    @property
    def text(self) -> str:
        """The key as text (C2SP vkey): `<name>+<key id>+<base64>`; what a user keeps to verify with."""
        return key_text(self.name, self.KIND, self.public_key)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that `text` says. Raises NoteError."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not is_name(parts[0]):
            raise NoteError("a verifier key reads <name>+<key id>+<base64>")
        raw = decoded(parts[2], "the verifier key")
        if len(raw) != 1 + KEY_BYTES or raw[:1] != cls.KIND:
            raise NoteError(f"the verifier key is not an Ed25519 key for signatures of type {cls.KIND.hex()}")
        if _key_id(parts[0], cls.KIND, raw[1:]).hex() != parts[1]:
            raise NoteError("the verifier key does not match its own id")
        return cls(parts[0], raw[1:])


class Verifier(PublicKey, frozen=True):
    """The public half of a log's signing key."""

    KIND = b"\x01"

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message`."""
        return holds(self.public_key, message, signature)

    def opens(self, note: str) -> str:
        """The text of a note that this key signed. Raises NoteError."""
        text, signatures = taken_apart(note)
        own = [signature for name, id_, signature in signatures if (name, id_) == (self.name, self.key_id)]
        if not own:
            raise NoteError(f"not signed by {self.name}+{self.key_id.hex()}")
        if not all(self.holds(text.encode(), signature) for signature in own):
            raise NoteError(f"the signature of {self.name}+{self.key_id.hex()} does not hold")
        return text

    def alone(self, note: str) -> str:
        """A note that this key signed, without what others put to it: its text and one line. Raises NoteError."""
        text = self.opens(note)
        signature = next(said for name, id_, said in taken_apart(note)[1] if (name, id_) == (self.name, self.key_id))
        return f"{text}\n{signature_line(self.name, self.key_id, signature)}"


class Signer:
    """A signing key with the name it signs under. Its representation shows no secret."""

    __slots__ = ("_key", "verifier")

    def __init__(self, name: str, private_key: bytes) -> None:
        if not is_name(name):
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
        line = signature_line(self.verifier.name, self.verifier.key_id, self.signature(text.encode()))
        return f"{text}\n{line}"
