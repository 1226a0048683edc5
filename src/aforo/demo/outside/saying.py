"""What clients have to say to the node and have not said yet, gathered in the order in which it may be said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from aforo.demo.outside.timetable import Due


def written(at: int) -> str:
    """An instant, microseconds since 1970, as it is written (ISO 8601)."""
    return datetime.fromtimestamp(at / 1e6, UTC).isoformat(timespec="milliseconds")


class Stated(NamedTuple):
    """A statement of a bridge: the last part of the route's path, and its body."""

    bridge: str
    what: str
    body: dict[str, Any]


class Finding(NamedTuple):
    """What an examination at a bridge came to: a row of the report; `asks` where the officer then asks what to do."""

    bridge: str
    crossing: str
    row: dict[str, Any]
    asks: bool


class Passage(NamedTuple):
    """That a truck was seen at its bridge, at an instant: at its booth, at a dock, or as it left."""

    what: Literal["booth", "dock", "left"]
    crossing: str
    at: int


@dataclass
class Saying:
    """`scanners` and `reads` are rows; `arrivals` are bridges and crossings that stand at a booth; `passed` are rows of
    trucks that went on, `freed` bridges and crossings that two officers release from what holds them, `contested`
    trucks whose carriers do not agree with what was found; `passages` are said to nobody by themselves: they tell where
    seals are read and taken off."""

    scanners: list[dict[str, Any]] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    filings: list[Due] = field(default_factory=list)
    reads: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[tuple[str, str]] = field(default_factory=list)
    work: list[Stated] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    passed: list[dict[str, Any]] = field(default_factory=list)
    freed: list[tuple[str, str]] = field(default_factory=list)
    contested: list[Due] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there is anything to say."""
        return any(getattr(self, name) for name in self.__dataclass_fields__)
