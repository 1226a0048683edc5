"""The document of a dated tariff or rule: when, which goods at which ports, what trucks may do, what a port may do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from aforo.ports.directory import Directory
from aforo.ports.document import Bridge, Duty, PortDocument
from aforo.ports.figure import Minutes, Share
from aforo.twin.plan_documents import (
    Dollars,
    Fraction,
    Multiple,
    PlanError,
    Slug,
    Weeks,
    check_figures,
    parsed,
    shipped,
)
from aforo.twin.scenario import PolicyName, ScenarioError, Title, called

#: The line with which a document of a tariff that ships begins.
MARK: Final = "# A tariff or a rule"
#: More weeks than this are no shock.
MOST_WEEKS: Final = 60


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the document."""


class Moves(_Table, frozen=True):
    """What trucks of the goods concerned may do; each figure is drawn evenly from its range.

    Before the rule is in force they come earlier: `front_loading` more at its height, in shares of their usual number,
    rising over `front_weeks`, never before the announcement. Of those that came earlier, the share `paid_back` is
    missing afterwards, over `payback_weeks`. A `rate` r lowers them to (1 + r)^−`elasticity`, reached after
    `fall_weeks`; of that fall the share `returned` comes back within `return_weeks` more. The share `diverted` goes by
    other ports. `other` multiplies all trucks of a port, for whatever else is not foreseen.
    """

    front_loading: Multiple
    front_weeks: Weeks
    paid_back: Fraction
    payback_weeks: Weeks
    elasticity: Multiple
    fall_weeks: Weeks
    returned: Fraction
    return_weeks: Weeks
    diverted: Fraction
    other: Multiple


class Contingency(_Table, frozen=True, kw_only=True):
    """What a contingency plan must hold in the busiest week: in the share `held` of futures the 95th percentile of the
    wait no `longer` than in an ordinary week by more than this, and on their mean the share of harm prevented no `less`
    by more.

    `kept` is the availability of scanners whose planned maintenance is moved out of the week, which costs `moved` for
    each; `longer_hours` by how many hours a bridge may open earlier, and close later; `staff` the price of an hour of
    one unit that is manned.
    """

    longer: Minutes
    less: Share
    held: Share
    kept: Share
    longer_hours: Annotated[int, Meta(ge=0, le=12)] = 2
    moved: Dollars
    staff: dict[Duty, Dollars]


class Promise(_Table, frozen=True):
    """A level of service for trusted traders: the 95th percentile of the FAST wait in the busiest week, in whole
    `step`s. More than `most` is not promised, nor what does not hold in the share `held` of futures that it was not
    made from, at 95 % confidence."""

    step: Minutes
    most: Minutes
    held: Share


class Reported(_Table, frozen=True):
    """What was reported of a month of some ports: the change of their trucks, year on year. Nothing is fitted to it."""

    month: Annotated[str, Meta(pattern=r"^[0-9]{4}-(?:0[1-9]|1[0-2])$(?!\n)")]
    ports: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)]
    change: Annotated[float, Meta(ge=-1.0, le=10.0)]
    source: str


class Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The document. `ports` are those whose trucks it concerns (names or codes, or `all`), `alternatives` others to
    which trucks may go; `goods` the share of trucks with goods that it concerns, `rate` what is to be paid on them."""

    name: Slug
    version: Annotated[str, Meta(min_length=1, max_length=60)]
    title: Title
    announced: date
    effective: date
    ports: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)]
    alternatives: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    weeks_after: Annotated[int, Meta(ge=1, le=52)] = 12
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1
    futures: Annotated[int, Meta(ge=20, le=10_000)] = 60
    policy: PolicyName = "clearance"
    goods: Fraction
    rate: Multiple
    moves: Moves
    contingency: Contingency
    promise: Promise
    reported: Annotated[tuple[Reported, ...], Meta(max_length=50)] = ()
    sources: dict[str, str] = {}

    def weeks(self) -> tuple[date, ...]:
        """The Mondays of the weeks that are told: from that of the announcement to those after it is in force."""
        first, last = _monday(self.announced), _monday(self.effective) + timedelta(weeks=self.weeks_after)
        return tuple(first + timedelta(weeks=passed) for passed in range((last - first).days // 7 + 1))

    def concerned(self, ports: Directory) -> tuple[tuple[PortDocument, Bridge], ...]:
        """The bridges whose trucks it concerns, each once."""
        return _bridges(self.ports, "ports", ports)

    def others(self, ports: Directory) -> tuple[tuple[PortDocument, Bridge], ...]:
        """The bridges to which trucks may go, without those that it concerns."""
        own = {port.code for port, _ in self.concerned(ports)}
        return tuple(
            (port, bridge)
            for port, bridge in _bridges(self.alternatives, "alternatives", ports)
            if port.code not in own
        )


def _bridges(names: tuple[str, ...], place: str, ports: Directory) -> tuple[tuple[PortDocument, Bridge], ...]:
    found: dict[tuple[str, str], tuple[PortDocument, Bridge]] = {}
    for number, name in enumerate(names):
        try:
            for port, _ in called(name, ports):
                found |= {(port.code, bridge.id): (port, bridge) for bridge in port.bridges}
        except ScenarioError as wrong:
            known = ", ".join(each.name for each in ports.ports)
            raise PlanError("plan_document_port", place=f"{place}[{number}]", name=name, known=known) from wrong
    return tuple(found.values())


def parse(document: bytes, ports: Directory) -> Tariff:
    """The tariff or rule of a TOML document. PlanError names the place and says what is wrong."""
    tariff = parsed(document, Tariff)
    check_figures(tariff, tariff.sources)
    if not date(1990, 1, 1) <= tariff.announced <= tariff.effective <= date(2200, 1, 1):
        raise PlanError("tariff_dates")
    if len(tariff.weeks()) > MOST_WEEKS:
        raise PlanError("tariff_weeks", most=MOST_WEEKS)
    tariff.concerned(ports)
    tariff.others(ports)
    if tariff.promise.step.minutes <= 0.0:
        raise PlanError("tariff_step")
    for number, each in enumerate(tariff.reported):
        if each.source not in tariff.sources:
            raise PlanError("plan_document_source", place=f"reported[{number}]", source=each.source)
        _bridges(each.ports, f"reported[{number}].ports", ports)
    return tariff


def ready() -> dict[str, bytes]:
    """The documents of tariffs and rules that ship, by name."""
    return shipped(MARK)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
