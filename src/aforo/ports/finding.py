"""What is wrong with a port document, and where in it."""

from __future__ import annotations

import msgspec

from aforo.domain.text import Text, catalogue


class Finding(msgspec.Struct, frozen=True):
    """What is wrong with a document, and where in it."""

    code: str
    place: str
    text: Text


def say(code: str, place: str, **fields: object) -> Finding:
    """A finding in words."""
    return Finding(code, place, catalogue("aforo.ports").say(code, place=place, **fields))
