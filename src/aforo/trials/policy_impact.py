"""A policy document tried on what the node has decided lately: the same decisions made again with it, as a replay makes
them, beside the same made again with the one in force, or another that was.

The price of a rate is moved as it would be when the draft is activated: by the ratio of the prices that both start
from. The prices of a bridge's minutes, and what was known when a decision was made, stay as they were recorded. So what
a draft changes before a decision (how near accounts must agree, when a truck is expected, what prices are solved with)
is not tried, and is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import msgspec
import numpy as np

from aforo.domain.decision import EXAMINATIONS, Basis, Examination
from aforo.domain.event import Decided
from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB, Float64Array
from aforo.flow.node import InForce, Node
from aforo.flow.policy_draft import changes
from aforo.flow.replay import UNUSABLE, Logged, Remade, documents, logged, remake
from aforo.log.store import Log
from aforo.measures.intervals import Interval, proportion
from aforo.routing.choice import DOCK, JOINT
from aforo.routing.policy import Policy

#: Crossings that are decided again at once, and those whose change is shown.
_AT_ONCE, EXAMPLES = 200, 25
#: Events that are looked through, from the end of the log backwards, for each crossing that is asked for.
_EVENTS_A_CROSSING: Final = 8
_SCANS: Final = frozenset({"scan", "scan_then_decide"})
_BY_HAND: Final = frozenset({"joint", "secondary"})
#: Parts of a document that work before a decision, or elsewhere than in it.
_BEFORE: Final = ("tolerance.", "joining.", "lead.", "answers.", "routing.", "price.")


class OptionChange(msgspec.Struct, frozen=True):
    """So many crossings whose examination would be another."""

    before: Examination
    after: Examination
    crossings: int


class ImpactGroup(msgspec.Struct, frozen=True):
    """A bridge, or a threat that weighs most: crossings, those that would be decided otherwise, scans, and expected
    finds of that threat (of any, for a bridge) before and after."""

    group: str
    crossings: int
    changed: int
    scans_before: int
    scans_after: int
    finds_before: float
    finds_after: float


class ImpactExample(msgspec.Struct, frozen=True):
    """A crossing that would be decided otherwise."""

    decision: str
    crossing_id: str
    decided_at: datetime
    bridge: str
    before: Examination
    after: Examination
    basis_before: Basis | None
    basis_after: Basis | None


class PolicyImpact(msgspec.Struct, frozen=True):
    """What a draft would have changed among the last decisions, each the last of its crossing.

    `changed` is the share that would be examined otherwise. Expected finds are of the model's risk and of the draft's
    detection in both, so that they differ by what is chosen alone. Dock minutes are expected, of the `routed` crossings
    for which the minutes of a dock are known; None where there are none. `unreplayable` crossings lack what they were
    decided with, and are left out.
    """

    policy: str
    against: str
    crossings: int
    first: datetime | None
    last: datetime | None
    changed: Interval
    options: tuple[OptionChange, ...]
    bridges: tuple[ImpactGroup, ...]
    threats: tuple[ImpactGroup, ...]
    scans_before: int
    scans_after: int
    by_hand_before: int
    by_hand_after: int
    dock_minutes_before: float | None
    dock_minutes_after: float | None
    routed: int
    unreplayable: int
    not_tried: tuple[str, ...]
    words: tuple[Text, ...]
    examples: tuple[ImpactExample, ...]


def policy_impact(
    draft: Policy,
    code: str,
    node: Node,
    crossings: int,
    *,
    other: Policy | None = None,
    since: int = 0,
    until: int | None = None,
) -> PolicyImpact:
    """What `draft` would have changed, in place of `other` (the one in force, unless it is given), among the crossings
    decided last, at most so many; those decided after position `since` of the log (up to `until`) alone, where it is
    given. It only reads."""
    force = node.force
    against = other or force.policy
    last = list(_last_decisions(node.log, crossings, since, until))
    made = _Made()
    for same in _same_documents(last):
        try:
            own = documents(node.log, same[0].decided.artefacts, force.code)
            before = _remade(same, own, against, node)
            after = _remade(same, own, draft, node)
        except UNUSABLE:
            made.unreplayable += len(same)
            continue
        made.take(same, before, after, draft)
    not_tried = tuple(each.path for each in changes(against, draft) if each.path.startswith(_BEFORE))
    return made.told(code, f"{against.name}@{against.version}", not_tried)


def _last_decisions(log: Log, crossings: int, since: int, until: int | None) -> Iterable[Logged]:
    """The last decision of each of the crossings that were decided last, in order of the log."""
    end = log.position() if until is None else until
    after = max(since, end - _EVENTS_A_CROSSING * crossings)
    streams: dict[str, int] = {}
    while events := log.read(after, types=[Decided.TYPE]):
        for stored in events:
            if stored.position <= end:
                streams.pop(stored.event.stream, None)
                streams[stored.event.stream] = stored.position
        after = events[-1].position
    names = list(streams)[-crossings:]
    for start in range(0, len(names), _AT_ONCE):
        page = log.streams(names[start : start + _AT_ONCE])
        for name in names[start : start + _AT_ONCE]:
            found = [each for each in logged(page[name]) if isinstance(each, Logged) and each.position <= end]
            if found and found[-1].crossing_then.stood:
                yield found[-1]


def _same_documents(group: Iterable[Logged]) -> list[list[Logged]]:
    groups: dict[tuple[str, date], list[Logged]] = {}
    for each in group:
        groups.setdefault((each.decided.artefacts, each.at.date()), []).append(each)
    return list(groups.values())


def _remade(group: Sequence[Logged], own: InForce, policy: Policy, node: Node) -> Remade:
    """Decisions made again with their own documents, but for the policy and what follows from it."""
    plan = node.brief.plan(own.set.rate, policy)
    start, other = (node.brief.price(own.set.rate, each).price for each in (own.policy, policy))
    ratio = other / start if start > 0 else 1.0
    moved = [each if each.decided.routing is not None else _at_price(each, ratio) for each in group]
    return remake(moved, replace(own, policy=policy, plan=plan), node.keys)


def _at_price(each: Logged, ratio: float) -> Logged:
    then = each.crossing_then
    decided = msgspec.structs.replace(then.decided, price=round(then.decided.price * ratio))
    return replace(each, crossing_then=replace(then, decided=decided))


@dataclass(frozen=True)
class _One:
    """A crossing decided both ways; what is expected to be found of each threat, float64[K], both ways."""

    logged: Logged
    bridge: str
    threat: str
    before: Examination
    after: Examination
    basis: tuple[Basis | None, Basis | None]
    finds: tuple[Float64Array, Float64Array]
    dock: tuple[float, float] | None

    @property
    def changed(self) -> bool:
        return self.before != self.after


class _Made:
    """The crossings so far."""

    def __init__(self) -> None:
        self.all: list[_One] = []
        self.unreplayable = 0

    def take(self, group: Sequence[Logged], before: Remade, after: Remade, draft: Policy) -> None:
        detection, harm = draft.detection_micro() / MICRO, draft.harm_minutes()
        ports, bridges = (after.batch.table[name].to_list() for name in ("port", "bridge"))
        for c, each in enumerate(group):
            row = int(after.decisions.speaker[c])
            if row < 0:
                continue
            chance = after.judged.threat_ppb[row] / PPB
            options = before.verdicts.examination[c], after.verdicts.examination[c]
            places = [EXAMINATIONS.index(option) for option in options]
            self.all.append(
                _One(
                    each,
                    each.decided.bridge or bridges[row] or ports[row] or "",
                    THREATS[int(np.argmax(chance * harm))],
                    *options,
                    (before.verdicts.basis[c], after.verdicts.basis[c]),
                    (chance * detection[places[0]], chance * detection[places[1]]),
                    _dock_minutes(each.decided, options),
                )
            )

    def told(self, code: str, against: str, not_tried: tuple[str, ...]) -> PolicyImpact:
        found = self.all
        changed = [each for each in found if each.changed]
        pairs = Counter((each.before, each.after) for each in changed)
        known = [each.dock for each in found if each.dock is not None]
        times = sorted(each.logged.at for each in found)
        made = PolicyImpact(
            policy=code,
            against=against,
            crossings=len(found),
            first=times[0] if times else None,
            last=times[-1] if times else None,
            changed=proportion(len(changed), len(found)),
            options=tuple(OptionChange(*pair, count) for pair, count in pairs.most_common()),
            bridges=tuple(_group(name, [e for e in found if e.bridge == name]) for name in sorted(_names(found))),
            threats=tuple(
                _group(threat, [e for e in found if e.threat == threat], place) for place, threat in enumerate(THREATS)
            ),
            scans_before=sum(each.before in _SCANS for each in found),
            scans_after=sum(each.after in _SCANS for each in found),
            by_hand_before=sum(each.before in _BY_HAND for each in found),
            by_hand_after=sum(each.after in _BY_HAND for each in found),
            dock_minutes_before=round(sum(each[0] for each in known), 1) if known else None,
            dock_minutes_after=round(sum(each[1] for each in known), 1) if known else None,
            routed=len(known),
            unreplayable=self.unreplayable,
            not_tried=not_tried,
            words=(),
            examples=tuple(
                ImpactExample(
                    each.logged.event_id, each.logged.crossing, each.logged.at, each.bridge, each.before, each.after,
                    *each.basis,
                )
                for each in reversed(changed[-EXAMPLES:])
            ),
        )  # fmt: skip
        return msgspec.structs.replace(made, words=_words(made, len(changed)))


def _names(found: Sequence[_One]) -> set[str]:
    return {each.bridge for each in found}


def _group(name: str, own: Sequence[_One], threat: int | None = None) -> ImpactGroup:
    def finds(side: int) -> float:
        total = sum((each.finds[side] for each in own), np.zeros(len(THREATS)))
        return round(float(total.sum() if threat is None else total[threat]), 3)

    return ImpactGroup(
        name,
        len(own),
        sum(each.changed for each in own),
        sum(each.before in _SCANS for each in own),
        sum(each.after in _SCANS for each in own),
        finds(0),
        finds(1),
    )


def _dock_minutes(decided: Decided, options: Sequence[Examination]) -> tuple[float, float] | None:
    """What both options are expected to take of docks, of both countries; None where the minutes are not known."""
    routed = decided.routing
    if routed is None:
        return None

    def taken(option: Examination) -> float:
        dock, joint = routed.minutes[DOCK], routed.minutes[JOINT]
        if option == "joint":
            return joint or 0.0
        if option == "secondary":
            return dock or 0.0
        return (dock or 0.0) * (routed.alarm or 0.0) if option == "scan_then_decide" else 0.0

    return taken(options[0]), taken(options[1])


def _words(made: PolicyImpact, changed: int) -> tuple[Text, ...]:
    say = catalogue("aforo.trials").say
    if not made.crossings:
        return (say("policy_impact_nothing"),)
    told = [
        say(
            "policy_impact_changed",
            changed=f"{changed:,}",
            crossings=f"{made.crossings:,}",
            policy=made.policy,
            against=made.against,
            before=f"{made.scans_before:,}",
            after=f"{made.scans_after:,}",
        )
    ]
    if made.not_tried:
        told.append(say("policy_impact_not_tried", figures=", ".join(made.not_tried)))
    if made.unreplayable:
        told.append(say("policy_impact_unreplayable", count=f"{made.unreplayable:,}"))
    told.append(say("policy_impact_premise"))
    return tuple(told)
