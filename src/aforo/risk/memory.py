"""What is remembered of every party, pair, kind of goods and seal, and the features that follow from it.

The memory reads filings in the order in which they came and outcomes when they come back. It holds keyed hashes and
numbers, no name and no identifier. Every truck brings a seal and a load that never come again, so those are forgotten
after a number of filings; parties, goods and what was examined stay. A row's features are made from the rows and
outcomes before it, whatever the size of the batch, and then the row is remembered.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.threat import THREATS
from aforo.risk import layout, learning_loop, observing
from aforo.risk.arithmetic import key_of
from aforo.risk.columns import key_columns, local_times, number_columns
from aforo.risk.feature_rows import rounded
from aforo.risk.features import FEATURES, PARTS
from aforo.risk.hashtable import Float64Array, HashTable, Int64Array, UInt64Array, find, positions

FORMAT = 3
#: Formats that `load` reads; in the first, records do not know their crossings, in the second seals and combinations
#: not when they were named last.
_READABLE = (1, 2, FORMAT)
#: How many times within `rare_memory` filings the memory looks for what it may forget.
_TURNS = 8


class MemorySettings(msgspec.Struct, frozen=True):
    """How fast the memory forgets (half-lives in days) and how much it takes to convince it.

    `prior_weight` is the number of examinations that the prior of a posterior counts for, `prior_rate` the rate assumed
    before anything was examined, `override_weight` what a finding counts when an officer chose the truck against the
    product (the choice knew something that the filing does not say), `goods_memory` the filings after which a group of
    goods forgets its oldest. A seal or a series of seals that `rare_memory` filings did not name, and a combination
    that was named once before them, is forgotten where no examination was of it; a whole number. Set by `benchmarks` on
    generated worlds, not by any one history; `rare_memory` by what a node has room for.
    """

    filings_fast: float = 5.0
    filings_slow: float = 60.0
    findings: float = 180.0
    findings_fast: float = 30.0
    glow: float = 30.0
    prior_weight: float = 3.0
    prior_rate: float = 0.03
    goods_memory: float = 400.0
    override_weight: float = 0.5
    rare_memory: int = 1 << 21

    def array(self) -> Float64Array:
        """The numbers in the order in which the loops read them."""
        return np.array(
            [
                self.filings_fast,
                self.filings_slow,
                self.findings,
                self.findings_fast,
                self.glow,
                self.prior_weight,
                self.prior_rate,
                self.goods_memory,
            ]
        )


class Outcomes(NamedTuple):
    """Outcomes that came back, one for each row of a table: what was found where something was looked for.

    `violation` is 1 for a finding, 0 for none, and -1 where the examination ended without either: such a row teaches
    nothing. `threat` is the index in THREATS of what was found (any value where nothing was). `propensity` is the
    chance with which the row was to be examined, in (0, 1]; `by_override` marks what an officer chose against the
    product.
    """

    violation: npt.NDArray[np.int8]
    threat: Int64Array
    propensity: Float64Array
    by_override: npt.NDArray[np.bool_]

    def at(self, rows: slice | Int64Array) -> Outcomes:
        """The outcomes of some rows."""
        return Outcomes(self.violation[rows], self.threat[rows], self.propensity[rows], self.by_override[rows])

    @classmethod
    def of(
        cls,
        violation: npt.ArrayLike,
        threat: npt.ArrayLike | None = None,
        propensity: npt.ArrayLike | None = None,
        by_override: npt.ArrayLike | None = None,
    ) -> Outcomes:
        """Outcomes with defaults for what is not known: misdeclaration, propensity 1, no override."""
        found = np.asarray(violation, np.int8)
        n = len(found)
        return cls(
            found,
            np.full(n, THREATS.index("misdeclaration"), np.int64) if threat is None else np.asarray(threat, np.int64),
            np.ones(n) if propensity is None else np.asarray(propensity, np.float64),
            np.zeros(n, np.bool_) if by_override is None else np.asarray(by_override, np.bool_),
        )


class Memory:
    """The memory of a node. Not safe for use by several threads at once."""

    def __init__(self, settings: MemorySettings | None = None) -> None:
        self.settings = settings or MemorySettings()
        self.filings = 0
        self.findings = 0
        self._entities = HashTable.empty(layout.ENTITY_WIDTH)
        self._ring = np.zeros((len(self._entities.keys), layout.RING), np.uint64)
        self._pairs = HashTable.empty(layout.PAIR_WIDTH)
        self._goods = HashTable.empty(layout.GOODS_WIDTH)
        self._seals = HashTable.empty(layout.SEAL_WIDTH)
        self._overall = np.zeros(3)  # time, hits, examined

    def features(
        self,
        table: pl.DataFrame,
        identities: Mapping[str, npt.NDArray[np.uint64]],
        crossing: npt.NDArray[np.uint64] | None = None,
    ) -> npt.NDArray[np.float32]:
        """The features of each row, float32[n, len(FEATURES)], each from the rows before it; the rows are remembered.

        `table` has DECLARATION_SCHEMA and `identities` one array per kind of ENTITY_KINDS, as the key store gives them.
        `crossing` is each row's crossing, as `columns.crossing_keys` makes it from the name under which it is recorded:
        its rows count once for what they have in common, also over batches, and amendments are no new declarations
        (`features` says for what). Without it every row is a crossing of its own. Rows must come in the order of
        filing; a late one is taken as it comes.
        """
        local = local_times(table)
        parts, numbers = key_columns(table, identities, local, crossing), number_columns(table, local)
        out = np.empty((table.height, len(FEATURES)), np.float32)
        turn = max(self.settings.rare_memory // _TURNS, 1)
        first = 0
        while first < table.height:
            # What is forgotten depends on the number of filings alone, not on the batch that they came in.
            last = min(first + turn - self.filings % turn, table.height)
            self._observe(parts[first:last], numbers[first:last], out[first:last])
            self.filings += last - first
            first = last
            if self.filings % turn == 0:
                self._forget()
        return rounded(out)

    def _observe(self, parts: UInt64Array, numbers: Float64Array, out: npt.NDArray[np.float32]) -> None:
        settings = self.settings.array()
        done = 0
        while done < len(parts):
            done = observing.observe(
                done,
                self.filings,
                parts,
                numbers,
                settings,
                self._overall,
                *self._entities,
                self._ring,
                *self._pairs,
                *self._goods,
                *self._seals,
                out,
            )
            if done < len(parts):
                self._grow()

    def learn(
        self,
        table: pl.DataFrame,
        identities: Mapping[str, npt.NDArray[np.uint64]],
        outcomes: Outcomes,
        crossing: npt.NDArray[np.uint64] | None = None,
    ) -> None:
        """Take in what examinations found; `table`, `identities` and `crossing` are of the examined filings, as filed.

        What was examined is the crossing: its finding is shared out evenly over those of its rows that are given at
        once, so that it counts once for the truck and for all that is examined, and in part for the parties of each.
        """
        known = np.flatnonzero(outcomes.violation >= 0)
        if len(known) == 0:
            return
        local = local_times(table)
        parts = key_columns(table, identities, local, crossing)[known]
        numbers = number_columns(table, local)[known]
        hits = outcomes.violation[known].astype(np.float64)
        share, crossings = _shares(parts[:, layout.PART_CROSSING])
        weights = np.where(outcomes.by_override[known], self.settings.override_weight, 1.0) * share
        threats = outcomes.threat[known].astype(np.int64)
        settings = self.settings.array()
        done = 0
        while done < len(known):
            done = learning_loop.learn(
                done,
                self.filings,
                parts,
                numbers,
                hits,
                weights,
                threats,
                settings,
                self._overall,
                *self._entities,
                self._ring,
                *self._pairs,
                *self._seals,
            )
            if done < len(known):
                self._grow()
        self.findings += crossings

    def entity(self, kind: int, identity: int) -> Float64Array | None:
        """The record of the party of a kind (its place in ENTITIES) with this keyed hash, float64[ENTITY_WIDTH] in the
        places of `layout`; None where there is none."""
        parts = np.zeros(len(PARTS), np.uint64)
        parts[kind] = identity
        at = int(find(self._entities.keys, np.uint64(key_of(parts, kind, -1, -1, 1 + kind))))
        return None if identity == 0 or at < 0 else self._entities.state[at].copy()

    def overall_rate(self, days: float) -> float:
        """The rate of finds among all that was examined lately, the prior of every posterior, at a time in days since
        1970 (as the loop in `observing` has it)."""
        fade: float = 0.5 ** (max(days - float(self._overall[0]), 0.0) / self.settings.findings)
        hits, exams = float(self._overall[1]) * fade, float(self._overall[2]) * fade
        return min(max((hits + 20.0 * self.settings.prior_rate) / (exams + 20.0), 1e-5), 0.5)

    def _forget(self) -> None:
        """Forget seals, and combinations named once, that were not named lately and that no examination was of."""
        since = self.filings - self.settings.rare_memory
        seals, pairs = self._seals, self._pairs
        rare = (seals.keys != 0) & (seals.state[:, layout.S_STAMP] < since) & (seals.state[:, layout.S_EXAMS] == 0.0)
        if rare.any():
            self._seals = seals.without(rare)
        rare = (pairs.keys != 0) & (pairs.state[:, layout.P_STAMP] < since) & (pairs.state[:, layout.P_EXAMS] == 0.0)
        rare &= pairs.state[:, layout.P_COUNT] <= 1.0
        if rare.any():
            self._pairs = pairs.without(rare)

    def _grow(self) -> None:
        """Double the tables that are nearly full."""
        if self._entities.nearly_full(layout.ENTITY_COUNT):
            old = self._entities
            self._entities = old.grown()
            ring = np.zeros((len(self._entities.keys), layout.RING), np.uint64)
            taken = np.flatnonzero(old.keys)
            ring[positions(self._entities.keys, old.keys[taken])] = self._ring[taken]
            self._ring = ring
        if self._pairs.nearly_full(layout.PAIR_COUNT):
            self._pairs = self._pairs.grown()
        if self._goods.nearly_full(layout.GOODS_COUNT):
            self._goods = self._goods.grown()
        if self._seals.nearly_full(2):
            self._seals = self._seals.grown()

    def dump(self) -> bytes:
        """The whole memory as a NumPy archive without pickles; the same memory always gives the same bytes."""
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "format": np.array([FORMAT], np.int64),
            "counts": np.array([self.filings, self.findings], np.int64),
            "settings": np.frombuffer(msgspec.json.encode(self.settings), np.uint8),
            "overall": self._overall,
        }
        for name, table in self._tables().items():
            arrays[f"{name}_keys"], arrays[f"{name}_state"] = table.content()
        arrays["ring"] = self._ring[positions(self._entities.keys, self._entities.content()[0])]
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def load(cls, dumped: bytes) -> Memory:
        """The memory that `dump` wrote, also an older version's. Raises ValueError for other bytes and formats."""
        try:
            with np.load(io.BytesIO(dumped), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"not a memory: {error}") from error
        if "format" not in arrays or arrays["format"][0] not in _READABLE:
            raise ValueError("a memory of another format")
        memory = cls(msgspec.json.decode(arrays["settings"].tobytes(), type=MemorySettings))
        memory.filings, memory.findings = (int(count) for count in arrays["counts"])
        memory._overall = arrays["overall"]
        memory._entities, memory._pairs, memory._goods, memory._seals = (
            HashTable.of(arrays[f"{name}_keys"], _widened(arrays[f"{name}_state"], table.state.shape[1]))
            for name, table in memory._tables().items()
        )
        if arrays["format"][0] < FORMAT:
            memory._seals.state[:, layout.S_STAMP] = memory._pairs.state[:, layout.P_STAMP] = memory.filings
        memory._ring = np.zeros((len(memory._entities.keys), layout.RING), np.uint64)
        memory._ring[positions(memory._entities.keys, arrays["entities_keys"])] = arrays["ring"]
        return memory

    def _tables(self) -> dict[str, HashTable]:
        return {"entities": self._entities, "pairs": self._pairs, "goods": self._goods, "seals": self._seals}


def _shares(crossing: npt.NDArray[np.uint64]) -> tuple[Float64Array, int]:
    """The share of each row in its crossing, 1 where that is not named, and the number of crossings."""
    _, place, rows = np.unique(crossing, return_inverse=True, return_counts=True)
    share = np.where(crossing == 0, 1.0, 1.0 / rows[place])
    unnamed = int((crossing == 0).sum())
    return share, len(rows) + max(unnamed - 1, 0)


def _widened(state: Float64Array, width: int) -> Float64Array:
    """The rows of a table with the columns that an older format lacks, which say nothing yet."""
    return np.hstack([state, np.zeros((len(state), width - state.shape[1]))])
