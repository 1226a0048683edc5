"""The document of planned maintenance: which scanners are maintained how often, for how long, and when that may be.

TOML, with a version, known by the hash of its bytes; see `docs/reference/contracts.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from aforo.domain.figure import ASSUMED, Figure
from aforo.domain.week import Clock, Day
from aforo.fleet.contract import ContractError, Name, Part, load
from aforo.fleet.service_hours import Window, wrong_windows

Days = Annotated[int, Meta(ge=1, le=3_650)]
#: No maintenance lasts longer, in hours; a longer one is an outage.
LONGEST: Final = 48.0
#: No more days lie between the earliest and the latest: every hour of them is weighed.
WIDEST: Final = 366


class Every(Figure, frozen=True, kw_only=True):
    """How many days after the end of the last one it is due, and the earliest and the latest that it may be."""

    days: Days
    earliest: Days
    latest: Days


class Lasts(Figure, frozen=True, kw_only=True):
    """How many hours it takes."""

    hours: Annotated[float, Meta(gt=0.0, le=LONGEST)]


class Usual(Part, frozen=True, kw_only=True):
    """When it is usually done: a day of the week and a local time, beside which a calendar is put."""

    day: Day = "tue"
    at: Clock = "08:00"


class Maintenance(Part, frozen=True, kw_only=True):
    """What is planned for the scanners that it names, of these `kinds` or `contracts`, for every one where it names
    nothing. It is done within `windows`, local clock of the site; without any within the contract's service hours."""

    id: Name
    kinds: tuple[Name, ...] = ()
    contracts: tuple[Name, ...] = ()
    scanners: tuple[Name, ...] = ()
    every: Every
    lasts: Lasts
    windows: tuple[Window, ...] = ()

    def of(self, scanner: str, kind: str | None, contract: str | None) -> bool:
        """Whether it is planned for a scanner, by its kind and contract as the log last had them."""
        named = ((self.kinds, kind), (self.contracts, contract), (self.scanners, scanner))
        return all(
            not own or (said or "").strip().casefold() in {each.strip().casefold() for each in own}
            for own, said in named
        )


class Plan(Part, frozen=True, kw_only=True):
    """What is planned for a fleet, in one version. Of several that are of a scanner the first of the document counts:
    a log tells planned interruptions apart by nothing. `hash` is the document's."""

    version: Annotated[int, Meta(ge=1)]
    usual: Usual = Usual()
    maintenance: Annotated[tuple[Maintenance, ...], Meta(min_length=1, max_length=1_000)]
    sources: dict[str, str] = msgspec.field(default_factory=dict)
    hash: str = ""

    def of(self, scanner: str, kind: str | None, contract: str | None) -> Maintenance | None:
        """What is planned for a scanner; None where nothing is."""
        return next((each for each in self.maintenance if each.of(scanner, kind, contract)), None)

    def assumed(self) -> list[str]:
        """The places of the figures that no source supports."""
        return [
            f"maintenance[{each.id}].{name}"
            for each in self.maintenance
            for name, figure in (("every", each.every), ("lasts", each.lasts))
            if figure.source == ASSUMED
        ]


def parse(document: bytes) -> Plan:
    """The plan in a document. Raises ContractError."""
    plan: Plan = load(document, Plan)
    names = [each.id.strip().casefold() for each in plan.maintenance]
    if (twice := _twice(names)) is not None:
        raise ContractError("contract_twice", place="maintenance", what=twice)
    for each in plan.maintenance:
        place = f"maintenance[{each.id}]"
        if not each.every.earliest <= each.every.days <= each.every.latest:
            raise ContractError("maintenance_order", place=f"{place}.every")
        if each.every.latest - each.every.earliest > WIDEST:
            raise ContractError("maintenance_wide", place=f"{place}.every", most=WIDEST)
        if (code := wrong_windows(each.windows)) is not None:
            raise ContractError(code, place=f"{place}.windows")
        figures: tuple[Figure, ...] = (each.every, each.lasts)
        for figure in figures:
            if figure.source != ASSUMED and figure.source not in plan.sources:
                raise ContractError("target_source", place=place, source=figure.source)
    return plan


def _twice(names: Sequence[str]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)
