"""Reads port documents: TOML of bounded size, checked in form and in what it says."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from aforo.domain.form import not_toml
from aforo.domain.text import Text
from aforo.ports.document import PortDocument
from aforo.ports.faults import formed
from aforo.ports.finding import Finding, say
from aforo.ports.soundness import findings

#: A document is a few kilobytes.
MOST_BYTES = 1_000_000


class PortError(ValueError):
    """The port document is not valid; `text` names the place and says what to do, in both languages."""

    def __init__(self, text: Text, code: str) -> None:
        super().__init__(text.en)
        self.text = text
        self.code = code


# A start reads each shipped document three times: as it ships, as what is in force, and for its code.
@lru_cache(maxsize=64)
def read(document: bytes) -> tuple[PortDocument | None, tuple[Finding, ...]]:
    """The port of a TOML document, and all that is wrong with it that can be told at once; no port where its form is
    wrong."""
    if len(document) > MOST_BYTES:
        return None, (say("port_too_large", "", bytes=MOST_BYTES),)
    try:
        table = tomllib.loads(document.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        return None, (say("port_not_toml", "", why=not_toml(wrong)),)
    try:
        made = formed(table)
    except RecursionError as wrong:  # a key with dots nests deeper than lists that a parser takes
        return None, (say("port_not_toml", "", why=not_toml(wrong)),)
    if made.port is None:
        return None, made.faults
    sound = tuple(each for each in findings(made.port) if made.judges(each))
    return None if made.faults else made.port, (*made.faults, *sound)


def parse(document: bytes) -> PortDocument:
    """The port of a TOML document. Raises PortError that names the place."""
    port, wrong = read(document)
    if port is None or wrong:
        raise PortError(wrong[0].text, wrong[0].code)
    return port
