"""A batch with its crossings: which rows belong to which, which still stand, and what the log had of them before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.event import Decided, Filed, Taken
from aforo.domain.screening import ListedParty
from aforo.domain.stated import Contradiction, Link
from aforo.domain.units import Int64Array
from aforo.flow.earlier import EarlierCrossing, earlier_crossings, standing
from aforo.flow.facts import facts_recorded
from aforo.flow.filing import Filings
from aforo.flow.node import Node
from aforo.flow.order import stricter
from aforo.flow.recorded import Identities, columns_of
from aforo.flow.stated import Facts


@dataclass(frozen=True)
class Batch:
    """Rows to be judged: the new filings, followed by the earlier ones that still stand in the same crossings.

    `table`, `features` float32[r, F] and `crossing` int64[r] (an index into `names`) have a row for each; `stands` says
    which count. `new_rows[c]` and `rows[c]` are the rows of crossing c that are new, and all that stand, in order of
    filing; `roots[c]` is the row of its first declaration; `earlier[c]` what the log had,
    `floor[c]` the decision that no filing takes it below. `facts` are those that are evidence, `contradictions`
    and `listed` what some of them are of, `links` other crossings that may be the same truck, `taken` those that become
    part of it, all by crossing. `formats_before` are the intake formats of the earlier rows.
    """

    names: list[str]
    table: pl.DataFrame
    identities: Identities
    features: npt.NDArray[np.float32]
    crossing: Int64Array
    stands: npt.NDArray[np.bool_]
    new_rows: list[list[int]]
    rows: list[list[int]]
    roots: Int64Array
    earlier: dict[int, EarlierCrossing]
    floor: Mapping[int, Decided] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    contradictions: Mapping[int, Sequence[Contradiction]] = field(default_factory=dict)
    links: Mapping[int, Sequence[Link]] = field(default_factory=dict)
    taken: Mapping[int, Sequence[Taken]] = field(default_factory=dict)
    formats_before: Sequence[str] = ()
    listed: Mapping[int, Sequence[ListedParty]] = field(default_factory=dict)

    def carriers(self, c: int) -> frozenset[int]:
        """The carriers that the declarations of crossing `c` which stand name, as keyed hashes."""
        return frozenset(each for each in self.identities["carrier"][self.rows[c]].tolist() if each)


def gather(filings: Filings, features: npt.NDArray[np.float32], node: Node) -> Batch:
    """Arrange new filings, with their feature rows, by crossing."""
    table = filings.table
    place: dict[str, int] = {}
    crossing = np.array([place.setdefault(name, len(place)) for name in filings.crossing], dtype=np.int64)
    names = list(place)
    amending = table["amends"].null_count() < table.height
    # Any name may be taken: by a declaration that named it as its crossing, or amended one that had not come.
    before = earlier_crossings(names, node.log, features.shape[1])
    if len(names) == table.height and not before and not amending and not filings.taking:
        alone = [[row] for row in range(table.height)]
        every = np.arange(table.height, dtype=np.int64)
        stands = np.ones(table.height, dtype=np.bool_)
        return Batch(names, table, filings.identities, features, every, stands, alone, alone, every, {})
    return _arrange(filings, features, names, crossing, {place[name]: old for name, old in before.items()})


def as_it_stood(
    names: list[str],
    then: Sequence[EarlierCrossing],
    earlier: dict[int, EarlierCrossing],
    floor: Mapping[int, Decided],
) -> Batch:
    """Crossings of which nothing is new, as they stood at their last decisions, with the facts that were known then.

    `earlier` are those that had been decided before, `floor` what they are not taken below, both by place.
    """
    counts = [len(each.stood) for each in then]
    crossing = np.repeat(np.arange(len(then)), counts).astype(np.int64)
    bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rows = [list(range(bounds[c], bounds[c + 1])) for c in range(len(then))]
    decided = [each.decided for each in then]
    return Batch(
        names,
        *columns_of([filed for each in then for filed in each.filed], [at for each in then for at in each.filed_at]),
        np.concatenate([each.features for each in then]),
        crossing,
        np.ones(len(crossing), dtype=np.bool_),
        [[] for _ in then],
        rows,
        bounds[:-1],
        earlier,
        floor,
        {c: facts for c, each in enumerate(decided) if (facts := facts_recorded(each))},
        {c: each.contradictions for c, each in enumerate(decided) if each.contradictions},
        {c: each.links for c, each in enumerate(decided) if each.links},
        listed={c: each.listed for c, each in enumerate(decided) if each.listed},
    )


def _arrange(
    filings: Filings,
    features: npt.NDArray[np.float32],
    names: list[str],
    crossing: Int64Array,
    earlier: dict[int, EarlierCrossing],
) -> Batch:
    table = filings.table
    new_rows: list[list[int]] = [[] for _ in names]
    for row, c in enumerate(crossing.tolist()):
        new_rows[c].append(row)
    amendments = list(
        zip(table["declaration_id"].to_list(), table["amends"].to_list(), table["action"].to_list(), strict=True)
    )
    feature_rows, crossings = [features], [crossing]
    filed: list[Filed] = []
    filed_at: list[datetime] = []
    taken = {c: filings.taking[name] for c, name in enumerate(names) if name in filings.taking}
    olds = [[*([earlier[c]] if c in earlier else []), *(old for _, old in taken.get(c, ()))] for c in range(len(names))]
    stands = np.zeros(table.height + sum(len(old.stood) for own in olds for old in own), dtype=np.bool_)
    rows: list[list[int]] = []
    listed: dict[int, list[ListedParty]] = defaultdict(list)
    height = table.height
    for c, own in enumerate(new_rows):
        before = [amendment for old in olds[c] for amendment in old.amendments]
        still = set(standing([*before, *(amendments[row] for row in own)]))
        kept: list[int] = []
        start = 0
        for old in olds[c]:
            alive = [i for i, at in enumerate(old.stood) if start + at in still]
            today = {i: len(kept) + place for place, i in enumerate(alive)}
            listed[c] += [
                msgspec.structs.replace(each, place=today[each.place])
                for each in old.decided.listed
                if each.place in today
            ]
            kept += [height + i for i in alive]
            filed += old.filed
            filed_at += old.filed_at
            feature_rows.append(old.features)
            crossings.append(np.full(len(old.stood), c, dtype=np.int64))
            height += len(old.stood)
            start += len(old.amendments)
        kept += [row for i, row in enumerate(own) if start + i in still]
        stands[kept] = True
        rows.append(kept)
    before_table, before_identities = columns_of(filed, filed_at)
    return Batch(
        names,
        pl.concat([table, before_table]),
        {kind: np.concatenate([column, before_identities[kind]]) for kind, column in filings.identities.items()},
        np.concatenate(feature_rows),
        np.concatenate(crossings),
        stands,
        new_rows,
        rows,
        np.array([own[0] for own in new_rows], dtype=np.int64),
        earlier,
        {c: floor for c, own in enumerate(olds) if (floor := reduce(stricter, (old.floor for old in own), None))},
        taken={c: [each for each, _ in own] for c, own in taken.items()},
        formats_before=[each.source for each in filed],
        listed={c: own for c, own in listed.items() if own},
    )
