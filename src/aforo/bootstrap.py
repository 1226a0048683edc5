"""The composition root: from an open log to a node with its keys, documents in force and memory.

Nothing else puts rooms together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from importlib import metadata
from pathlib import Path

import msgspec
import polars as pl

from aforo.answers import Grounds, shipped
from aforo.domain.codes import port_zone
from aforo.domain.event import ArtefactKind, ArtefactPromoted, ArtefactRegistered, Event, Origin, new_event
from aforo.domain.text import catalogue
from aforo.flow import artefact_set, briefing
from aforo.flow.artefact_set import ArtefactSet
from aforo.flow.custody import Custody
from aforo.flow.decision_turn import decision_turn, set_mark
from aforo.flow.node import InForce, Node
from aforo.flow.open_trucks import OpenTrucks
from aforo.flow.outlooks import ExpectedLately
from aforo.flow.placed import bridges_of, placed_in
from aforo.flow.policies import PROPOSED, RecordedPolicies
from aforo.flow.prices import BookError
from aforo.flow.projection import NodeState, price_lately
from aforo.flow.repricing import of_documents
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.contention import retried
from aforo.log.ids import event_id
from aforo.log.projections import Follower, Projection
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.ports.reading import PortError
from aforo.risk import artefacts
from aforo.risk.rules import RuleError
from aforo.risk.rules.recorded import RecordedRules
from aforo.risk.screening.in_use import ListsInUse
from aforo.routing import policy as policies
from aforo.routing.policy import Policy, PolicyError
from aforo.settings import officer

logger = logging.getLogger("aforo")

#: The kind and the name under which the artefact set in force is registered.
_SET: tuple[ArtefactKind, str] = "set", "in-force"


def _stream(kind: ArtefactKind, name: str) -> str:
    return f"artefact/{kind}/{name}"


class ForeignModelError(Exception):
    """The memory of a model folder was made with another key store: it would know nobody of this log."""


class _Registrar:
    """Keeps documents in the store and their stages in the log, each once."""

    def __init__(self, log: Log, actor: str, origin: Origin) -> None:
        self._log = log
        self._actor = actor
        self._origin = origin

    def activate(self, kind: ArtefactKind, name: str, body: bytes, version: str) -> tuple[str, int]:
        """Register a document if it is new, and activate it if another is active; its hash, and the position of the
        event that registered it."""
        stream = _stream(kind, name)
        hash_ = self._log.artefacts.put(kind, body)
        key = f"artefact:{kind}:{name}:{hash_}"
        before = self._log.stream(stream)
        events = []
        if all(stored.event.idempotency_key != key for stored in before):
            registered = ArtefactRegistered(kind, name, hash_, version, self._actor)
            events.append(self._event(registered, stream, len(before) + 1, key))
        stages = [stored.payload for stored in before if stored.event.type == ArtefactPromoted.TYPE]
        active = stages[-1] if stages else None
        if not isinstance(active, ArtefactPromoted) or active.hash != hash_:
            promoted = ArtefactPromoted(kind, name, hash_, "active", self._actor)
            events.append(self._event(promoted, stream, len(before) + len(events) + 1, None))
        self._log.append(events)
        return hash_, self._log.find([key])[key].position

    def _event(
        self, payload: ArtefactRegistered | ArtefactPromoted, stream: str, version: int, key: str | None
    ) -> Event:
        at = self._log.clock()
        return new_event(
            event_id(at), payload, stream, version, occurred_at=at, recorded_at=at, actor=self._actor,
            idempotency_key=key, origin=self._origin,
        )  # fmt: skip


def open_node(
    log: Log,
    model: Path,
    rate: float,
    policy_document: bytes | None = None,
    *,
    origin: Origin | None = None,
    actor: str | None = None,
    law: Grounds | None = None,
    lists: Callable[[], ListsInUse | None] = lambda: None,
    counts: Callable[[], pl.DataFrame | None] = lambda: None,
    custody: Custody | None = None,
) -> Node:
    """The node of a log with a model folder and a policy in force, caught up with its log. `law` is the document of
    legal grounds that answers name, the United States' where none is given; `lists` gives those that parties are
    screened against, `counts` the published counts of trucks that forecasts begin with; `custody` is that which
    this process keeps up already, where it does; `origin` is that of what it records, the log's own where none is
    given.

    Raises DamagedArtefactError, ForeignModelError, PolicyError, RuleError.
    """
    actor, origin = actor or officer(), origin or log.marks
    folder = artefacts.load(model)
    if folder.manifest.keys not in ("", log.keys.identity_mark()):
        raise ForeignModelError(str(model))
    brief = _briefing(model / briefing.FILE)
    document = _policy_document(log, policy_document)
    policy = policies.parse(document)
    rules = RecordedRules(log).in_force()
    plan = brief.plan(rate, policy)
    code = metadata.version("aforo")
    registrar = _Registrar(log, actor, origin)
    last = folder.artefacts.training.last
    version = last or code
    model_hash, _ = registrar.activate("model", "trees", folder.artefacts.model_document, version)
    combiner_hash, _ = registrar.activate("combiner", "weights", folder.artefacts.combiner_document, version)
    rules_hash, _ = registrar.activate("rules", "set", rules.document, code)
    policy_hash, _ = registrar.activate("policy", policy.name, document, policy.version)
    plan_hash, _ = registrar.activate("plan", "control", plan.dump(), code)
    memory_hash, since = registrar.activate("memory", "snapshot", folder.snapshot, version)
    placed = placed_in(log)
    names = ArtefactSet(
        model_hash, combiner_hash, rules_hash, policy_hash, plan_hash, memory_hash, rate, code, placed.prices_hash,
        "port", placed.ports_hash,
    )  # fmt: skip
    set_hash, _ = registrar.activate(*_SET, names.document(), code)
    shares_price, price = _shares_price(log, names), brief.price(rate, policy)

    def followed() -> tuple[NodeState, Follower]:
        state = NodeState(set_hash, folder.memory(), price, since, log.stream, shares_price, _instant_after(last))
        return state, _caught_up(log, state)

    state, following = followed()
    if state.outdated:
        log.projections.drop(f"{state.name}/{state.version}")
        state, following = followed()
    trucks = OpenTrucks()
    tracking = _caught_up(log, trucks)
    force = InForce(set_hash, code, names, folder.artefacts, rules, policy, plan, placed.prices)
    with log.database.decisions.hold():
        # What other processes recorded while the log was read, of which nothing may be missing.
        log.database.settle(log.database.last_position())
        following.look()
        tracking.look()
        node = Node(
            log, log.keys, force, state.memory, state.price, log.clock, actor, origin, port_zone, state.passages,
            state.days, state.revealed, outdated=state.outdated, law=law or shipped("US"), trucks=trucks, lists=lists,
            counts=counts, shares_price=shares_price, renew=_renew, brief=brief, installed=policy_document,
            watched=custody,
        )  # fmt: skip
        set_mark(node)
    node.bridges = bridges_of(log, placed, node.live, ExpectedLately(node.live, counts))
    return node


def _caught_up(log: Log, projection: Projection) -> Follower:
    """A projection that is brought to the end of the log and saved there, to be followed on."""
    following = Follower(log, projection)
    if following.look():
        following.save()
    return following


def _renew(node: Node, events: Sequence[StoredEvent]) -> None:
    """Put in force what another process promoted. What cannot be put in force leaves what was before in force: the
    threads that look for it (`RulesTakenUp`, `Repricing`) say so, and try again."""
    streams = {each.event.stream for each in events}
    for renewed, concerned in (
        (renew_rules, any(each.startswith("rule/") for each in streams)),
        (renew_policy, any(each.startswith(PROPOSED) for each in streams)),
        (renew_bridges, of_documents(events)),
    ):
        if concerned:
            with suppress(PolicyError, RuleError, PortError, BookError, ArtefactMissingError, ArtefactChangedError):
                retried(partial(renewed, node))


def renew_rules(node: Node) -> None:
    """Put the rules that are active and in shadow now in force in an open node. Raises RuleError."""
    rules = RecordedRules(node.log).in_force()
    registrar = _Registrar(node.log, node.actor, node.origin)
    rules_hash, _ = registrar.activate("rules", "set", rules.document, node.force.code)
    names = msgspec.structs.replace(node.force.set, rules=rules_hash)
    set_hash, _ = registrar.activate(*_SET, names.document(), node.force.code)
    node.force = replace(node.force, hash=set_hash, set=names, rules=rules)


def renew_policy(node: Node) -> None:
    """Put the policy document that is in force now in force in an open node: with the control plan and the price that
    follow from it, as the node would have them if it were opened now. Raises PolicyError."""
    document = _policy_document(node.log, node.installed)
    policy = policies.parse(document)
    force, log = node.force, node.log
    registrar = _Registrar(log, node.actor, node.origin)
    policy_hash, _ = registrar.activate("policy", policy.name, document, policy.version)
    if policy_hash == force.set.policy:
        return
    plan = node.brief.plan(force.set.rate, policy)
    plan_hash, _ = registrar.activate("plan", "control", plan.dump(), force.code)
    names = msgspec.structs.replace(force.set, policy=policy_hash, plan=plan_hash)
    start = node.brief.price(force.set.rate, policy)
    shares_price = _shares_price(log, names)
    price = price_lately(log, log.stream(_stream(*_SET)), shares_price, start)
    set_hash, _ = registrar.activate(*_SET, names.document(), force.code)
    node.force = replace(force, hash=set_hash, set=names, policy=policy, plan=plan)
    node.price, node.shares_price = price, shares_price


def _policy_document(log: Log, given: bytes | None) -> bytes:
    """The document that two people agreed on last; where there is none, the one that is given, else the one that ships.

    Whoever gives one that is not used is told in the log of the process.
    """
    agreed = RecordedPolicies(log).in_force()
    if agreed is None:
        return given or policies.default_document()
    if given is not None and given != agreed:
        policy = policies.parse(agreed)
        told = catalogue("aforo.routing").say("policy_given", policy=f"{policy.name}@{policy.version}")
        logger.warning(told.en)
    return agreed


def renew_bridges(node: Node) -> None:
    """Put the port documents and the books of prices that are active now in force in an open node.

    Raises PortError, BookError, ArtefactMissingError, ArtefactChangedError, with those before still in force.
    """
    placed = placed_in(node.log)
    names = msgspec.structs.replace(node.force.set, prices=placed.prices_hash, ports=placed.ports_hash)
    if names == node.force.set:
        return
    node.live.renew()
    node.scoreboards.renew()
    if node.bridges is not None:
        node.bridges.save()  # so that the new ones go on there
    bridges = bridges_of(node.log, placed, node.live, ExpectedLately(node.live, node.counts))
    set_hash, _ = _Registrar(node.log, node.actor, node.origin).activate(*_SET, names.document(), node.force.code)
    node.force = replace(node.force, hash=set_hash, set=names, prices=placed.prices)
    node.bridges = bridges


def in_force(log: Log) -> ArtefactSet | None:
    """The artefact set that was activated last; None in a log that has none. Raises ArtefactMissingError,
    ArtefactChangedError, msgspec.MsgspecError.
    """
    stages = [stored.payload for stored in log.stream(_stream(*_SET))]
    promoted = [stage.hash for stage in stages if isinstance(stage, ArtefactPromoted)]
    return artefact_set.parse(log.artefacts.get(promoted[-1])) if promoted else None


def policy_in_force(log: Log) -> Policy:
    """The policy document of the artefact set in force, the shipped one in a log that has none. Raises PolicyError,
    ArtefactMissingError, ArtefactChangedError, msgspec.MsgspecError."""
    names = in_force(log)
    return policies.parse(policies.default_document() if names is None else log.artefacts.get(names.policy))


def _instant_after(last: str) -> datetime | None:
    """The first instant after a time that is written to the second; None where none is written."""
    return datetime.fromisoformat(last) + timedelta(seconds=1) if last else None


def _briefing(file: Path) -> briefing.Briefing:
    """The briefing beside a model; an empty one where there is none. Raises DamagedArtefactError."""
    if not file.exists():
        return briefing.Briefing()
    try:
        return briefing.parse(file.read_bytes())
    except msgspec.MsgspecError as error:
        raise artefacts.DamagedArtefactError("model_damaged", file=file, why=error) from error


def _shares_price(log: Log, names: ArtefactSet) -> Callable[[str], bool]:
    """Whether the decisions of another set moved the price of this one: the same values, held to the same rate."""

    @cache
    def shares(set_hash: str) -> bool:
        try:
            other = artefact_set.parse(log.artefacts.get(set_hash))
        except (ArtefactMissingError, ArtefactChangedError, msgspec.DecodeError):
            return False
        return all(getattr(other, each) == getattr(names, each) for each in ("model", "combiner", "policy", "rate"))

    return shares


def save_state(node: Node) -> None:
    """Keep what the node remembers, so that it opens quickly the next time.

    What other processes recorded is taken in first. A memory that a correction has outdated is not kept.
    """
    node.asking.save()
    node.custody.save()
    node.dossiers.save()
    if node.live.opened is not None:
        node.live.opened.save()
    if node.scoreboards.opened is not None:
        node.scoreboards.opened.save()
    if node.fleet.opened is not None:
        node.fleet.opened.save()
    if node.bridges is not None:
        node.bridges.save()
    node.boards.save()
    if node.outdated:
        return
    with decision_turn(node):
        position = node.log.position()
        state = NodeState(node.force.hash, node.memory, node.price, 0, node.log.stream)
        state.passages, state.days, state.revealed = node.passages, node.committed_days, node.revealed_days
        kept: list[Projection] = [state, node.trucks]
        for each in kept:
            node.log.projections.save(f"{each.name}/{each.version}", position, each.dump())
