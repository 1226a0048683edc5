"""An answer as JSON: the fields of `Answer`, every one always there."""

from __future__ import annotations

import msgspec

from aforo.answers.answer import Answer

MEDIA_TYPE = "application/json"


def render(answer: Answer) -> bytes:
    """The answer as one JSON object in UTF-8."""
    return msgspec.json.encode(answer)


def parse(document: bytes) -> Answer:
    """An answer read back. Raises msgspec.DecodeError, msgspec.ValidationError."""
    return msgspec.json.decode(document, type=Answer)
