"""Renderings: JSON that reads back, a page that is whole and harmless, text, and X12 that counts right."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from html.parser import HTMLParser

import msgspec
import pytest
from answering import answered

from aforo.answers import Answer, Reference, X12Reference, answer_in, held, of_selection, received, shipped
from aforo.answers.answer import Mend
from aforo.answers.render import document, lines, page, plain
from aforo.answers.render.envelope import clean, remarks
from aforo.domain.text import Text, catalogue

AT = datetime(2026, 3, 1, 8, 30, tzinfo=timezone(timedelta(hours=-6)))
SUMMER = datetime(2026, 7, 1, 14, 30, tzinfo=UTC)
LAW = shipped("US")
ENVELOPE = X12Reference(
    "02", "ABCD", "ZZ", "CUSTOMS", "000000123", "77", "0042", "309", "ABCD", "CUSTOMS",
    manifest=("ABCD", "J", "US", "", "", "TRIP0001"), port="2304",
)  # fmt: skip
HOSTILE = '<script>alert("x")</script>*~>\x1b[31m\u202e"\''


class Selected(msgspec.Struct, frozen=True):
    """A selection's public facts."""

    declaration_id: str
    examination: str


def reference(*names: str) -> Reference:
    return Reference.to(names or ("D-1",), crossing="T-1", x12=ENVELOPE)


def refused(*names: str) -> Answer:
    text = "declaration_id,filed_at\nD-1,yesterday\nD-2,\n"
    return answered(reference(*names), text, AT, LAW)


def examined(*names: str) -> Answer:
    named = reference(*names)
    return of_selection(Selected(named.declarations[0], "scan"), named, AT, LAW, place="World Trade")


ALL = [refused(), examined(), received(reference(), AT, LAW), held(reference(), AT, shipped("MX"))]


def segments(answer: Answer, control: int = 5) -> list[list[str]]:
    rendered = answer_in("x12", answer, control=control)
    assert rendered.media_type == "application/edi-x12"
    return [line.split("*") for line in rendered.body.decode("ascii").replace("\n", "").split("~")[:-1]]


@pytest.mark.parametrize(("at", "local"), [(AT, "2026-03-01 08:30:00-06:00"), (SUMMER, "2026-07-01 09:30:00-05:00")])
def test_a_person_reads_the_ports_name_and_both_clocks(at: datetime, local: str) -> None:
    named = Reference.to(["D-1"], port="2304")
    answer = of_selection(Selected("D-1", "scan"), named, at, LAW, place="2304")
    assert (answer.go is not None and answer.go.place) == "2304"
    for told in (page.render(answer).decode(), plain.render(answer)):
        assert "At Laredo, TX (2304): stop at the booth" in told
        assert "Hora en el puerto" in told
        assert f"{at:%Y-%m-%d} 14:30:00 UTC" in told
        assert f"{local} America/Chicago" in told


def test_what_was_taken_can_be_contested_as_the_answer_says() -> None:
    for told in (plain.render(examined()), page.render(examined()).decode()):
        words = " ".join(unescape(told).split())
        assert 'POST /v1/challenges with the declaration ("D-1") as `which`' in words
        assert "POST /v1/challenges con la declaración («D-1») como `which`" in words


def test_of_what_was_not_taken_nothing_is_said_of_contesting() -> None:
    unread = answered(Reference.to([]), "declaration_id,filed_at\nD-1,yesterday\n", AT, LAW)
    for answer in (unread, received(reference(), AT, LAW)):
        for told in (plain.render(answer), page.render(answer).decode()):
            assert "challenges" not in told


@pytest.mark.parametrize(
    ("code", "named"),
    [("x12_repetition", ("caret",)), ("x12_separators", ("asterisk", "greater-than sign", "tilde"))],
)
def test_a_separator_to_use_is_named_in_words_where_x12_cannot_hold_it(code: str, named: tuple[str, ...]) -> None:
    said = catalogue("aforo.intake").say(code, column="ISA11")
    told = clean(said.en, 1_000)
    assert all(f"({name})" in told for name in named)
    for character in set("*>~^") & set(said.en + said.es):
        assert f"{character} (" in said.en
        assert f"{character} (" in said.es


