"""The rules that run, and what they say about a batch of declarations: a pure function of columns.

Active rules add log-odds or make an examination mandatory. Shadow rules are evaluated and add nothing. A rule that
fails on a row says nothing about that row; where it failed, and why, is told beside the hits. What a rule says of a row
depends on that row and the instant alone, whatever stands beside it: a truck gets one answer, in a file, alone and in a
replay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from aforo.domain.text import Text, catalogue
from aforo.domain.threat import THREATS
from aforo.domain.units import Int64Array
from aforo.risk.rules.condition import PACKAGE, Condition, RuleError, compile_condition, engine_message, fields_frame
from aforo.risk.rules.document import RuleDocument, check, default_rules

_SAY = catalogue(PACKAGE).say
_UNASKED = object()


@dataclass(frozen=True)
class Hits:
    """Which rules fired on which rows, in columns of equal length, ordered by row, rule and threat.

    `rule` is the index in the rule set, `threat` the index in THREATS, `micro` the log-odds in millionths (never 0).
    """

    row: Int64Array
    rule: Int64Array
    threat: Int64Array
    micro: Int64Array

    def dense(self, rows: int) -> Int64Array:
        """The sum by row and threat, int64[rows, K]."""
        made = np.zeros((rows, len(THREATS)), dtype=np.int64)
        np.add.at(made, (self.row, self.threat), self.micro)
        return made


@dataclass(frozen=True)
class Failure:
    """The rows of a batch on which one rule failed, in their order, and why it did on the first of them."""

    rule: str
    rows: Int64Array
    why: Text


@dataclass(frozen=True)
class RuleHits:
    """What the rules say about `rows` declarations.

    `hits` are those of the active rules, `shadow` those of the shadow rules. `mandatory` holds the rows and
    `mandatory_rule` the indexes of active rules that make an examination mandatory. `fired_rows` are the rows by rule,
    shadow rules and mandatory ones included.
    """

    rows: int
    hits: Hits
    shadow: Hits
    mandatory: Int64Array
    mandatory_rule: Int64Array
    fired_rows: dict[str, Int64Array]
    failures: tuple[Failure, ...]

    @property
    def fired(self) -> dict[str, int]:
        """On how many rows each rule fired."""
        return {code: len(rows) for code, rows in self.fired_rows.items()}

    def log_odds(self) -> Int64Array:
        """What the active rules add, int64[rows, K] in micro-log-odds: the `rule_hits` of an assessment."""
        return self.hits.dense(self.rows)

    def mandatory_rows(self) -> npt.NDArray[np.bool_]:
        """Whether an examination is mandatory, by row."""
        made = np.zeros(self.rows, dtype=np.bool_)
        made[self.mandatory] = True
        return made


class _Stored(msgspec.Struct, frozen=True):
    """A rule set as it is stored: what replay reads back."""

    active: tuple[RuleDocument, ...]
    shadow: tuple[RuleDocument, ...]


@dataclass(frozen=True)
class RuleSet:
    """Rules that run together; `rules` are the active ones and after them the shadow ones."""

    active: tuple[RuleDocument, ...]
    shadow: tuple[RuleDocument, ...]
    _conditions: tuple[Condition, ...] = field(repr=False)

    @classmethod
    def compile(cls, documents: Sequence[RuleDocument], shadow: Sequence[RuleDocument] = ()) -> RuleSet:
        """The set of active `documents` and `shadow` ones. Raises RuleError, as for two active versions of a rule."""
        active = tuple(sorted(documents, key=lambda rule: (rule.id, rule.version)))
        shadows = tuple(sorted(shadow, key=lambda rule: (rule.id, rule.version)))
        for rule, after in pairwise(active):
            if rule.id == after.id:
                raise RuleError("rule_twice", rule=rule.id)
        rules = active + shadows
        return cls(active, shadows, tuple(compile_condition(check(rule).condition) for rule in rules))

    @classmethod
    def default(cls) -> RuleSet:
        """The set that ships with the product."""
        return cls.compile(default_rules())

    @classmethod
    def load(cls, document: bytes) -> RuleSet:
        """The set of a stored document. Raises RuleError."""
        try:
            stored = msgspec.json.decode(document, type=_Stored)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise RuleError("document_not_valid", where="rule set", why=str(error)) from error
        return cls.compile(stored.active, stored.shadow)

    @property
    def rules(self) -> tuple[RuleDocument, ...]:
        return self.active + self.shadow

    @cached_property
    def document(self) -> bytes:
        """The stored form: the same rules in any order give the same bytes."""
        return msgspec.json.encode(_Stored(self.active, self.shadow))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the stored form, in hex."""
        return hashlib.sha256(self.document).hexdigest()

    def evaluate(self, table: pl.DataFrame, score_ppb: Int64Array, instant: datetime) -> RuleHits:
        """What the rules that hold at `instant` say about the rows of a declaration table.

        `score_ppb` int64[n] is the probability of any threat before the rules, in parts per billion.
        """
        holding = [(index, rule) for index, rule in enumerate(self.rules) if rule.holds_at(instant)]
        frame = fields_frame(table, {name for index, _ in holding for name in self._conditions[index].fields})
        fired: dict[str, Int64Array] = {}
        failures: list[Failure] = []
        active: list[Int64Array] = []
        shadow: list[Int64Array] = []
        mandatory: list[tuple[Int64Array, int]] = []
        asked = _rows_to_ask([self._conditions[index] for index, _ in holding], frame)
        for (index, rule), candidates in zip(holding, asked, strict=True):
            rows, failure = _rows_that_fire(self._conditions[index], frame, candidates, rule.code)
            fired[rule.code] = rows
            if failure is not None:
                failures.append(failure)
            is_active = index < len(self.active)
            if rule.mandatory:
                if is_active:
                    mandatory.append((rows, index))
            else:
                (active if is_active else shadow).append(_hits(rule, index, rows, score_ppb))
        held = [np.stack([rows, np.full(len(rows), index, dtype=np.int64)]) for rows, index in mandatory]
        held_columns = np.concatenate(held, axis=1) if held else np.zeros((2, 0), dtype=np.int64)
        held_columns = held_columns[:, np.lexsort(held_columns[::-1])]
        return RuleHits(
            table.height,
            _ordered(active),
            _ordered(shadow),
            held_columns[0],
            held_columns[1],
            fired,
            tuple(failures),
        )


