"""The definition of an interruption: what ends a report of trouble. Documents with versions, each known by its hash.

A figure names the version that it was computed by. An old version stays computable, so that a claim that was made under
it can be made again; a document that the product ships is never changed.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from aforo.domain.text import Text

#: When the own `up` of a reporter ends a report of theirs: their next one in any case (`next`), or only one that comes
#: before they begin another report (`before_next_report`).
OwnEnd = Literal["next", "before_next_report"]


class InterruptionRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of the definition. `hash` is that of the document, which says everything else."""

    id: Literal["interruption"]
    version: Annotated[int, Meta(ge=1)]
    own_end: OwnEnd
    name: Text
    definition: Text
    hash: str = ""


class RuleReference(msgspec.Struct, frozen=True):
    """The version of the definition that a figure was computed by, and the SHA-256 of its document."""

    version: int
    document: str


@cache
def interruption_rules() -> dict[int, InterruptionRule]:
    """Every version that the product ships, the oldest first."""
    folder = resources.files("aforo.fleet") / "documents"
    rules = [_parse(each.read_bytes()) for each in folder.iterdir() if each.name.endswith(".toml")]
    return {each.version: each for each in sorted(rules, key=lambda rule: rule.version)}


def newest_rule() -> InterruptionRule:
    """The version that holds where no document names one."""
    rules = interruption_rules()
    return rules[max(rules)]


def reference(rule: InterruptionRule) -> RuleReference:
    """What a figure says of the rule that it was computed by."""
    return RuleReference(rule.version, rule.hash)


def _parse(document: bytes) -> InterruptionRule:
    table = tomllib.loads(document.decode("utf-8"))
    return msgspec.convert(table | {"hash": hashlib.sha256(document).hexdigest()}, InterruptionRule)
