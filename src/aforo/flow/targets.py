"""What a policy aims at beside its prices, as it is kept or missed at live bridges: waits, rates and use.

A projection of the log. Hour by hour of the record it holds what was observed against the targets of the policy
document, and moves their duals (`routing.duals`). What was not observed moves nothing. `learnt` puts the parameters
that follow from it in force.

Observed are: the mean wait, from being sent to a resource to being served there; the share of the trucks decided at
primary that were sent to the resource; and the share of its units that were up which were in use. Where a truck is
follows from all that was said of it (`ports.work`): one that was sent somewhere, and is seen to wait there, is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from aforo.domain.bridge import RESOURCES
from aforo.domain.clock import microseconds
from aforo.domain.event import Decided, Moved
from aforo.domain.routed import Routed
from aforo.flow.node import Node
from aforo.log.stored import StoredEvent
from aforo.ports.work import TYPES as WORK
from aforo.ports.work import Said, Saved, Whereabouts, Work
from aforo.routing.duals import Dual
from aforo.routing.running import running_at

HOUR, MINUTE = 3_600_000_000, 60_000_000
#: Crossings that are followed at once.
MOST = 50_000
#: By bridge, its targets: what they bound (`wait`, `rate`, `use`) and the resource.
Targets = Mapping[str, Mapping[tuple[str, str], Dual]]


class _Served(msgspec.Struct, array_like=True):
    """A truck at a resource, and since when it waits, or is served: one that waits, since it was sent there first."""

    bridge: str
    resource: str
    at: int
    started: bool = False


class _Hour(msgspec.Struct, array_like=True):
    """What was observed at a bridge within an hour: by resource the minutes waited and how many waited so, the trucks
    sent there, the minutes served, the units up and how often they were told; the trucks decided at primary."""

    waited: dict[str, tuple[float, int]] = {}
    sent: dict[str, int] = {}
    busy: dict[str, float] = {}
    up: dict[str, tuple[float, int]] = {}
    decided: int = 0


class _Bridge(msgspec.Struct, array_like=True):
    duals: dict[str, float] = {}
    now: _Hour = msgspec.field(default_factory=_Hour)


class _Saved(msgspec.Struct, array_like=True):
    hour: int
    bridges: dict[str, _Bridge]
    served: dict[str, _Served]
    where: Saved


class Aims:
    """The projection; see the module, and `aforo.log.projections.Projection`. Of targets that are otherwise it is
    another one, made from the first event on."""

    version = 4
    types: Sequence[str] = (Decided.TYPE, *WORK)

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        said = sorted((bridge, sorted(own.items())) for bridge, own in targets.items() if own)
        self.name = f"aims/{hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]}"
        self._hour = 0
        self._bridges: dict[str, _Bridge] = {}
        self._served: dict[str, _Served] = {}
        self._where = Whereabouts()

    def duals(self, bridge: str) -> dict[tuple[str, str], Dual]:
        """The targets of a bridge with their duals as they stand."""
        known = self._bridges.get(bridge, _Bridge()).duals
        return {
            key: msgspec.structs.replace(dual, dual=known.get("/".join(key), 0.0))
            for key, dual in self._targets.get(bridge, {}).items()
        }

    def apply(self, events: Sequence[StoredEvent]) -> None:
        """Take in the next events, in order."""
        for stored in events:
            event, payload = stored.event, stored.payload
            self._move_on(microseconds(event.recorded_at))
            if isinstance(payload, Decided):
                self._decided(payload)
                continue
            told = payload.crossing if isinstance(payload, Said) else event.stream.partition("/")[2]
            own = self._where.named(payload.into if isinstance(payload, Moved) else told)
            before = self._where.standing.get(own)
            self._where.take(stored.position, event, payload)
            after = self._where.standing.get(own)
            joins = isinstance(payload, Moved) and self._joins(told, own, after)
            if after != before or joins:
                self._goes(own, after, microseconds(event.occurred_at))

    def _of(self, bridge: str) -> _Bridge:
        return self._bridges.setdefault(bridge, _Bridge({}, _Hour({}, {}, {}, {})))

    def _decided(self, decided: Decided) -> None:
        if decided.routing is not None and decided.stage == "primary":
            hour = self._of(decided.bridge).now
            hour.decided += 1
            _add_up(hour, decided.routing)

    def _joins(self, crossing: str, into: str, work: Work | None) -> bool:
        """A crossing is part of another that is at `work` now: who was sent there as either of them waits since then.
        Whether it was anywhere."""
        if crossing == into or (moved := self._served.pop(crossing, None)) is None:
            return False
        own = self._served.get(into)
        if own is None or work is None or (own.bridge, own.resource) != (work.bridge, work.resource):
            self._served[into] = moved
        return True

    def _goes(self, crossing: str, work: Work | None, at: int) -> None:
        """A truck is somewhere else than before, or in another step: at an instant it was told that it left."""
        before = self._served.pop(crossing, None)
        here = (
            before is not None and work is not None and (before.bridge, before.resource) == (work.bridge, work.resource)
        )
        if work is not None and not here:
            hour = self._of(work.bridge).now
            hour.sent[work.resource] = hour.sent.get(work.resource, 0) + 1
        if before is not None and before.started:
            busy, until = self._of(before.bridge).now.busy, at if work is None else work.at
            busy[before.resource] = busy.get(before.resource, 0.0) + max(0.0, (until - before.at) / MINUTE)
        if work is None:
            return
        waits = work.step == "queued"
        if before is not None and here and not waits and not before.started:
            minutes, count = self._of(work.bridge).now.waited.get(work.resource, (0.0, 0))
            waited = max(0.0, (work.at - before.at) / MINUTE)
            self._of(work.bridge).now.waited[work.resource] = minutes + waited, count + 1
        since = before.at if before is not None and here and waits and not before.started else work.at
        self._served[crossing] = _Served(work.bridge, work.resource, since, not waits)
        if len(self._served) > MOST:
            del self._served[next(iter(self._served))]

    def _move_on(self, at: int) -> None:
        """Close the hours that are over. An hour in which nothing was recorded is no observation."""
        hour = at // HOUR
        if hour > self._hour:
            for name, own in self._bridges.items():
                for key, dual in self._targets.get(name, {}).items():
                    before = msgspec.structs.replace(dual, dual=own.duals.get("/".join(key), 0.0))
                    own.duals["/".join(key)] = before.after(_observed(own.now, *key)).dual
                own.now = _Hour({}, {}, {}, {})
            self._hour = hour

    def dump(self) -> bytes:
        """The state: crossings and numbers."""
        return msgspec.msgpack.encode(_Saved(self._hour, self._bridges, self._served, self._where.save()))

    def load(self, state: bytes) -> None:
        """Take over a state that `dump` gave."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._hour, self._bridges, self._served = saved.hour, saved.bridges, saved.served
        self._where.take_over(saved.where)


