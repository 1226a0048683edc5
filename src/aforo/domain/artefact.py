"""Documents that decisions are made with: known by their hash, and in force by events."""

from __future__ import annotations

from typing import ClassVar, Literal

from aforo.domain.payload import Payload

ArtefactKind = Literal[
    "model",
    "combiner",
    "rules",
    "rule",
    "policy",
    "plan",
    "prices",
    "memory",
    "set",
    "alerts",
    "port",
    "measure",
    "corridor",
    "fences",
    "limits",
    "response_plan",
    "contacts",
    "fleet_contract",
    "fleet_targets",
]


Stage = Literal["draft", "shadow", "active", "rolled_back"]


class ArtefactRegistered(Payload, frozen=True, omit_defaults=True, gc=False):
    """A content-addressed document became known. Stream `artefact/<kind>/<name>`, `rule/<id>` or, for a policy document
    that somebody proposes, `policy/<name>`."""

    TYPE: ClassVar[str] = "artefact.registered"

    kind: ArtefactKind
    name: str
    hash: str
    version: str
    author: str


class ArtefactPromoted(Payload, frozen=True, omit_defaults=True, gc=False):
    """A document changed stage. Same stream.

    A rule, and a policy document that somebody proposes, needs an `approver` who is not its author to become `shadow`
    or `active`. Everything else is activated by whoever runs a command that is told to use it (a model folder, a
    policy, a rate): `approver` says who that was. `reason` is why it was rolled back, as the person who did it wrote
    it; empty where nobody was asked.
    """

    TYPE: ClassVar[str] = "artefact.promoted"

    kind: ArtefactKind
    name: str
    hash: str
    stage: Stage
    approver: str
    reason: str = ""
