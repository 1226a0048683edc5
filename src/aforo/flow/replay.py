"""Replay: a logged decision made again, from what it names, with the code of today; it must be the same to the bit.

What goes in: the features and keyed hashes that were logged, the fields of the filings that are not personal, the
documents of the artefact set, and the lottery's key of the day. So replay survives the erasure of a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
import polars as pl

from aforo.domain.event import Assessed, Decided, Examined, Filed, OrderUndone, Overridden
from aforo.domain.units import Int64Array
from aforo.flow import artefact_set
from aforo.flow.arrival import lot_place
from aforo.flow.artefact_set import ArtefactSet, LotPlace
from aforo.flow.batch import Batch, as_it_stood
from aforo.flow.choices import expected_worth, marking_key
from aforo.flow.decided import NOBODY, CrossingDecisions, Lots, speakers, worth_of
from aforo.flow.earlier import EarlierCrossing, as_decided
from aforo.flow.evidence import terms_of
from aforo.flow.judge import Judged, judge
from aforo.flow.node import InForce
from aforo.flow.order import floor_of
from aforo.flow.priced import Choice, again, draw_of
from aforo.flow.prices import BookError, Prices, parse_index
from aforo.flow.recorded import unpack_identities
from aforo.flow.stated import by_row, weighed
from aforo.flow.verdicts import Verdicts, explained, fired_rules, verdicts_of
from aforo.log.artefacts import ArtefactChangedError, ArtefactMissingError
from aforo.log.keys import KeyStore
from aforo.log.store import Log
from aforo.log.stored import StoredEvent
from aforo.measures.control import ControlPlan
from aforo.risk import lottery
from aforo.risk.artefacts import DamagedArtefactError, RiskArtefacts
from aforo.risk.features import FEATURES
from aforo.risk.rules import RuleError, RuleSet
from aforo.routing import policy as policies
from aforo.routing.decide import RELEASED, decide_one
from aforo.routing.rate import RatePrice

_UNMOVED = RatePrice(0, 0, 0)
#: What rules left behind that decided nothing. Older logs do not have it, so it is compared where it was written.
_TRACES = ("shadow", "shadow_mandatory", "failed")
#: What reading an artefact set, or its documents, raises where one of them is missing or not what it was.
UNUSABLE = (
    ArtefactMissingError, ArtefactChangedError, DamagedArtefactError, RuleError, policies.PolicyError,
    msgspec.MsgspecError, BookError,
)  # fmt: skip


#: The origin of simulated decisions: the kernel of the twin made them, from no document and no features that the log
#: holds, and they are not made again.
SIMULATED: Final = "twin"


@dataclass(frozen=True)
class Logged:
    """One decision as it lies in the log, with the crossing as it then stood, the decision before it, and the one that
    no filing took it below.
    """

    position: int
    event_id: str
    crossing: str
    at: datetime
    assessed: Assessed
    crossing_then: EarlierCrossing
    before: Decided | None
    floor: Decided | None = None

    @property
    def decided(self) -> Decided:
        return self.crossing_then.decided


@dataclass(frozen=True)
class Replayed:
    """One decision made again: the fields that came out otherwise, each with what was logged and what came out."""

    event_id: str
    crossing: str
    differences: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Remade:
    """Decisions made again, in columns, as `screen` makes them."""

    batch: Batch
    judged: Judged
    decisions: CrossingDecisions
    verdicts: Verdicts


def logged(events: Sequence[StoredEvent]) -> Iterator[Logged | Replayed]:
    """Every decision among the events of one crossing's stream, in their order; one that cannot be read any more is
    told as replayed, with a difference that says why. Those of the twin are left out: see `SIMULATED`."""
    assessed: Assessed | None = None
    before: Decided | None = None
    for place, stored in enumerate(events):
        envelope = stored.event
        crossing = envelope.stream.removeprefix("crossing/")
        if envelope.type not in (Assessed.TYPE, Decided.TYPE) or envelope.origin == SIMULATED:
            continue
        try:
            payload = stored.payload
            if isinstance(payload, Assessed):
                assessed = payload
                continue
            then = as_decided(events[: place + 1], len(FEATURES))
            if assessed is None or then is None or len(then.features) != len(then.filed):
                raise ValueError("its assessment, or the features of its declarations, are missing")
        except (ValueError, LookupError, msgspec.MsgspecError) as error:
            if envelope.type == Decided.TYPE:
                yield _unreadable(envelope.event_id, crossing, error)
            continue
        position, at = stored.position, envelope.recorded_at
        floor = floor_of(events[:place]) if then.decided.upkeep > 1 else None
        yield Logged(position, envelope.event_id, crossing, at, assessed, then, before, floor)
        before = then.decided


def _unreadable(event_id: str, crossing: str, error: Exception) -> Replayed:
    return Replayed(event_id, crossing, (("event", "", f"{type(error).__name__}: {error}"),))


@lru_cache(maxsize=64)
def artefact_set_of(log: Log, set_hash: str) -> ArtefactSet:
    """An artefact set, out of the store. Raises ArtefactMissingError, ArtefactChangedError, msgspec.MsgspecError."""
    return artefact_set.parse(log.artefacts.get(set_hash))


@lru_cache(maxsize=8)
def documents(log: Log, set_hash: str, code: str) -> InForce:
    """The documents of an artefact set, out of the store. Raises ArtefactMissingError, ArtefactChangedError."""
    names = artefact_set_of(log, set_hash)
    get = log.artefacts.get
    return InForce(
        set_hash,
        code,
        names,
        RiskArtefacts.from_documents(get(names.model), get(names.combiner)),
        RuleSet.load(get(names.rules)),
        policies.parse(get(names.policy)),
        ControlPlan.load(get(names.plan)),
        Prices(parse_index(get(names.prices)), get) if names.prices else None,
    )


def remake(group: Sequence[Logged], force: InForce, keys: KeyStore) -> Remade:
    """Make decisions of one artefact set and one day again."""
    then = [each.crossing_then for each in group]
    earlier = {c: each.crossing_then for c, each in enumerate(group) if each.before is not None}
    floor = {c: each.floor for c, each in enumerate(group) if each.floor is not None}
    batch = as_it_stood([each.crossing for each in group], then, earlier, floor)
    stated = by_row(weighed(batch.facts, force.policy), batch.rows)
    judged = judge(batch.table, batch.features, force.risk, force.rules, force.policy, group[0].at, stated)
    decisions = _decisions(group, batch, judged, force, keys)
    shown = explained(batch, decisions)
    terms = terms_of(shown, batch.features, judged, force.risk, fired_rules(judged, force))
    upkeep = [each.decided.upkeep for each in group]
    return Remade(batch, judged, decisions, verdicts_of(batch, judged, decisions, terms, force, 0, 0, upkeep))


def _decisions(
    group: Sequence[Logged], batch: Batch, judged: Judged, force: InForce, keys: KeyStore
) -> CrossingDecisions:
    count = len(group)
    speaker = speakers(judged.probability_ppb, batch.crossing, batch.stands, count)
    live = speaker != NOBODY
    value = (
        np.where(live, judged.value[np.where(live, speaker, 0)], 0) if len(judged.value) else np.zeros(count, np.int64)
    )
    mandatory = np.zeros(count, dtype=np.bool_)
    np.logical_or.at(mandatory, batch.crossing, judged.mandatory)
    lots = _lots(group, force, keys)
    price = np.array([each.decided.price for each in group], dtype=np.int64)
    basis, propensity = np.full(count, RELEASED, dtype=np.int64), lots.control_ppb.copy()
    choices = _choices(group, batch, judged, speaker, lots.lot, force, keys)
    for c in np.flatnonzero(live).tolist():
        made = choices.get(c)
        own_value, own_price = (int(value[c]), int(price[c])) if made is None else worth_of(made)
        basis[c], propensity[c] = decide_one(
            bool(mandatory[c]), int(lots.lot[c]), int(lots.control_ppb[c]), own_value, own_price
        )
    for c, made in choices.items():
        value[c], price[c] = made.value, made.price
    return CrossingDecisions(lots, speaker, value, mandatory, basis, propensity, price, _UNMOVED, choices)


def _choices(
    group: Sequence[Logged], batch: Batch, judged: Judged, speaker: Int64Array, lot: Int64Array, force: InForce,
    keys: KeyStore,
) -> dict[int, Choice]:  # fmt: skip
    """The choices by price made again: what an examination prevents from the risk, all else from the recorded numbers.

    A number that was changed has another mark than the one recorded, and comes out as a difference.
    """
    places = [c for c, each in enumerate(group) if each.decided.routing is not None and speaker[c] != NOBODY]
    if not places:
        return {}
    recorded = [each.decided.routing for c, each in enumerate(group) if c in set(places) and each.decided.routing]
    worth = expected_worth(judged, batch, speaker[places], force.policy, [each.image for each in recorded])
    key, found = marking_key(keys), {}
    for c, routed, (prevented, alarm) in zip(places, recorded, worth, strict=True):
        own = group[c].decided
        if force.prices is None or (book := force.prices.named(routed.book)) is None:
            continue  # a book that is not in the set was not decided with: that there is no choice is the difference
        numbers = routed
        if "risk" not in routed.fallback:
            raised = tuple(each * routed.raised for each in prevented)
            numbers = msgspec.structs.replace(routed, prevented=raised, alarm=alarm)
        found[c] = again(group[c].crossing, own.stage or "filed", own.bridge, numbers, draw_of(int(lot[c])), book, key)
    return found


def drawn_for(root: Filed, lots: LotPlace) -> str:
    """The place that a crossing's first lot is drawn for, from its root declaration; `lots` is the artefact set's."""
    port: str | None = root.declaration.get("port")
    if lots == "port":
        return lot_place(port)
    return root.declaration.get("bridge") or port or ""


def _lots(group: Sequence[Logged], force: InForce, keys: KeyStore) -> Lots:
    """Lots drawn again with the day's key, chances looked up again in the plan; a crossing that was decided before
    keeps its day, its lot and its chance."""
    master = keys.secret("lottery")
    decided = [each.before or each.decided for each in group]
    roots = [each.crossing_then.root for each in group]
    days = [date.fromisoformat(was.day) for was in decided]
    day_keys = {day: lottery.day_key(master, day) for day in set(days)}
    tractors = unpack_identities(roots)["tractor"].tolist()
    subjects = [own or lottery.declaration_subject(each.crossing) for own, each in zip(tractors, group, strict=True)]
    fields = [root.declaration for root in roots]
    places = [drawn_for(root, force.set.lots) for root in roots]
    passages = [was.passages for was in decided]
    lot = lottery.draw_all([day_keys[day] for day in days], subjects, places, passages)
    port, lane, programme = (
        pl.Series([each.get(name) for each in fields], dtype=pl.String) for name in ("port", "lane", "trade_programme")
    )
    control_ppb = force.plan.propensity_ppb(port, lane, programme)
    names = force.plan.names
    pools = [names[pool] for pool in force.plan.pools_of(port, lane, programme).tolist()]
    for c, each in enumerate(group):
        if (was := each.before) is not None:
            lot[c], control_ppb[c], pools[c] = was.lot, was.control_propensity, was.stratum
    return Lots(days, [was.zone for was in decided], passages, lot, control_ppb, pools)


def replay(group: Sequence[Logged | Replayed], log: Log, code: str) -> list[Replayed]:
    """Make logged decisions again and compare every field; `code` is the version of today.

    Where a document that they name is missing or changed, the difference is in `artefacts` and says so.
    """
    made = [each for each in group if isinstance(each, Replayed)]
    for same in _same_documents(each for each in group if isinstance(each, Logged)):
        try:
            force = documents(log, same[0].decided.artefacts, code)
            verdicts = remake(same, force, log.keys).verdicts
        except UNUSABLE as error:
            why = f"{type(error).__name__}: {error}"
            made += [
                Replayed(each.event_id, each.crossing, (("artefacts", each.decided.artefacts, why),)) for each in same
            ]
            continue
        for c, each in enumerate(same):
            again = msgspec.structs.replace(
                verdicts.decision(c),
                position=each.decided.position,
                findings=each.decided.findings,
                code=each.decided.code,
                upkeep=each.decided.upkeep,
                **{name: () for name in _TRACES if not getattr(each.decided, name)},
            )  # when it was made, and by which version, are no results
            found = [*_differences(each.decided, again), *_differences(each.assessed, verdicts.assessment(c))]
            made.append(Replayed(each.event_id, each.crossing, tuple(found)))
    return made


def simulated(log: Log) -> bool:
    """Whether the log has decisions, and the first of them is of the twin."""
    first = log.read(types=(Decided.TYPE,), limit=1)
    return bool(first) and first[0].event.origin == SIMULATED


def _same_documents(group: Iterable[Logged]) -> list[list[Logged]]:
    """Decisions that share an artefact set and a day, on which the same rules are valid."""
    groups: dict[tuple[str, date], list[Logged]] = {}
    for each in group:
        groups.setdefault((each.decided.artefacts, each.at.date()), []).append(each)
    return list(groups.values())


def _differences(was: msgspec.Struct, made: msgspec.Struct) -> list[tuple[str, str, str]]:
    return [
        (field, repr(getattr(was, field)), repr(getattr(made, field)))
        for field in was.__struct_fields__
        if getattr(was, field) != getattr(made, field)
    ]


def decisions_of(log: Log, after: int = 0, batch: int = 30_000) -> Iterator[list[Logged | Replayed]]:
    """Every decision of the log, in batches, in its order; see `logged`."""
    own = (Filed.TYPE, Assessed.TYPE, Decided.TYPE, Overridden.TYPE, OrderUndone.TYPE, Examined.TYPE)
    while events := log.read(after, types=own, limit=batch):
        after = events[-1].position
        streams: dict[str, list[StoredEvent]] = {}
        found: list[Logged | Replayed] = []
        for stored in events:
            try:
                streams.setdefault(stored.event.stream, []).append(stored)
            except msgspec.MsgspecError as error:
                found.append(_unreadable(f"position {stored.position}", "", error))
        for stream, part in streams.items():
            whole = part if part[0].event.version == 1 and part[-1].event.type == Decided.TYPE else log.stream(stream)
            here = {stored.event.event_id for stored in part}
            found += [each for each in logged(whole) if each.event_id in here]
        if found:
            yield found