def _add_up(hour: _Hour, routed: Routed) -> None:
    """Add the units that were up at a decision."""
    for resource, units in zip(RESOURCES, routed.up, strict=False):
        if units >= 0:
            total, times = hour.up.get(resource, (0.0, 0))
            hour.up[resource] = total + units, times + 1


def _observed(hour: _Hour, what: str, resource: str) -> float:
    """What a target bounds, as it was within an hour; NaN where it was not observed."""
    if what == "wait":
        minutes, count = hour.waited.get(resource, (0.0, 0))
        return minutes / count if count else float("nan")
    if what == "rate":
        return min(1.0, hour.sent.get(resource, 0) / hour.decided) if hour.decided else float("nan")
    units, times = hour.up.get(resource, (0.0, 0))
    # Without a beginning and an end of any examination nobody can say that a unit stood still.
    if not times or units == 0.0 or resource not in hour.busy:
        return float("nan")
    return min(1.0, hour.busy[resource] / (60.0 * units / times))


def targets_of(node: Node) -> Targets:
    """What the policy document aims at, by bridge."""
    ports = {} if node.bridges is None else node.bridges.ports
    policy = node.force.policy.routing
    return {bridge.id: running_at(policy, code).targets() for code, port in ports.items() for bridge in port.bridges}
