"""The document of targets: what a port is to make of its scanners, and by which definitions it is counted.

TOML, with a version, known by the hash of its bytes; see `docs/reference/contracts.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from aforo.domain.codes import zones
from aforo.domain.figure import ASSUMED, Figure, Source
from aforo.fleet.contract import ContractError, Name, Part, RuleVersion, Share, check_rule, load
from aforo.fleet.standing import FORGOTTEN_DAYS

#: A class as scans may name it: no more than two digits, at its end.
Conveyance = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^0-9]+[0-9]{0,2}$(?!\n)")]

#: How soon after a repair another failure of the same scanner is a repeated one: 30 days, assumed.
REPEAT_DAYS: Final = 30


class Target(Figure, frozen=True, kw_only=True):
    """A share that is to be reached, at `port` or, without one, wherever no other says so; of every kind of scanner
    and conveyance that is counted."""

    share: Share
    port: Name | None = None


class Utilisation(Part, frozen=True, kw_only=True):
    """Operator hours of scans over clock hours of scanners in service less their downtime, by port and month.

    `kinds` are the kinds of scanner that count, as the scanner log has them; all without any.
    """

    kinds: tuple[Name, ...] = ()
    targets: tuple[Target, ...] = msgspec.field(default=(), name="target")


class Eligible(Part, frozen=True, kw_only=True):
    """How many conveyances of a class could have been scanned at a port in a month (2024-07)."""

    port: Name
    month: Annotated[str, Meta(pattern=r"^[0-9]{4}-(?:0[1-9]|1[0-2])$(?!\n)")]
    conveyance: Conveyance
    count: Annotated[int, Meta(ge=0, le=100_000_000)]
    source: Source = ASSUMED


class ScanRate(Part, frozen=True, kw_only=True):
    """Scans of counted conveyances over eligible ones, by port and month. `conveyances` are those that count; all that
    the document gives eligible numbers of without any."""

    conveyances: tuple[Conveyance, ...] = ()
    targets: tuple[Target, ...] = msgspec.field(default=(), name="target")
    eligible: tuple[Eligible, ...] = ()


class Zone(Part, frozen=True, kw_only=True):
    """The time zone of a port, of which the months are."""

    port: Name
    zone: str


class Targets(Part, frozen=True, kw_only=True):
    """Targets in one version. Months are of `zone` where no `zones` names a port's own. `interruption_rule` is the
    version of the definition by which outages are counted, None for the newest. `hash` is the document's."""

    version: Annotated[int, Meta(ge=1)]
    zone: str = "UTC"
    zones: tuple[Zone, ...] = msgspec.field(default=(), name="port_zone")
    unaccounted_after_days: Annotated[int, Meta(ge=0, le=36_500)] = FORGOTTEN_DAYS
    repeat_within_days: Annotated[int, Meta(ge=0, le=3_650)] = REPEAT_DAYS
    interruption_rule: RuleVersion | None = None
    utilisation: Utilisation = Utilisation()
    scan_rate: ScanRate = ScanRate()
    sources: dict[str, str] = msgspec.field(default_factory=dict)
    hash: str = ""

    def zones_by_port(self) -> Callable[[str], str]:
        """What tells the zone of a port, as the scanner log names it."""
        known: dict[str, str] = {}
        for each in self.zones:
            known.setdefault(folded(each.port), each.zone)
        return lambda port: known.get(folded(port), self.zone)


def parse(document: bytes) -> Targets:
    """The targets in a document. Raises ContractError."""
    targets: Targets = load(document, Targets)
    check_rule(targets.interruption_rule)
    for place, zone in (("zone", targets.zone), *((f"port_zone[{each.port}]", each.zone) for each in targets.zones)):
        if zone not in zones():
            raise ContractError("contract_zone", place=place, zone=zone)
    for name, own in (("utilisation", targets.utilisation.targets), ("scan_rate", targets.scan_rate.targets)):
        places = [(each.port or "").strip().casefold() for each in own]
        if len(set(places)) < len(places):
            raise ContractError("contract_twice", place=f"{name}.target", what=name)
        for each in own:
            if each.source != ASSUMED and each.source not in targets.sources:
                raise ContractError("target_source", place=f"{name}.target", source=each.source)
    keys = [(e.port.strip().casefold(), e.month, e.conveyance.strip().casefold()) for e in targets.scan_rate.eligible]
    if len(set(keys)) < len(keys):
        raise ContractError("contract_twice", place="scan_rate.eligible", what="port, month, conveyance")
    return targets


def targets_by_port(targets: tuple[Target, ...]) -> Callable[[str], Target | None]:
    """What tells the target of a port: its own, else that of every port."""
    own = {folded(each.port): each for each in targets if each.port is not None}
    every = next((each for each in targets if each.port is None), None)
    return lambda port: own.get(folded(port), every)


def folded(word: str) -> str:
    """A word by which ports, kinds and conveyances are told apart, whatever the case of their letters."""
    return word.strip().casefold()
