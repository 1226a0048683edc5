"""What a response on the road goes by, as a document: how fast it is to go, and what is to be done, in what order.

An administration puts its own in place of the one that ships (`documents/response.toml`). A checklist is not advice to
whoever reads it at leisure: it is read by somebody who has a minute, so each step is one act.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from importlib import resources
from typing import Annotated

import msgspec
from msgspec import Meta

from aforo.custody.document import (
    Minutes,
    Name,
    Part,
    RoadError,
    Slug,
    check_sources,
    load,
)
from aforo.domain.figure import Figure
from aforo.domain.response import RESPONSE_KINDS, ResponseKind
from aforo.domain.text import Text

#: A plan is some kilobytes.
MOST_BYTES = 100_000
Says = Annotated[str, Meta(min_length=1, max_length=400)]


class Say(Part, frozen=True):
    """A sentence in both languages."""

    en: Says
    es: Says

    @property
    def text(self) -> Text:
        return Text(self.en, self.es)


class Step(Figure, frozen=True):
    """One act of a checklist; `source` says why it is done."""

    code: Slug
    say: Say


class Answer(Part, frozen=True):
    """How one kind is answered: until when somebody is to be reached, and to be at the truck, since the alert was
    raised; and the steps, the first first."""

    contact: Minutes
    scene: Minutes
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=40)] = msgspec.field(name="step")


class ResponsePlan(Part, frozen=True):
    """The document."""

    name: Slug
    version: Name
    theft: Answer
    people: Answer
    sources: dict[str, Say] = msgspec.field(default_factory=dict)

    def source_of(self, step: Step) -> Text | None:
        """What stands behind a step; None where that is assumed."""
        found = self.sources.get(step.source)
        return None if found is None else found.text

    def of(self, kind: ResponseKind) -> Answer:
        """How a kind is answered."""
        return self.theft if kind == "theft" else self.people


@lru_cache(maxsize=16)
def read(document: bytes) -> ResponsePlan:
    """The plan of a TOML document. Raises RoadError that names the place."""
    made = load(document, ResponsePlan, MOST_BYTES)
    check_sources(made, dict.fromkeys(made.sources, ""))
    for kind in RESPONSE_KINDS:
        answer = made.of(kind)
        codes = [each.code for each in answer.steps]
        if twice := {each for each in codes if codes.count(each) > 1}:
            raise RoadError("response_step_twice", kind=kind, step=min(twice))
        if answer.contact.minutes > answer.scene.minutes:
            raise RoadError("response_order", kind=kind)
    return made


def shipped() -> bytes:
    """The document that is shipped."""
    return (resources.files("aforo.custody") / "documents" / "response.toml").read_bytes()


def hash_of(document: bytes) -> str:
    """What names a document: the SHA-256 of its bytes, as artefacts are named."""
    return sha256(document).hexdigest()
