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
from aforo.domain.figure import ASSUMED, Figure
from aforo.domain.response import RESPONSE_KINDS, ResponseKind, TheftStart
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


class Start(Figure, frozen=True):
    """What is found of a trip that starts a response; `source` says why it does."""

    on: TheftStart


class Answer(Part, frozen=True):
    """How one kind is answered: who owns it until somebody takes it over, as a desk is named; until when somebody is to
    be reached, and to be at the truck, since the alert was raised; and the steps, the first first."""

    contact: Minutes
    scene: Minutes
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=40)] = msgspec.field(name="step")
    owner: Name | None = None


def _starts() -> tuple[Start, ...]:
    on: tuple[TheftStart, ...] = ("custody_broken", "trip_astray", "silent_alone", "jammed_alone")
    return tuple(Start(on=each, source=ASSUMED) for each in on)


class TheftAnswer(Answer, frozen=True):
    """How theft is answered, and what starts a response to it beside what somebody reports: as the shipped plan has it,
    where a plan does not say."""

    starts: Annotated[tuple[Start, ...], Meta(max_length=10)] = msgspec.field(name="start", default_factory=_starts)


class ResponsePlan(Part, frozen=True):
    """The document."""

    name: Slug
    version: Name
    theft: TheftAnswer
    people: Answer
    sources: dict[str, Say] = msgspec.field(default_factory=dict)

    def source_of(self, said: Step | Start) -> Text | None:
        """What stands behind a step or a start; None where that is assumed."""
        found = self.sources.get(said.source)
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
        if answer.owner is not None and not (answer.owner.strip() and answer.owner.isprintable()):
            raise RoadError("response_owner", kind=kind)
    return made


def shipped() -> bytes:
    """The document that is shipped."""
    return (resources.files("aforo.custody") / "documents" / "response.toml").read_bytes()


def hash_of(document: bytes) -> str:
    """What names a document: the SHA-256 of its bytes, as artefacts are named."""
    return sha256(document).hexdigest()
