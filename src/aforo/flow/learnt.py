"""What the record teaches is put in force: duals, what the list is worth, whose filings count, what trips hide.

A record of any length is read beside the node, a page at a time, and only what is new (`look`); the node is asked for a
moment, to put in force what moved (`put`): as the policy of each bridge, and as the document of whose filings are
believed there, by events. So decisions name what they were made with, and replay with it.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from aforo.flow import documents
from aforo.flow.habits import Habits
from aforo.flow.node import Node
from aforo.flow.prices import BridgePolicy, filers_named, neutral, parse_policy, policy_named
from aforo.flow.targets import Aims, Targets
from aforo.log.projections import Follower
from aforo.log.store import Log
from aforo.routing.choice import CLASSES, CREDIT, RESOURCES, SHOWN, SURCHARGE
from aforo.routing.lateness import Believed

#: Duals, shares and factors are put in force to this many digits: what moved less is no news.
_DIGITS = 3


class Learnt:
    """What a log teaches. For one thread at a time."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._habits = Habits()
        self._following = Follower(log, self._habits)
        self._aims: tuple[Aims, Follower] | None = None

    def look(self, targets: Targets, stopping: Callable[[], bool] = lambda: False) -> bool:
        """Take in what is new in the log, with duals of these targets, until `stopping` says so; whether all of it was
        taken in. Of targets that are otherwise than at the last look, duals are made from the first event on."""
        aims = Aims(targets)
        if self._aims is None or self._aims[0].name != aims.name:
            self._aims = aims, Follower(self._log, aims)
        for follower in (self._following, self._aims[1]):
            follower.look(stopping)
            follower.save()
        return not stopping()

    def put(self, node: Node, by: str) -> list[str]:
        """Put what was learnt in force at the bridges that have prices and where it moved; the names of these. Nothing
        else of their parameters is touched. Raises ConcurrencyError, BookError, ArtefactMissingError,
        ArtefactChangedError."""
        if node.bridges is None:
            return []
        moved = []
        believing = self._habits.believing()
        for bridge, own in node.bridges.prices.index.bridges.items():
            before = parse_policy(node.log.artefacts.get(own.policy)) if own.policy else neutral(bridge)
            steps = []
            if (after := self._policy(before)) != before:
                steps.append((policy_named(bridge), after.document()))
            body = msgspec.json.encode(believing)
            if (node.log.artefacts.get(own.filers) if own.filers else msgspec.json.encode(Believed())) != body:
                steps.append((filers_named(bridge), body))
            for name, document in steps:
                documents.put(node.log, "prices", name, document, "aims", by, origin=node.origin)
            moved += [bridge] if steps else []
        return moved

    def _policy(self, before: BridgePolicy) -> BridgePolicy:
        params = list(before.params)
        duals = {} if self._aims is None else self._aims[0].duals(before.bridge)
        for place, resource in enumerate(RESOURCES) if duals else ():
            wait = duals.get(("wait", resource))
            credit = sum(each.dual for key, each in duals.items() if key[0] != "wait" and key[1] == resource)
            params[SURCHARGE + place] = round(0.0 if wait is None else wait.dual, _DIGITS)
            params[CREDIT + place] = round(credit, _DIGITS)
        late = before.late
        if (lateness := self._habits.lateness(before.bridge)) is not None:
            params[SHOWN : SHOWN + CLASSES] = [round(each, _DIGITS) for each in lateness.shown().tolist()]
            late = tuple(round(each, _DIGITS) for each in lateness.late().tolist())
        raises = tuple(tuple(round(each, _DIGITS) for each in own) for own in self._habits.raises())
        alike = raises if any(each > 1.0 for own in raises for each in own) else ()
        return msgspec.structs.replace(before, params=tuple(params), late=late, alike=alike)
