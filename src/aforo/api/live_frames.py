"""Frames of the console's live stream: encoded once for all who hear them, and compressed once.

A compressed frame is a run of deflate blocks that ends at a byte and looks back at nothing before it, so that frames
can be put one after another into any stream, which begins with the header of a gzip file (RFC 1952).
"""

from __future__ import annotations

import zlib

import msgspec

#: What a stream begins with when it is compressed.
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LEVEL, _WINDOW = 6, -15
_encode = msgspec.json.Encoder().encode


class Frame:
    """One frame, as it is and compressed."""

    __slots__ = ("packed", "plain")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW)
        self.packed = packing.compress(plain) + packing.flush(zlib.Z_FULL_FLUSH)


def frame(event: str, said: object) -> Frame:
    """A message of a stream of server-sent events. JSON has no line break in it."""
    return Frame(b"event: %s\ndata: %s\n\n" % (event.encode(), _encode(said)))


#: A sign of life, and what tells a browser how soon to come again.
BEAT, RETRY = Frame(b"event: beat\ndata: {}\n\n"), Frame(b"retry: 1000\n\n")
