"""What to look at in a truck, by examination and threat: versioned documents of ours, each item with its source."""

from __future__ import annotations

import tomllib
from functools import cache
from hashlib import sha256
from importlib import resources

import msgspec

from aforo.domain.decision import Examination
from aforo.domain.dock import Part
from aforo.domain.text import Text
from aforo.domain.threat import Threat

#: The version that new examinations are made by.
LATEST = "truck-1"
ASSUMED = "assumed"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item: where on the truck, in which examinations and for which threats it is looked at, and what to look for.
    `source` is a name in the document's `sources`, or `assumed`."""

    code: str
    part: Part
    examinations: tuple[Examination, ...]
    threats: tuple[Threat, ...]
    source: str
    look: Text


class Checklist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document."""

    version: str
    sources: dict[str, str]
    item: tuple[Item, ...]

    def of(self, examination: Examination) -> list[Item]:
        """What is looked at in an examination."""
        return [each for each in self.item if examination in each.examinations]


def document(version: str = LATEST) -> bytes:
    """The bytes of a version, which its hash names."""
    return (resources.files("aforo.exams") / "checklists" / f"{version}.toml").read_bytes()


def parse(body: bytes) -> Checklist:
    """A checklist of its document. Raises ValueError where an item names no source that there is."""
    made = msgspec.convert(tomllib.loads(body.decode()), Checklist)
    for each in made.item:
        if each.source != ASSUMED and each.source not in made.sources:
            raise ValueError(f"item {each.code} names the source {each.source}, which the document does not have")
    return made


@cache
def latest() -> tuple[str, Checklist]:
    """The hash of the latest version, and the checklist."""
    body = document()
    return sha256(body).hexdigest(), parse(body)
