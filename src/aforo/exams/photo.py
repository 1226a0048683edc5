"""A photo as it is kept: a JPEG or PNG by its own bytes, without what says where, when and by which device it was made.

The browser makes pictures anew before it sends them; here every segment that a picture can be drawn without is left
out, whatever the browser did: EXIF with its place, XMP, comments, thumbnails, and what hangs behind the picture's end.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Literal

#: Bytes of one photo, and pixels of its longer side.
MOST_BYTES, MOST_PIXELS = 2 * 1024 * 1024, 4_096
_PNG = b"\x89PNG\r\n\x1a\n"
#: What a PNG is drawn from (W3C PNG, section 11).
_DRAWN = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"sBIT")
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
#: Frame headers, which give the size; and application segments that decoding needs: JFIF's and Adobe's colours.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_KEPT_APPLICATIONS = {0xE0, 0xEE}
_COMMENT = 0xFE

Refusal = Literal["photo_unreadable", "photo_no_picture", "photo_large"]


class PhotoRefusedError(ValueError):
    """It cannot be kept; `code` names the sentence that says why."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Photo:
    """A photo without its metadata; `stripped` tells that it had some."""

    media: str
    body: bytes
    pixels: tuple[int, int]
    stripped: bool


def cleaned(data: bytes) -> Photo:
    """The photo in these bytes. Raises PhotoRefusedError."""
    if len(data) > MOST_BYTES:
        raise PhotoRefusedError("photo_large")
    try:
        if data.startswith(_PNG):
            media, (body, pixels) = "image/png", _png(data)
        elif data.startswith(b"\xff\xd8\xff"):
            media, (body, pixels) = "image/jpeg", _jpeg(data)
        else:
            raise PhotoRefusedError("photo_no_picture")
    except (IndexError, struct.error):
        raise PhotoRefusedError("photo_unreadable") from None
    if not 0 < max(pixels) <= MOST_PIXELS or min(pixels) < 1:
        raise PhotoRefusedError("photo_large")
    return Photo(media, body, pixels, len(body) != len(data))


def _jpeg(data: bytes) -> tuple[bytes, tuple[int, int]]:
    kept = bytearray(data[:2])
    at, pixels = 2, (0, 0)
    while True:
        if data[at] != 0xFF:
            raise PhotoRefusedError("photo_unreadable")
        kind = data[at + 1]
        if kind == 0xFF:  # a fill byte
            at += 1
            continue
        if kind == _EOI:
            kept += data[at : at + 2]
            return bytes(kept), pixels
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise PhotoRefusedError("photo_unreadable")
        if kind in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            pixels = (width, height)
        is_told = 0xE0 <= kind <= 0xEF or kind == _COMMENT
        if kind == 0xE0:
            # JFIF's own header without the thumbnail that may follow; an extension of it is a thumbnail alone.
            if data[at + 4 : at + 9] == b"JFIF\0" and length >= 16:
                kept += b"\xff\xe0\x00\x10" + data[at + 4 : at + 16] + b"\0\0"
        elif not is_told or kind in _KEPT_APPLICATIONS:
            kept += data[at:end]
        at = end
        if kind == _SOS:
            begun = at
            while data[at] != 0xFF or data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
                at += 1
            kept += data[begun:at]


def _png(data: bytes) -> tuple[bytes, tuple[int, int]]:
    kept = bytearray(_PNG)
    at, pixels = len(_PNG), (0, 0)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise PhotoRefusedError("photo_unreadable")
        (check,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(data[at + 4 : end - 4]) != check:
            raise PhotoRefusedError("photo_unreadable")
        if kind == b"IHDR":
            pixels = struct.unpack_from(">II", data, at + 8)
        if kind in _DRAWN:
            kept += data[at:end]
        if kind == b"IEND":
            return bytes(kept), pixels
        at = end
