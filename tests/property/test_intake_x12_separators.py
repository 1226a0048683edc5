"""X12 says the same whatever its separators are, wherever its lines break, and whatever stands around its segments."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aforo.intake import x12
from aforo.intake.message import Fault

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "intake" / "x12" / "309_full.edi"
RECEIVED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
MARKS = "*|!\x1d\x1c\x1e\x1f~;:>^'\"%&+=?@[]{}$#,\n\r\t\\`"


def content(text: str) -> list[object]:
    each = list(x12.parse(text.encode(), RECEIVED))
    return [one if isinstance(one, Fault) else (one.fields, one.extra, one.places, one.faults) for one in each]


@given(
    marks=st.lists(st.sampled_from(MARKS), min_size=4, max_size=4, unique=True),
    between=st.sampled_from(["", "\n", "\r\n", "\r\n  "]),
)
def test_any_separators_and_line_ends_say_the_same(marks: list[str], between: str) -> None:
    plain = "".join(SAMPLE.read_text(encoding="utf-8").splitlines())
    used = set(plain) - set("*>~^")
    # A separator is a character that no value has; a line's end that ends segments is not one that breaks lines too.
    marks = [mark for mark in marks if mark not in used] + [mark for mark in "*>~^" if mark not in marks]
    element, component, end, repetition = marks[:4]
    between = "" if set(between) & set(marks[:4]) else between
    told = plain.maketrans({"*": element, ">": component, "~": end + between, "^": repetition})
    assert content(plain.translate(told)) == content(plain)
