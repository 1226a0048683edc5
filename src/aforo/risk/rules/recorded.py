"""Rules in the log: their documents as artefacts, their stages as events on the stream `rule/<id>`."""

from __future__ import annotations

from aforo.domain.event import ArtefactPromoted, ArtefactRegistered, Origin, Stage, new_event
from aforo.log.ids import event_id
from aforo.log.store import Log
from aforo.risk.rules.document import RuleDocument, default_rules, parse
from aforo.risk.rules.registry import Registry, RuleVersion
from aforo.risk.rules.rule_set import RuleSet

_TYPES = (ArtefactRegistered.TYPE, ArtefactPromoted.TYPE)
_PAGE = 10_000


class RecordedRules:
    """The rules of one log, the shipped ones included; reads the log anew for every answer. `origin` marks what it
    records."""

    def __init__(self, log: Log, origin: Origin = "live") -> None:
        self._log = log
        self._origin = origin
        self._shipped = {rule.hash(): rule for rule in default_rules()}

    def registry(self) -> Registry:
        """The versions and stages of all rules now."""
        payloads, after = [], 0
        while events := self._log.read(after, types=_TYPES, limit=_PAGE):
            payloads += [stored.payload for stored in events]
            after = events[-1].position
        return Registry.of(payloads, shipped=default_rules())

    def document(self, version: RuleVersion) -> RuleDocument:
        """The document of a version. Raises ArtefactMissingError, ArtefactChangedError, RuleError."""
        if version.hash in self._shipped:
            return self._shipped[version.hash]
        (rule,) = parse(self._log.artefacts.get(version.hash), f"{version.rule}@{version.version}")
        return rule

    def in_force(self) -> RuleSet:
        """The rules that are active and those that run in shadow."""
        registry = self.registry()
        return RuleSet.compile(
            [self.document(version) for version in registry.active()],
            [self.document(version) for version in registry.shadow()],
        )

    def add(self, document: RuleDocument, actor: str) -> bool:
        """Register a document as a draft; False where it was registered already. Raises RuleError."""
        registered = self.registry().register(document)
        if registered is None:
            return False
        self._log.artefacts.put("rule", document.document())
        self._append(registered, actor)
        return True

    def promote(self, rule: str, version: str | None, stage: Stage, approver: str, reason: str = "") -> RuleVersion:
        """Take a version (the last registered one unless named) to a stage, by `approver`; none is rolled back
        without a reason. Raises RuleError."""
        registry = self.registry()
        document = self.document(registry.find(rule, version))
        promoted = registry.promote(document, stage, approver, reason)
        self._append(promoted, approver)
        registry.apply(promoted)
        return registry.find(rule, document.version)

    def _append(self, payload: ArtefactRegistered | ArtefactPromoted, actor: str) -> None:
        """Write one event; the stream's version makes sure that nobody else took a step in between."""
        stream = f"rule/{payload.name}"
        at = self._log.clock()
        version = self._log.versions([stream]).get(stream, 0) + 1
        event = new_event(
            event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=actor, origin=self._origin
        )
        self._log.append([event])