def test_a_port_that_is_not_known_has_its_code_and_one_clock() -> None:
    answer = received(Reference.to(["D-1"], port="MX-9"), AT, LAW)
    told = plain.render(answer)
    assert "MX-9" in told
    assert "Time at the port" not in told


@pytest.mark.parametrize("answer", ALL)
def test_json_reads_back(answer: Answer) -> None:
    assert document.parse(document.render(answer)) == answer
    assert answer_in("carta_porte", answer, control=0).body == document.render(answer)


class Page(HTMLParser):
    """Elements that are opened and closed, and what a browser would fetch or run."""

    VOID = ("meta", "br", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.languages: list[str | None] = []
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        given = dict(attrs)
        if tag == "section":
            self.languages.append(given.get("lang"))
        self.active += [name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "style")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("answer", ALL)
def test_the_page_is_whole_in_both_languages_and_fetches_nothing(answer: Answer) -> None:
    text = page.render(answer).decode()
    read = Page()
    read.feed(text)
    assert read.open == []
    assert read.languages == ["en", "es"]
    assert read.active == []
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(read.names)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src &#x27;none&#x27;" in text
    for said in (answer.says.en, answer.says.es, *(each.citation for each in answer.grounds)):
        assert said in text.replace("&#x27;", "'")


def test_a_page_holds_no_text_that_acts() -> None:
    named = reference(HOSTILE)
    answer = of_selection(
        Selected(HOSTILE, "scan"), named, AT, LAW, place=HOSTILE, stated=[Text(HOSTILE, HOSTILE)]
    )  # fmt: skip
    answer = msgspec.structs.replace(answer, mend=(Mend(1, HOSTILE, "code", "refusal", Text(HOSTILE, HOSTILE)),))
    for text in (page.render(answer).decode(), plain.render(answer)):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script>" not in page.render(answer).decode()
    assert {line[0] for line in segments(answer)} <= {
        "ISA",
        "GS",
        "ST",
        "M10",
        "P4",
        "K1",
        "X4",
        "N9",
        "SE",
        "GE",
        "IEA",
    }


def test_a_lone_surrogate_is_no_error() -> None:
    answer = msgspec.structs.replace(examined(), stated=(Text("\ud800", "\ud800"),))
    assert page.render(answer)


def test_text_says_both_languages_in_short_lines() -> None:
    text = plain.render(refused())
    assert text.index("What to mend") < text.index("Qué corregir")
    assert "Record 1, line 2, column filed_at:" in text
    assert "Registro 1, línea 2, columna filed_at:" in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize(
    ("record", "place", "english", "spanish"),
    [
        (1, "record 1", "Record 1", "Registro 1"),
        (1, "record 1, filed_at", "Record 1, filed_at", "Registro 1, filed_at"),
        (1, "record 12", "Record 1, record 12", "Registro 1, registro 12"),
        (2, "line 3", "Record 2, line 3", "Registro 2, línea 3"),
    ],
)
def test_a_text_names_a_record_once(record: int, place: str, english: str, spanish: str) -> None:
    mend = Mend(record, place, "time_far", "refusal", Text("Mend it.", "Corríjalo."))
    assert (lines.where(mend, "en"), lines.where(mend, "es")) == (english, spanish)


def test_a_refusal_is_a_355_whose_envelope_counts() -> None:
    lines = segments(refused())
    names = [line[0] for line in lines]
    assert names[:4] == ["ISA", "GS", "ST", "M10"]
    assert names[-3:] == ["SE", "GE", "IEA"]
    isa = "*".join(lines[0]) + "~"
    assert len(isa) == 106
    assert lines[0][5:9] == ["ZZ", "CUSTOMS".ljust(15), "02", "ABCD".ljust(15)]
    assert lines[0][13] == lines[-1][2] == "000000005"
    assert lines[1][1:4] == ["AZ", "CUSTOMS", "ABCD"]
    assert lines[1][6] == lines[-2][2] == "5"
    assert lines[1][8] == "004060"
    assert lines[2][1:] == ["355", "0001"]
    assert lines[-3][1:] == [str(len(lines) - 4), "0001"]
    assert lines[3][1:] == ["ABCD", "J", "US", "", "", "TRIP0001"]
    assert ["P4", "2304", "20260301"] in lines
    assert names.count("LX") == len(refused().mend)
    assert ["N9", "ZZ", "time_format", "line 2, column filed_at"] in lines
    assert lines[4][:2] == ["K1", "REFUSED"]
    said = " ".join(element for line in lines if line[0] == "K1" for element in line[1:])
    assert "ANSWER TO 309 0042 IN 000000123" in said


def test_an_examination_is_a_350_with_a_disposition_for_each_declaration() -> None:
    long = "2026-03-01-A-LONG-WAYBILL-OF-FORTY-LETTERS"
    lines = segments(examined("D-1", long))
    assert lines[1][1] == "AU"
    assert lines[2][1] == "350"
    loops = [line for line in lines if line[0] == "X4"]
    assert [line[1] for line in loops] == ["D-1", ""]
    assert {line[7] for line in loops} == {"1A"}
    assert loops[0][9] == "ABCD"
    assert ["N9", "ZZ", long[:30], long[30:]] in lines
    holds = [line for line in segments(held(reference(), AT, LAW)) if line[0] == "X4"]
    assert holds[0][7] == "1H"


def test_remarks_have_at_most_two_elements_of_thirty_characters() -> None:
    lines = remarks("An overlongwordofmorethanthirtycharacters " * 9, 4)
    assert len(lines) == 4
    for line in lines:
        name, *elements = line.rstrip("~").split("*")
        assert name == "K1"
        assert 1 <= len(elements) <= 2
        assert all(0 < len(element) <= 30 for element in elements)
    assert remarks("", 4) == []
    assert clean("Peñón * de ~ Ángel", 30) == "Penon   de   Angel"


def test_a_sender_without_manifest_or_port_still_gets_its_355() -> None:
    bare = X12Reference("", "", "", "", "", "", "", "309", "", "")
    answer = answered(Reference.to([], x12=bare), "", datetime(2026, 3, 1, tzinfo=UTC), LAW)
    lines = segments(answer)
    assert ["M10", "ZZZZ", "J", "", "", "UNKNOWN", "UNKNOWN"] in lines
    assert lines[1][2:4] == ["AFORO", "UNKNOWN"]


@pytest.mark.parametrize("answer", [refused(), examined(), received(reference(), AT, LAW)])
def test_our_own_reader_finds_nothing_to_refuse_in_what_we_answer(answer: Answer) -> None:
    x12 = pytest.importorskip("aforo.intake.x12", reason="the reader of X12 is not built yet")
    said = list(x12.parse(answer_in("x12", answer, control=9).body, AT))
    assert said
    faults = [fault for each in said for fault in getattr(each, "faults", [each])]
    assert [fault for fault in faults if fault.gravity == "refusal"] == []


@pytest.mark.parametrize("control", [0, -1, 1_000_000_000])
def test_a_control_number_outside_its_range_is_refused(control: int) -> None:
    with pytest.raises(ValueError, match="control number"):
        answer_in("x12", refused(), control=control)


def test_who_filed_in_a_format_without_answers_gets_json_or_the_page() -> None:
    bare = msgspec.structs.replace(refused(), reference=Reference.to(["D-1"]))
    assert answer_in("x12", bare, control=1).media_type == "application/json"
    assert answer_in("declarations", bare, control=0, prefer="page").media_type.startswith("text/html")
    assert re.match(r"^ans_[a-z2-7]{16}$", bare.id)
