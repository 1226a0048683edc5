"""The lines that an unsigned block was made of, as they were sent, beside it in the log.

They prove nothing, and no verdict rests on them: they are for who holds the receiver's reading against what came. As
text they are most of an unsigned trip's bundle, and much alike, so they are kept in one zlib stream.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Final

from aforo.domain.device import BlockReceived

#: The most that lines may be: no block of a thousand readings was made of more.
MOST_BYTES: Final = 1 << 25


class LinesError(ValueError):
    """What stands for the lines of a block is none; or they are more than a block can be made of."""


def packed(lines: bytes) -> str:
    """Lines as the log keeps them."""
    return base64.b64encode(zlib.compress(lines, 9)).decode()


def lines_of(said: BlockReceived) -> bytes:
    """The lines of a block, whichever way they are kept; empty where it was signed. Raises LinesError."""
    try:
        if not said.packed:
            return base64.b64decode(said.raw, validate=True)
        if said.raw:
            raise LinesError("they stand twice")
        stream = base64.b64decode(said.packed, validate=True)
        reader = zlib.decompressobj()
        lines = reader.decompress(stream, MOST_BYTES)
    except (binascii.Error, zlib.error) as error:
        raise LinesError(str(error)) from None
    if not reader.eof or reader.unused_data or reader.unconsumed_tail:
        raise LinesError(f"they are no single stream of at most {MOST_BYTES:,} bytes")
    return lines
