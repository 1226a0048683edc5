"""The versions of the policy document that people propose: draft → shadow → active → rolled back, as the log has it.

What a command is told to use stands until one of these is active: who installs the product approves it. A version is
registered as a draft; it runs in shadow before it is active, and whoever promotes it is not who proposed it. The last
one that became active and was not rolled back is in force; when it is rolled back, the one before it is again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aforo.domain.event import ArtefactPromoted, ArtefactRegistered, Payload, Stage
from aforo.routing.policy import PolicyError

#: From a stage to the stages that may follow it.
STEPS: dict[Stage, tuple[Stage, ...]] = {
    "draft": ("shadow",),
    "shadow": ("active", "rolled_back"),
    "active": ("rolled_back",),
    "rolled_back": ("shadow",),
}


@dataclass
class PolicyVersion:
    """One version that was proposed: where its document is, who proposed it, and its stage."""

    name: str
    version: str
    hash: str
    author: str
    stage: Stage = "draft"

    @property
    def code(self) -> str:
        """As people name it: `name@version`."""
        return f"{self.name}@{self.version}"


@dataclass
class Versions:
    """All versions that were proposed, as the events so far have them."""

    known: dict[tuple[str, str], PolicyVersion] = field(default_factory=dict)
    #: Those that became active and were not rolled back, in that order.
    activated: list[PolicyVersion] = field(default_factory=list)

    @classmethod
    def of(cls, payloads: Iterable[Payload]) -> Versions:
        """The versions after these events of the streams `policy/…`, in the order of the log."""
        made = cls()
        for payload in payloads:
            made.apply(payload)
        return made

    def apply(self, payload: Payload) -> None:
        """Take one more event in."""
        if isinstance(payload, ArtefactRegistered):
            own = PolicyVersion(payload.name, payload.version, payload.hash, payload.author)
            self.known.setdefault((payload.name, payload.version), own)
        elif isinstance(payload, ArtefactPromoted):
            own_versions = (each for each in self.known.values() if each.name == payload.name)
            known = next((each for each in own_versions if each.hash == payload.hash), None)
            if known is None:
                return
            known.stage = payload.stage
            if known in self.activated:
                self.activated.remove(known)
            if payload.stage == "active":
                self.activated.append(known)

    def running(self) -> PolicyVersion | None:
        """The version in force; None where none is."""
        return self.activated[-1] if self.activated else None

    def shadow(self) -> list[PolicyVersion]:
        """The versions that run in shadow."""
        return [each for each in self.known.values() if each.stage == "shadow"]

    def stage_of(self, version: PolicyVersion) -> str:
        """The stage as a person sees it: an active version that a newer one replaced is `superseded`."""
        return "superseded" if version.stage == "active" and self.running() is not version else version.stage

    def find(self, code: str) -> PolicyVersion:
        """A version by `name@version`. Raises PolicyError."""
        name, _, version = code.partition("@")
        found = self.known.get((name, version))
        if found is None:
            raise PolicyError("policy_unknown", policy=code)
        return found

    def register(self, name: str, version: str, hash_: str, author: str) -> ArtefactRegistered | None:
        """The event that registers a document as a draft; None where it is registered already. Raises PolicyError."""
        known = self.known.get((name, version))
        if known is None:
            return ArtefactRegistered("policy", name, hash_, version, author)
        if known.hash == hash_:
            return None
        raise PolicyError("policy_version_taken", policy=known.code)

    def promote(self, code: str, stage: Stage, approver: str, reason: str = "") -> ArtefactPromoted:
        """The event that takes a version to a stage. Raises PolicyError where that step is not allowed.

        `shadow` and `active` need an approver who did not propose it; stopping one must not wait for anybody, and needs
        a reason.
        """
        known = self.find(code)
        if stage not in STEPS[known.stage]:
            allowed = ", ".join(STEPS[known.stage])
            raise PolicyError("policy_step", policy=code, stage=known.stage, wanted=stage, allowed=allowed)
        if stage != "rolled_back" and approver.strip().casefold() == known.author.strip().casefold():
            raise PolicyError("policy_approver_is_author", policy=code, person=approver)
        if stage == "rolled_back" and not reason.strip():
            raise PolicyError("policy_reason_missing", policy=code)
        return ArtefactPromoted("policy", known.name, known.hash, stage, approver, reason.strip())
