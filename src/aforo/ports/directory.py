"""A directory of port documents, those that ship or those that a node has in force: to look a port up in, and to say
which version of each was used."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import msgspec

from aforo.ports.document import Bridge, PortDocument
from aforo.ports.reading import parse


class UsedDocument(msgspec.Struct, frozen=True):
    """A port document that something rests on: the port's code and name, the document's version, and the SHA-256 of its
    bytes, which no other has."""

    port: str
    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Directory:
    """Port documents as they are written, by Schedule D code, and the ports that they are of in the same order."""

    documents: Mapping[str, bytes]
    ports: tuple[PortDocument, ...]

    @classmethod
    def of(cls, documents: Iterable[bytes]) -> Self:
        """The directory of these documents; a later one takes the place of one before it of the same port. Raises
        PortError."""
        held = {parse(document).code: document for document in documents}
        return cls(held, tuple(map(parse, held.values())))

    def port_called(self, name: str) -> PortDocument | None:
        """The port that is called so, by code or name, whatever the case; None where there is none."""
        wanted = name.strip().casefold()
        return next((each for each in self.ports if wanted in (each.code, each.name.casefold())), None)

    def bridge_called(self, name: str, port: str | None = None) -> tuple[PortDocument, Bridge] | None:
        """The bridge that a filer calls so, at the port of a code where one is given; no two bridges share a name."""
        for each in self.ports:
            if port in (None, each.code) and (found := each.bridge(name)) is not None:
                return each, found
        return None

    def only(self, codes: Collection[str]) -> Directory:
        """The documents of these ports alone."""
        return Directory(
            {code: document for code, document in self.documents.items() if code in codes},
            tuple(port for port in self.ports if port.code in codes),
        )

    def used(self) -> tuple[UsedDocument, ...]:
        """Which documents these are."""
        return tuple(
            UsedDocument(port.code, port.name, port.version, hashlib.sha256(document).hexdigest())
            for port, document in zip(self.ports, self.documents.values(), strict=True)
        )
