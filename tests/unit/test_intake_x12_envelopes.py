"""X12: what the standard asks of envelopes, and of what is no interchange at all."""

from __future__ import annotations

import pytest
from interchanges import MANIFEST, group, interchange, isa, manifest, parsed, refusals, transaction

from aforo.intake import x12
from aforo.intake.batch import reason
from aforo.intake.x12 import envelope

ENVELOPES = [
    ("the count of segments", "SE*18*0001", "SE*17*0001", "x12_count", "SE01"),
    ("the set's control number", "SE*18*0001", "SE*18*0002", "x12_control", "SE02"),
    ("a set without its trailer", "SE*18*0001~", "", "x12_missing_trailer", "SE"),
    ("a set's control number too short", "*0001", "*1", "x12_short", "ST02"),
    ("a set of another kind", "ST*309", "ST*310", "x12_set_unknown", "ST01"),
    ("a group's code", "GS*AQ", "GS*A", "x12_short", "GS01"),
    ("a group's day", "*20260302*0915*1*X", "*20261302*0915*1*X", "x12_date", "GS04"),
    ("a group's version", "005020", "003040", "x12_version", "GS08"),
    ("an interchange's kind of authorization", "ISA*00*", "ISA*  *", "x12_code", "ISA01"),
    ("an interchange's kind of security", "*00*          *02*", "*  *          *02*", "x12_code", "ISA03"),
    ("an interchange's day", "*260302*", "*261302*", "x12_date", "ISA09"),
    ("an interchange's time", "*0915*^", "*2515*^", "x12_time", "ISA10"),
    ("an interchange's usage", "*0*P*>", "*0*Q*>", "x12_code", "ISA15"),
    ("an interchange's width", "QXFT           ", "QXFT", "x12_isa_length", "ISA"),
]


@pytest.mark.parametrize(("old", "new", "code", "name"), [e[1:] for e in ENVELOPES], ids=[e[0] for e in ENVELOPES])
def test_a_defect_of_a_header_or_of_a_set_refuses_the_set(old: str, new: str, code: str, name: str) -> None:
    text = interchange(group(transaction()))
    assert old in text
    said, _ = parsed(text.replace(old, new))
    assert (code, name) in refusals(said[0])


@pytest.mark.parametrize(
    ("old", "new", "code", "name"),
    [
        ("GE*1*1", "GE*2*1", "x12_count", "GE01"),
        ("GE*1*1", "GE*1*2", "x12_control", "GE02"),
        ("GE*1*1~", "", "x12_missing_trailer", "GE"),
        ("IEA*1*", "IEA*2*", "x12_count", "IEA01"),
        ("IEA*1*000000001", "IEA*1*000000002", "x12_control", "IEA02"),
        ("IEA*1*000000001~", "", "x12_missing_trailer", "IEA"),
        ("IEA*1*000000001~", "IEA*1*000000001~and more", "x12_stray", ""),
    ],
)
def test_a_defect_of_a_trailer_is_told_and_good_sets_are_kept(old: str, new: str, code: str, name: str) -> None:
    said, faults = parsed(interchange(group(transaction())).replace(old, new))
    assert [each.refused for each in said] == [False]
    assert (code, name) in {(fault.code, fault.name) for fault in faults}
    assert all(fault.gravity == "refusal" and fault.place for fault in faults)


def test_control_numbers_are_used_once() -> None:
    said, _ = parsed(interchange(group(transaction(), transaction())))
    assert [refusals(each) for each in said] == [set(), {("x12_duplicate", "ST02")}]
    said, _ = parsed(interchange(group(transaction()), group(transaction())))
    assert [refusals(each) for each in said] == [set(), {("x12_duplicate", "GS06")}]
    said, _ = parsed(interchange(group(transaction())) * 2)
    assert [refusals(each) for each in said] == [set(), {("x12_duplicate", "ISA13")}]


def test_an_interchange_without_a_set_is_told_as_one() -> None:
    full = interchange(group(transaction()), number=1)
    for empty in (interchange(number=2), interchange(group(), number=2)):
        _, faults = parsed(empty)
        assert ("x12_no_set", "interchange 1", "refusal") in {each[:3] for each in faults}
        said, faults = parsed(full + empty)
        assert len(said) == 1
        assert {each.place for each in faults if each.code == "x12_no_set"} == {"interchange 2"}
    assert parsed(full)[1] == []
    assert "no transaction set" in reason("x12_no_set").en


