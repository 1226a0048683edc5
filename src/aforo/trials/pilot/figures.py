"""All figures of a pilot, as values: what the report tells and what `--json` gives."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from importlib import metadata

import msgspec
import numpy as np

from aforo.domain.input_refusal import RefusedRows, RefusedTally
from aforo.domain.threat import THREATS
from aforo.domain.units import PPB, Int64Array
from aforo.measures.calibration import Calibration, calibration
from aforo.measures.intervals import Interval, proportion
from aforo.risk.model import FEWEST_FINDINGS
from aforo.routing.decide import MANDATORY, RANDOM
from aforo.trials.history import VIOLATION, local_days
from aforo.trials.pilot.compare import Compared, Kept, Square, Step, Verdict, kept, square, thinning, verdict
from aforo.trials.pilot.extracts import Folder, Order
from aforo.trials.pilot.ledger import NightQuality
from aforo.trials.pilot.shadow import Shadow
from aforo.trials.pilot.today import Today

#: A group with fewer examinations that have a result is shown together with others.
SMALLEST_GROUP = 10
#: The name of what was put together.
OTHERS = "…"
#: Bins of the calibration: few, since a month has few finds.
_BINS = 5


class Group(msgspec.Struct, frozen=True):
    """One port, week or threat; `pooled` are the groups that stand in it together.

    `rate` is that of finds among today's examinations with a result; `share` that of these finds which the shadow chose
    as well. Of a threat only its finds are counted.
    """

    name: str
    pooled: tuple[str, ...]
    crossings: int
    theirs: int
    ours: int
    both: int
    resolved: int
    found: int
    kept: int
    rate: Interval
    share: Interval


class Workload(msgspec.Struct, frozen=True):
    """Examinations of both over all nights; `unknown` crossings are those of which today's choice is not known."""

    crossings: int
    cancelled: int
    unknown: int
    theirs: int
    theirs_examined: int
    theirs_random: int
    ours: int
    ours_random: int
    ours_mandatory: int


class List(msgspec.Struct, frozen=True):
    """The list of today's selection as it was given."""

    name: str
    digest: str
    rows: int
    refused: int
    matched: int
    complete: bool
    zeros: bool
    unlisted: int
    contradicted: int
    channels: dict[str, int]


class Provenance(msgspec.Struct, frozen=True):
    """With what it was made: enough to make it again."""

    code: str
    policy: str
    policy_digest: str
    rules: str
    models: tuple[str, ...]
    model_given: str
    training_first: str
    training_last: str
    seed: int
    rate: float | None
    history: str
    trail: str


class Pilot(msgspec.Struct, frozen=True):
    """The whole of a pilot. `cold_nights` were decided with fewer than FEWEST_FINDINGS finds known; `refused` are rows
    of the files, and of today's selection, that its figures lack."""

    first: str
    last: str
    nights: int
    missing: tuple[str, ...]
    order: Order
    unread: tuple[str, ...]
    synthetic: bool
    cold: bool
    cold_nights: int
    workload: Workload
    today: List
    square: Square
    kept: Kept
    verdict: Verdict
    thinning: tuple[Step, ...]
    by_port: tuple[Group, ...]
    by_week: tuple[Group, ...]
    by_threat: tuple[Group, ...]
    calibration: Calibration | None
    quality: tuple[NightQuality, ...]
    provenance: Provenance
    refused: tuple[RefusedRows, ...] = ()


def columns(shadow: Shadow) -> tuple[Compared, tuple[str, ...]]:
    """The crossings that were not cancelled, and the names of the weeks (ISO 8601)."""
    ledger, chosen = shadow.ledger, shadow.chosen
    history = ledger.history
    truth = history.truth.of_groups(history.crossing, len(history.names))
    roots = history.table[history.first_row]
    days = local_days(roots)
    weeks = [f"{y}-W{w:02d}" for y, w in zip(days.dt.iso_year().to_list(), days.dt.week().to_list(), strict=True)]
    names, week = np.unique(np.array(weeks), return_inverse=True)
    all_ = Compared(
        theirs=ledger.theirs,
        control=ledger.control,
        chance=ledger.control_propensity,
        examined=ledger.examined,
        result=truth.violation.astype(np.int64),
        threat=truth.threat,
        ours=chosen.examined,
        drawn=chosen.basis == RANDOM,
        value=chosen.value,
        probability=chosen.probability_ppb / PPB,
        night=history.period,
        week=week.astype(np.int64),
        port=np.array([port or "" for port in roots["port"].to_list()]),
    )
    return all_.where(chosen.passed), tuple(str(name) for name in names)


def _refused_today(today: Today) -> tuple[RefusedRows, ...]:
    rows = len(today.refused)
    return RefusedTally("history", today.named, rows, Counter({"row_unreadable": rows} if rows else {})).refused


