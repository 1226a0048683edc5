"""The stages of rules: draft → shadow → active → rolled back, as the log tells them.

A version is registered as a draft. It runs in shadow before it is active, and whoever promotes it is not its author.
When a new version becomes active it takes the place of the one before; when it is rolled back, that one is active
again. What was rolled back can run in shadow again, never be active at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aforo.domain.event import ArtefactPromoted, ArtefactRegistered, Payload, Stage
from aforo.risk.rules.condition import RuleError
from aforo.risk.rules.document import RuleDocument

#: From a stage to the stages that may follow it.
STEPS: dict[Stage, tuple[Stage, ...]] = {
    "draft": ("shadow",),
    "shadow": ("active", "rolled_back"),
    "active": ("rolled_back",),
    "rolled_back": ("shadow",),
}


@dataclass
class RuleVersion:
    """One registered version: where its document is, who wrote it, and its stage."""

    rule: str
    version: str
    hash: str
    author: str
    stage: Stage = "draft"


@dataclass
class Registry:
    """All versions of all rules, as the events so far have them."""

    versions: dict[tuple[str, str], RuleVersion] = field(default_factory=dict)
    _activated: dict[str, list[RuleVersion]] = field(default_factory=dict)

    @classmethod
    def of(cls, payloads: Iterable[Payload], shipped: Iterable[RuleDocument] = ()) -> Registry:
        """The registry after these events, in the order of the log; events of other kinds are passed over.

        `shipped` rules are active from the start: who installs the product approves them. They are replaced and rolled
        back like all others.
        """
        made = cls()
        for rule in shipped:
            made.apply(ArtefactRegistered("rule", rule.id, rule.hash(), rule.version, rule.author))
            made.apply(ArtefactPromoted("rule", rule.id, rule.hash(), "active", ""))
        for payload in payloads:
            made.apply(payload)
        return made

    def apply(self, payload: Payload) -> None:
        """Take one more event in."""
        if isinstance(payload, ArtefactRegistered) and payload.kind == "rule":
            version = RuleVersion(payload.name, payload.version, payload.hash, payload.author)
            self.versions.setdefault((payload.name, payload.version), version)
        elif isinstance(payload, ArtefactPromoted) and payload.kind == "rule":
            known = self._of_hash(payload.name, payload.hash)
            if known is None:
                return
            known.stage = payload.stage
            order = self._activated.setdefault(payload.name, [])
            if payload.stage == "active":
                order.append(known)
            elif known in order:
                order.remove(known)

    def _of_hash(self, rule: str, hash_: str) -> RuleVersion | None:
        return next((v for v in self.versions.values() if v.rule == rule and v.hash == hash_), None)

    def running(self, rule: str) -> RuleVersion | None:
        """The version of a rule that is in force: the last one activated and not rolled back."""
        order = self._activated.get(rule)
        return order[-1] if order else None

    def active(self) -> list[RuleVersion]:
        """The versions in force, by rule."""
        return [version for rule in sorted(self._activated) if (version := self.running(rule)) is not None]

    def shadow(self) -> list[RuleVersion]:
        """The versions that run in shadow, by rule and version."""
        return [self.versions[key] for key in sorted(self.versions) if self.versions[key].stage == "shadow"]

    def stage_of(self, version: RuleVersion) -> str:
        """The stage as a person sees it: an active version that a newer one replaced is `superseded`."""
        if version.stage == "active" and self.running(version.rule) is not version:
            return "superseded"
        return version.stage

    def find(self, rule: str, version: str | None = None) -> RuleVersion:
        """A registered version; without `version` the one registered last. Raises RuleError."""
        found = [v for v in self.versions.values() if v.rule == rule and version in (None, v.version)]
        if not found:
            raise RuleError("rule_unknown", rule=rule if version is None else f"{rule}@{version}")
        return found[-1]

    def register(self, document: RuleDocument) -> ArtefactRegistered | None:
        """The event that registers a document as a draft; None where it is registered already. Raises RuleError."""
        known = self.versions.get((document.id, document.version))
        if known is not None:
            if known.hash == document.hash():
                return None
            raise RuleError("version_taken", rule=document.code)
        return ArtefactRegistered(
            kind="rule", name=document.id, hash=document.hash(), version=document.version, author=document.author
        )

    def promote(self, document: RuleDocument, stage: Stage, approver: str, reason: str = "") -> ArtefactPromoted:
        """The event that takes a registered document to a stage. Raises RuleError where that step is not allowed.

        `shadow` and `active` need an approver who is not the author, and who is the one that the document names, if it
        names one. Anybody may roll back, and says why: stopping a rule must not wait.
        """
        known = self.find(document.id, document.version)
        if known.hash != document.hash():
            raise RuleError("version_taken", rule=document.code)
        if stage not in STEPS[known.stage]:
            allowed = ", ".join(STEPS[known.stage])
            raise RuleError("step_not_allowed", rule=document.code, stage=known.stage, wanted=stage, allowed=allowed)
        if not approver.strip():
            raise RuleError("approver_missing", rule=document.code)
        if stage == "rolled_back" and not reason.strip():
            raise RuleError("reason_missing", rule=document.code)
        if stage != "rolled_back":
            if approver.strip().casefold() == document.author.strip().casefold():
                raise RuleError("approver_is_author", rule=document.code, person=approver)
            named = document.approver
            if named is not None and named.strip().casefold() != approver.strip().casefold():
                raise RuleError("approver_is_another", rule=document.code, person=approver, named=named)
        return ArtefactPromoted("rule", document.id, known.hash, stage, approver, reason.strip())
