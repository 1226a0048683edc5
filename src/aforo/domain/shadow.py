"""What a pilot records of itself: its choice of a night, before anything of that night was revealed to it."""

from __future__ import annotations

from typing import ClassVar

from aforo.domain.payload import Payload


class ShadowChose(Payload, frozen=True, omit_defaults=True, gc=False):
    """A shadow decided a night; nobody acted on it. Stream `shadow/<night>`, in a log of the pilot's own.

    `extracts` are the SHA-256 of the night's files, `selection` that of the lines that were chosen and left; `model`,
    `rules` and `policy` name what it was decided with.
    """

    TYPE: ClassVar[str] = "shadow.chose"

    night: str
    extracts: tuple[str, ...]
    crossings: int
    chosen: int
    selection: str
    model: str
    rules: str
    policy: str
    code: str
