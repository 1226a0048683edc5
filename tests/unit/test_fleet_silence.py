"""What rests on silence, or on nobody's word: of one instant, of no reporter, forgotten ends."""

from __future__ import annotations

from collections.abc import Sequence

from fleet_said import of_said
from hypothesis import given
from hypothesis import strategies as st

from aforo.fleet.interruption_rule import interruption_rules
from aforo.fleet.interruptions import Said, interruptions, told
from aforo.fleet.ledger import ledger
from aforo.fleet.outages import by_scanner, fielded, outages

HOUR = 3_600_000_000
BEGAN = Said("commissioned", 0)


def spans(*said: Said, until: int = 100) -> list[tuple[int, int]]:
    """The interruptions of both statements of the rules, which must be the same."""
    plain = [(each.start, until if each.end is None else each.end) for each in interruptions([BEGAN, *said], until)]
    found = ledger(of_said({"S-1": [BEGAN, *said]}), until).interruptions
    assert list(zip(found.start.tolist(), found.end.tolist(), strict=True)) == plain
    return plain


def test_an_up_told_after_a_down_of_the_same_reporter_and_instant_ends_it() -> None:
    assert spans(Said("down", 10, "port"), Said("up", 10, "port"), Said("up", 20, "port")) == []
    assert spans(Said("down", 10), Said("up", 10), Said("up", 20)) == []
    assert spans(Said("maintenance_start", 10, "a"), Said("maintenance_end", 10, "a"), Said("up", 20, "b")) == []
    # Told before it, it is of what was before; said by another, it waits for the first one's word.
    assert spans(Said("up", 10, "port"), Said("down", 10, "port"), Said("up", 20, "port")) == [(10, 20)]
    assert spans(Said("down", 10, "port"), Said("up", 10, "supplier"), Said("up", 20, "port")) == [(10, 20)]


def test_a_report_without_length_at_the_edge_of_another_joins_nothing() -> None:
    edge = (Said("down", 20, "ops", cause="power"), Said("up", 20, "ops"))
    assert spans(Said("down", 10, "port"), *edge, Said("up", 20, "port"), Said("down", 20, "supplier"),
                 Said("up", 30, "supplier")) == [(10, 20), (20, 30)]  # fmt: skip


def test_planned_work_that_a_failure_follows_at_once_stays_planned_and_keeps_its_cause() -> None:
    said = [
        BEGAN, Said("maintenance_start", 10, "supplier", "planned"),
        Said("maintenance_end", 20, "supplier", "staffing"),
        Said("down", 20, "port"), Said("responded", 20, "supplier", "power"), Said("up", 25, "port"),
    ]  # fmt: skip
    first, second = interruptions(said, 100)
    assert (first.planned, first.causes, second.planned, second.causes) == (
        True, ("planned", "staffing"), False, ("power",),
    )  # fmt: skip
    found = ledger(of_said({"S-1": said}), 100).interruptions
    assert [found.causes_of(number) for number in range(len(found))] == [first.causes, second.causes]
    assert found.planned.tolist() == [True, False]
    assert found.responded.tolist()[1] == 20


@given(
    st.lists(
        st.builds(
            Said, st.sampled_from(["down", "up", "maintenance_start", "maintenance_end"]), st.integers(0, 20),
            st.sampled_from([None, "port", "supplier"]),
        ),
        max_size=12, unique=True,
    ),
    st.integers(1, 24),
)  # fmt: skip
def test_silence_is_what_is_down_though_somebody_said_that_it_was_up(said: Sequence[Said], until: int) -> None:
    heard = [BEGAN, *said]
    ups = sorted(each.at for each in said if each.event == "up")
    down, believed = set[int](), set[int]()
    for each, end in told(heard):
        stop = until if end is None else min(end, until)
        first = next((at for at in ups if at > each.at), stop)
        down |= set(range(each.at, stop))
        believed |= set(range(each.at, min(stop, first)))
    found = ledger(of_said({"S-1": heard}), until).silences
    quiet = [at for a, b in zip(found.start.tolist(), found.end.tolist(), strict=True) for at in range(a, b)]
    assert sorted(quiet) == sorted(down - believed)


def test_of_three_reporters_silence_begins_when_the_first_says_up_and_ends_when_the_last_does() -> None:
    said = [Said("down", 0, "a"), Said("down", 0, "c"), Said("down", 1, "b"), Said("up", 3, "b"), Said("up", 8, "a")]
    found = ledger(of_said({"S-1": [BEGAN, *said, Said("up", 8, "c")]}), 100).silences
    assert (found.start.tolist(), found.end.tolist()) == ([3], [8])


def test_the_hours_of_a_forgotten_up_are_told_of_all_and_by_scanner() -> None:
    said = [
        BEGAN, Said("down", 10 * HOUR, "port"), Said("up", 15 * HOUR, "supplier"), Said("down", 60 * HOUR, "port"),
        Said("up", 70 * HOUR, "port"),
    ]  # fmt: skip
    found = ledger(of_said({"S-1": said}), 100 * HOUR, interruption_rules()[1])
    which = fielded(found, 0, 100 * HOUR)
    whole = outages(found, which, 0, 100 * HOUR)
    assert (whole.down, whole.silent) == (60.0, 45.0)
    (one,) = by_scanner(found, which, ["A"], 20 * HOUR, 100 * HOUR)
    assert one.silent == 40.0
    # By the second version the port's next `down` is a report of its own, and the first ended with the supplier's `up`.
    whole = outages(ledger(of_said({"S-1": said}), 100 * HOUR), which, 0, 100 * HOUR)
    assert (whole.down, whole.silent, whole.interruptions) == (15.0, 0.0, 2)
