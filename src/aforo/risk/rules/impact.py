"""What a draft would have changed on history, before it is activated: a pure function of columns.

The same crossings are selected twice at the same rate, without the draft and with it. What is mandatory comes first,
then the highest value, the earlier one where values are equal. The lottery is the same in both and is left out.

What is known of a history is what examinations found, and risk chose most of them. So a share of violations weighs each
known crossing by the inverse of the chance that it had of being examined, where the history tells that chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from aforo.domain.text import Text, catalogue
from aforo.domain.units import Int64Array
from aforo.measures.groups import GroupFalseSelection, false_selection_by
from aforo.measures.intervals import Interval, proportion, weighted_proportion
from aforo.measures.selection import Crossings
from aforo.risk.rules.condition import PACKAGE

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class History:
    """Crossings of a history, in order of filing, one row each.

    `fired`: the draft fired on it. `before` and `after`: its value (of a common unit) without the draft and with it,
    None where no scores are known. `mandatory_before` and `mandatory_after`: an examination is mandatory. `known`: it
    was examined, and whether it violated is known; `violation` (looked at only there) says which, `weight` is the
    inverse of the chance that it had of being examined. `groups`: by name, indexes and their names. `failed`: the draft
    failed on it and said nothing, on the first because of `why`.
    """

    fired: BoolArray
    before: Int64Array | None
    after: Int64Array | None
    mandatory_before: BoolArray
    mandatory_after: BoolArray
    known: BoolArray
    violation: BoolArray
    weight: npt.NDArray[np.float64]
    groups: dict[str, tuple[Int64Array, Sequence[str]]]
    failed: BoolArray
    why: Text | None


class GroupImpact(msgspec.Struct, frozen=True):
    """What the draft would have meant for one group: where it fired, and examinations of clean crossings."""

    group: str
    crossings: int
    fired: Interval
    added: int
    removed: int
    false_before: Interval | None
    false_after: Interval | None


class Impact(msgspec.Struct, frozen=True):
    """What a draft would have changed.

    `fired_precision` is the share of violations among the crossings on which it fired and whose truth is known, beside
    `base_rate`, that of all whose truth is known, both weighted; `known` and `violations`, `fired_known` and
    `fired_violations` are the plain counts behind them. `added` and `removed` are selections at the same
    number of examinations, None where the history has no scores; `gained` and `lost` the weighted shares of violations
    among them, `gained_finds` and `lost_finds` the plain counts. `failed` counts the crossings on which the draft
    failed.
    """

    rule: str
    crossings: int
    fired: int
    fired_precision: Interval
    base_rate: Interval
    known: int
    violations: int
    fired_known: int
    fired_violations: int
    examined: int
    added: int | None
    removed: int | None
    known_changes: int
    gained_finds: int
    lost_finds: int
    gained: Interval
    lost: Interval
    failed: int
    by: dict[str, list[GroupImpact]]
    words: tuple[Text, ...]


def impact(rule: str, history: History, rate: float) -> Impact:
    """The impact of `rule` at a rate of examination (a fraction of the crossings)."""
    total = len(history.fired)
    examined = round(rate * total)
    if history.before is None or history.after is None:
        chosen_before = chosen_after = np.zeros(total, dtype=np.bool_)
    else:
        chosen_before = _chosen(history.before, history.mandatory_before, examined)
        chosen_after = _chosen(history.after, history.mandatory_after, examined)
    added, removed = chosen_after & ~chosen_before, chosen_before & ~chosen_after
    scored = history.before is not None
    gained, lost = _finds(added, history), _finds(removed, history)
    made = Impact(
        rule=rule,
        crossings=total,
        fired=int(history.fired.sum()),
        fired_precision=_finds(history.fired, history),
        base_rate=_finds(np.ones(total, dtype=np.bool_), history),
        known=int(history.known.sum()),
        violations=int((history.known & history.violation).sum()),
        fired_known=int((history.fired & history.known).sum()),
        fired_violations=int((history.fired & history.known & history.violation).sum()),
        examined=examined,
        added=int(added.sum()) if scored else None,
        removed=int(removed.sum()) if scored else None,
        known_changes=int(((added | removed) & history.known).sum()),
        gained_finds=int((added & history.known & history.violation).sum()),
        lost_finds=int((removed & history.known & history.violation).sum()),
        gained=gained,
        lost=lost,
        failed=int(history.failed.sum()),
        by={
            name: _by_group(history, group, names, chosen_before, chosen_after)
            for name, (group, names) in history.groups.items()
        },
        words=(),
    )
    return msgspec.structs.replace(made, words=_words(made, history.why))


def _chosen(value: Int64Array, mandatory: BoolArray, count: int) -> BoolArray:
    order = np.lexsort((-value, ~mandatory))
    chosen = mandatory.copy()
    chosen[order[:count]] = True
    return chosen


def _finds(rows: BoolArray, history: History) -> Interval:
    known = rows & history.known
    return weighted_proportion(history.violation[known], history.weight[known])


def _by_group(
    history: History, group: Int64Array, names: Sequence[str], before: BoolArray, after: BoolArray
) -> list[GroupImpact]:
    def false_rates(chosen: BoolArray) -> dict[str, GroupFalseSelection]:
        known = np.flatnonzero(history.known)
        weight = history.weight[known]
        crossings = Crossings(chosen[known], history.violation[known])
        return {made.group: made for made in false_selection_by(crossings, group[known], names, weight)}

    rates = (false_rates(before), false_rates(after)) if history.before is not None else ({}, {})
    made = []
    for code, name in enumerate(names):
        rows = group == code
        size = int(rows.sum())
        if not size:
            continue
        measures = [side[name].rate if name in side else None for side in rates]
        without, with_draft = (None if m is None else Interval(m.value, m.low, m.high) for m in measures)
        made.append(
            GroupImpact(
                name,
                size,
                proportion(int((rows & history.fired).sum()), size),
                int((rows & after & ~before).sum()),
                int((rows & before & ~after).sum()),
                without,
                with_draft,
            )
        )
    return made


def _words(made: Impact, why: Text | None) -> tuple[Text, ...]:
    told = _changes(made)
    if why is None:
        return told
    failed = catalogue(PACKAGE).template("impact_failed")
    counts = {"rule": made.rule, "failed": f"{made.failed:,}", "crossings": f"{made.crossings:,}"}
    return (*told, Text(failed.en.format(why=why.en, **counts), failed.es.format(why=why.es, **counts)))


def _changes(made: Impact) -> tuple[Text, ...]:
    say = catalogue(PACKAGE).say
    if made.added is None or made.removed is None:
        return (say("impact_fired", rule=made.rule, fired=f"{made.fired:,}", crossings=f"{made.crossings:,}"),)
    summary = say(
        "impact_summary",
        rule=made.rule,
        fired=f"{made.fired:,}",
        crossings=f"{made.crossings:,}",
        examined=f"{made.examined:,}",
        added=f"{made.added:,}",
        removed=f"{made.removed:,}",
    )
    changed = made.added + made.removed
    if not changed:
        return (summary,)
    if not made.known_changes:
        return (summary, say("impact_no_labels"))
    finds = say("impact_finds", gained=f"{made.gained_finds:,}", lost=f"{made.lost_finds:,}")
    if made.known_changes == changed:
        return (summary, finds)
    return (summary, finds, say("impact_partial", known=f"{made.known_changes:,}", changed=f"{changed:,}"))
