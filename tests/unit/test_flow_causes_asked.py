"""Which alerts the recorded causes of a trip raise and settle, and what a cause that comes back is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aforo.custody.case import NEVER
from aforo.domain.trip import TripCause, TripCaused, Withdrawn
from aforo.flow.causes_asked import Said, alert_of, asked, name_of, named_by

START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def cause(
    kind: str = "deviation", since: int = 100, until: int = NEVER, device: str = "seal", road: str = ""
) -> TripCause:
    return TripCause(f"{kind}:{device}:{since}", kind, device, since, since - 1, since, until, "device", road=road)


def said(number: int, *causes: TripCause, gone: tuple[TripCause, ...] = ()) -> Said:
    withdrawn = tuple(Withdrawn(each.id, each.kind, "late_data") for each in gone)
    return Said(f"event{number}", START + timedelta(minutes=number), TripCaused(causes, withdrawn))


@pytest.mark.parametrize(
    ("kind", "road", "alert"),
    [
        ("opened", "", ("custody_broken", "trip/T")), ("cloned", "", ("custody_suspect", "trip/T")),
        ("deviation", "r", ("trip_astray", "trip/T")), ("geofence_entered", "", ("trip_astray", "trip/T")),
        ("night_halt", "r", ("trip_stopped", "trip/T")), ("silent", "", ("custody_silent", "trip/T")),
        ("missing", "", ("custody_silent", "trip/T")), ("jammed", "", ("custody_silent", "trip/T")),
        ("jammed", "r", ("road_jammed", "road/r")), ("convoy_split", "c/n", ("convoy_split", "convoy/c/n")),
    ],
)  # fmt: skip
def test_one_trip_and_kind_is_one_alert_and_so_is_a_road_and_a_convoy(
    kind: str, road: str, alert: tuple[str, str]
) -> None:
    assert alert_of(cause(kind, road=road), "T") == alert


def test_what_asks_nobody_raises_nothing_and_a_silence_that_is_over_ends_its_alert() -> None:
    asking, over = asked(
        "T", [said(1, cause("geofence_watched"), cause("silent", until=500), cause("missing", until=9))]
    )
    assert [each.cause.kind for each in asking] == ["missing"]
    assert [(each.kinds, each.about, each.why) for each in over] == [
        (("custody_silent",), "trip/T#silent:seal:100", "heard_again")
    ]


@pytest.mark.parametrize("device", ["seal", "seal#2", "a#b:c"])
def test_a_cause_that_comes_back_is_another_each_time(device: str) -> None:
    own, other = cause(device=device), cause("opened", device=device)
    base = f"trip/T#{own.id}"
    every = [said(1, own), said(2, other, gone=(own,)), said(3, own, other), said(4, own), said(5, gone=(own,)),
             said(6, own)]  # fmt: skip
    names = [name_of("T", own.id, every[:last]) for last in range(1, 7)]
    assert [each.about for each in names] == [base, base, f"{base}#event3", f"{base}#event3", f"{base}#event3",
                                              f"{base}#event6"]  # fmt: skip
    assert names[-1].before == ((f"{base}#event3", every[4].at), (base, every[1].at))
    assert {named_by(each.about) for each in names} == {("T", own.id)}
    # What is withdrawn is what stood until then.
    assert [each.about for each in asked("T", every[:2])[1]] == [base]
    assert [each.about for each in asked("T", every[:5])[1]] == [f"{base}#event3"]
    assert name_of("T", other.id, every).before == ()


def test_an_alert_about_something_else_names_no_cause() -> None:
    assert named_by("0abc") is None
    assert named_by("list/ofac#1") is None
