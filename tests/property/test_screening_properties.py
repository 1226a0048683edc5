"""Whatever a name or a list's file holds: no exception, bounded scores, and parts that add up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aforo.domain.watchlist import PUBLISHERS, Entry, ListedName, Publisher, Watchlist
from aforo.intake.lists.publishers import READERS, read_lists
from aforo.risk.screening import Party, Screener
from aforo.risk.screening.likeness import ALIKE, likeness
from aforo.risk.screening.spelling import LONGEST_SPELLING, name_of

NOW = datetime(2026, 11, 25, tzinfo=UTC)
NAMES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["Ladislao", "Quintanar", "de", "la", "S.A.", "C.V.", "y", "II", "7", "L.", "O'Neil", "Ñ", ","]
        ),
        max_size=9,
    ).map(" ".join),
)


@given(NAMES, NAMES, st.booleans())
def test_a_score_is_bounded_and_its_parts_add_up(one: str, other: str, person: bool) -> None:
    made = likeness(name_of(one, person=person), name_of(other, person=person), person=person)
    assert 0 <= made.score <= ALIKE
    assert made.score == max(0, ALIKE + sum(part.share for part in made.parts))
    assert all(part.share <= 0 for part in made.parts)


@given(NAMES, st.booleans())
def test_a_name_is_alike_to_itself(text: str, person: bool) -> None:
    name = name_of(text, person=person)
    assert likeness(name, name, person=person).score == (ALIKE if name.words else 0)
    assert all(len(word.sound) <= LONGEST_SPELLING for word in name.words)


@given(NAMES.filter(str.strip), st.booleans())
def test_a_listed_name_finds_itself(text: str, person: bool) -> None:
    entry = Entry("un", "1", "person" if person else "firm", (ListedName(text),))
    (hits,) = Screener([Watchlist("un", (entry,), NOW, "")]).screen([Party(text, entry.kind)])
    assert bool(hits) == bool(name_of(text, person=person).words)


@given(st.binary(max_size=400))
@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_no_file_raises(publisher: Publisher, data: bytes) -> None:
    reading = READERS[publisher]({"file": data})
    assert reading.entries or reading.counts or not data.strip(b"\r\n \t\x1a\xef\xbb\xbf\xff\xfe")
    read_lists({"file": data}, NOW)


@given(st.lists(st.text(alphabet='a1",-0\t\n\r<>&;é', max_size=30), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_no_line_of_ofac_raises(lines: list[str], ending: str) -> None:
    text = ending.join(['1,"A B","individual","X",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1"', *lines])
    reading = READERS["ofac"]({"file": text.encode()})
    assert "1" in {entry.entry_id for entry in reading.entries}
