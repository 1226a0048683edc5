"""A QR code (ISO/IEC 18004) as the path of its dark squares, to be drawn by whoever shows it."""

from __future__ import annotations

import msgspec
import segno

#: Squares of white around the code (ISO/IEC 18004: four).
QUIET = 4


class QrCode(msgspec.Struct, frozen=True):
    """`path` is the SVG path of the dark squares, each of one unit, in a square of `size` units with its quiet zone."""

    size: int
    path: str


def qr_of(text: str) -> QrCode:
    """The code of a text, with a quarter of it readable though it is damaged or dirty."""
    rows = [bytes(row) for row in segno.make(text, error="q", micro=False).matrix]
    parts = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = 1
            while x + run < len(row) and row[x + run] == row[x]:
                run += 1
            if row[x]:
                parts.append(f"M{x + QUIET} {y + QUIET}h{run}v1h-{run}z")
            x += run
    return QrCode(len(rows) + 2 * QUIET, "".join(parts))
