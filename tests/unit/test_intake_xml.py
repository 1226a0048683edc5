"""XML that anybody may have sent: what is read, and the line and reason of what is not."""

from __future__ import annotations

import pytest

from aforo.domain.text import catalogue
from aforo.intake import xml
from aforo.intake.message import Fault

REFUSED = {
    "a document type": (
        b"<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE a [<!ENTITY x 'y'>]><a/>",
        "xml_doctype",
        3,
    ),
    "a document type in lower case": (b"<!doctype a><a/>", "xml_doctype", 1),
    "a document type in UTF-16": ("<!DOCTYPE a><a/>".encode("utf-16"), "xml_doctype", 1),
    "an entity": (b"<a>\n&x;</a>", "xml_entity", 2),
    "an attribute twice": (b'<a b="1"\n b="2"/>', "xml_attribute_twice", 2),
    "an end tag of another": (b"<a>\n<b></a>", "xml_tag_mismatch", 2),
    "a cut document": (b"<a><b>", "xml_cut", 1),
    "nothing": (b"", "xml_cut", 1),
    "two outermost elements": (b"<a/>\n<b/>", "xml_after_end", 2),
    "bytes of another encoding": (b"<a>\n\xff</a>", "xml_encoding", 2),
    "a half of a pair": (b"<a>\xed\xa0\x80</a>", "xml_encoding", 1),
    "an encoding that is not read": (b"<?xml version='1.0' encoding='ebcdic-cp-us'?><a/>", "xml_encoding_unknown", 1),
    "UTF-32": ("<a/>".encode("utf-32"), "xml_encoding_unknown", 1),
    "a NUL": (b"<a>\n\0</a>", "xml_character", 2),
    "a control character": (b"<a>\x01</a>", "xml_character", 1),
    "a reference to one": (b"<a>&#1;</a>", "xml_character", 1),
    "a comment that ends badly": (b"<a>\n<!-- x -></a>", "xml_comment", 2),
    "hyphens in a comment": (b"<a><!-- x -- y --></a>", "xml_comment", 1),
    "a prefix of nothing": (b"<x:a/>", "xml_prefix", 1),
    "an ampersand": (b"<a>A & B</a>", "xml_malformed", 1),
    "what is too deep": (b"<a>" * 300 + b"</a>" * 300, "xml_too_deep", 1),
    "what is too long": (b"<a>" + b"x" * 10_100_000 + b"</a>", "xml_text_too_long", 1),
}


@pytest.mark.parametrize(("data", "code", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_has_its_line_and_reason(data: bytes, code: str, line: int) -> None:
    found = xml.read(data)
    assert found == Fault(code, f"line {line}")
    assert catalogue("aforo.intake").say(code).es


def test_an_element_of_too_many_attributes_is_refused_before_it_is_parsed() -> None:
    def element(attributes: int) -> bytes:
        return b"<a " + b" ".join(b'n%d="1"' % n for n in range(attributes)) + b"><b c='1'/></a>"

    assert not isinstance(xml.read(element(xml.MOST_ATTRIBUTES)), Fault)
    assert xml.read(element(xml.MOST_ATTRIBUTES + 1)) == Fault("xml_attributes_too_many", "file")
    assert xml.read(b"<a " + b'xmlns:n="u" ' * 1_000 + b"/>") == Fault("xml_attributes_too_many", "file")


def test_a_document_of_too_many_elements_is_refused_before_a_tree_is_made() -> None:
    assert xml.read(b"<a>" + b"<b/>" * 20 + b"</a>", marks=20) == Fault("xml_too_large", "file")


@pytest.mark.parametrize(
    "data",
    [
        "<a>ñ</a>".encode(),
        b"\xef\xbb\xbf" + "<a>ñ</a>".encode(),
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>ñ</a>".encode("latin1"),
        "<?xml version='1.0' encoding='UTF-16'?><a>ñ</a>".encode("utf-16"),
        "<!--<!DOCTYPE a>--><?pi x?><a>ñ<!-- c --></a>".encode(),
    ],
)
def test_the_encodings_in_use_are_read(data: bytes) -> None:
    root = xml.read(data)
    assert not isinstance(root, Fault)
    assert root.text == "ñ"


def test_lines_are_those_of_the_file() -> None:
    root = xml.read(b"<?xml\n version='1.0'\n encoding='utf-8'?>\n<a>\n<n:b xmlns:n='urn:n'/></a>")
    assert not isinstance(root, Fault)
    assert [(xml.local(each), xml.namespace(each), each.sourceline) for each in root.iter()] == [
        ("a", "", 4),
        ("b", "urn:n", 5),
    ]
