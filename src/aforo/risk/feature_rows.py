"""Feature rows as they are logged: in half precision, in as few bytes as they need, and back to the bit.

Features are logarithms, shares and shifts, for which eleven bits are plenty. They are rounded when they are made,
before anything is computed from them, so that what is logged is exactly what was assessed. In the log a row is two
bitmaps (which features are missing, which are neither missing nor zero) and the values of the latter: many are not.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Float32Array = npt.NDArray[np.float32]
#: The largest number in half precision (IEEE 754 binary16).
_LARGEST = 65_504.0


def rounded(features: Float32Array) -> Float32Array:
    """Features at the precision in which they are logged, float32[n, F]; NaN stays missing, −0 becomes 0."""
    made = np.clip(features, -_LARGEST, _LARGEST).astype(np.float16).astype(np.float32) + np.float32(0.0)
    made[np.isnan(made)] = np.nan  # one NaN of the many that there are
    return made


def pack(features: Float32Array) -> list[bytes]:
    """The bytes of each row of rounded features, float32[n, F]."""
    half = features.astype("<f2")
    missing = np.isnan(half)
    filled = ~missing & (half != 0)
    maps = np.hstack([np.packbits(missing, axis=1), np.packbits(filled, axis=1)])
    width = maps.shape[1]
    maps_bytes, values = maps.tobytes(), half[filled].tobytes()
    ends = (2 * np.cumsum(filled.sum(axis=1))).tolist()
    rows, start = [], 0
    for row, end in enumerate(ends):
        rows.append(maps_bytes[row * width : (row + 1) * width] + values[start:end])
        start = end
    return rows


def unpack(packed: bytes, width: int) -> Float32Array:
    """The rows that were joined into `packed`, float32[rows, width]. Raises ValueError for other bytes."""
    size = (width + 7) // 8
    rows: list[Float32Array] = []
    at = 0
    while at < len(packed):
        maps = np.frombuffer(packed, np.uint8, 2 * size, at)
        missing = np.unpackbits(maps[:size], count=width).astype(np.bool_)
        filled = np.unpackbits(maps[size:], count=width).astype(np.bool_)
        count = int(filled.sum())
        row = np.zeros(width, np.float32)
        row[missing] = np.nan
        row[filled] = np.frombuffer(packed, "<f2", count, at + 2 * size)
        rows.append(row)
        at += 2 * size + 2 * count
    return np.array(rows, np.float32).reshape(-1, width)


def to_text(rows: Sequence[bytes]) -> str:
    """Packed rows as base64."""
    return base64.b64encode(rows[0] if len(rows) == 1 else b"".join(rows)).decode("ascii")


def from_text(text: str, width: int) -> Float32Array:
    """The rows of a logged text."""
    return unpack(base64.b64decode(text), width)