def test_each_interchange_has_separators_of_its_own() -> None:
    first = interchange(group(transaction()))
    other = interchange(group(transaction()), number=2).replace("*", "|").replace("~", "\n").replace(">", ":")
    said, faults = parsed(first + "\n" + other)
    assert [(each.refused, each.fields["declaration_id"]) for each in said] == [(False, "QXFTZ1")] * 2
    assert faults == []


def test_a_set_is_refused_whole() -> None:
    segments = (*MANIFEST, "LX*2", "M11*Z2*MXNLD", "LX*3", "M11*Z3*MXNLD**********QXFT")
    said, _ = parsed(interchange(group(transaction(segments=segments))))
    assert [each.refused for each in said] == [True] * 3
    assert ("x12_set_refused", "") in refusals(said[2])
    assert "Z3" in said[2].raw
    assert "Z1" not in said[2].raw


def test_bytes_that_are_no_utf_8_are_told_of_their_set() -> None:
    text = interchange(group(transaction(segments=manifest(N9="N9*BM*NIÑO")), transaction(number="0002")))
    said, _ = parsed(text.encode("cp1252"))
    assert said[0].extra["N9-02"] == "NIÑO"
    assert [fault.code for fault in said[0].faults] == ["encoding_guessed"]
    assert said[1].faults == []
    spoilt, _ = parsed(text.encode("cp1252").replace(b"\xd1", b"\x81"))
    assert [each.refused for each in spoilt] == [True, False]


def test_however_much_is_odd_a_set_is_taken_and_what_refuses_it_is_found_behind() -> None:
    head, shipment = MANIFEST[:5], MANIFEST[5:]
    odd = [each.replace("Autopartes Ficticias", "Muñoz").replace("LX*1", f"LX*{n}").replace("M11*Z1", f"M11*Z{n}")
           for n in range(1, 301) for each in shipment]  # fmt: skip
    said, faults = parsed(interchange(group(transaction(segments=(*head, *odd)))).encode("cp1252"))
    assert (len(said), faults, {each.refused for each in said}) == (300, [], {False})
    assert {fault.code for fault in said[0].faults} == {"encoding_guessed", "x12_more"}
    assert len(said[0].faults) == x12.MOST_FAULTS + 1
    late = [each.replace("*12*PCS", "*XII*PCS") if each.startswith("M11*Z300") else each for each in odd]
    said, _ = parsed(interchange(group(transaction(segments=(*head, *late)))).encode("cp1252"))
    assert {each.refused for each in said} == {True}
    assert refusals(said[0]) == {("x12_number", "M1103"), ("x12_more", "")}


@pytest.mark.parametrize(
    "text",
    ["", "ISA", "ISA*00*", isa()[:-1], isa(), transaction(), group(transaction()), "ISA*" * 50_000, isa() + "ISA" * 9],
)
def test_what_is_no_interchange_is_told(text: str) -> None:
    said, faults = parsed(text)
    assert said == []
    assert faults
    assert all(fault.place for fault in faults)


def test_floods_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    said, faults = parsed(isa() + "A~" * 10_000)
    assert (said, len(faults)) == ([], envelope.MOST_FAULTS)
    monkeypatch.setattr(envelope, "MOST_SEGMENTS", 100)
    said, _ = parsed(interchange(group(transaction(segments=(*MANIFEST, *["N10*1*X"] * 500)))))
    assert ("x12_set_long", "") in refusals(said[0])
    said, _ = parsed(interchange(group(transaction(segments=(*MANIFEST, "N10*1*" + "X" * 50_000)))))
    assert ("x12_segment_long", "") in refusals(said[0])
    said, _ = parsed(interchange(group(transaction(segments=(*MANIFEST, *["QQ"] * 500)))))
    assert len(said[0].faults) <= x12.MOST_FAULTS + 1


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (isa(), True),
        ("\ufeff\r\n" + isa(), True),
        (isa().replace("*", "|"), True),
        (isa()[:20], True),
        ("GS*AQ*QXFT", True),
        ("ST*309*0001", True),
        ("ISA,importer,value\n1,2,3", False),
        ("declaration_id,filed_at", False),
        ('{"ISA": 1}', False),
        ("<ISA/>", False),
    ],
)
def test_it_is_known_by_its_beginning(head: str, known: bool) -> None:
    assert x12.recognises(head.encode(), "file") is known
