"""Policy documents in the log: those that people proposed, on streams `policy/<name>`, and those that a command was
told to use; who set each figure, and when.

What a command is told to use is in force by the act of whoever runs it. From the first version that two people have
agreed on, the last of those is in force, and what a command is given stands only where none is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from aforo.domain.event import ArtefactPromoted, ArtefactRegistered, Origin, Stage, new_event
from aforo.flow.policy_draft import drafted
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.routing.policy import Policy, PolicyError, default_document, figures, parse
from aforo.routing.policy_versions import PolicyVersion, Versions

_TYPES = (ArtefactRegistered.TYPE, ArtefactPromoted.TYPE)
_PAGE = 10_000
#: The streams of what is proposed, and of what a command is told to use.
PROPOSED: Final = "policy/"
INSTALLED: Final = "artefact/policy/"


class PolicyStep(msgspec.Struct, frozen=True):
    """One step of a version: the stage it came to, when, who took it, the position of its event in the log, and why it
    was rolled back, empty where that was not asked."""

    stage: str
    at: datetime
    by: str
    position: int
    reason: str = ""


@dataclass(frozen=True)
class Recorded:
    """A version with its document, its stage as a person sees it and its steps, the first one first. `installed` tells
    that a command was told to use it, and nobody proposed it."""

    code: str
    hash: str
    stage: str
    author: str
    installed: bool
    steps: tuple[PolicyStep, ...]
    body: bytes

    @property
    def policy(self) -> Policy:
        return parse(self.body)

    def since(self) -> datetime | None:
        """When it last became active; None where it never was."""
        return next((step.at for step in reversed(self.steps) if step.stage == "active"), None)


class FigureSet(msgspec.Struct, frozen=True):
    """A figure with who set it: the version in which it came to be what it is, who proposed that, who approved it and
    when it came into force; None where it has not, or was there before anybody recorded it."""

    path: str
    value: bool | float | str
    source: str
    assumed: bool
    version: str
    set_by: str
    approved_by: str | None
    since: datetime | None


class RecordedPolicies:
    """The policy documents of one log, read anew for every answer. `origin` marks what it records."""

    def __init__(self, log: Log, origin: Origin = "live") -> None:
        self._log = log
        self._origin = origin

    def versions(self) -> Versions:
        """The versions that people proposed, and their stages now."""
        return Versions.of(payload for stream, payload, *_ in self._steps() if stream.startswith(PROPOSED))

    def in_force(self) -> bytes | None:
        """The document that two people agreed on last; None without one. Raises ArtefactMissingError,
        ArtefactChangedError."""
        running = self.versions().running()
        return None if running is None else self._log.artefacts.get(running.hash)

    def before(self, position: int, installed: bytes | None = None) -> Policy:
        """The policy that was in force just before a position of the log: the last agreed on by two people, else what a
        command had been told to use last, else `installed` (what ships, unless it is given)."""
        steps = self._steps()
        proposed = {payload.hash for stream, payload, _ in steps if stream.startswith(PROPOSED)}
        then = [(stream, payload) for stream, payload, step in steps if step.position < position]
        running = Versions.of(payload for stream, payload in then if stream.startswith(PROPOSED)).running()
        if running is not None:
            return parse(self._log.artefacts.get(running.hash))
        used = [
            payload.hash
            for stream, payload in then
            if stream.startswith(INSTALLED) and isinstance(payload, ArtefactPromoted) and payload.hash not in proposed
        ]
        return parse(self._log.artefacts.get(used[-1]) if used else installed or default_document())

    def all(self, installed: bytes | None = None) -> list[Recorded]:
        """Every version, those that commands were told to use first, the rest in the order of proposal. `installed` is
        what stands where nothing approved does (what ships, unless it is given)."""
        steps = self._steps()
        versions = Versions.of(payload for stream, payload, *_ in steps if stream.startswith(PROPOSED))
        proposed = {each.hash for each in versions.known.values()}
        base = hashlib.sha256(installed or default_document()).hexdigest()
        found: dict[str, Recorded] = {}
        for stream, payload, step in steps:
            hash_ = payload.hash
            if not stream.startswith(INSTALLED) or hash_ in proposed:
                continue
            known = found.get(hash_)
            if known is None and isinstance(payload, ArtefactRegistered):
                body = self._log.artefacts.get(hash_)
                known = Recorded(f"{payload.name}@{payload.version}", hash_, "superseded", step.by, True, (), body)
            if known is None:
                continue
            if isinstance(payload, ArtefactPromoted):
                known = replace(known, steps=(*known.steps, step))
            stage = "active" if hash_ == base and versions.running() is None else "superseded"
            found[hash_] = replace(known, stage=stage)
        return [*found.values(), *(self._recorded(each, versions, steps) for each in versions.known.values())]

    def find(self, code: str, installed: bytes | None = None) -> Recorded:
        """A version by `name@version`; one that people proposed before one that a command was told to use, the newest
        of those. Raises PolicyError."""
        found = [each for each in self.all(installed) if each.code == code]
        if not found:
            raise PolicyError("policy_unknown", policy=code)
        return next((each for each in found if not each.installed), found[-1])

    def add(self, document: bytes, actor: str) -> str:
        """Register a document as a draft that `actor` proposes; its code. Raises DraftError, PolicyError."""
        policy = drafted(document)
        code = f"{policy.name}@{policy.version}"
        for each in self.all():
            if each.installed and each.body == document:
                raise PolicyError("policy_installed", policy=code)
            if each.installed and each.code == code:
                raise PolicyError("policy_version_taken", policy=code)
        hash_ = hashlib.sha256(document).hexdigest()
        registered = self.versions().register(policy.name, policy.version, hash_, actor)
        if registered is not None:
            self._log.artefacts.put("policy", document)
            self._append(registered, actor)
        return code

    def promote(self, code: str, stage: Stage, approver: str, reason: str = "") -> None:
        """Take a version to a stage, by `approver`; one that a command installed stays as it is, and none is rolled
        back without a reason. Raises PolicyError."""
        if self.find(code).installed:
            raise PolicyError("policy_only_installed", policy=code)
        self._append(self.versions().promote(code, stage, approver, reason), approver)

    def figures_of(self, shown: Recorded, installed: bytes | None = None) -> list[FigureSet]:
        """Every figure of a version, with who set it.

        A figure is of the first version, of those in force one after another up to this one, since which it has been
        the same in value and source.
        """
        chain = _chain(shown, self.all(installed))
        held = [{path: (value, source) for path, value, source in figures(each.policy)} for each in chain]
        told = []
        for path, (value, source) in held[-1].items():
            first = len(chain) - 1
            while first > 0 and held[first - 1].get(path) == (value, source):
                first -= 1
            own = chain[first]
            approved = next((step.by for step in own.steps if step.stage == "active"), None)
            entered = next((step.at for step in own.steps if step.stage == "active"), None)
            assumed = source.strip().casefold().startswith("assumed")
            told.append(FigureSet(path, value, source, assumed, own.code, own.author, approved, entered))
        return told

    def _recorded(self, version: PolicyVersion, versions: Versions, steps: Sequence[_Step]) -> Recorded:
        own = [
            step
            for stream, payload, step in steps
            if stream == f"{PROPOSED}{version.name}" and payload.hash == version.hash
        ]
        body = self._log.artefacts.get(version.hash)
        return Recorded(version.code, version.hash, versions.stage_of(version), version.author, False, tuple(own), body)

    def _steps(self) -> list[_Step]:
        found: list[_Step] = []
        after = 0
        while events := self._log.read(after, types=_TYPES, limit=_PAGE):
            for stored in events:
                own = stored.event
                if not own.stream.startswith((PROPOSED, INSTALLED)):
                    continue
                payload = stored.payload
                assert isinstance(payload, ArtefactRegistered | ArtefactPromoted)
                stage, why = (
                    ("draft", "") if isinstance(payload, ArtefactRegistered) else (payload.stage, payload.reason)
                )
                step = PolicyStep(stage, own.recorded_at, own.actor, stored.position, why)
                found.append((own.stream, payload, step))
            after = events[-1].position
        return found

    def _append(self, payload: ArtefactRegistered | ArtefactPromoted, actor: str) -> None:
        """Write one event; the stream's version makes sure that nobody else took a step in between."""
        stream = f"{PROPOSED}{payload.name}"
        at = self._log.clock()
        version = self._log.versions([stream]).get(stream, 0) + 1
        event = new_event(
            event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor, origin=self._origin
        )
        self._log.append([event])


#: A stream, what was recorded there, and the step that it is.
_Step = tuple[str, ArtefactRegistered | ArtefactPromoted, PolicyStep]


def _chain(shown: Recorded, known: Sequence[Recorded]) -> list[Recorded]:
    """The versions that were in force one after another before `shown`, and itself last."""
    periods = sorted(
        ((step.position, each) for each in known for step in each.steps if step.stage == "active"),
        key=lambda own: own[0],
    )
    chain: list[Recorded] = []
    for _, each in periods:
        if each.hash == shown.hash:
            break
        if not chain or chain[-1].hash != each.hash:
            chain.append(each)
    return [*chain, shown]