def pilot(shadow: Shadow, folder: Folder, today: Today, policy_document: bytes) -> Pilot:
    """The figures of all nights done."""
    ledger, chosen = shadow.ledger, shadow.chosen
    all_, weeks = columns(shadow)
    ports, port = np.unique(all_.port, return_inverse=True)
    model = shadow.model
    training = model.artefacts.training if model else None
    predicted = all_.where(all_.resolved)
    return Pilot(
        first=ledger.history.periods[0],
        last=ledger.history.periods[-1],
        nights=len(ledger.history.periods),
        missing=ledger.missing,
        order=folder.order,
        unread=folder.unread,
        synthetic=folder.synthetic,
        cold=shadow.cold,
        cold_nights=_cold_nights(shadow),
        workload=Workload(
            len(all_),
            int((~chosen.passed).sum()),
            int((all_.theirs < 0).sum()),
            int(all_.chose.sum()),
            int(all_.examined.sum()),
            int((all_.control & all_.chose).sum()),
            int(all_.ours.sum()),
            int(all_.drawn.sum()),
            int((chosen.basis == MANDATORY).sum()),
        ),
        today=List(
            today.named,
            today.digest,
            today.rows,
            len(today.refused),
            int(ledger.listed.sum()),
            today.complete,
            today.zeros,
            ledger.unlisted,
            ledger.contradicted,
            dict(today.channels),
        ),
        square=square(all_),
        kept=kept(all_),
        verdict=verdict(all_),
        thinning=tuple(thinning(all_)),
        by_port=tuple(_pooled(_groups(all_, port.astype(np.int64), [str(name) for name in ports]))),
        by_week=tuple(_joined_in_order(_groups(all_, all_.week, weeks))),
        by_threat=_threats(all_),
        calibration=calibration(predicted.probability, predicted.found, bins=_BINS),
        quality=tuple(ledger.quality),
        provenance=Provenance(
            metadata.version("aforo"),
            f"{shadow.setting.policy.name} {shadow.setting.policy.version}",
            hashlib.sha256(policy_document).hexdigest(),
            shadow.rules.hash,
            tuple(dict.fromkeys(shadow.models)),
            model.manifest.artefacts if model else "",
            training.first if training else "",
            training.last if training else "",
            shadow.setting.seed,
            shadow.rate,
            ledger.history.digest,
            ledger.until(len(ledger.history.periods) - 1),
        ),
        refused=(*folder.refused_rows, *_refused_today(today)),
    )


def _cold_nights(shadow: Shadow) -> int:
    if not shadow.cold:
        return 0
    known = nights = 0
    for outcomes in shadow.ledger.learnt:
        if known >= FEWEST_FINDINGS:
            break
        nights += 1
        known += sum(each.result == VIOLATION for each in outcomes)
    return nights


def _group(name: str, pooled: Sequence[str], rows: Compared) -> Group:
    looked = rows.where(rows.chose & rows.resolved)
    found, own = int(looked.found.sum()), int((looked.found & looked.ours).sum())
    return Group(
        name,
        tuple(pooled),
        len(rows),
        int(rows.chose.sum()),
        int(rows.ours.sum()),
        int((rows.chose & rows.ours).sum()),
        len(looked),
        found,
        own,
        proportion(found, len(looked)),
        proportion(own, found),
    )


#: A group's name or names, and its rows.
_Rows = list[tuple[list[str], Compared]]


def _groups(all_: Compared, code: Int64Array, names: Sequence[str]) -> _Rows:
    return [([name], all_.where(code == k)) for k, name in enumerate(names) if bool((code == k).any())]


def _size(rows: Compared) -> int:
    return int((rows.chose & rows.resolved).sum())


def _pooled(groups: _Rows) -> list[Group]:
    """The largest first; those too small together, with the smallest of the others if these alone are still too few."""
    ordered = sorted(groups, key=lambda each: (-_size(each[1]), each[0]))
    large = [each for each in ordered if _size(each[1]) >= SMALLEST_GROUP]
    small = [each for each in ordered if _size(each[1]) < SMALLEST_GROUP]
    while small and large and (len(small) == 1 or sum(_size(rows) for _, rows in small) < SMALLEST_GROUP):
        small.insert(0, large.pop())
    made = [_group(names[0], (), rows) for names, rows in large]
    if small:
        made.append(
            _group(OTHERS, sorted(name for names, _ in small for name in names), _together([r for _, r in small]))
        )
    return made


def _joined_in_order(groups: _Rows) -> list[Group]:
    """Neighbours put together until each is large enough; the last one joins the one before it."""
    made: _Rows = []
    for names, rows in groups:
        if made and _size(made[-1][1]) < SMALLEST_GROUP:
            made[-1] = ([*made[-1][0], *names], _together([made[-1][1], rows]))
        else:
            made.append((names, rows))
    if len(made) > 1 and _size(made[-1][1]) < SMALLEST_GROUP:
        names, rows = made.pop()
        made[-1] = ([*made[-1][0], *names], _together([made[-1][1], rows]))
    return [_group(names[0], names if len(names) > 1 else (), rows) for names, rows in made]


def _together(parts: Sequence[Compared]) -> Compared:
    return Compared(
        **{name: np.concatenate([getattr(each, name) for each in parts]) for name in Compared.__dataclass_fields__}
    )


def _threats(all_: Compared) -> tuple[Group, ...]:
    """By what was found; of a threat there is no rate of crossings, only its finds."""
    made = []
    for k, name in enumerate(THREATS):
        own = all_.where(all_.found & (all_.threat == k))
        if len(own):
            made.append(_group(name, (), own))
    return tuple(made)
