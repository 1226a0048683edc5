"""Rule documents: what an officer writes, versioned and content-addressed.

A rule adds signed log-odds to threats, by the band that the score before the rule falls into, or (with `mandatory`)
makes an examination mandatory. The score is the probability of any threat before any rule spoke. Bands are half-open,
[from, to), follow each other without a gap from 0, and the last has no `to`: every score falls into exactly one.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Annotated, Any

import msgspec
import numpy as np

from aforo.domain.decision import Examination
from aforo.domain.form import fault_of, not_toml, placed
from aforo.domain.text import Text
from aforo.domain.threat import THREATS
from aforo.domain.units import MICRO, PPB, Int64Array
from aforo.risk.rules.condition import RuleError, compile_condition

Probability = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
#: One rule says at most this: nobody is condemned, or cleared, by one sentence.
LogOdds = Annotated[float, msgspec.Meta(ge=-4.0, le=4.0)]
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Sentence = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

#: A carrier sees the status and the legal ground: never that a rule, a score or a model spoke.
_BETRAYS = re.compile(
    r"\b(rules?|reglas?|scor\w*|puntaj\w*|puntuaci\w*|models?|modelos?|algorit\w*|probab\w*|risks?|riesgos?|log-odds"
    r"|thresholds?|umbral\w*|target\w*|selectiv\w*|perfil\w*|profil\w*)\b|%",
    re.IGNORECASE,
)


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"start": "from"}):
    """Scores in [`start`, `to`), as probabilities, and the natural log-odds that the rule adds to each threat there."""

    start: Probability
    to: Probability | None = None
    contraband: LogOdds = 0.0
    people: LogOdds = 0.0
    theft: LogOdds = 0.0
    misdeclaration: LogOdds = 0.0


class Reasons(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in both languages."""

    en: Sentence
    es: Sentence

    @property
    def text(self) -> Text:
        return Text(self.en, self.es)


class RuleDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One version of one rule.

    `source` says where its figures come from, or `assumed`. `approver` names who may approve it; where it is absent
    anybody but the author may. It holds from `valid_from` until the day before `valid_until` (UTC days). A mandatory
    rule has no bands and names its `examination`.
    """

    id: Identifier
    version: Name
    condition: str
    reason: Reasons
    public_reason: Reasons
    author: Name
    source: Name
    approver: Name | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    band: tuple[Band, ...] = ()
    mandatory: bool = False
    examination: Examination | None = None

    @property
    def code(self) -> str:
        """What evidence and decisions call this rule."""
        return f"{self.id}@{self.version}"

    def document(self) -> bytes:
        """The stored form: canonical JSON of the document."""
        return msgspec.json.encode(self)

    def hash(self) -> str:
        """SHA-256 of the stored form, in hex: the rule's address."""
        return hashlib.sha256(self.document()).hexdigest()

    def holds_at(self, instant: datetime) -> bool:
        """Whether the rule is valid at an instant."""
        day = instant.astimezone(UTC).date()
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )

    def edges_ppb(self) -> Int64Array:
        """The starts of the bands after the first, in ppb: a score's band is the number of edges at or below it."""
        return np.array([round(band.start * PPB) for band in self.band[1:]], dtype=np.int64)

    def contributions(self) -> Int64Array:
        """Micro-log-odds int64[bands, K] in the order of THREATS."""
        return np.array(
            [[round(getattr(band, threat) * MICRO) for threat in THREATS] for band in self.band], dtype=np.int64
        ).reshape(len(self.band), len(THREATS))


def _check_bands(rule: RuleDocument) -> None:
    if rule.mandatory:
        if rule.band or rule.examination is None or rule.examination == "release":
            raise RuleError("mandatory_form", rule=rule.id)
        return
    if not rule.band or rule.examination is not None:
        raise RuleError("bands_missing", rule=rule.id)
    starts = [round(band.start * PPB) for band in rule.band]
    ends = [None if band.to is None else round(band.to * PPB) for band in rule.band]
    follow = starts[0] == 0 and ends[-1] is None and ends[:-1] == starts[1:]
    if not follow or any(a >= b for a, b in pairwise(starts)):
        raise RuleError("bands_gap", rule=rule.id)


def check(rule: RuleDocument) -> RuleDocument:
    """The rule, where all that can be checked of it alone holds. Raises RuleError."""
    _check_bands(rule)
    compile_condition(rule.condition)
    if rule.valid_from and rule.valid_until and rule.valid_from >= rule.valid_until:
        raise RuleError("validity_empty", rule=rule.id)
    if rule.approver is not None and rule.approver.casefold() == rule.author.casefold():
        raise RuleError("approver_is_author", rule=rule.id, person=rule.author)
    for sentence in (rule.public_reason.en, rule.public_reason.es):
        # an identifier of one plain word may stand in a sentence by chance
        named = re.search(rf"(?<![\w-]){re.escape(rule.id)}(?![\w-])", sentence) if "-" in rule.id else None
        betrayed = _BETRAYS.search(sentence) or named
        if betrayed:
            raise RuleError("public_reason_betrays", rule=rule.id, word=betrayed[0])
    return rule


def _convert(data: Any, kind: Any, where: str) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise RuleError("document_not_valid", where=where, why=placed(*fault_of(error, kind, data))) from error


def parse(document: bytes, where: str = "rule") -> tuple[RuleDocument, ...]:
    """The rules of a TOML or JSON document: one rule, or several under `rule`. Raises RuleError.

    `where` names the document in the error's message.
    """
    try:
        text = document.decode("utf-8")
        data = msgspec.json.decode(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        raise RuleError("document_not_valid", where=where, why=not_toml(error)) from error
    several = isinstance(data, dict) and "rule" in data
    rules = _convert(data, _Several, where).rule if several else (_convert(data, RuleDocument, where),)
    return tuple(check(rule) for rule in rules)


class _Several(msgspec.Struct, forbid_unknown_fields=True):
    rule: tuple[RuleDocument, ...]


@cache
def default_rules() -> tuple[RuleDocument, ...]:
    """The rules that ship with the product: few and modest, every figure assumed."""
    return parse((resources.files("aforo.risk.rules") / "default.toml").read_bytes(), "default.toml")
