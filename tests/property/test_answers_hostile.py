"""Whatever a filer wrote, every rendering of the answer is whole, bounded and harmless."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from aforo.answers import Answer, Mend, Reference, X12Reference, answer_in, held, shipped
from aforo.answers.answer import STATUSES
from aforo.answers.render import document, page, plain
from aforo.domain.text import Text

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
ACTING = ["<script>", "~IEA*1*1~", "a\r\nb", "\x00", "]]>", "&amp;", "ñÑ", "*" * 300]
text = st.text(max_size=30) | st.sampled_from(ACTING)
gravities = st.sampled_from(["refusal", "warning"])
#: The elements that the page has of its own.
OURS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "span",
        "main",
        "section",
        "h2",
        "h3",
        "p",
        "dl",
        "dt",
        "dd",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "footer",
    ]
)
texts = st.builds(Text, en=text, es=text)
mends = st.builds(Mend, record=st.integers(0, 10**9), place=text, code=text, gravity=gravities, reason=texts)
envelopes = st.builds(
    X12Reference, text, text, text, text, text, text, text, text, text, text, text, text,
    usage=st.sampled_from(["P", "T"]), manifest=st.lists(text, max_size=25).map(tuple), port=text,
)  # fmt: skip
references = st.builds(
    Reference, declarations=st.lists(text, max_size=5).map(tuple), crossing=st.none() | text, message=st.none() | text,
    x12=envelopes,
)  # fmt: skip


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """An answer of any status that holds anything."""
    answer = held(draw(references), AT, shipped("US"), place=draw(st.none() | text))
    return msgspec.structs.replace(
        answer,
        status=draw(st.sampled_from(STATUSES)),
        mend=tuple(draw(st.lists(mends, max_size=4))),
        stated=tuple(draw(st.lists(texts, max_size=2))),
        unlisted=draw(st.integers(0, 10**6)),
    )


class Elements(HTMLParser):
    """The names of the elements, which must close as they open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert {name for name, _ in attrs} <= {"lang", "class", "scope", "charset", "content", "http-equiv", "name"}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@settings(max_examples=40)
@given(answers())
def test_a_page_is_whole_and_has_no_element_of_the_filers(answer: Answer) -> None:
    read = Elements()
    read.feed(page.render(answer).decode())
    assert not read.open
    assert read.names <= OURS


@settings(max_examples=40)
@given(answers())
def test_text_and_json_hold_no_control_characters_and_read_back(answer: Answer) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", plain.render(answer))
    assert document.parse(document.render(answer)) == answer


@settings(max_examples=40)
@given(answers(), st.integers(1, 999_999_999))
def test_an_interchange_counts_its_segments_whatever_they_say(answer: Answer, control: int) -> None:
    body = answer_in("x12", answer, control=control).body.decode("ascii")
    assert re.fullmatch(r"[\x20-\x7e\n]+", body)
    assert body[105] == "~"
    lines = [line.split("*") for line in body.replace("\n", "").split("~")[:-1]]
    names = [line[0] for line in lines]
    assert [names[0], *names[1:3], *names[-3:]] == ["ISA", "GS", "ST", "SE", "GE", "IEA"]
    assert set(names[3:-3]) <= {"M10", "K1", "P4", "LX", "N9", "X4"}
    assert int(lines[-3][1]) == len(lines) - 4
    assert len(lines[0]) == 17
    for line in lines:
        if line[0] == "K1":
            assert all(0 < len(element) <= 30 for element in line[1:])
        if line[0] == "X4":
            assert len(line) == 10
