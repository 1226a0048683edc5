"""The X12 interchanges of others in `../shared/data/manifests`: each gets a verdict, with place and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from aforo.intake.verdict import check

#: File, format, verdict, records, good records, and refusals that must be among what is told: code and place.
CASES = [
    # SE01 counts 20 segments of 21; a country of four letters, a vessel's name of one, an equipment initial of five.
    (
        "x12/309.edi",
        "x12",
        "refused",
        1,
        0,
        {
            ("x12_count", "interchange 1, group 1, set 0001, segment 21 SE01"),
            ("x12_long", "interchange 1, group 1, set 0001, segment 2 M1003"),
            ("x12_short", "interchange 1, group 1, set 0001, segment 2 M1005"),
            ("x12_long", "interchange 1, group 1, set 0001, segment 14 VID02"),
        },
    ),
    # Elements that belong together (M1004 with M1010, X408 with X410) are not all there; an answer is read even so.
    ("x12/350.edi", "x12", "accepted", 2, 2, set()),
    # M10 has but its carrier, segments of a 997 stand in a 355, and the port is missing.
    (
        "x12/355.edi",
        "x12",
        "refused",
        1,
        0,
        {
            ("x12_required", "interchange 1, group 1, set 0001, segment 2 M1002"),
            ("x12_segment_unknown", "interchange 1, group 1, set 0001, segment 3"),
            ("x12_segment_missing", "interchange 1, group 1, set 0001, before SE"),
        },
    ),
]


@pytest.mark.parametrize(("name", "form", "verdict", "records", "good", "told"), CASES, ids=[case[0] for case in CASES])
def test_a_real_message_gets_the_verdict_that_its_standard_gives_it(
    shared_data: Path, name: str, form: str, verdict: str, records: int, good: int, told: set[tuple[str, str]]
) -> None:
    judged, _ = check(shared_data / "manifests" / name)
    assert (judged.format, judged.verdict, judged.records, judged.good) == (form, verdict, records, good)
    refusals = {(each.code, each.place) for each in judged.problems if each.gravity == "refusal"}
    assert told <= refusals
    assert all(each.place and each.reason.en and each.reason.es for each in judged.problems)
