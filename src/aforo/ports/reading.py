"""Reads port documents: TOML of bounded size, checked in form and in what it says."""

from __future__ import annotations

import tomllib

import msgspec

from aforo.domain.text import Text
from aforo.ports.document import PortDocument
from aforo.ports.figure import not_finite
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


def read(document: bytes) -> tuple[PortDocument | None, tuple[Finding, ...]]:
    """The port of a TOML document, and all that is wrong with it; no port where its form is wrong."""
    if len(document) > MOST_BYTES:
        return None, (say("port_too_large", "", bytes=MOST_BYTES),)
    try:
        table = tomllib.loads(document.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        return None, (say("port_not_toml", "", why=str(wrong)),)
    if (place := not_finite(table)) is not None:
        return None, (say("port_not_finite", place),)
    try:
        port = msgspec.convert(table, PortDocument)
    except msgspec.ValidationError as wrong:
        what, _, where = str(wrong).partition(" - at ")
        return None, (say("port_not_valid", where.strip("`").removeprefix("$."), why=what),)
    return port, tuple(findings(port))


def parse(document: bytes) -> PortDocument:
    """The port of a TOML document. Raises PortError that names the place."""
    port, wrong = read(document)
    if port is None or wrong:
        raise PortError(wrong[0].text, wrong[0].code)
    return port
