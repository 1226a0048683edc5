"""What a fixed reader signs of the number that it read on a seal."""

from __future__ import annotations

from aforo.custody import keys
from aforo.domain.ed25519 import holds

#: What a reader signs begins with this, so that no signature of anything else is one.
_READ = b"aforo seal read\n"


def read_text(reader: str, at: int, seal_id: str) -> bytes:
    """What a reader signs: who it is, when (microseconds since 1970), and the number as it read it."""
    return _READ + f"{reader}\n{at}\n{seal_id}".encode()


def signed(reader: str, at: int, seal_id: str, signature: str, key: bytes) -> bool:
    """Whether a reader signed that it read a number at an instant, under this key; `signature` is in base64."""
    try:
        return holds(key, read_text(reader, at, seal_id), keys.decoded(signature))
    except ValueError:
        return False
