"""What a PDF of ours says, as a reader finds it."""

from __future__ import annotations

import re
import zlib


def words(pdf: bytes) -> str:
    """The text of a PDF of ours: what its streams show, one piece after the other."""
    assert pdf.startswith(b"%PDF-")
    streams = re.findall(rb"stream\r?\n(.*?)\nendstream", pdf, re.S)
    # A return before the end may be the last byte of the stream, or is none of it.
    shown = b" ".join(zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x")
    pieces = re.findall(rb"\((?:\\.|[^\\()])*\)", shown)
    text = b" ".join(each[1:-1] for each in pieces).decode("latin-1")
    return re.sub(r"\s+", " ", re.sub(r"\\(.)", r"\1", text))
