"""Whether the waits of a base were checked against published waits, and which published waits there are beside them.

Minutes saved are valued in money only on a base that was checked at every bridge. A base is not checked where no
calibration is given, where the calibration lacks a bridge or the bridge fails its check, where the port document is not
the one that was calibrated, and where a scenario alters the bridge itself (demand alone may change).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib import resources

import msgspec

from aforo.domain.text import Text, catalogue
from aforo.measures.economics import Range
from aforo.twin.border import Border
from aforo.twin.calibration_document import LaneFactor
from aforo.twin.changes import AnyChange, Demanded, SchemeMoved
from aforo.twin.scenario import Scenario, called
from aforo.twin.wait_samples import SampleLane, WaitSample

#: How many bridges a sentence names.
_PLACES = 4
_SNAPSHOT = "waits_2022-06-30.csv"


class UsedCalibration(msgspec.Struct, frozen=True):
    """The calibration that a run took: its file's SHA-256, when it was made, and the waits it was fitted to."""

    sha256: str
    made_at: datetime
    waits: str
    waits_sha256: str
    first: str
    last: str


class BaseCheck(msgspec.Struct, frozen=True):
    """Whether a base was checked: readings held out and the share within, or by `port/bridge` why it was not."""

    checked: bool
    calibration: UsedCalibration | None
    readings: int
    within: float | None
    nominal: float | None
    unchecked: dict[str, Text]


class PublishedBeside(msgspec.Struct, frozen=True):
    """Published waits of a lane class beside the base's own mean wait at the same hours, minutes.

    `source` says whose readings they are. `base` is of all lane classes for the snapshot, and of this one, with the
    factor applied, for the readings of a calibration.
    """

    place: str
    lane: SampleLane
    source: Text
    readings: int
    published: float
    base: float | None


def base_check(border: Border, places: Collection[str], altered: Collection[str] = ()) -> BaseCheck:
    """Whether the bridges `places` (`port/bridge`) were checked; `altered` are those that a scenario changes."""
    calibration = border.calibration
    say = catalogue("aforo.twin").say
    if calibration is None:
        return BaseCheck(False, None, 0, None, None, dict.fromkeys(sorted(places), say("base_no_calibration")))
    used = UsedCalibration(
        border.calibration_sha256, calibration.made_at, calibration.waits, calibration.waits_sha256,
        calibration.first, calibration.last,
    )  # fmt: skip
    documents = {each.port: each.sha256 for each in border.ports.used()}
    unchecked, held = dict[str, Text](), list[LaneFactor]()
    for place in sorted(places):
        lanes = calibration.of_bridge(place)
        if place in altered:
            unchecked[place] = say("base_altered")
        elif any(each.document != documents.get(each.port) for each in lanes):
            unchecked[place] = say("base_other_document")
        elif any(each.verdict == "failed" for each in lanes):
            unchecked[place] = say("base_failed")
        elif not any(each.verdict == "checked" and each.lane == "standard" for each in lanes):
            unchecked[place] = say("base_too_few")
        held += [each for each in lanes if each.check is not None]
    checks = [each.check for each in held if each.check is not None]
    readings = sum(each.readings for each in checks)
    within = sum(each.readings * each.within for each in checks) / readings if readings else None
    nominal = sum(each.readings * each.nominal for each in checks) / readings if readings else None
    return BaseCheck(not unchecked, used, readings, within, nominal, unchecked)


def value_missing(base: BaseCheck, worth: Range | None, unclear: str) -> Text | None:
    """Why truck-hours that are worth so much have no value in money; None where they have one."""
    if worth is not None and base.checked:
        return None
    return catalogue("aforo.twin").template(unclear if worth is None else "value_unchecked")


def base_sentences(base: BaseCheck, names: Mapping[str, str], say: Callable[..., str], language: str) -> list[str]:
    """Whether the base was checked, against which waits, and at which bridges it was not, by reason."""
    told = []
    used = base.calibration
    if used is not None:
        made = {"sha": used.sha256[:8], "made_at": f"{used.made_at:%Y-%m-%d}", "waits": used.waits}
        told.append(say("base_calibration", first=used.first, last=used.last, **made))
    if base.checked and used is not None and base.within is not None and base.nominal is not None:
        shares = {"within": f"{100 * base.within:.1f}", "nominal": f"{100 * base.nominal:.1f}"}
        told.append(say("base_checked", waits=used.waits, readings=base.readings, **shares))
    reasons: dict[str, list[str]] = {}
    for place, why in base.unchecked.items():
        reasons.setdefault(why.told(language), []).append(names.get(place, place))
    for reason, places in reasons.items():
        shown = ", ".join(places[:_PLACES]) + (f" … (+{len(places) - _PLACES})" if len(places) > _PLACES else "")
        told.append(say("base_unchecked", places=shown, why=reason))
    return told


def altered_places(scenario: Scenario, border: Border, changes: Iterable[AnyChange]) -> set[str]:
    """The bridges of a scenario at which these changes alter more than demand."""
    whole = {f"{port.code}/{bridge.id}" for port, bridge in scenario.bridges(border.ports)}
    found = set[str]()
    for change in changes:
        if isinstance(change, Demanded | SchemeMoved):
            continue
        at = {f"{port.code}/{bridge.id}" for name in change.at for port, bridge in called(name, border.ports)}
        found |= (at & whole) if at else whole
    return found


@cache
def snapshot() -> tuple[WaitSample, ...]:
    """The published waits of 30 June 2022 that ship."""
    text = resources.files("aforo.twin").joinpath(_SNAPSHOT).read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        WaitSample(
            row["port"],
            row["bridge"],
            "fast" if row["lane"] == "fast" else "standard",
            datetime.fromisoformat(row["at"]),
            float(row["minutes"]),
        )
        for row in rows
    )


def published_beside(
    border: Border, places: Collection[str], hours: Mapping[str, list[float | None]]
) -> tuple[PublishedBeside, ...]:
    """The published waits at these bridges; `hours` has the base's mean wait by local hour of each bridge."""
    say = catalogue("aforo.twin").say
    beside = [
        PublishedBeside(
            each.place, each.lane, say("published_snapshot", at=f"{each.at:%Y-%m-%d %H:%M}"), 1, each.minutes,
            hours[each.place][each.at.hour] if each.place in hours else None,
        )
        for each in snapshot()
        if each.place in places
    ]  # fmt: skip
    if border.calibration is not None:
        file = border.calibration
        source = say("published_calibration", file=file.waits, first=file.first, last=file.last)
        beside += [
            PublishedBeside(
                each.place, each.lane, source, each.readings, each.published_mean,
                each.uncalibrated_mean if each.calibrated_mean is None else each.calibrated_mean,
            )
            for each in file.lanes
            if each.place in places
        ]  # fmt: skip
    return tuple(beside)
