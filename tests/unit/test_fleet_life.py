"""One scanner's life: what was made of each report, and which reports are behind each interruption."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fleet_said import of_said
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.scanner import CAUSES, SCANNER_EVENTS
from aforo.fleet.classes import class_of, classes, only
from aforo.fleet.interruptions import Said
from aforo.fleet.ledger import ledger
from aforo.fleet.life import Life, life
from aforo.fleet.places import places
from aforo.fleet.record import ABSENT

UNTIL = 100


def lived(said: list[Said], until: int = UNTIL) -> Life:
    """The life of a scanner of which this was said, each told as it happened."""
    record = of_said({"S-1": said})
    rows = of_said({f"S-{number}": [each] for number, each in enumerate(said)})
    # As they came, what was told again as well: the codes of words are those of the record.
    words = {name: list(getattr(record.names, name)) for name in ("reporters", "ports")}
    told: dict[str, Any] = {
        name: getattr(rows, name).copy()
        for name in ("at", "row", "event", "cause", "planned", "kind", "contract", "blocker")
    }
    told["scanner"] = np.zeros(len(said), dtype=np.int32)
    told["told"] = np.full(len(said), ABSENT, dtype=np.int64)
    for name, of in (("reporter", "reporters"), ("port", "ports")):
        told[name] = np.array([ABSENT if (word := getattr(s, name)) is None else words[of].index(word) for s in said])
    return life(ledger(record, until), places(record), 0, told, 30)


def effects(said: list[Said]) -> list[str]:
    return [each.effect for each in lived(said).happened]


def test_it_shows_how_overlapping_doubled_and_contradictory_reports_became_one_interruption() -> None:
    said = [
        Said("commissioned", 0, port="A"),
        Said("down", 10, "port", cause="parts"),
        Said("down", 10, "port", cause="parts"),
        Said("down", 12, "supplier", cause="power"),
        Said("responded", 14, "supplier"),
        Said("up", 20, "supplier"),
        Said("up", 30, "port"),
        Said("up", 40, "port"),
    ]
    found = lived(said)
    assert [each.effect for each in found.happened] == [
        "counts", "begins", "again", "joins", "came", "overruled", "ends", "nothing",
    ]  # fmt: skip
    (one,) = found.interruptions
    assert (one.start, one.end, one.causes, one.reporters) == (10, 30, ("parts", "power"), ("port", "supplier"))
    assert (one.rows, one.ended_by, one.overruled, one.responded) == ((2, 3, 4), "port", 1, 14)


def test_trouble_out_of_service_is_nothing_and_what_lasts_into_it_begins_with_it() -> None:
    early = [Said("down", 5, "port"), Said("up", 8, "port"), Said("down", 9, "port"), Said("commissioned", 20)]
    found = lived([*early, Said("up", 25, "port"), Said("retired", 50), Said("down", 60, "port")])
    assert [each.effect for each in found.happened] == [
        "nothing", "nothing", "begins", "counts", "ends", "counts", "nothing",
    ]  # fmt: skip
    (one,) = found.interruptions
    assert (one.start, one.end, one.clipped) == (20, 25, True)


def test_a_step_that_is_told_again_and_a_place_after_a_move_do_not_count() -> None:
    found = lived([
        Said("commissioned", 0, port="A"), Said("commissioned", 5, port="A"), Said("moved", 10, port="B"),
        Said("down", 20, "port", port="A"), Said("up", 21, "port", port="B"),
    ])  # fmt: skip
    assert [(each.effect, each.displaced) for each in found.happened] == [
        ("counts", False), ("again", False), ("counts", False), ("begins", True), ("ends", False),
    ]  # fmt: skip
    assert [(each.port, each.since) for each in found.stays] == [("A", None), ("B", 10)]


def test_a_failure_soon_after_another_is_a_repeated_one_and_what_lasts_has_no_end() -> None:
    day = 24 * 3_600_000_000
    said = [Said("commissioned", 0)]
    for start, end in ((10 * day, 11 * day), (30 * day, 31 * day), (90 * day, None)):
        said.append(Said("down", start, "port"))
        said += [] if end is None else [Said("up", end, "port")]
    found = lived(said, 100 * day)
    assert [(each.repeated, each.end is None, each.cause) for each in found.interruptions] == [
        (False, False, None), (True, False, None), (False, True, None),
    ]  # fmt: skip
    assert [each.hours for each in found.interruptions] == [24.0, 24.0, 240.0]


@given(
    st.lists(
        st.builds(
            Said, st.sampled_from((*SCANNER_EVENTS, *(("down", "up", "maintenance_start", "maintenance_end") * 4))),
            st.integers(0, 30), reporter=st.sampled_from([None, "port", "supplier"]),
            cause=st.none() | st.sampled_from(CAUSES), port=st.sampled_from(["A", "B"]),
        ),
        max_size=25,
    ),
    st.integers(0, 35),
)  # fmt: skip
def test_every_interruption_has_a_report_that_begins_it_and_every_report_its_own(said: list[Said], until: int) -> None:
    said = [Said("commissioned", 3), *said]
    found = lived(said, until)
    assert len(found.happened) == len(said)
    for number, each in enumerate(found.interruptions):
        own = [one for one in found.happened if one.interruption == number]
        assert sum(one.effect == "begins" for one in own) == 1
        assert each.rows
        assert all(each.start <= one.at <= (until if each.end is None else each.end) or each.clipped for one in own)
        if each.end is not None and found.retired is None:
            assert any(one.effect == "ends" for one in own)
    begun = [each for each in found.happened if each.effect in ("begins", "joins")]
    assert all(each.interruption is not None for each in begun)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("LEP", "scanner"), (None, "scanner"), ("empty-truck", "scanner"), ("RFID reader", "reader"),
        ("ANPR", "camera"), ("license_plate-reader", "camera"), ("Báscula", "weighbridge"),
        ("weighbridge: 120 t", "weighbridge"),
        ("plate camera / Vendor 7", "camera"), ("scaler", "scanner"), ("readers' scanner", "scanner"),
    ],
)  # fmt: skip
def test_what_is_no_scanner_is_told_from_its_kind(kind: str | None, wanted: str) -> None:
    assert class_of(kind) == wanted


def test_the_last_kind_that_a_report_gave_says_what_a_device_is() -> None:
    record = of_said({
        "A": [Said("commissioned", 0, kind="LEP")],
        "B": [Said("commissioned", 0, kind="LEP"), Said("up", 1, kind="wim")],
        "C": [Said("commissioned", 0)],
    })  # fmt: skip
    known = classes(record)
    assert known == ["scanner", "weighbridge", "scanner"]
    assert len(only(record, "weighbridge", known)) == 2
    assert ledger(only(record, "scanner", known), 10).began.tolist()[0] == 0