def _hits(rule: RuleDocument, index: int, rows: Int64Array, score_ppb: Int64Array) -> Int64Array:
    """int64[4, hits]: row, rule, threat, micro-log-odds of one rule on the rows where it fired."""
    band = np.searchsorted(rule.edges_ppb(), score_ppb[rows], side="right")
    said = rule.contributions()[band]
    hit, threat = np.nonzero(said)
    return np.stack([rows[hit], np.full(len(hit), index, dtype=np.int64), threat, said[hit, threat]]).astype(np.int64)


def _ordered(parts: list[Int64Array]) -> Hits:
    columns = np.concatenate(parts, axis=1) if parts else np.zeros((4, 0), dtype=np.int64)
    columns = columns[:, np.lexsort((columns[2], columns[1], columns[0]))]
    return Hits(columns[0], columns[1], columns[2], columns[3])


def _rows_to_ask(conditions: Sequence[Condition], frame: pl.DataFrame) -> list[Int64Array]:
    """The rows on which each condition may hold; all filters are evaluated together."""
    marks = frame.select(
        "row", *(each.candidates.fill_null(False).alias(str(place)) for place, each in enumerate(conditions))
    )
    return [np.flatnonzero(marks[str(place)].to_numpy()) for place in range(len(conditions))]


def _rows_that_fire(
    condition: Condition, frame: pl.DataFrame, asked: Int64Array, code: str
) -> tuple[Int64Array, Failure | None]:
    """Of the rows `asked`, those on which a condition holds, and what failed."""
    if not len(asked):
        return asked, None
    candidates = frame[asked]
    rows: list[int] = []
    failed: list[int] = []
    why: Text | None = None
    answers: dict[tuple[Any, ...], Any] = {}
    values_of = zip(*(candidates[name].to_list() for name in condition.fields), strict=True)
    for row, values in zip(candidates["row"].to_list(), values_of, strict=True):
        answer = answers.get(values, _UNASKED) if condition.repeats else _UNASKED
        if answer is _UNASKED:
            try:
                answer = condition.evaluate(dict(zip(condition.fields, values, strict=True)))
            except Exception as error:  # noqa: BLE001 - the engine raises bare exceptions; no rule may stop a decision
                answer = None
                why = why or _SAY("failure_engine", why=engine_message(error))
            if condition.repeats:
                answers[values] = answer
        if answer is True:
            rows.append(row)
        elif answer is not False:
            failed.append(row)
            why = why or _SAY("failure_not_boolean", answer=repr(answer)[:40])
    failure = Failure(code, np.array(failed, dtype=np.int64), why) if why else None
    return np.array(rows, dtype=np.int64), failure
